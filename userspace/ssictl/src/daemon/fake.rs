// SPDX-License-Identifier: GPL-2.0-only

//! A daemon for tests: a socket in a folder of its own that answers as the test has it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use ssid_api::{Answer, Ask};

use crate::daemon::Place;

/// A new folder.
pub fn folder(name: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = std::env::temp_dir().join(format!(
        "ssictl-{name}-{}-{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    ));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    folder
}

/// The daemon of cluster `web`.
pub struct Daemon {
    /// Where it listens.
    pub place: Place,
    folder: PathBuf,
    asked: Arc<Mutex<Vec<Ask>>>,
}

impl Daemon {
    /// Answers every question by `answers`, and closes then.
    pub fn answering(mut answers: impl FnMut(&Ask) -> Vec<Answer> + Send + 'static) -> Self {
        Self::new(move |ask| {
            let lines = answers(ask);
            lines
                .iter()
                .map(|answer| serde_json::to_string(answer).unwrap())
                .collect()
        })
    }

    /// Answers every question by the same lines.
    pub fn sending(lines: Vec<String>) -> Self {
        Self::new(move |_| lines.clone())
    }

    fn new(mut lines: impl FnMut(&Ask) -> Vec<String> + Send + 'static) -> Self {
        let folder = folder("daemon");
        let listener = UnixListener::bind(folder.join("web.sock")).unwrap();
        let asked: Arc<Mutex<Vec<Ask>>> = Arc::default();
        let received = Arc::clone(&asked);
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                let ask: Ask = serde_json::from_str(&line).unwrap();
                received.lock().unwrap().push(ask.clone());
                for line in lines(&ask) {
                    // A client that has seen enough goes.
                    let _ = writeln!(stream, "{line}");
                }
            }
        });
        Self {
            place: Place::new(&folder, "web".into()),
            folder,
            asked,
        }
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<Ask> {
        self.asked.lock().unwrap().clone()
    }

    /// The folder that its socket is in.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
