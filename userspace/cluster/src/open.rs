// SPDX-License-Identifier: GPL-2.0-only

//! Reading a cluster file for use: checked whole, and with the table that a new cluster begins with.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::balance;
use crate::failure::{Failure, reason};
use crate::file::ClusterFile;
use crate::file::read::{self, Parsed};
use crate::value::secret;

impl ClusterFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let failed = |e: io::Error| Failure::Refused(format!("{shown}: {}", reason(&e)));
        let mut file = File::open(path).map_err(failed)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        let mut read = Self::parse(&shown, text)?;
        if read.seed.is_some() {
            read.remark = secret::exposed(path, &about);
        }
        // Who only looks at this file need not have that one.
        if let Some(key) = read.key_file.as_deref().map(Path::new) {
            let about = std::fs::metadata(key).ok();
            let remark = about.and_then(|about| secret::exposed(key, &about));
            read.remark = read.remark.or(remark);
        }
        Ok(read)
    }

    /// Checks a file's bytes whole. Where a static cluster's has no table, each node gets what every cluster begins
    /// with; where ssid gives nodes their buckets, it is checked that it could.
    pub fn parse(path: &str, bytes: Vec<u8>) -> Result<Self, Failure> {
        let Parsed { mut file, buckets } = read::parse(path, bytes)?;
        if file.nodes.iter().all(|node| node.owns.is_empty()) {
            let mut nodes = file.nodes.clone();
            balance::begin(&mut nodes, file.buckets).map_err(|e| file.source.wrong(&buckets, e))?;
            if file.daemon.is_none() {
                file.nodes = nodes;
            }
        }
        Ok(file)
    }
}
