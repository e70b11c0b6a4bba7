// SPDX-License-Identifier: GPL-2.0-only

//! Rules of `nft list ruleset` that share clients out by `jhash` of the source.

use std::net::IpAddr;

use crate::import::found::{Found, Spread, address, number};
use crate::value::Mac;

/// A cluster for each set of addresses that rules have, or for rules without one.
pub fn read(text: &str) -> Result<Vec<Found>, String> {
    let mut all: Vec<Found> = Vec::new();
    let mut mac = None;
    let mut is_xt = false;
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let spaced = line.replace(['{', '}', ','], " ").replace('"', "");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        is_xt |= words
            .windows(3)
            .any(|three| three == ["xt", "match", "cluster"]);
        mac = mac.or_else(|| group_mac(&words));
        if let Some(found) = rule(&words) {
            match all.iter_mut().find(|one| one.vips == found.vips) {
                None => all.push(found),
                Some(one) => found.notes.into_iter().for_each(|note| {
                    if !one.notes.contains(&note) {
                        one.note(note);
                    }
                }),
            }
        }
    }
    for found in &mut all {
        found.mac = mac;
    }
    match is_xt && all.is_empty() {
        true => Err(
            "nft cannot print the match cluster of iptables-nft: give the output of iptables-save"
                .to_owned(),
        ),
        false => Ok(all),
    }
}

/// A MAC that some rule gives to ARP.
fn group_mac(words: &[&str]) -> Option<Mac> {
    if !words.contains(&"arp") {
        return None;
    }
    let macs = words.iter().filter_map(|word| word.parse().ok());
    macs.filter(|Mac(bytes)| bytes[0] & 1 == 1 && *bytes != [0xff; 6])
        .last()
}

fn rule(words: &[&str]) -> Option<Found> {
    let at = words
        .iter()
        .position(|word| matches!(*word, "jhash" | "symhash"))?;
    let hashed: Vec<&str> = words
        .iter()
        .skip(at)
        .take_while(|word| **word != "mod")
        .copied()
        .collect();
    let after = |name: &str, from: usize| {
        let at = words.iter().skip(from).position(|word| *word == name)?;
        words.get(from.checked_add(at)?.checked_add(1)?).copied()
    };
    let mut found = Found {
        vips: addresses(words),
        interface: ["iifname", "iif"]
            .iter()
            .find_map(|name| after(name, 0))
            .map(str::to_owned),
        count: after("mod", at).and_then(number),
        spread: Spread::Source,
        ..Found::default()
    };
    let has = |word: &str| hashed.contains(&word);
    if has("sport") {
        found.spread = Spread::SourcePort;
    }
    if has("dport") || has("daddr") {
        found.note(format!(
            "{}: the server's side decides nothing here",
            hashed.join(" ")
        ));
    }
    if !has("saddr") {
        found.note(format!(
            "{}: here the client's address decides",
            hashed.join(" ")
        ));
    }
    if after("offset", at).is_some() {
        found.note("offset: it only renamed the nodes, from another number on");
    }
    let named = words
        .iter()
        .skip(at)
        .skip_while(|word| **word != "mod")
        .skip(2);
    let mut rest = named
        .copied()
        .skip_while(|word| matches!(*word, "==" | "eq" | "!=" | "ne"))
        .peekable();
    while matches!(rest.peek(), Some(&("seed" | "offset"))) {
        rest.nth(1);
    }
    let is_other = |word: &&str| matches!(*word, "==" | "eq" | "!=" | "ne");
    let nodes: Vec<&str> = rest
        .skip_while(is_other)
        .take_while(|word| number(word).is_some())
        .collect();
    if !nodes.is_empty() {
        found.note(format!(
            "this machine's rule has node {} of {}",
            nodes.join(" and "),
            found.count.unwrap_or_default()
        ));
    }
    Some(found)
}

/// What comes after `daddr`: addresses, until a word is none.
fn addresses(words: &[&str]) -> Vec<IpAddr> {
    let ip = words
        .windows(2)
        .position(|two| matches!(two, ["ip" | "ip6", "daddr"]));
    let Some(at) = ip else {
        return Vec::new();
    };
    words
        .iter()
        .skip(at.saturating_add(2))
        .map_while(|word| address(word))
        .collect()
}
