// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl man`, hidden: what packaging calls to make the man pages, one for each verb, one for JSON, one for the cluster file and one for what doctor finds.

mod doctor;
mod file;
mod json;
mod markdown;

use std::fs;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use ssi_cluster::failure::Failure;

use crate::args::Args;

/// Writes the pages.
pub fn run(folder: &Path) -> Result<(), Failure> {
    let mut root = Args::command();
    root.build();
    pages(folder, &root, "ssictl")
        .and_then(|()| fs::write(folder.join("ssictl-json.5"), json::page()))
        .and_then(|()| fs::write(folder.join("ssi-doctor.7"), doctor::page()))
        .and_then(|()| fs::write(folder.join("ssi.toml.5"), file::page()))
        .and_then(|()| fs::write(folder.join("cluster.toml.5"), file::alias()))
        .map_err(|e| Failure::Refused(format!("writing to {}: {e}", folder.display())))
}

fn pages(folder: &Path, command: &Command, name: &str) -> io::Result<()> {
    ssi_cli::man::write(folder, command, name, "8", &see_also(command, name))?;
    command
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .try_for_each(|verb| pages(folder, verb, &format!("{name}-{}", verb.get_name())))
}

/// The pages below, or the one above.
fn see_also(command: &Command, name: &str) -> Vec<String> {
    let mut pages: Vec<String> = command
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .map(|verb| format!("{name}-{}(8)", verb.get_name()))
        .collect();
    if let Some((above, _)) = name.rsplit_once('-') {
        pages.push(format!("{above}(8)"));
    }
    pages.extend(["ssi.toml(5)", "ssictl-json(5)", "ssid(8)"].map(str::to_owned));
    pages
}
