// SPDX-License-Identifier: GPL-2.0-only

//! The program itself, as a witness on the loopback, beside strangers: who opens connections and says nothing, and who sends datagrams
//! that are none. It answers all the same, and neither its memory nor its log grows.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use ssid_api::{Answer, Ask, Client, Status};

/// What a service has by default, and so the program here.
const DESCRIPTORS: u64 = 1024;
const IDLE: usize = 1100;

/// The program, which ends with this.
struct Daemon {
    child: Child,
    folder: PathBuf,
    metrics: SocketAddr,
    datagrams: SocketAddr,
    log: Arc<AtomicUsize>,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Daemon {
    /// The witness of a cluster whose other nodes are not there.
    fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ssid-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let (port, metrics) = (free_port(), free_port());
        fs::write(folder.join("key"), "0123456789abcdef".repeat(4)).unwrap();
        fs::set_permissions(folder.join("key"), fs::Permissions::from_mode(0o600)).unwrap();
        let file = folder.join("c.toml");
        let mut text = format!(
            "name = \"c\"\nvips = [\"192.0.2.10/32\"]\ninterface = \"eth0\"\nkey-file = \"{}\"\n[daemon]\nport = {port}\n\
             metrics = \"127.0.0.1:{metrics}\"\nrealtime = false\n",
            folder.join("key").display()
        );
        for (node, weight) in [(1, 100), (2, 100), (3, 0)] {
            text += &format!(
                "[[node]]\nname = \"n{node}\"\nrank = {}\naddresses = [\"127.0.0.{node}\"]\nweight = {weight}\n",
                node - 1
            );
        }
        fs::write(&file, text).unwrap();
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -n \"$1\" && exec \"$0\" --node n3 \"$2\""])
            .arg(env!("CARGO_BIN_EXE_ssid"))
            .arg(DESCRIPTORS.to_string())
            .arg(&file)
            .env("SSI_RUN", &folder)
            .env("SSI_STATE", &folder)
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(AtomicUsize::new(0));
        let (counts, from) = (log.clone(), child.stderr.take().unwrap());
        let (ready, runs) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                counts.fetch_add(1, Ordering::Relaxed);
                if line.contains("runs, as node") {
                    let _ = ready.send(());
                } else {
                    eprintln!("ssid: {line}");
                }
            }
        });
        runs.recv_timeout(Duration::from_secs(20)).unwrap();
        Self {
            child,
            metrics: SocketAddr::from(([127, 0, 0, 1], metrics)),
            datagrams: SocketAddr::from(([127, 0, 0, 3], port)),
            folder,
            log,
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("c.sock")
    }

    fn status(&self) -> Status {
        let mut client = Client::ask_at(&self.socket(), &Ask::Status).unwrap();
        match client.next() {
            Some(Ok(Answer::Status(status))) => *status,
            other => panic!("no status: {other:?}"),
        }
    }

    fn figures(&self) -> String {
        let mut stream = TcpStream::connect(self.metrics).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n")
            .unwrap();
        let mut text = String::new();
        // It closes by itself.
        stream.read_to_string(&mut text).unwrap();
        text
    }

    fn descriptors(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.child.id());
        fs::read_dir(folder).unwrap().count()
    }

    /// Of its memory what is in use, in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.unwrap().parse().unwrap()
    }
}

fn more_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, limit).unwrap();
}

#[test]
fn idle_clients_keep_nobody_out() {
    more_descriptors();
    let daemon = Daemon::start("idle");
    let before = daemon.descriptors();
    let scrapers: Vec<_> = (0..IDLE)
        .filter_map(|_| TcpStream::connect(daemon.metrics).ok())
        .collect();
    let askers: Vec<_> = (0..IDLE)
        .filter_map(|_| UnixStream::connect(daemon.socket()).ok())
        .collect();
    assert!(scrapers.len() + askers.len() > 1500, "they did not come in");
    assert_eq!(daemon.status().node, "n3");
    let figures = daemon.figures();
    assert!(figures.starts_with("HTTP/1.1 200 OK\r\n"), "{figures}");
    assert!(figures.contains("ssi_members{cluster=\"c\"}"), "{figures}");
    let taken = daemon.descriptors() - before;
    assert!(taken <= 32 + 64, "they have {taken} descriptors");
    // One that says half a word, and one that says too much.
    let mut half = TcpStream::connect(daemon.metrics).unwrap();
    half.write_all(b"GET /metr").unwrap();
    let mut much = TcpStream::connect(daemon.metrics).unwrap();
    let _ = much.write_all(&[b'x'; 1 << 20]);
    let mut line = UnixStream::connect(daemon.socket()).unwrap();
    let _ = line.write_all(&[b'['; 1 << 20]);
    assert_eq!(daemon.status().node, "n3");
    assert!(daemon.figures().contains(" 200 OK"));
    // It lets go of who asks nothing.
    let begun = Instant::now();
    // The engine may have opened its networks' meanwhile.
    while daemon.descriptors() > before + 4 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{} are kept",
            daemon.descriptors() - before
        );
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_control_socket_is_roots() {
    let daemon = Daemon::start("rights");
    let socket = fs::metadata(daemon.socket()).unwrap();
    assert_eq!(socket.mode() & 0o777, 0o660);
    assert_eq!(socket.uid(), rustix::process::geteuid().as_raw());
    // Whoever may not write to it may not ask: shown by another user, where this one can become another.
    if rustix::process::geteuid().is_root() {
        fs::set_permissions(&daemon.folder, fs::Permissions::from_mode(0o755)).unwrap();
        let asked = as_nobody(&daemon.socket());
        assert!(asked.contains("Permission denied"), "{asked}");
    }
}

/// What somebody without rights is told who connects.
fn as_nobody(socket: &Path) -> String {
    let code = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])";
    let output = Command::new("setpriv")
        .args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "python3",
            "-c",
            code,
        ])
        .arg(socket)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Datagrams of no use: noise, too short, too long, and in a node's name, which has another key.
fn datagrams() -> Vec<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut all = vec![vec![], vec![0; 1], vec![0xff; 9000]];
    for length in [8, 40, 100, 1400] {
        all.push((0..length).map(|_| random.u8(..)).collect());
    }
    // The same beginning as a real one has, with each node as its sender.
    for node in 0..4u8 {
        let mut bytes = vec![0; 200];
        bytes.splice(..8, [b's', b's', b'g', 1, 0, 0, 0, node]);
        all.push(bytes);
    }
    all
}

#[test]
fn a_flood_of_datagrams_fills_neither_memory_nor_log() {
    let daemon = Daemon::start("flood");
    let all = datagrams();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    // What it needs for a full socket is there from here on.
    let flood = |count: usize| {
        for bytes in all.iter().cycle().take(count) {
            let _ = socket.send_to(bytes, daemon.datagrams);
        }
    };
    flood(10_000);
    let (memory, lines) = (daemon.memory(), daemon.log.load(Ordering::Relaxed));
    let begun = Instant::now();
    let mut sent = 0;
    while begun.elapsed() < Duration::from_secs(2) {
        flood(10_000);
        sent += 10_000;
        let asked = Instant::now();
        assert_eq!(daemon.status().node, "n3");
        assert!(asked.elapsed() < Duration::from_secs(2));
    }
    let more = daemon.memory().saturating_sub(memory);
    let lines = daemon.log.load(Ordering::Relaxed) - lines;
    assert!(more < 4096, "{more} KiB more after {sent} datagrams");
    assert!(lines < 20, "{lines} lines of {sent} datagrams");
}
