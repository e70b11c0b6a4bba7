// SPDX-License-Identifier: GPL-2.0-only

//! Rules of `iptables-save`: the target CLUSTERIP, gone since Linux 6.3, and the match cluster (xt_cluster).

use crate::import::found::{Found, Spread, address, number};
use crate::import::words::{lines, words};

/// A cluster for each address that rules have, or for rules without one.
pub fn read(text: &str) -> Result<Vec<Found>, String> {
    let mut all: Vec<Found> = Vec::new();
    for line in lines(text) {
        let words = words(&line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let after = |names: &[&str]| {
            let at = words.iter().position(|word| names.contains(word))?;
            words.get(at.checked_add(1)?).copied()
        };
        let is_target = after(&["-j", "--jump"]) == Some("CLUSTERIP");
        if !is_target && !words.iter().any(|word| word.starts_with("--cluster-")) {
            continue;
        }
        let vip = after(&["-d", "--destination", "--dst"]).and_then(address);
        let found = cluster(&mut all, vip);
        if let Some(device) = after(&["-i", "--in-interface"]) {
            found.interface = Some(device.to_owned());
        }
        match is_target {
            true => clusterip(found, &after),
            false => xt_cluster(found, &after),
        }
    }
    Ok(all)
}

/// The cluster of this address, a new one if there is none.
fn cluster(all: &mut Vec<Found>, vip: Option<std::net::IpAddr>) -> &mut Found {
    let vips: Vec<_> = vip.into_iter().collect();
    let at = all
        .iter()
        .position(|found| found.vips == vips)
        .unwrap_or(all.len());
    if at == all.len() {
        all.push(Found {
            vips,
            ..Found::default()
        });
    }
    // There is one at that place.
    #[allow(clippy::indexing_slicing)]
    &mut all[at]
}

fn clusterip<'a>(found: &mut Found, after: &impl Fn(&[&str]) -> Option<&'a str>) {
    // --new makes it; the rules of other ports only name it.
    if let Some(count) = after(&["--total-nodes"]).and_then(number) {
        found.count = Some(count);
    }
    match after(&["--hashmode"]) {
        Some("sourceip") => found.spread = Spread::Source,
        Some("sourceip-sourceport") => found.spread = Spread::SourcePort,
        Some("sourceip-sourceport-destport") => {
            found.spread = Spread::SourcePort;
            found.note(
                "--hashmode sourceip-sourceport-destport: the server's port decides nothing here",
            );
        }
        Some(other) => found.note(format!("--hashmode {other}: no such hash is known")),
        None => {}
    }
    match after(&["--clustermac"]).map(|mac| (mac, mac.parse())) {
        Some((_, Ok(mac))) => found.mac = Some(mac),
        Some((mac, Err(why))) => found.note(format!("--clustermac {mac}: left out: {why}")),
        None => {}
    }
    local(found, after(&["--local-node"]));
}

fn xt_cluster<'a>(found: &mut Found, after: &impl Fn(&[&str]) -> Option<&'a str>) {
    found.spread = Spread::Source;
    if let Some(count) = after(&["--cluster-total-nodes"]).and_then(number) {
        found.count = Some(count);
    }
    local(found, after(&["--cluster-local-node"]));
    if let Some(mask) = after(&["--cluster-local-nodemask"]).and_then(number) {
        let nodes = (0..32)
            .filter(|bit| (mask >> bit) & 1 == 1)
            .map(|bit| (bit + 1).to_string());
        let nodes: Vec<String> = nodes.collect();
        note_once(
            found,
            format!(
                "this machine was node {} (--cluster-local-nodemask)",
                nodes.join(" and ")
            ),
        );
    }
    note_once(
        found,
        "rules of arptables and ip maddr that gave clients the group MAC are to go: ssi answers ARP by itself".to_owned(),
    );
}

fn local(found: &mut Found, node: Option<&str>) {
    let rank = node.and_then(number).and_then(|node| node.checked_sub(1));
    if let Some(rank) = rank {
        note_once(
            found,
            format!(
                "this machine was node {}: its host name belongs at rank {rank}",
                rank.saturating_add(1)
            ),
        );
    }
}

fn note_once(found: &mut Found, sentence: String) {
    if !found.notes.contains(&sentence) {
        found.note(sentence);
    }
}
