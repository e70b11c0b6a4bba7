// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl init`: the files of a new cluster, in a folder, for `ssictl push` or for hands.

mod args;
mod ask;
mod checks;
mod files;
mod plan;
#[cfg(test)]
mod tests;
mod view;
mod write;

use std::io::{self, IsTerminal as _};

use ssi_cluster::failure::Failure;

use crate::init::plan::Plan;
use crate::output::Output;

pub use args::Init;
pub use files::mode;

/// Asks for what is missing, where somebody can be asked; writes, checks, and shows what comes next.
pub fn run(output: Output, init: &Init) -> Result<(), Failure> {
    let asked = match io::stdin().is_terminal() && io::stderr().is_terminal() {
        true => ask::complete(init, &mut io::stdin().lock(), &mut io::stderr())?,
        false => init.clone(),
    };
    let (plan, written) = write(&asked)?;
    output.show(&view::Begun::new(&plan, &written, checks::run(&plan)?))
}

/// Writes what is asked for, whole.
pub fn write(init: &Init) -> Result<(Plan, Vec<write::Written>), Failure> {
    let plan = Plan::of(init)?;
    let written = write::all(&plan, init.force)?;
    Ok((plan, written))
}
