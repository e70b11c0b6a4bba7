// SPDX-License-Identifier: GPL-2.0-only

//! `ssi-probe`: the scenarios' own sockets, captures and verdicts.
//!
//! It shares no code with the module or with `ssictl`: its findings about them are a second opinion.

mod agree;
mod answers;
mod ask;
mod attribute;
mod blast;
mod capture;
mod changes;
mod compare;
mod copies;
mod corpus;
mod crowd;
mod fragments;
mod frame;
mod hammer;
mod hold;
mod journal;
mod mac;
mod message;
mod moves;
mod nl;
mod outcome;
mod owners;
mod pcapng;
mod random;
mod rummage;
mod send;
mod serve;
mod siphash;
mod sources;
mod stack;
mod steps;
mod stop;
mod storm;
mod swap;
mod sys;
mod table;
mod wire;

use clap::Parser;
use clap::Subcommand;
use outcome::Outcome;
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about = "Packet and socket test tool of ssi")]
struct Cli {
    /// Work in this network namespace (a name below /run/netns).
    #[arg(long, global = true)]
    netns: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Answer UDP and TCP requests with this node's name.
    Serve(serve::Args),
    /// Send requests from many source addresses and collect every answer.
    Ask(ask::args::Args),
    /// Make a bucket table for several nodes.
    Table(table::Args),
    /// Print which steps changes of a table take: joins, leaves, weights.
    Changes(changes::Args),
    /// Print which node a table gives each source to.
    Owners(owners::Args),
    /// Judge collected answers by a table.
    Answers(answers::Args),
    /// Record frames into a pcapng file.
    Capture(capture::Args),
    /// Judge a capture at the switch: who answered, and with which MAC.
    Wire(wire::args::Args),
    /// Check whether two captures hold the same frames.
    Compare(compare::Args),
    /// Check whether files are copies of the first.
    Copies(copies::Args),
    /// Write a set of frames that are not the cluster's into a pcapng file.
    Corpus(corpus::Args),
    /// Hold many connections within one namespace.
    Crowd(crowd::Args),
    /// Send the frames of a pcapng file.
    Send(send::Args),
    /// Send the same frames as fast as they go, and print what one takes.
    Blast(blast::Args),
    /// Datagrams in fragments: send, take, judge.
    Fragments(fragments::Args),
    /// Connections that are held while tables change: serve, be the clients, judge.
    Hold(hold::Args),
    /// Let nodes take the steps of changes, by netlink.
    Moves(moves::Args),
    /// Send one raw request to the ssi netlink family.
    Nl(nl::Args),
    /// Send the family requests of all kinds, right and wrong, without a pause.
    Hammer(hammer::Args),
    /// Change a cluster to and fro, thousands of times.
    Swap(swap::Args),
    /// Change a cluster at random by sysfs and by netlink, and compare both with a model.
    Agree(agree::Args),
    /// Read and write the clusters' files in sysfs without a pause.
    Rummage(rummage::Args),
    /// Fetch by HTTP with another TCP/IP stack than Linux's: smoltcp.
    Stack(stack::Args),
    /// Fire SYNs, and see who answers each.
    Storm(storm::Args),
    /// End detached probes and wait until they are gone.
    Stop(stop::Args),
}

fn run(cli: &Cli) -> Outcome {
    if let Some(name) = &cli.netns {
        sys::enter_netns(name)?;
    }
    match &cli.verb {
        Verb::Serve(args) => serve::run(args),
        Verb::Ask(args) => ask::run(args),
        Verb::Table(args) => table::run(args),
        Verb::Changes(args) => changes::run(args),
        Verb::Owners(args) => owners::run(args),
        Verb::Answers(args) => answers::run(args),
        Verb::Capture(args) => capture::run(args),
        Verb::Wire(args) => wire::run(args),
        Verb::Compare(args) => compare::run(args),
        Verb::Copies(args) => copies::run(args),
        Verb::Corpus(args) => corpus::run(args),
        Verb::Crowd(args) => crowd::run(args),
        Verb::Send(args) => send::run(args),
        Verb::Blast(args) => blast::run(args),
        Verb::Fragments(args) => fragments::run(args),
        Verb::Hold(args) => hold::run(args),
        Verb::Moves(args) => moves::run(args),
        Verb::Nl(args) => nl::run(args),
        Verb::Hammer(args) => hammer::run(args),
        Verb::Swap(args) => swap::run(args),
        Verb::Agree(args) => agree::run(args),
        Verb::Rummage(args) => rummage::run(args),
        Verb::Stack(args) => stack::run(args),
        Verb::Storm(args) => storm::run(args),
        Verb::Stop(args) => stop::run(args),
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("ssi-probe: {sentence}");
            ExitCode::FAILURE
        }
    }
}
