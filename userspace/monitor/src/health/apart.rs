// SPDX-License-Identifier: GPL-2.0-only

//! Commands of checks run apart: by another program of this machine, whose user has no rights. A connection is one check's: a request
//! for a run is a line, its outcome another. When the connection ends, so does what runs for it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::health::outcome::{Outcome, reason};
use crate::health::probe::Command;

/// A line is no longer than this.
const LINE: u64 = 256 * 1024;
/// The other program has this much longer than the command.
const GRACE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);

/// Run this.
#[derive(Serialize, Deserialize)]
struct Ask {
    command: Vec<String>,
    /// For so many ms.
    limit: u64,
}

/// That is what came of it.
#[derive(Serialize, Deserialize)]
struct Reply {
    good: bool,
    text: String,
}

/// Who asks, for one command.
pub struct Apart {
    socket: PathBuf,
    command: Vec<String>,
    stream: Option<BufReader<UnixStream>>,
}

impl Apart {
    /// By the program that listens there, if one does.
    pub fn new(socket: &Path, command: Vec<String>) -> Self {
        Self {
            socket: socket.to_owned(),
            command,
            stream: None,
        }
    }

    /// Has it run. None where there is no such program, so that it is for the caller to run the command.
    pub async fn run(&mut self, limit: Duration) -> Option<Outcome> {
        match timeout(limit.saturating_add(GRACE), self.ask(limit)).await {
            Ok(Ok(reply)) => Some(Outcome::of(reply.good, reply.text)),
            Ok(Err(e)) if e.kind() == io::ErrorKind::NotFound => None,
            Ok(Err(e)) => Some(self.failed(&reason(&e))),
            Err(_) => Some(self.failed("it does not answer")),
        }
    }

    fn failed(&mut self, why: &str) -> Outcome {
        self.stream = None;
        Outcome::bad(format_args!(
            "the command is not run, as {} has nobody who does: {why}",
            self.socket.display()
        ))
    }

    async fn ask(&mut self, limit: Duration) -> io::Result<Reply> {
        // It may have been started anew since the last time: then the connection is over, and another is to be had.
        if let Some(stream) = self.stream.take() {
            match self.ask_by(stream, limit).await {
                Err(e) if is_over(&e) => {}
                result => return result,
            }
        }
        let stream = UnixStream::connect(&self.socket).await?;
        self.ask_by(BufReader::new(stream), limit).await
    }

    async fn ask_by(
        &mut self,
        mut stream: BufReader<UnixStream>,
        limit: Duration,
    ) -> io::Result<Reply> {
        let ask = Ask {
            command: self.command.clone(),
            limit: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        };
        write_line(stream.get_mut(), &ask).await?;
        let reply = read_line(&mut stream).await?;
        let reply = reply.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.stream = Some(stream);
        Ok(reply)
    }
}

fn is_over(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    [BrokenPipe, ConnectionReset, UnexpectedEof].contains(&error.kind())
}

/// Runs commands for root, and for who runs as the same user, for ever.
pub async fn serve(listener: UnixListener) {
    let own = rustix::process::geteuid().as_raw();
    let mut clients = JoinSet::new();
    loop {
        while clients.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let uid = stream.peer_cred().map(|peer| peer.uid());
                if uid.is_ok_and(|uid| uid == 0 || uid == own) {
                    clients.spawn(serve_one(BufReader::new(stream)));
                }
            }
            // Out of files, most likely: others have to end first.
            Err(_) => sleep(PAUSE).await,
        }
    }
}

async fn serve_one(mut stream: BufReader<UnixStream>) {
    let mut last: Option<(Vec<String>, Command)> = None;
    while let Ok(Some(ask)) = read_line::<Ask>(&mut stream).await {
        let known = last.take().filter(|(command, _)| *command == ask.command);
        // One that was killed and has not ended is waited for by what has killed it.
        let mut command = known.map_or_else(|| Command::new(ask.command.clone()), |known| known.1);
        let outcome = tokio::select! {
            outcome = command.run(Duration::from_millis(ask.limit)) => outcome,
            // Nothing is asked meanwhile: who asked has gone, and what runs is killed.
            _ = stream.fill_buf() => return,
        };
        let reply = Reply {
            good: outcome.good,
            text: outcome.text,
        };
        if write_line(stream.get_mut(), &reply).await.is_err() {
            return;
        }
        last = Some((ask.command, command));
    }
}

