// SPDX-License-Identifier: GPL-2.0-only

//! What was asked for, checked as a whole.

use std::path::PathBuf;

use ssi_cluster::failure::Failure;
use ssi_cluster::file::ClusterFile;

use crate::init::args::{Init, Member};
use crate::init::files::{self, Layout, Planned};

/// A cluster that is to be.
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Where the files go.
    pub folder: PathBuf,
    /// They.
    pub files: Vec<Planned>,
    /// As the cluster file will be read.
    pub file: ClusterFile,
}

impl Plan {
    /// Checks everything before anything is written.
    pub fn of(init: &Init) -> Result<Self, Failure> {
        let missing = [
            ("NAME", init.name.is_none()),
            ("--vip ADDR/LEN", init.vips.is_empty()),
            ("--interface D", init.interface.is_none()),
            ("--node NAME=ADDR", init.nodes.is_empty()),
        ];
        let missing: Vec<&str> = missing
            .iter()
            .filter(|(_, is_missing)| *is_missing)
            .map(|(what, _)| *what)
            .collect();
        if !missing.is_empty() {
            return Err(Failure::Usage(format!(
                "give {}; see --help",
                missing.join(", ")
            )));
        }
        let name = init.name.clone().unwrap_or_default();
        check(init)?;
        let layout = Layout::of(init);
        let files = files::all(init, &layout);
        let text = files.iter().find(|file| file.place == layout.cluster);
        let text = text.and_then(|file| file.text.clone()).unwrap_or_default();
        // The same rules that every tool has for it.
        let file = ClusterFile::parse(&layout.cluster, text.into_bytes())?;
        Ok(Self {
            folder: init.into.clone().unwrap_or_else(|| name.clone().into()),
            name,
            files,
            file,
        })
    }
}

fn check(init: &Init) -> Result<(), Failure> {
    let refuse = |sentence: String| Err(Failure::Usage(sentence));
    let all = || init.nodes.iter().chain(&init.witnesses);
    if init.is_static {
        return Ok(());
    }
    if let Some(bare) = all().find(|node| node.addresses.is_empty()) {
        let name = &bare.name;
        return refuse(format!(
            "--node {name}: give its address too, by which the others reach it, as {name}=10.0.0.1"
        ));
    }
    let links = |node: &Member| node.addresses.len();
    let first = all().next().map(links).unwrap_or_default();
    if let Some(other) = all().find(|node| links(node) != first) {
        return refuse(format!(
            "--node {}: it has {} addresses and others have {first}; give each node one a link",
            other.name,
            links(other)
        ));
    }
    match (all().count(), init.fenced) {
        (2, true) | (1, false) => Ok(()),
        (2, false) => refuse(
            "two nodes: half of two is no majority; give a third machine as --witness NAME=ADDR, or --fenced"
                .to_owned(),
        ),
        (_, true) => refuse("--fenced: goes with exactly two nodes".to_owned()),
        _ => Ok(()),
    }
}
