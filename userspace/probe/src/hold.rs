// SPDX-License-Identifier: GPL-2.0-only

//! Connections that are held: thousands of them, each sends something now and then, and each byte is checked by
//! both sides.
//!
//! One process serves in the namespaces of all nodes, one is all clients. A client also opens new connections
//! all the time and notes which node took each.

mod args;
mod clients;
mod control;
mod fresh;
mod held;
mod judge;
mod link;
pub mod log;
mod order;
mod report;
mod serve;
mod stream;

use crate::outcome::Outcome;
use clap::Subcommand;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve connections in the namespaces of all nodes.
    Serve(serve::Args),
    /// Hold connections from many addresses, and open new ones meanwhile.
    Clients(args::Args),
    /// Send the clients an order, and print their report.
    Order(order::Args),
    /// Judge whether each new connection was taken by a node that had its bucket just then.
    Judge(judge::Args),
}

pub fn run(args: &Args) -> Outcome {
    match &args.verb {
        Verb::Serve(args) => serve::run(args),
        Verb::Clients(args) => clients::run(args),
        Verb::Order(args) => order::run(args),
        Verb::Judge(args) => judge::run(args),
    }
}