async fn write_line(stream: &mut UnixStream, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    stream.write_all(&line).await
}

/// None at the end.
async fn read_line<T: for<'a> Deserialize<'a>>(
    stream: &mut BufReader<UnixStream>,
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    stream.take(LINE).read_until(b'\n', &mut line).await?;
    match line.is_empty() {
        true => Ok(None),
        false => Ok(Some(serde_json::from_slice(&line)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::JoinHandle;

    const AMPLE: Duration = Duration::from_secs(30);

    struct Helper {
        socket: PathBuf,
        task: JoinHandle<()>,
    }

    impl Helper {
        fn start(name: &str) -> Self {
            let socket =
                std::env::temp_dir().join(format!("ssi-apart-{name}-{}", std::process::id()));
            let _ = std::fs::remove_file(&socket);
            let listener = UnixListener::bind(&socket).unwrap();
            let task = tokio::spawn(serve(listener));
            Self { socket, task }
        }

        fn shell(&self, script: &str) -> Apart {
            Apart::new(
                &self.socket,
                ["sh", "-c", script].map(str::to_owned).to_vec(),
            )
        }
    }

    impl Drop for Helper {
        fn drop(&mut self) {
            self.task.abort();
            let _ = std::fs::remove_file(&self.socket);
        }
    }

    #[tokio::test]
    async fn outcomes_come_back_as_they_were() {
        let helper = Helper::start("outcomes");
        let mut good = helper.shell("echo fine");
        for _ in 0..3 {
            assert_eq!(good.run(AMPLE).await, Some(Outcome::good("fine")));
        }
        let bad = helper.shell("echo no; exit 3").run(AMPLE).await.unwrap();
        assert_eq!(bad, Outcome::bad("no (exit status: 3)"));
        let limit = Duration::from_millis(200);
        let late = helper.shell("sleep 60").run(limit).await.unwrap();
        assert_eq!(late, Outcome::bad("the command did not end within 200ms"));
    }

    #[tokio::test]
    async fn what_runs_ends_with_who_asked() {
        let helper = Helper::start("ends");
        let file = helper.socket.with_extension("pid");
        let mut asker = helper.shell(&format!("echo $$ >{}; exec sleep 60", file.display()));
        let asked = tokio::spawn(async move { asker.run(AMPLE).await });
        let pid = loop {
            match std::fs::read_to_string(&file) {
                Ok(text) if text.ends_with('\n') => break text.trim().to_owned(),
                _ => sleep(Duration::from_millis(10)).await,
            }
        };
        let is_there = || std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok();
        assert!(is_there());
        asked.abort();
        while is_there() {
            sleep(Duration::from_millis(10)).await;
        }
        std::fs::remove_file(&file).unwrap();
    }

    #[tokio::test]
    async fn one_that_was_started_anew_is_found() {
        let helper = Helper::start("anew");
        let mut asker = helper.shell("echo fine");
        assert!(asker.run(AMPLE).await.unwrap().good);
        let socket = helper.socket.clone();
        drop(helper);
        assert_eq!(asker.run(AMPLE).await, None, "nobody is there");
        let again = Helper::start("anew");
        assert_eq!(again.socket, socket);
        assert!(asker.run(AMPLE).await.unwrap().good);
    }

    #[tokio::test]
    async fn who_listens_and_does_not_answer_is_named() {
        let socket = std::env::temp_dir().join(format!("ssi-apart-deaf-{}", std::process::id()));
        let _ = std::fs::remove_file(&socket);
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let mut asker = Apart::new(&socket, vec!["true".into()]);
        let outcome = asker.run(Duration::from_millis(10)).await.unwrap();
        assert!(!outcome.good && outcome.text.ends_with("it does not answer"));
        drop(listener);
        let outcome = asker.run(AMPLE).await.unwrap();
        assert!(!outcome.good && outcome.text.ends_with("Connection refused"));
        std::fs::remove_file(&socket).unwrap();
    }

    #[tokio::test]
    async fn what_is_no_question_ends_the_connection() {
        let helper = Helper::start("nonsense");
        for nonsense in [&b"{}\n"[..], b"\xff\n", b"[1,2\n"] {
            let mut stream = UnixStream::connect(&helper.socket).await.unwrap();
            stream.write_all(nonsense).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            assert_eq!(answer, b"");
        }
    }
}
