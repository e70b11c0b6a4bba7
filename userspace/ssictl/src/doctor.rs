// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl doctor`: finds what keeps a cluster from serving, by looking and by asking, and changes nothing.
//!
//! [`gather`] looks, once, at all that is looked at, and makes [`facts::Facts`] of it. A check is a function of these, in
//! [`checks`] a family a file, so that its test can make any fault.

pub mod args;
mod check;
pub mod checks;
pub mod everywhere;
mod facts;
mod firewall;
mod gather;
#[cfg(test)]
mod sample;
mod view;

use std::path::Path;
use std::process::ExitCode;

use ssi_cluster::failure::Failure;
use ssi_cluster::file::place;
use ssi_cluster::system;

use crate::output::Output;

pub use args::Doctor;
pub use view::{Listed, Report};

/// Looks and shows; the status tells how much was found.
pub fn run(output: Output, doctor: &Doctor) -> Result<ExitCode, Failure> {
    if doctor.list {
        output.show(&Listed::all())?;
        return Ok(ExitCode::SUCCESS);
    }
    if doctor.all || !doctor.on.is_empty() {
        let found = everywhere::look(doctor, Path::new(place::FOLDER), &system::host(), |name| {
            here(name, doctor.no_probe)
        })?;
        output.show(&found)?;
        return Ok(ExitCode::from(found.status()));
    }
    let report = here(doctor.name.as_deref(), doctor.no_probe)?;
    output.show(&report)?;
    Ok(ExitCode::from(report.status()))
}

/// What is found on this node.
fn here(name: Option<&str>, only_looks: bool) -> Result<Report, Failure> {
    Ok(Report::of(&gather::gather(name, !only_looks)?))
}

#[cfg(test)]
pub mod tests;
