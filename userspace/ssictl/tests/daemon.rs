// SPDX-License-Identifier: GPL-2.0-only

//! The program and a daemon on a socket: what is asked, what is printed, and the exit status.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

const WELL: &str =
    r#"{"status":{"cluster":"web","node":"n1","nodes":[{"name":"n1","state":"serving"}]}}"#;
const ILL: &str = r#"{"status":{"cluster":"web","node":"n1","trouble":["n2 is gone for 3 s"]}}"#;
const EVENT: &str = r#"{"event":{"at":0,"kind":"moved","node":"n1","text":"took 3 buckets"}}"#;
const FILE: &str = r#"
name = "web"
vips = ["192.0.2.10/32"]
interface = "eth0"
[daemon]
engine = "alone"
[[node]]
name = "n1"
rank = 0
"#;

/// A folder with a daemon's socket, and what it received.
struct Daemon {
    folder: PathBuf,
    received: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    fn answering(name: &str, lines: &'static [&'static str]) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let listener = UnixListener::bind(folder.join("web.sock")).unwrap();
        let received: Arc<Mutex<Vec<String>>> = Arc::default();
        let into = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                into.lock().unwrap().push(line.trim().to_owned());
                for line in lines {
                    let _ = writeln!(stream, "{line}");
                }
            }
        });
        Self { folder, received }
    }

    fn ssictl(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_ssictl"))
            .args(arguments)
            .env("SSI_RUN", &self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_exit_status_of_status_is_whether_all_is_well() {
    for (name, line, code, last) in [
        ("well", &[WELL], 0, "all is well\n"),
        ("ill", &[ILL], 1, "WRONG: n2 is gone for 3 s\n"),
    ] {
        let daemon = Daemon::answering(name, line);
        // The only one there is.
        for arguments in [&["status", "web"][..], &["status"]] {
            let output = daemon.ssictl(arguments);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}");
            assert!(text(&output.stdout).ends_with(last));
            assert!(output.stderr.is_empty());
        }
        let output = daemon.ssictl(&["-j", "status"]);
        assert_eq!(output.status.code(), Some(code));
        assert!(text(&output.stdout).contains("\"cluster\": \"web\""));
        assert_eq!(daemon.received(), ["\"status\""; 3]);
    }
}

#[test]
fn where_nobody_listens_it_prints_what_to_do() {
    let daemon = Daemon::answering("other", &[WELL]);
    for arguments in [&["status", "db"][..], &["events", "db"]] {
        let output = daemon.ssictl(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let sentence = text(&output.stderr);
        assert!(
            sentence.starts_with("ssictl: db: no ssid runs here"),
            "{sentence}"
        );
        assert!(sentence.contains("systemctl start ssid"), "{sentence}");
    }
}

#[test]
fn events_come_a_line_each() {
    let daemon = Daemon::answering("events", &[EVENT, EVENT]);
    let output = daemon.ssictl(&["events", "web"]);
    let line = "1970-01-01T00:00:00.000Z  moved      n1        took 3 buckets\n";
    assert_eq!(text(&output.stdout), line.repeat(2));
    // The daemon goes: that is no end that anybody asked for.
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("ssid has ended"));
    let output = daemon.ssictl(&["-j", "events"]);
    let json = "{\"at\":0,\"kind\":\"moved\",\"node\":\"n1\",\"text\":\"took 3 buckets\"}\n";
    assert_eq!(text(&output.stdout), json.repeat(2));
    assert_eq!(daemon.received(), ["\"events\""; 2]);
}

#[test]
fn who_is_dead_is_confirmed_by_yes_where_nobody_can_be_asked() {
    let daemon = Daemon::answering("dead", &["\"done\""]);
    let output = daemon.ssictl(&["confirm-dead", "n2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("give --yes"));
    assert!(daemon.received().is_empty());
    let output = daemon.ssictl(&["confirm-dead", "n2", "--yes"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).starts_with("web: n2 is confirmed dead"));
    assert_eq!(daemon.received(), ["{\"confirm-dead\":{\"node\":\"n2\"}}"]);
}

#[test]
fn claim_14_a_node_is_asked_to_drain_by_the_daemon() {
    let daemon = Daemon::answering("drain", &["\"done\""]);
    let file = daemon.folder.join("web.toml");
    fs::write(&file, FILE).unwrap();
    let output = daemon.ssictl(&["drain", "n1", "--file", file.to_str().unwrap()]);
    assert_eq!(text(&output.stderr), "");
    assert_eq!(
        text(&output.stdout),
        "web: n1 is asked to drain\nhow far it is: ssictl status web\n"
    );
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        daemon.received(),
        [r#"{"order":{"node":"n1","wish":{"drain":null}}}"#]
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), FILE);
}
