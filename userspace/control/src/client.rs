// SPDX-License-Identifier: GPL-2.0-only

//! The client's end.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use crate::{Answer, Ask};

/// Where the daemon of a cluster listens.
pub fn socket(cluster: &str) -> PathBuf {
    PathBuf::from("/run/ssi").join(format!("{cluster}.sock"))
}

/// A question that was put.
pub struct Client {
    lines: io::Lines<BufReader<UnixStream>>,
}

impl Client {
    /// Asks the daemon of a cluster.
    ///
    /// # Errors
    ///
    /// Where no daemon listens ([`io::ErrorKind::NotFound`], [`io::ErrorKind::ConnectionRefused`]), or it hears
    /// nothing.
    pub fn ask(cluster: &str, ask: &Ask) -> io::Result<Self> {
        let mut stream = UnixStream::connect(socket(cluster))?;
        let mut line = serde_json::to_vec(ask)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        Ok(Self {
            lines: BufReader::new(stream).lines(),
        })
    }
}

impl Iterator for Client {
    type Item = io::Result<Answer>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.lines.next()? {
            Ok(line) => line,
            Err(e) => return Some(Err(e)),
        };
        Some(serde_json::from_str(&line).map_err(io::Error::from))
    }
}
