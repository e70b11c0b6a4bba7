// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl`: configures and watches ssi clusters on this machine.
//!
//! One file a noun or a verb. A verb asks the kernel through [`ssi_cluster::system::System`], makes a value that
//! can be shown as text and as JSON, and hands it to [`output::Output`].

mod apply;
mod args;
mod cluster;
mod completions;
mod daemon;
mod discover;
mod doctor;
#[cfg(test)]
mod documents_tests;
mod edit;
mod egress;
mod explain;
mod export;
mod help;
mod import;
#[cfg(test)]
mod json_tests;
mod key;
mod lease;
mod man;
mod monitor;
mod namespace;
mod output;
mod peers;
mod plan;
mod progress;
mod seed;
mod sessions;
mod stats;
#[cfg(test)]
mod sysfs_tests;
mod table;
mod usage;
mod value;
mod view;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;
use ssi_cli::exit;
use ssi_cluster::del;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::Live;

use crate::args::{Args, ClusterVerb, TableVerb, Verb};
use crate::output::Output;

fn main() -> ExitCode {
    let result = match Args::try_parse() {
        Ok(args) => run(args),
        Err(e) => usage::answer(&e).map(|()| ExitCode::SUCCESS),
    };
    match result {
        Ok(status) => status,
        Err(failure) => exit::failure("ssictl", &failure),
    }
}

/// Runs the verb; returns the exit status.
fn run(args: Args) -> Result<ExitCode, Failure> {
    let output = Output { json: args.json };
    let done = match args.verb.unwrap_or_default() {
        Verb::Status { name } => return daemon::status::run(output, name.as_deref()),
        Verb::Top { name } => daemon::top::run(output, name.as_deref()),
        Verb::Events { name } => daemon::events::run(output, name.as_deref()),
        Verb::Cluster { verb } => match *verb.unwrap_or_default() {
            ClusterVerb::Add(add) => cluster::add::run(&mut Live::default(), &add),
            ClusterVerb::Join(join) => cluster::join::run(&mut Live::default(), output, &join),
            ClusterVerb::Set(set) => cluster::set::run(&mut Live::default(), &set),
            ClusterVerb::Del {
                name,
                all_namespaces,
            } => match (name, all_namespaces) {
                (Some(name), false) => del::run(&mut Live::default(), &name),
                (name, _) => cluster::everywhere::del(output, name.as_deref()),
            },
            ClusterVerb::Show {
                name,
                all_namespaces,
            } => match all_namespaces {
                true => cluster::everywhere::show(output, name.as_deref()),
                false => cluster::show::run(&mut Live::default(), output, name.as_deref()),
            },
        },
        Verb::Plan(plan) => plan::run(output, &plan),
        Verb::Join(join) => edit::run(output, &join),
        Verb::Leave(leave) => edit::run(output, &leave),
        Verb::Drain(drain) => edit::run(output, &drain),
        Verb::Weight(weight) => edit::run(output, &weight),
        Verb::Sessions(list) => sessions::run(&mut Live::default(), output, &list),
        Verb::Kick(kick) => sessions::kick::run(&mut Live::default(), output, &kick),
        Verb::ConfirmDead(confirm) => daemon::confirm::run(output, &confirm),
        Verb::Apply(apply) => apply::run(&mut Live::default(), output, &apply),
        Verb::Table { verb } => match verb {
            TableVerb::Show { name } => table::show::run(&mut Live::default(), output, &name),
            TableVerb::Set(set) => table::set::run(&mut Live::default(), &set),
            TableVerb::Settle { name, buckets } => {
                table::settle::run(&mut Live::default(), output, &name, &buckets)
            }
        },
        Verb::Stats { name, buckets } => {
            stats::run(&mut Live::default(), output, name.as_deref(), buckets)
        }
        Verb::Explain { name, source, port } => {
            explain::run(&mut Live::default(), output, &name, source.with(port)?)
        }
        Verb::Peers { name } => return peers::run(&mut Live::default(), output, &name),
        Verb::Doctor(doctor) => return doctor::run(output, &doctor),
        Verb::Egress { name, wish } => egress::run(&mut Live::default(), output, &name, wish),
        Verb::Lease { name, milliseconds } => lease::run(&mut Live::default(), &name, milliseconds),
        Verb::Export(export) => export::run(&mut Live::default(), &export),
        Verb::Monitor => monitor::run(output),
        Verb::Watch { name } => watch::run(&mut Live::default(), output, &name),
        Verb::Import(import) => import::run(output, &import),
        Verb::Completions { shell } => completions::run(shell),
        Verb::Man { folder } => man::run(&folder),
    };
    done.map(|()| ExitCode::SUCCESS)
}
