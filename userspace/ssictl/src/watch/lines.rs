// SPDX-License-Identifier: GPL-2.0-only

//! Lines of `ssictl watch`: what it did, and what it found.

use std::net::IpAddr;

use serde::Serialize;

use crate::output::Text;

/// What it tells.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Line {
    PutBack(PutBack),
    Replies(Replies),
    Agreement(Agreement),
    Made(Made),
}

impl Text for Line {
    fn text(&self) -> String {
        match self {
            Self::PutBack(line) => line.text(),
            Self::Replies(line) => line.text(),
            Self::Agreement(line) => line.text(),
            Self::Made(line) => line.text(),
        }
    }
}

/// In what the nodes do not go together.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Agreement {
    pub cluster: String,
    pub differs: Vec<&'static str>,
    /// What is wrong, a sentence each.
    pub remarks: Vec<String>,
}

impl Text for Agreement {
    fn text(&self) -> String {
        let cluster = &self.cluster;
        let lines = self
            .remarks
            .iter()
            .map(|remark| format!("{cluster}: {remark}\n"));
        match self.differs.is_empty() {
            true => format!("{cluster}: the nodes agree\n"),
            false => lines.collect(),
        }
    }
}

/// An address that was put back.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PutBack {
    pub cluster: String,
    pub interface: String,
    pub address: IpAddr,
    pub prefix: u8,
}

impl Text for PutBack {
    fn text(&self) -> String {
        format!(
            "{}: {}/{} was taken off {}; put back\n",
            self.cluster, self.address, self.prefix, self.interface
        )
    }
}

/// Routes or rules for replies were put right.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Replies {
    pub cluster: String,
    pub interface: String,
    /// The table of `ip route` that they go by.
    pub table: u32,
}

impl Text for Replies {
    fn text(&self) -> String {
        format!(
            "{}: routes have changed; the rules by which replies leave {} were put right\n",
            self.cluster, self.interface
        )
    }
}

/// A cluster that was made again.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Made {
    pub cluster: String,
    pub interface: String,
    /// The cluster file.
    pub file: String,
    /// The node that this is.
    pub node: String,
}

impl Text for Made {
    fn text(&self) -> String {
        format!(
            "{}: {} is there again; made again as {} of {}\n",
            self.cluster, self.interface, self.node, self.file
        )
    }
}
