// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl doctor`: finds what keeps a cluster from serving, by looking and by asking, and changes nothing.
//!
//! [`gather`] looks, once, at all that is looked at, and makes [`facts::Facts`] of it. A check is a function of these, in
//! [`checks`] a family a file, so that its test can make any fault.

mod check;
pub mod checks;
mod facts;
mod firewall;
mod gather;
#[cfg(test)]
mod sample;
mod view;

use std::process::ExitCode;

use ssi_cluster::failure::Failure;

use crate::output::Output;
use crate::value;

pub use view::{Listed, Report};

/// Find what keeps a cluster from serving.
#[derive(clap::Args, Debug)]
pub struct Doctor {
    /// The cluster; without it, all
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// Only look: send nothing, and listen to nothing
    #[arg(long)]
    pub no_probe: bool,

    /// Show the checks, and make none
    #[arg(long, conflicts_with_all = ["name", "no_probe"])]
    pub list: bool,
}

/// Looks and shows; the status tells how much was found.
pub fn run(output: Output, doctor: &Doctor) -> Result<ExitCode, Failure> {
    if doctor.list {
        output.show(&Listed::all())?;
        return Ok(ExitCode::SUCCESS);
    }
    let facts = gather::gather(doctor.name.as_deref(), !doctor.no_probe)?;
    let report = Report::of(&facts);
    output.show(&report)?;
    Ok(ExitCode::from(report.status()))
}

#[cfg(test)]
pub mod tests;
