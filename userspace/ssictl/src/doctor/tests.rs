// SPDX-License-Identifier: GPL-2.0-only

use super::check::{Finding, Severity};
use super::sample::{finds_nothing, well};
use super::*;
use crate::output::Text as _;
use ssi_netlink::spec::Counter;

/// Something of each severity, and something that was not looked for.
pub fn ill() -> Report {
    let mut facts = well();
    facts.links[1].promiscuity = 1;
    facts.clusters[0].peers[0].master = false;
    facts.machine.kernels.push(("7.4.1".into(), false));
    facts.firewall = Err("nft is not installed".into());
    Report::of(&facts)
}

/// A list of checks.
pub fn list() -> impl crate::output::Text + serde::Serialize {
    Listed::all()
}

#[test]
fn where_all_is_well_nothing_is_found() {
    finds_nothing(|_| ());
    let report = Report::of(&well());
    assert_eq!(report.status(), 0);
    assert_eq!(report.text(), "n1: nothing wrong is found (store)\n");
    assert!(report.skipped.is_empty(), "{report:?}");
}

#[test]
fn what_is_found_is_shown_the_worst_first() {
    let report = ill();
    let ids: Vec<&str> = report.findings.iter().map(|one| one.check).collect();
    assert_eq!(ids, ["no-master", "next-kernel", "promiscuous"]);
    assert_eq!(report.status(), 12, "a note does not count");
    let text = report.text();
    assert!(
        text.starts_with(
            "BROKEN no-master: store: no node is master: nobody answers ARP, so no new client finds the cluster\n  \
             seen  none of the 3 nodes that are there is (ssictl peers store)\n  \
             do    ssictl cluster set store --master on, on one node; with ssid see ssictl status\n  \
             more  man ssi-doctor, no-master\nRISK next-kernel: after"
        ),
        "{text}"
    );
    assert!(
        text.ends_with(
            "n1: 2 findings (store)\nnot looked for: firewall-clients, firewall-replies, firewall-resets, firewall-arp, firewall-nodes \
             (nft is not installed)\n"
        ),
        "{text}"
    );
}

#[test]
fn the_status_has_an_end() {
    let mut report = ill();
    let one = report.findings[0].clone();
    report.findings = vec![one; 300];
    assert_eq!(report.status(), 99);
}

#[test]
fn without_clusters_and_without_the_module() {
    let mut facts = well();
    facts.clusters.clear();
    facts.machine.module = None;
    let report = Report::of(&facts);
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].check, "module-missing");
    assert!(report.text().contains("1 finding (no cluster is here)"));
}

#[test]
fn what_is_not_probed_is_said() {
    let mut facts = well();
    facts.clusters[0].probe = Err("--no-probe".into());
    let report = Report::of(&facts);
    assert_eq!(report.status(), 0);
    assert!(
        report
            .text()
            .contains("not looked for: vip-elsewhere, no-arp-answer, group-silent")
    );
}

/// Each check has a section of its own on the page, and the page has no other.
#[test]
fn the_page_describes_each_check() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Documentation/doctor.md");
    let page = std::fs::read_to_string(page).unwrap();
    let described: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let ids: Vec<&str> = checks::all().map(|check| check.id).collect();
    assert_eq!(described, ids);
}

#[test]
fn names_are_distinct() {
    let mut ids: Vec<&str> = checks::all().map(|check| check.id).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn a_finding_is_made_whole() {
    let facts = well();
    let finding = Finding::note("a")
        .of(&facts.clusters[0])
        .seen("b")
        .advice("c");
    assert_eq!(finding.severity, Severity::Note);
    assert_eq!(finding.cluster.as_deref(), Some("store"));
    assert_eq!(facts.clusters[0].risen(Counter::RxServed), 0);
}
