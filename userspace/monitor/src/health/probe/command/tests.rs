// SPDX-License-Identifier: GPL-2.0-only

//! Real programs.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::thread;

use rustix::process::kill_process;
use tokio::sync::oneshot;

use super::*;
use crate::health::probe::is_active;

const AMPLE: Duration = Duration::from_secs(30);

fn shell(script: &str) -> Command {
    Command::new(["sh", "-c", script].map(str::to_owned).to_vec())
}

async fn outcome_of(script: &str) -> Outcome {
    shell(script).run(AMPLE).await
}

#[tokio::test]
async fn it_is_given_an_environment() {
    let mut command = shell("echo $SSI_ONE,$SSI_TWO.");
    let environment = [("SSI_ONE", "1 \"".to_owned()), ("SSI_TWO", String::new())];
    let outcome = command.run_with(&environment, AMPLE).await;
    assert_eq!(outcome, Outcome::good("1 \",."));
    assert_eq!(command.run(AMPLE).await.text, ",.");
}

/// A named pipe. Who reads it to its end knows that all who had it open are gone.
struct Fifo(PathBuf);

impl Fifo {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ssi-health-{}-{name}", std::process::id()));
        let _ = fs::remove_file(&path);
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        Self(path)
    }

    fn path(&self) -> std::path::Display<'_> {
        self.0.display()
    }

    /// Waits for the first who opens it: gives the first line, and ends when nobody has it open any more.
    fn read(&self) -> (oneshot::Receiver<String>, oneshot::Receiver<()>) {
        let path = self.0.clone();
        let (sender, first) = oneshot::channel();
        let (end, gone) = oneshot::channel();
        // A thread of its own: the runtime would wait for it when a test fails.
        thread::spawn(move || {
            let mut pipe = BufReader::new(fs::File::open(path).unwrap());
            let mut line = String::new();
            pipe.read_line(&mut line).unwrap();
            sender.send(line).unwrap();
            pipe.read_to_string(&mut String::new()).unwrap();
            end.send(()).unwrap();
        });
        (first, gone)
    }
}

impl Drop for Fifo {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn number(line: &str) -> Pid {
    Pid::from_raw(line.trim().parse().unwrap()).unwrap()
}

fn process(line: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{}", number(line)))
}

/// A shell and a child, both with the pipe open, neither of which ends. The shell's number is written to it.
fn hanging(fifo: &Fifo) -> Command {
    let path = fifo.path();
    shell(&format!("exec 9>{path}; sleep 600 & echo $$ >&9; wait"))
}

#[tokio::test]
async fn exit_status_and_first_line() {
    for (script, good, text) in [
        ("exit 0", true, "exit status: 0"),
        ("exit 3", false, "exit status: 3"),
        ("echo; echo fine; echo more", true, "fine"),
        (
            "echo two disks gone; exit 2",
            false,
            "two disks gone (exit status: 2)",
        ),
        (
            "echo no such export >&2; exit 1",
            false,
            "no such export (exit status: 1)",
        ),
        ("echo note >&2; echo fine", true, "fine"),
        ("kill -9 $$", false, "signal: 9 (SIGKILL)"),
        // It reads nothing and waits for nobody.
        ("cat; echo end", true, "end"),
    ] {
        assert_eq!(
            outcome_of(script).await,
            Outcome::of(good, text),
            "{script}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_started() {
    let outcome = Command::new(vec!["/nonexistent/check".into()])
        .run(AMPLE)
        .await;
    let expected = "cannot start '/nonexistent/check': No such file or directory";
    assert_eq!(outcome, Outcome::bad(expected));
    assert!(!Command::new(Vec::new()).run(AMPLE).await.good);
}

#[tokio::test]
async fn much_output_does_not_hold_it_up() {
    let script = "echo first; head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 1";
    assert_eq!(
        outcome_of(script).await,
        Outcome::bad("first (exit status: 1)")
    );
}

#[tokio::test]
async fn who_closes_its_output_is_waited_for() {
    assert_eq!(
        outcome_of("exec >&- 2>&-; sleep 0.1; exit 7").await,
        Outcome::bad("exit status: 7")
    );
}

#[tokio::test]
async fn a_child_that_stays_does_not_hold_it_up() {
    let fifo = Fifo::new("stays");
    let (first, mut gone) = fifo.read();
    // The child has the pipe open from its beginning: one that opened it itself could come after the end of the others.
    let path = fifo.path();
    let script = format!("exec 9>{path}; sleep 600 & echo $! >&9; echo fine");
    assert_eq!(outcome_of(&script).await, Outcome::good("fine"));
    // It is left alone, as a daemon that a check has started.
    let child = number(&first.await.unwrap());
    assert!(gone.try_recv().is_err());
    kill_process(child, Signal::KILL).unwrap();
    timeout(AMPLE, gone).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_hangs_is_killed_with_its_children_and_reaped() {
    let fifo = Fifo::new("hangs");
    let mut command = hanging(&fifo);
    for _ in 0..2 {
        let (mut first, gone) = fifo.read();
        let mut running = Box::pin(command.run(AMPLE));
        let shell = tokio::select! {
            shell = &mut first => shell.unwrap(),
            outcome = &mut running => panic!("{outcome:?}"),
        };
        // It hangs now, however long it took to begin. The rest of its time need not be waited for.
        tokio::time::pause();
        let outcome = running.await;
        tokio::time::resume();
        assert_eq!(outcome, Outcome::bad("the command did not end within 30s"));
        timeout(AMPLE, gone).await.unwrap().unwrap();
        if let Some(killed) = &mut command.killed {
            timeout(AMPLE, killed.0.wait()).await.unwrap().unwrap();
        }
        assert!(!process(&shell).exists());
    }
}

#[tokio::test]
async fn what_is_not_waited_for_any_longer_is_killed_and_reaped() {
    let fifo = Fifo::new("dropped");
    let (first, gone) = fifo.read();
    let mut command = hanging(&fifo);
    let running = tokio::spawn(async move { command.run(AMPLE).await });
    let shell = timeout(AMPLE, first).await.unwrap().unwrap();
    running.abort();
    timeout(AMPLE, gone).await.unwrap().unwrap();
    // The runtime reaps it.
    let reaped = async {
        while process(&shell).exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(AMPLE, reaped).await.unwrap();
}

#[test]
fn a_unit_is_asked_of_systemctl() {
    assert_eq!(
        is_active("-x.service"),
        ["systemctl", "is-active", "--", "-x.service"]
    );
}
