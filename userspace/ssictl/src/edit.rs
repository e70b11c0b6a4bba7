// SPDX-License-Identifier: GPL-2.0-only

//! The verbs that make the next generation of a cluster file: one verb a file. Nothing here touches a kernel; the file
//! is copied to the nodes, and `apply` does the rest.

pub mod drain;
pub mod join;
pub mod leave;
pub mod weight;

use std::path::Path;

use crate::change::{Next, What};
use crate::failure::Failure;
use crate::file::{ClusterFile, edit, place};
use crate::output::Output;
use crate::plan::view::Planned;

/// Which file, and whether it is written.
#[derive(clap::Args, Debug)]
pub struct Target {
    /// The file, or a cluster's name [default: the one in /etc/ssi]
    #[arg(long, value_name = "FILE")]
    pub file: Option<String>,

    /// Show what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Makes a change in the file, and shows it.
pub fn run(output: Output, target: &Target, what: &What) -> Result<(), Failure> {
    output.show(&changed(target, what)?)
}

/// The same without showing it.
fn changed(target: &Target, what: &What) -> Result<Planned, Failure> {
    let path = place::find(target.file.as_deref(), Path::new(place::FOLDER))?;
    let old = ClusterFile::read(&path)?;
    let next = Next::of(&old, std::slice::from_ref(what))?;
    next.check_master()?;
    let new = edit::edited(&old, &next)?;
    if !target.dry_run {
        place::replace(&path, &old.source.text, &new.source.text)?;
    }
    Ok(Planned::new(&old, &next).written(what, !target.dry_run))
}

#[cfg(test)]
mod tests;
