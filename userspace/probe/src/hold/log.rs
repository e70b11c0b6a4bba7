// SPDX-License-Identifier: GPL-2.0-only

//! Log of new connections: a line `SOURCE BEGAN CONNECTED NODE`, times in microseconds
//! since 1970 as the journal of tables has them; CONNECTED is 0 and NODE `-` where there was none.

use crate::outcome::Outcome;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::SystemTime;

pub struct Entry {
    pub source: IpAddr,
    pub began: u64,
    pub connected: u64,
    pub node: String,
}

/// Microseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |d| d.as_micros() as u64)
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = if self.node.is_empty() {
            "-"
        } else {
            &self.node
        };
        write!(
            f,
            "{} {} {} {node}",
            self.source, self.began, self.connected
        )
    }
}

impl FromStr for Entry {
    type Err = String;

    fn from_str(line: &str) -> Outcome<Self> {
        let bad = || format!("\"{line}\" is no line of the log");
        let fields: Vec<&str> = line.split(' ').collect();
        let [source, began, connected, node] = fields[..] else {
            return Err(bad());
        };
        Ok(Self {
            source: source.parse().map_err(|_| bad())?,
            began: began.parse().map_err(|_| bad())?,
            connected: connected.parse().map_err(|_| bad())?,
            node: node.into(),
        })
    }
}
