// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl plan`: what would move, before anybody edits the file.

pub mod view;

use std::path::Path;

use ssi_cluster::change::{self, Next, What};
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, host, place, weight};

use crate::output::Output;
use crate::plan::view::Planned;

/// Show what would move if nodes came, went or changed, and change nothing.
#[derive(clap::Args, Debug)]
pub struct Plan {
    /// The cluster file, or a cluster's name [default: the one in /etc/ssi]
    pub file: Option<String>,

    /// A node comes, with this weight [default: 100]
    #[arg(long, value_name = "NODE[:W]", value_parser = join)]
    pub join: Vec<What>,

    /// A node goes
    #[arg(long, value_name = "NODE", value_parser = leave)]
    pub leave: Vec<What>,

    /// A node gives its buckets away and stays
    #[arg(long, value_name = "NODE", value_parser = drain)]
    pub drain: Vec<What>,

    /// A node has another weight
    #[arg(long, value_name = "NODE=W", value_parser = weigh)]
    pub weight: Vec<What>,

    /// A node has died
    #[arg(long, value_name = "NODE", value_parser = dead)]
    pub dead: Vec<What>,

    /// List the buckets that move
    #[arg(short, long)]
    pub verbose: bool,
}

/// Plans, and shows it.
pub fn run(output: Output, plan: &Plan) -> Result<(), Failure> {
    let path = place::find(plan.file.as_deref(), Path::new(place::FOLDER))?;
    output.show(&planned(&ClusterFile::read(&path)?, plan)?)
}

/// The same of a file that was read.
pub fn planned(file: &ClusterFile, plan: &Plan) -> Result<Planned, Failure> {
    file.by_hand("plan")?;
    // The dead first, as whoever comes may have their ranks.
    let whats = [
        &plan.dead,
        &plan.leave,
        &plan.drain,
        &plan.weight,
        &plan.join,
    ];
    let whats: Vec<What> = whats
        .into_iter()
        .flatten()
        .map(|what| known(file, what))
        .collect();
    let planned = Planned::new(file, &Next::of(file, &whats)?);
    Ok(planned.listing(plan.verbose))
}

/// A node that is only thought of has some interface.
fn known(file: &ClusterFile, what: &What) -> What {
    let mut what = what.clone();
    if let (What::Join(join), Some(node)) = (&mut what, file.nodes.first()) {
        if file.node(&join.node).is_none() {
            join.interface = Some(node.interface.clone());
            join.forward_interface = node.forward_interface.clone();
        }
    }
    what
}

fn join(text: &str) -> Result<What, String> {
    let (node, share) = match text.split_once(':') {
        Some((node, share)) => (node, Some(weight(share)?)),
        None => (text, None),
    };
    Ok(What::Join(change::Join {
        node: host(node)?,
        weight: share,
        ..change::Join::default()
    }))
}

fn leave(text: &str) -> Result<What, String> {
    let (node, master) = (host(text)?, None);
    Ok(What::Leave { node, master })
}

fn dead(text: &str) -> Result<What, String> {
    let (node, master) = (host(text)?, None);
    Ok(What::Dead { node, master })
}

fn drain(text: &str) -> Result<What, String> {
    host(text).map(What::Drain)
}

fn weigh(text: &str) -> Result<What, String> {
    let (node, share) = text
        .split_once('=')
        .ok_or("give a node and its weight, as n1=200")?;
    Ok(What::Weight(host(node)?, weight(share)?))
}

#[cfg(test)]
mod tests;
