// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl`: configures and watches ssi clusters on this machine.
//!
//! One file a noun or a verb. A verb asks the kernel through [`ssi_cluster::system::System`], makes a value that
//! can be shown as text and as JSON, and hands it to [`output::Output`].

mod again;
mod answers;
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
mod init;
#[cfg(test)]
mod json_tests;
mod key;
mod lease;
mod man;
mod monitor;
mod namespace;
mod only;
mod output;
mod peers;
mod plan;
mod proc_net;
mod progress;
mod push;
mod seed;
mod services;
mod sessions;
mod shell;
mod stats;
#[cfg(test)]
mod sysfs_tests;
mod table;
mod usage;
mod value;
mod view;
mod watch;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use ssi_cli::exit;
use ssi_cluster::del;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::Live;

use crate::args::{Args, ClusterVerb, TableVerb, Verb};
use crate::output::Output;

fn main() -> ExitCode {
    completions::answer();
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
    let output = Output {
        json: args.json,
        colours: output::colours(std::io::stdout().is_terminal(), |name| {
            std::env::var(name).ok()
        }),
    };
    let result = match args.verb.unwrap_or_default() {
        Verb::Status { name, again } => {
            return again.shown(output, || daemon::status::run(output, name.as_deref()));
        }
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
                again,
            } => {
                return again.shown(output, || {
                    done(match all_namespaces {
                        true => cluster::everywhere::show(output, name.as_deref()),
                        false => cluster::show::run(&mut Live::default(), output, name.as_deref()),
                    })
                });
            }
        },
        Verb::Init(init) => init::run(output, &init),
        Verb::Push(push) => push::run(output, &push),
        Verb::Plan(plan) => plan::run(output, &plan),
        Verb::Join(join) => edit::run(output, &join),
        Verb::Leave(leave) => edit::run(output, &leave),
        Verb::Drain(drain) => edit::run(output, &drain),
        Verb::Weight(weight) => edit::run(output, &weight),
        Verb::Sessions(list) => {
            let again = list.again;
            return again.shown(output, || {
                done(sessions::run(&mut Live::default(), output, &list))
            });
        }
        Verb::Kick(kick) => sessions::kick::run(&mut Live::default(), output, &kick),
        Verb::ConfirmDead(confirm) => daemon::confirm::run(output, &confirm),
        Verb::Apply(apply) => apply::run(&mut Live::default(), output, &apply),
        Verb::Table { verb } => match verb {
            TableVerb::Show { name, again } => {
                return with(name, |system, name| {
                    again.shown(output, || done(table::show::run(system, output, name)))
                });
            }
            TableVerb::Set(set) => table::set::run(&mut Live::default(), &set),
            TableVerb::Settle { name, buckets } => with(name, |system, name| {
                table::settle::run(system, output, name, &buckets)
            }),
        },
        Verb::Stats {
            name,
            buckets,
            again,
        } => {
            let mut system = Live::default();
            return again.shown(output, || {
                done(stats::run(&mut system, output, name.as_deref(), buckets))
            });
        }
        Verb::Explain { name, source, port } => {
            let client = source.with(port)?;
            with(name, |system, name| {
                explain::run(system, output, name, client)
            })
        }
        Verb::Peers { name, again } => {
            return with(name, |system, name| {
                again.shown(output, || peers::run(system, output, name))
            });
        }
        Verb::Egress { name, wish } => {
            let (name, wish) = egress::meant(name, wish);
            with(name, |system, name| egress::run(system, output, name, wish))
        }
        Verb::Lease { name, milliseconds } => {
            with(name, |system, name| lease::run(system, name, milliseconds))
        }
        Verb::Doctor(doctor) => return doctor::run(output, &doctor),
        Verb::Export(export) => export::run(&mut Live::default(), &export),
        Verb::Monitor => monitor::run(output),
        Verb::Watch { name, remake } => with(name, |system, name| {
            watch::run(system, output, name, &remake)
        }),
        Verb::Import(import) => import::run(output, &import),
        Verb::Completions { shell } => completions::run(shell),
        Verb::Help { words } => usage::help(&words),
        Verb::List { name, again } => {
            let mut system = Live::default();
            return again.shown(output, || {
                done(cluster::show::run(&mut system, output, name.as_deref()))
            });
        }
        Verb::Rm { name } => del::run(&mut Live::default(), &name),
        Verb::Man { folder } => man::run(&folder),
    };
    done(result)
}

/// What was done has no status of its own.
fn done(result: Result<(), Failure>) -> Result<ExitCode, Failure> {
    result.map(|()| ExitCode::SUCCESS)
}

/// Does something with the cluster that is named, or with the only one here.
fn with<T>(
    name: Option<String>,
    what: impl FnOnce(&mut Live, &str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut system = Live::default();
    let name = only::cluster(&mut system, name.as_deref())?;
    what(&mut system, &name)
}
