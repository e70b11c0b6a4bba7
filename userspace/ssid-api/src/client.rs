// SPDX-License-Identifier: GPL-2.0-only

//! The client's end.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::{Answer, Ask, socket};

/// A daemon that sends nothing for so long hangs. It has to answer an order within this time, be it that it
/// could not pass it on.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// No answer is longer: 65,536 buckets with twenty digits each, and their owners.
const LONGEST: usize = 4 << 20;
const CHUNK: usize = 16 << 10;

/// A question that was put.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    /// What was read and not yet given out.
    buffer: Vec<u8>,
    /// How much of it is known to have no end of a line.
    seen: usize,
}

impl Client {
    /// Asks the daemon of a cluster.
    ///
    /// # Errors
    ///
    /// Where no daemon listens ([`io::ErrorKind::NotFound`], [`io::ErrorKind::ConnectionRefused`]), where it may
    /// not be asked ([`io::ErrorKind::PermissionDenied`]), or it does not listen.
    pub fn ask(cluster: &str, ask: &Ask) -> io::Result<Self> {
        Self::ask_at(&socket(cluster), ask)
    }

    /// Asks the daemon that listens there.
    ///
    /// # Errors
    ///
    /// As [`Client::ask`].
    pub fn ask_at(path: &Path, ask: &Ask) -> io::Result<Self> {
        let mut stream = UnixStream::connect(path)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        // Events come when they come.
        let patience = (*ask != Ask::Events).then_some(PATIENCE);
        stream.set_read_timeout(patience)?;
        let mut line = serde_json::to_vec(ask)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
            seen: 0,
        })
    }

    /// Whether the next answer is here already, so that it may not be waited for by the descriptor.
    pub fn is_ready(&self) -> bool {
        self.buffer.contains(&b'\n')
    }

    /// The next line without its end; none when the daemon has closed.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let fresh = self.buffer.get(self.seen..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let end = self.seen.saturating_add(at);
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.pop();
                self.seen = 0;
                return Ok(Some(line));
            }
            self.seen = self.buffer.len();
            if self.seen > LONGEST {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a line has no end",
                ));
            }
            let mut chunk = [0; CHUNK];
            let read = match self.stream.read(&mut chunk) {
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            match chunk.get(..read) {
                // Half a line is none: the daemon ended while it wrote.
                None | Some([]) => return Ok(None),
                Some(bytes) => self.buffer.extend_from_slice(bytes),
            }
        }
    }
}

impl Iterator for Client {
    type Item = io::Result<Answer>;

    /// The next answer; [`io::ErrorKind::WouldBlock`] where the daemon sends nothing for [`PATIENCE`].
    fn next(&mut self) -> Option<Self::Item> {
        let line = self.line().transpose()?;
        Some(line.and_then(|line| serde_json::from_slice(&line).map_err(io::Error::from)))
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Heat};
    use std::os::unix::net::UnixListener;
    use std::thread;

    fn asked(ask: &Ask, answer: &'static [&'static str]) -> (Client, thread::JoinHandle<String>) {
        let folder = std::env::temp_dir().join(format!("ssi-control-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{:?}.sock", thread::current().id()));
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        let daemon = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut received = [0; 100];
            let read = stream.read(&mut received).unwrap();
            for part in answer {
                stream.write_all(part.as_bytes()).unwrap();
                thread::sleep(Duration::from_millis(20));
            }
            String::from_utf8(received[..read].to_vec()).unwrap()
        });
        let client = Client::ask_at(&path, ask).unwrap();
        std::fs::remove_file(&path).unwrap();
        (client, daemon)
    }

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let (mut client, daemon) = asked(
            &Ask::Watch { heat: true },
            &[
                "\"do",
                "ne\"\n{\"refused\":\"no\"}\n{\"heat\":{\"owners\":[0,null],",
                "\"load\":[7,0]}}\n{\"refu",
            ],
        );
        assert!(!client.is_ready());
        assert_eq!(client.next().unwrap().unwrap(), Answer::Done);
        assert!(client.is_ready());
        let refused = Answer::Refused("no".into());
        assert_eq!(client.next().unwrap().unwrap(), refused);
        let heat = Heat {
            owners: vec![Some(0), None],
            load: vec![7, 0],
        };
        assert_eq!(client.next().unwrap().unwrap(), Answer::Heat(heat));
        assert!(client.next().is_none(), "half a line is none");
        assert_eq!(daemon.join().unwrap(), "{\"watch\":{\"heat\":true}}\n");
    }

    #[test]
    fn what_is_no_answer_is_an_error_and_what_is_new_is_skipped() {
        let (mut client, _daemon) = asked(
            &Ask::Events,
            &[
                "{\"event\":{\"at\":1,\"kind\":\"k\",\"text\":\"t\",\"new\":2}}\nnonsense\n",
                "{\"status\":{\"cluster\":\"web\",\"new\":[]}}\n",
            ],
        );
        let event = Event {
            at: 1,
            kind: "k".into(),
            node: None,
            text: "t".into(),
        };
        assert_eq!(client.next().unwrap().unwrap(), Answer::Event(event));
        assert_eq!(
            client.next().unwrap().unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        // An older daemon knows fewer fields.
        let Answer::Status(status) = client.next().unwrap().unwrap() else {
            panic!("no status");
        };
        assert_eq!((status.cluster.as_str(), status.buckets), ("web", 0));
    }

    #[test]
    fn no_daemon() {
        let error = Client::ask_at(Path::new("/nowhere/web.sock"), &Ask::Status).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
