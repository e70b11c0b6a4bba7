// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl push`: takes a cluster's files to its nodes and puts them in force there, by ssh. A step is done on all nodes before the
//! next one begins, and nothing is copied before all nodes could be asked.

mod folder;
mod steps;
#[cfg(test)]
mod tests;
mod view;

use std::path::PathBuf;

use ssi_cluster::failure::Failure;
use ssi_cluster::file::host;

use crate::output::Output;
use crate::push::folder::Folder;
use crate::push::steps::Step;
use crate::push::view::{Ended, Line, Steps};
use crate::shell::{Shell, at, why};

/// Copy a cluster's files to its nodes by ssh, and put them in force.
#[derive(clap::Args, Clone, Debug)]
pub struct Push {
    /// The folder that ssictl init wrote
    pub folder: PathBuf,

    /// Only to these nodes, as to one that is new or was down
    #[arg(long, value_name = "NODE", value_parser = host)]
    pub node: Vec<String>,

    /// Reach a node as this host [default: its name]
    #[arg(long, value_name = "NODE=HOST", value_parser = at)]
    pub host: Vec<(String, String)>,

    /// What runs a command on a host, before HOST and COMMAND
    #[arg(long, value_name = "CMD", default_value = "ssh")]
    pub ssh: String,

    /// Show what would be run where, and run nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Does it, with a line for each thing that is done.
pub fn run(output: Output, push: &Push) -> Result<(), Failure> {
    let folder = Folder::read(&push.folder)?;
    let nodes = nodes(&folder, push)?;
    let steps = Step::all(&folder);
    if push.dry_run {
        return output.show(&Steps::new(&folder, &nodes, &steps));
    }
    let shell = Shell::new(&push.ssh, &nodes)?;
    for step in &steps {
        let results = everywhere(&shell, step);
        let failed: Vec<String> = results
            .iter()
            .filter_map(|(node, result)| Some(format!("{node}: {}", result.as_ref().err()?)))
            .collect();
        output.line(&Line::of(step, &results))?;
        if !failed.is_empty() {
            return Err(Failure::Refused(format!(
                "{} failed; what comes after it was done nowhere:\n  {}",
                step.title,
                failed.join("\n  ")
            )));
        }
    }
    Ok(())
}

/// Runs a step on all nodes at once.
fn everywhere(shell: &Shell<'_>, step: &Step) -> Vec<Ended> {
    let (ran, ()) = shell.everywhere(&step.command, step.input.as_deref(), || ());
    let ended = |ran: std::process::Output| match ran.status.success() {
        true => Ok(()),
        false => Err(why(&ran)),
    };
    ran.into_iter()
        .map(|(node, ran)| (node, ran.and_then(ended)))
        .collect()
}

/// Which nodes, and the hosts that they are reached as.
fn nodes(folder: &Folder, push: &Push) -> Result<Vec<(String, String)>, Failure> {
    let file = &folder.file;
    let known = |given: &str| {
        let node = file.node(given).map(|node| node.name.clone());
        node.ok_or_else(|| {
            Failure::Refused(format!(
                "{given}: no such node in {}; there are {}",
                file.source.path,
                file.names()
            ))
        })
    };
    let names: Vec<String> = match push.node.is_empty() {
        true => file.nodes.iter().map(|node| node.name.clone()).collect(),
        false => push
            .node
            .iter()
            .map(|name| known(name))
            .collect::<Result<_, _>>()?,
    };
    let mut hosts: Vec<(String, String)> = names
        .iter()
        .map(|name| (name.clone(), name.clone()))
        .collect();
    for (given, at) in &push.host {
        let name = known(given)?;
        let node = hosts.iter_mut().find(|(node, _)| *node == name);
        if let Some((_, host)) = node {
            host.clone_from(at);
        }
    }
    Ok(hosts)
}
