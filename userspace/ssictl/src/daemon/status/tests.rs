// SPDX-License-Identifier: GPL-2.0-only

//! Screens as they were looked at.

use super::*;
use crate::daemon::sample;

#[test]
fn claim_13_what_nodes_reported_is_seen_on_one_screen() {
    for (name, status) in [
        ("status-well", sample::well()),
        ("status-ill", sample::ill()),
        ("status-alone", sample::alone()),
    ] {
        sample::is_as_looked_at(name, &Screen(status).text());
    }
}

#[test]
fn votes_are_shown_where_not_all_have_one() {
    let mut status = sample::ill();
    for (node, votes) in status.nodes.iter_mut().zip([1, 3, 0, 1]) {
        node.votes = Some(votes);
    }
    let view = status.view.as_mut().unwrap();
    (view.votes, view.quorum) = (4, 3);
    let text = Screen(status).text();
    assert!(
        text.contains("quorum  yes: 3 of 4 nodes with 4 of 5 votes, 3 make a quorum"),
        "{text}"
    );
    let column: Vec<&str> = text
        .lines()
        .filter_map(|line| Some((line.split_whitespace().next()?, line)))
        .filter(|(name, _)| ["NAME", "n1", "n2", "n3", "store-4"].contains(name))
        .map(|(_, line)| line)
        .collect();
    let at = column[0].find("VOTES").unwrap() + "VOTES".len();
    let votes: Vec<&str> = column[1..5]
        .iter()
        .map(|line| line[..at].split_whitespace().last().unwrap())
        .collect();
    assert_eq!(votes, ["1", "3", "0", "1"], "{text}");
}

#[test]
fn who_never_checked_and_who_serves_nothing() {
    let mut status = sample::well();
    status.nodes[0].checks.clear();
    status.nodes[0].owned = 0;
    let text = Screen(status).text();
    let line = text.lines().find(|line| line.starts_with("n1 ")).unwrap();
    assert!(
        line.contains(" 0.0 %  ") && line.ends_with("none"),
        "{line}"
    );
}

#[test]
fn json_is_the_status_itself() {
    let status = sample::ill();
    let text = serde_json::to_string(&Screen(status.clone())).unwrap();
    assert_eq!(serde_json::from_str::<Status>(&text).unwrap(), status);
}
