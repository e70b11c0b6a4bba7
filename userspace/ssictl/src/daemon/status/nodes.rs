// SPDX-License-Identifier: GPL-2.0-only

//! The nodes, a line each, and remarks on them.

use ssid_api::{Check, NodeStatus, Status};

use crate::daemon::amount::{counted, length, per_mille, short, time};
use crate::output::{Columns, Head};

/// The longest bar.
const BAR: u16 = 10;

/// The table.
pub fn table(status: &Status) -> Columns {
    let left = |name: &str| Head::Left(name.to_owned());
    let right = |name: &str| Head::Right(name.to_owned());
    let votes = has_votes(status).then(|| right("VOTES"));
    let mut heads = vec![left("NAME"), left("STATE"), left("MASTER")];
    heads.extend(votes);
    heads.extend([
        right("WEIGHT"),
        right("BUCKETS"),
        right("SHARE"),
        left(""),
        right("PACKETS/s"),
        right("BYTES/s"),
        right("CONNS"),
        right("CPU"),
        right("PRESSURE"),
        left("CHECKS"),
    ]);
    let mut columns = Columns::new(heads);
    let most = status.nodes.iter().map(|node| node.owned).max();
    for node in &status.nodes {
        columns.row(row(status, node, most.unwrap_or(0)));
    }
    columns
}

/// Whether some node has other than one vote.
pub fn has_votes(status: &Status) -> bool {
    let is_other = |node: &NodeStatus| node.votes.is_some_and(|votes| votes != 1);
    status.nodes.iter().any(is_other)
}

fn row(status: &Status, node: &NodeStatus, most: u32) -> Vec<String> {
    let share = per_mille(node.owned.into(), status.buckets.into());
    let bar = length(node.owned.into(), most.into(), BAR);
    let mut cells = vec![
        node.name.clone(),
        node.state.clone(),
        if node.master { "yes" } else { "" }.to_owned(),
    ];
    if has_votes(status) {
        let votes = node.votes.map(|votes| votes.to_string());
        cells.push(votes.unwrap_or_default());
    }
    if !node.member {
        // Nothing is known of it, which is not the same as zero.
        return cells;
    }
    cells.extend([
        weight(node),
        buckets(node),
        format!("{}.{} %", share / 10, share % 10),
        "#".repeat(bar.into()),
        short(node.packets),
        short(node.bytes),
        short(node.connections),
        format!("{} %", node.cpu),
        format!("{} %", node.pressure),
        checks(&node.checks),
    ]);
    cells
}

/// As it is, and of what where health and strain take something off.
fn weight(node: &NodeStatus) -> String {
    match node.weight == node.full_weight {
        true => node.full_weight.to_string(),
        false => format!("{}/{}", node.weight, node.full_weight),
    }
}

/// Those that it serves, and those whose connections it serves still.
pub fn buckets(node: &NodeStatus) -> String {
    match node.draining {
        0 => node.owned.to_string(),
        draining => format!("{}+{draining}", node.owned),
    }
}

/// How many pass, or which fail.
fn checks(checks: &[Check]) -> String {
    let bad: Vec<&str> = checks
        .iter()
        .filter(|check| !check.good)
        .map(|check| check.name.as_str())
        .collect();
    match (checks.len(), bad.as_slice()) {
        (0, _) => "none".to_owned(),
        (all, []) => format!("{all} ok"),
        (_, bad) => format!("FAIL {}", bad.join(",")),
    }
}

/// What goes on: a line each.
pub fn remarks(status: &Status) -> Vec<String> {
    let mut remarks = Vec::new();
    for node in &status.nodes {
        if node.draining > 0 {
            remarks.push(format!(
                "{} serves connections in {} that it gave away",
                node.name,
                counted(node.draining.into(), "bucket")
            ));
        }
        if let (false, Some(age)) = (node.member, node.age) {
            remarks.push(format!("{} was last seen {} ago", node.name, time(age)));
        }
    }
    let other =
        |node: &&NodeStatus| !["", status.version.as_str()].contains(&node.version.as_str());
    let others: Vec<String> = status
        .nodes
        .iter()
        .filter(other)
        .map(|node| format!("{} on {}", node.version, node.name))
        .collect();
    if !others.is_empty() {
        remarks.push(format!(
            "ssid is {} here, and {}",
            status.version,
            others.join(", ")
        ));
    }
    remarks
}
