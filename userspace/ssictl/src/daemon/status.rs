// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl status`: how a cluster is, on one screen.

mod nodes;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::process::ExitCode;

use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::{Live, System as _};
use ssid_api::Status;

use crate::answers::Watch;
use crate::daemon::Place;
use crate::daemon::amount::{counted, time};
use crate::output::{Mood, Output, Text, write};
use crate::services;
use crate::view::remarks::Remarks;

pub use nodes::buckets;

/// Something is wrong with the cluster.
const TROUBLE: u8 = 1;

/// Asks and shows.
pub fn run(output: Output, name: Option<&str>) -> Result<ExitCode, Failure> {
    let screen = Screen(Place::find(name)?.status()?);
    output.show(&screen)?;
    // Some services never answer, and who claimed an address may have gone: this is no trouble yet.
    let what = match output.json {
        true => None,
        false => by_counters(&screen.0.cluster),
    };
    if let Some(what) = what {
        write(&format!("{}: {what}\n", screen.0.node))?;
    }
    Ok(match screen.0.trouble.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(TROUBLE),
    })
}

/// What this node's counters alone say. A witness has no cluster, and no counters.
fn by_counters(name: &str) -> Option<String> {
    let mut live = Live::default();
    let (cluster, stats) = (live.cluster(name).ok()?, live.stats(name).ok()?);
    let remarks = Remarks::of(&cluster, &stats, services::look);
    let watch = Watch::begin(&mut live, std::slice::from_ref(&cluster));
    let found = watch.end(&mut live).into_iter().next();
    let remarks = match found {
        Some((name, found)) => remarks.with_unanswered(&name, &found),
        None => remarks,
    };
    remarks.wrong()
}

/// A status as it is shown.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Screen(pub Status);

impl Text for Screen {
    fn mood(&self, line: &str) -> Mood {
        match line.trim_end() {
            "all is well" => Mood::Well,
            line if line.starts_with("WRONG: ") => Mood::Wrong,
            _ => Mood::Plain,
        }
    }

    fn text(&self) -> String {
        let status = &self.0;
        let mut text = format!(
            "{} as {} sees it (ssid {}, engine {})\n",
            status.cluster, status.node, status.version, status.engine
        );
        for (name, value) in [
            ("quorum", quorum(status)),
            (
                "master",
                status.master.clone().unwrap_or_else(|| "none".into()),
            ),
            ("view", view(status)),
            ("lease", lease(status)),
            ("table", table(status)),
        ] {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {name:<8}{value}");
        }
        text.push('\n');
        text.push_str(&nodes::table(status).text());
        text.push('\n');
        for remark in nodes::remarks(status) {
            let _ = writeln!(text, "{remark}");
        }
        for trouble in &status.trouble {
            let _ = writeln!(text, "WRONG: {trouble}");
        }
        if status.trouble.is_empty() {
            text.push_str("all is well\n");
        }
        text
    }
}

fn quorum(status: &Status) -> String {
    let Some(view) = &status.view else {
        return match &status.engine_trouble {
            Some(why) => format!("no: {why}"),
            None => "no: this node is in no view".to_owned(),
        };
    };
    format!(
        "{}: {} of {}{}, {} make a quorum",
        if status.quorate { "yes" } else { "no" },
        view.members,
        counted(count(status.nodes.len()), "node"),
        votes(status, view.votes),
        view.quorum
    )
}

/// How many of all votes are there, where not all nodes have one.
fn votes(status: &Status, there: u32) -> String {
    if !nodes::has_votes(status) {
        return String::new();
    }
    let all = status.nodes.iter().filter_map(|node| node.votes);
    let all = all.fold(0, u32::saturating_add);
    format!(" with {there} of {}", counted(all.into(), "vote"))
}

fn view(status: &Status) -> String {
    match &status.view {
        None => "none".to_owned(),
        Some(view) => format!(
            "{}.{}, for {}{}",
            view.ring,
            view.serial,
            time(view.age),
            match view.complete {
                true => "",
                false => "; not all members have reported what they hold, and nothing moves before",
            }
        ),
    }
}

fn lease(status: &Status) -> String {
    let lease = match status.lease {
        Some(left) => format!("{} left for {}", time(left), status.node),
        None => format!("none: {} serves nothing", status.node),
    };
    match status.takeover {
        Some(ms) => format!("{lease}; who is gone is replaced after {}", time(ms)),
        None => lease,
    }
}

fn table(status: &Status) -> String {
    format!(
        "generation {}, {}: {} moving, {} unserved",
        status.generation,
        counted(status.buckets.into(), "bucket"),
        status.moving,
        status.unserved
    )
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
