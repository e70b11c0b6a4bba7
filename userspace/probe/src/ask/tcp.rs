// SPDX-License-Identifier: GPL-2.0-only

//! TCP requests from many source addresses, many connections open at once.

use crate::ask::args::Args;
use crate::ask::report::Asked;
use crate::ask::report::Report;
use crate::message;
use crate::outcome::Outcome;
use crate::sys;
use crate::sys::ready::Ready;
use socket2::Type;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::time::Duration;
use std::time::Instant;

struct Connection {
    source: IpAddr,
    stream: TcpStream,
    deadline: Instant,
    connected: bool,
    got: Vec<u8>,
}

impl Connection {
    fn open(args: &Args, source: IpAddr) -> std::io::Result<Self> {
        let s = sys::bound(Type::STREAM, None, (source, 0).into())?;
        s.set_nonblocking(true)?;
        match s.connect(&args.to.into()) {
            Err(e) if e.raw_os_error() != Some(libc::EINPROGRESS) => return Err(e),
            _ => {}
        }
        Ok(Self {
            source,
            stream: s.into(),
            deadline: Instant::now() + Duration::from_millis(args.timeout),
            connected: false,
            got: Vec::new(),
        })
    }

    /// The answering node once it has sent everything.
    fn step(&mut self, ready: &Ready, token: u64, bytes: usize) -> Result<Option<String>, String> {
        let text = |e: std::io::Error| e.to_string();
        if !self.connected {
            if let Some(e) = self.stream.take_error().map_err(text)? {
                return Err(e.to_string());
            }
            self.connected = true;
            // A line this short fits into the empty buffer of a fresh connection.
            self.stream
                .write_all(format!("{bytes}\n").as_bytes())
                .map_err(text)?;
            ready.only_read(self.stream.as_raw_fd(), token)?;
        }
        let mut buf = [0; 65536];
        loop {
            match self.stream.read(&mut buf) {
                Ok(0) => {
                    let cut = format!("closed after {} bytes", self.got.len());
                    return message::parse_stream(&self.got)?.ok_or(cut).map(Some);
                }
                Ok(n) => self.got.extend(&buf[..n]),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(e) => return Err(e.to_string()),
            }
        }
    }
}

pub fn ask(args: &Args, sources: &[IpAddr], report: &mut Report) -> Outcome {
    let ready = Ready::new()?;
    let mut open: BTreeMap<u64, Connection> = BTreeMap::new();
    let total = sources.len() * args.rounds as usize;
    for source in sources {
        let none = Asked {
            asked: args.rounds,
            missing: args.rounds,
            ..Asked::default()
        };
        report.sources.insert(*source, none);
    }
    let mut next = 0;
    while next < total || !open.is_empty() {
        while next < total && open.len() < args.window {
            let source = sources[next % sources.len()];
            match Connection::open(args, source) {
                Ok(c) => {
                    ready.add(c.stream.as_raw_fd(), next as u64, true)?;
                    open.insert(next as u64, c);
                }
                Err(e) => {
                    report.errors.insert(source, e.to_string());
                }
            }
            next += 1;
        }
        let now = Instant::now();
        let until = open.values().map(|c| c.deadline).min().unwrap_or(now);
        let wait = until.saturating_duration_since(now).as_millis() as i32 + 1;
        for token in ready.wait(wait)? {
            let Some(c) = open.get_mut(&token) else {
                continue;
            };
            let source = c.source;
            match c.step(&ready, token, args.bytes) {
                Ok(None) => continue,
                Ok(Some(node)) => {
                    if let Some(asked) = report.sources.get_mut(&source) {
                        *asked.answers.entry(node).or_default() += 1;
                        asked.missing -= 1;
                    }
                }
                Err(e) => {
                    report.errors.insert(source, e);
                }
            }
            open.remove(&token);
        }
        let now = Instant::now();
        open.retain(|_, c| {
            let alive = c.deadline > now;
            if !alive {
                let state = if c.connected {
                    "no whole answer"
                } else {
                    "no connection"
                };
                report
                    .errors
                    .insert(c.source, format!("{state} in {} ms", args.timeout));
            }
            alive
        });
    }
    Ok(())
}
