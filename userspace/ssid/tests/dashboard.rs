// SPDX-License-Identifier: GPL-2.0-only

//! The Grafana dashboard asks for figures that there are, and for each of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use ssid::metrics::Metrics;
use ssid_api::{Check, NodeStatus, Status};

const DASHBOARD: &str = include_str!("../../../Documentation/grafana/ssi.json");

fn names(text: &str) -> BTreeSet<String> {
    let names = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    names
        .filter(|name| name.starts_with("ssi_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_dashboard_shows_what_there_is() {
    let metrics = Metrics::new("c");
    metrics.event("view");
    let status = Status {
        nodes: vec![NodeStatus {
            name: "n0".into(),
            checks: vec![Check::default()],
            ..NodeStatus::default()
        }],
        ..Status::default()
    };
    let text = metrics.text(&status);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let exported: BTreeSet<String> = lines
        .flat_map(|line| names(line.split('{').next().unwrap()))
        .collect();
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let asked: BTreeSet<String> = panels
        .flat_map(|panel| panel["targets"].as_array().unwrap())
        .flat_map(|target| names(target["expr"].as_str().unwrap()))
        .collect();
    assert_eq!(asked, exported);
}
