// SPDX-License-Identifier: GPL-2.0-only

//! Which nodes are to look, and how each is reached.

use std::path::Path;

use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, meant, place};

use crate::doctor::args::Doctor;

/// They.
#[derive(Debug, PartialEq, Eq)]
pub struct Nodes {
    /// The cluster that they are to look at; none: all that they have.
    pub cluster: Option<String>,
    /// Their names, in the order in which they are shown.
    pub order: Vec<String>,
    /// The name of this machine among them, which need not be reached.
    pub own: Option<String>,
    /// The others, and the hosts that they are reached as.
    pub others: Vec<(String, String)>,
}

impl Nodes {
    /// Those that a command line means, on a machine of this name whose cluster files are in a folder.
    pub fn of(doctor: &Doctor, files: &Path, machine: &str) -> Result<Self, Failure> {
        let (cluster, order) = match doctor.all {
            true => of_file(doctor.name.as_deref(), files)?,
            false => (doctor.name.clone(), doctor.on.clone()),
        };
        let find = |given: &str| meant(order.iter().map(String::as_str), given);
        let mut hosts: Vec<(String, Option<String>)> =
            order.iter().map(|node| (node.clone(), None)).collect();
        for (given, host) in &doctor.host {
            let node = find(given).and_then(|at| hosts.get_mut(at));
            let (_, at) = node.ok_or_else(|| {
                Failure::Refused(format!(
                    "--host {given}: no such node; there are {}",
                    order.join(", ")
                ))
            })?;
            *at = Some(host.clone());
        }
        // Who is to be reached as a host is reached so, be it this machine.
        let own = find(machine).and_then(|at| hosts.get(at));
        let own = own.filter(|(_, host)| host.is_none());
        let own = own.map(|(node, _)| node.clone());
        let others = hosts
            .into_iter()
            .filter(|(node, _)| Some(node) != own.as_ref());
        Ok(Self {
            others: others
                .map(|(node, host)| (node.clone(), host.unwrap_or(node)))
                .collect(),
            cluster,
            order,
            own,
        })
    }
}

/// The nodes of a cluster's file. A witness has neither cluster nor module.
fn of_file(name: Option<&str>, files: &Path) -> Result<(Option<String>, Vec<String>), Failure> {
    let path = match name {
        Some(name) => files.join(format!("{name}.toml")),
        None => place::find(None, files)?,
    };
    let file = ClusterFile::read(&path)?;
    let nodes = file.nodes.iter().filter(|node| !node.is_witness());
    let nodes = nodes.map(|node| node.name.clone()).collect();
    Ok((Some(file.name.clone()), nodes))
}
