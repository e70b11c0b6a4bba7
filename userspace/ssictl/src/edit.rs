// SPDX-License-Identifier: GPL-2.0-only

//! The verbs that change one node of a cluster: one verb a file. Where ssid runs the cluster, it gets the
//! order. Else they make the next generation of the cluster file and touch no kernel; the file is copied to the nodes,
//! and `apply` does the rest.

pub mod drain;
pub mod join;
pub mod leave;
pub mod weight;

use std::path::Path;
use std::time::Duration;

use ssi_cluster::change::{Next, What};
use ssi_cluster::edit;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, place};
use ssi_cluster::system::{Live, System};
use ssid_api::{Order, Wish, folder};

use crate::daemon::{Place, order};
use crate::output::Output;
use crate::plan::view::Planned;
use crate::value;

/// What a wait may take beyond the drain-time, as moves go in steps.
const STEPS: Duration = Duration::from_secs(60);
/// A day, in seconds.
const LONGEST: u32 = 86_400;
/// Thirty of them.
const LONGEST_DEADLINE: u32 = 30 * LONGEST;

/// Which file, and whether it is written.
#[derive(clap::Args, Debug)]
pub struct Target {
    /// The file, or a cluster's name [default: the one in /etc/ssi]
    #[arg(long, value_name = "FILE")]
    pub file: Option<String>,

    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,

    /// List the buckets that move, of a static cluster
    #[arg(short, long)]
    pub verbose: bool,

    /// Wait until it is done, where ssid runs the cluster
    #[arg(long, conflicts_with = "dry_run")]
    pub wait: bool,

    /// Wait so long at most [default: the deadline and a minute, or a day]
    #[arg(long, value_name = "SECONDS", requires = "wait", value_parser = timeout)]
    pub timeout: Option<u32>,
}

fn timeout(text: &str) -> Result<u32, String> {
    match value::digits(text) {
        Some(seconds @ 1..=LONGEST) => Ok(seconds),
        _ => Err(format!("give 1 to {LONGEST} seconds")),
    }
}

/// When a node gives up connections that are left.
#[derive(clap::Args, Debug)]
pub struct Deadline {
    /// Give up connections left after 90s, 30m, 2h [default: never]
    #[arg(long, value_name = "TIME|never", allow_hyphen_values = true, value_parser = deadline)]
    pub deadline: Option<Limit>,
}

/// An end, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// After so many seconds.
    Seconds(u32),
    /// When they end by themselves.
    Never,
}

impl Deadline {
    /// The seconds, if any.
    pub fn seconds(&self) -> Option<u32> {
        match self.deadline {
            Some(Limit::Seconds(seconds)) => Some(seconds),
            Some(Limit::Never) | None => None,
        }
    }
}

fn deadline(text: &str) -> Result<Limit, String> {
    if text == "never" {
        return Ok(Limit::Never);
    }
    let given = humantime::parse_duration(text).ok();
    let seconds = given.and_then(|given| u32::try_from(given.as_secs()).ok());
    match seconds.filter(|seconds| *seconds <= LONGEST_DEADLINE) {
        Some(seconds) => Ok(Limit::Seconds(seconds)),
        None => Err("give a time up to 30 days, as 90s, 30m or 2h, or never".to_owned()),
    }
}

/// A verb of this kind.
pub trait Verb {
    /// The node's name.
    fn node(&self) -> &str;
    /// Which file, and how.
    fn target(&self) -> &Target;
    /// The change of the file of a static cluster.
    fn what(&self) -> What;
    /// When connections are given up that are left, where the verb has that.
    fn deadline(&self) -> Option<Limit> {
        None
    }
    /// The order to ssid, where it runs the cluster.
    fn wish(&self) -> Result<Wish, Failure>;
}

/// Does it, or has it done, and shows what was done.
pub fn run(output: Output, verb: &impl Verb) -> Result<(), Failure> {
    let target = verb.target();
    let path = place::find(target.file.as_deref(), Path::new(place::FOLDER))?;
    let file = ClusterFile::read(&path)?;
    match file.daemon {
        Some(_) => output.show(&ordered(&mut Live::default(), &file, &folder(), verb)?),
        None => output.show(&changed(&path, &file, verb)?),
    }
}

/// Sends the order to the daemon, which listens in a folder.
fn ordered(
    system: &mut impl System,
    file: &ClusterFile,
    folder: &Path,
    verb: &impl Verb,
) -> Result<order::Ordered, Failure> {
    let Some(node) = file.node(verb.node()) else {
        return Err(Failure::Refused(format!(
            "{}: no such node in {}; there are {}. A new one goes into the file on every node first, then: \
             systemctl reload ssid",
            verb.node(),
            file.source.path,
            file.names()
        )));
    };
    let target = verb.target();
    let wish = verb.wish()?;
    check_deadline(file, verb)?;
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let timeout = match (target.timeout, verb.deadline(), file.drain_time) {
        (Some(timeout), ..) => seconds(timeout),
        (None, Some(Limit::Seconds(end)), _) => seconds(end).saturating_add(STEPS),
        (None, _, value::FOREVER) => seconds(LONGEST),
        (None, _, end) => seconds(end).saturating_add(STEPS),
    };
    let how = order::How {
        dry_run: target.dry_run,
        wait: target.wait.then_some(timeout),
        weight: match wish {
            Wish::Weight(Some(weight)) => weight,
            _ => node.weight,
        },
        until: match (verb.deadline(), file.drain_time) {
            (Some(Limit::Seconds(end)), _) => Some(end),
            (_, value::FOREVER) => None,
            (_, end) => Some(end),
        },
    };
    let node = node.name.clone();
    let place = Place::new(folder, file.name.clone());
    order::give(system, &place, &Order { node, wish }, how)
}

/// Refuses a deadline that the cluster's drain-time does not wait for.
fn check_deadline(file: &ClusterFile, verb: &impl Verb) -> Result<(), Failure> {
    let (last, asked) = (file.drain_time, verb.deadline());
    let is_late = match asked {
        None => false,
        Some(Limit::Never) => last != value::FOREVER,
        Some(Limit::Seconds(seconds)) => seconds > last,
    };
    match is_late {
        false => Ok(()),
        true => Err(Failure::Usage(format!(
            "--deadline: {} has drain-time = {last}, after which connections are given up anyway: give a shorter time, or take \
             drain-time out of the file",
            file.name
        ))),
    }
}

/// Makes the change in a static cluster's file.
fn changed(path: &Path, old: &ClusterFile, verb: &impl Verb) -> Result<Planned, Failure> {
    let (what, target) = (verb.what(), verb.target());
    if verb.deadline().is_some() {
        return Err(Failure::Usage(format!(
            "--deadline: {} is a static cluster, whose connections stay for its drain-time",
            old.name
        )));
    }
    if target.wait {
        return Err(Failure::Usage(format!(
            "--wait: {} is a static cluster, which ssid does not run; copy its file, and let ssictl apply --wait wait",
            old.name
        )));
    }
    let next = Next::of(old, std::slice::from_ref(&what))?;
    next.check_master()?;
    let new = edit::edited(old, &next)?;
    if !target.dry_run {
        place::replace(path, &old.source.text, &new.source.text)?;
    }
    let planned = Planned::new(old, &next).listing(target.verbose);
    Ok(planned.written(&what, !target.dry_run))
}

/// Refuses an option that ssid leaves no room for.
fn only_static(option: &str, why: &str) -> Failure {
    Failure::Usage(format!("{option}: not where ssid runs the cluster: {why}"))
}

#[cfg(test)]
mod tests;
