// SPDX-License-Identifier: GPL-2.0-only

//! Datagrams in fragments, of many sources, all mixed up; who got them, and whether they are whole.
//!
//! Sender, receivers and judge get the same plan, so what a datagram holds need not be kept.

mod build;
mod judge;
mod plan;
mod send;
mod take;

use crate::outcome::Outcome;
use clap::Subcommand;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Send the fragments of all datagrams, shuffled.
    Send(send::Args),
    /// Receive datagrams and check what is in them, until stopped.
    Take(take::Args),
    /// Judge whether each datagram was received once, by the node that a table gives its source to.
    Judge(judge::Args),
}

pub fn run(args: &Args) -> Outcome {
    match &args.verb {
        Verb::Send(args) => send::run(args),
        Verb::Take(args) => take::run(args),
        Verb::Judge(args) => judge::run(args),
    }
}
