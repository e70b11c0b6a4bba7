// SPDX-License-Identifier: GPL-2.0-only

//! Commands to the clients, by a Unix socket: one a connection, the answer is a report.

use crate::outcome::Outcome;
use std::fs;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::ErrorKind;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::fd::RawFd;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// The numbers so far.
    Report,
    /// A turn on each connection now; answered when all have been answered, or have failed.
    Round,
    /// End the connections with this node in order, and open them again; answered when all are.
    Close(String),
    /// Open nothing any more; answered, with the end of the process, when nothing is on its way.
    End,
}

impl Command {
    fn parse(line: &str) -> Option<Self> {
        match *line.split_whitespace().collect::<Vec<_>>() {
            ["report"] => Some(Self::Report),
            ["round"] => Some(Self::Round),
            ["close", node] => Some(Self::Close(node.into())),
            ["end"] => Some(Self::End),
            _ => None,
        }
    }
}

/// A command, and who waits for the answer.
pub struct Order {
    pub command: Command,
    stream: UnixStream,
}

impl Order {
    /// Whoever asked may have gone: that is no trouble of ours.
    pub fn answer(mut self, text: &str) {
        let _ = writeln!(self.stream, "{text}");
    }
}

pub struct Control(UnixListener);

impl Control {
    pub fn open(path: &str) -> Outcome<Self> {
        let failed = |e: io::Error| format!("{path}: {e}");
        match fs::remove_file(path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self(listener))
    }

    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// The orders that are there; what makes no sense is answered here.
    pub fn orders(&self) -> Vec<Order> {
        let mut orders = Vec::new();
        while let Ok((stream, _)) = self.0.accept() {
            // The line is sent with the connection: this does not keep the clients waiting.
            let patient = stream.set_read_timeout(Some(Duration::from_secs(1)));
            let mut line = String::new();
            let read = BufReader::new(&stream).read_line(&mut line);
            match Command::parse(&line) {
                Some(command) if patient.is_ok() && read.is_ok() => {
                    orders.push(Order { command, stream });
                }
                _ => {
                    let _ = writeln!(&stream, "\"{}\" is no command", line.trim());
                }
            }
        }
        orders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_understood() {
        assert_eq!(Command::parse("round\n"), Some(Command::Round));
        assert_eq!(
            Command::parse("close n3\n"),
            Some(Command::Close("n3".into()))
        );
        assert_eq!(Command::parse("close\n"), None);
        assert_eq!(Command::parse(""), None);
    }
}
