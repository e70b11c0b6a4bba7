// SPDX-License-Identifier: GPL-2.0-only

//! The Grafana dashboard and the reference name the figures that there are, each of them; alerts name no others.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use ssid::log_kind::LogKind;
use ssid::metrics::Metrics;
use ssid_api::{Check, NodeStatus, Status};

const DASHBOARD: &str = include_str!("../../../Documentation/grafana/ssi.json");
const REFERENCE: &str = include_str!("../../../Documentation/reference.md");
const ALERTS: &str = include_str!("../../../Documentation/examples/prometheus/ssi.rules.yml");

/// Those of ssid: what begins with `ssi_kernel_` is of `ssictl export`.
fn names(text: &str) -> BTreeSet<String> {
    let names = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    names
        .filter(|name| name.starts_with("ssi_") && !name.starts_with("ssi_kernel_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn documents_name_what_there_is() {
    let metrics = Metrics::new("c");
    metrics.event(LogKind::View);
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
    assert_eq!(names(REFERENCE), exported);
    let alerts = names(ALERTS);
    assert!(
        !alerts.is_empty() && alerts.is_subset(&exported),
        "{alerts:?}"
    );
}
