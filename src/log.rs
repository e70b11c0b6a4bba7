// SPDX-License-Identifier: GPL-2.0-only

//! Lines in the kernel's log. Process context: a console may take milliseconds for a line.
//!
//! Users who have a network namespace of their own can cause them, so there is a limit, of its own for
//! namespaces that are the machine's: what others cause leaves out none of those.

use core::fmt::Arguments;

use kernel::prelude::*;

use crate::{
    abstractions::{
        clock::boottime,
        device::Net, //
    },
    logic::rate::Limit, //
};

static MACHINES: Limit = Limit::new();
static OTHERS: Limit = Limit::new();

/// Warns of something in `net`.
pub(crate) fn warn(net: Net, line: Arguments<'_>) {
    let limit = match net.is_machines() {
        true => &MACHINES,
        false => &OTHERS,
    };
    match limit.pass(boottime()) {
        None => {}
        Some(0) => pr_warn!("{line}\n"),
        Some(missed) => pr_warn!("{line} ({missed} lines before this one were left out)\n"),
    }
}
