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
