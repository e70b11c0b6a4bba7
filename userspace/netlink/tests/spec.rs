// SPDX-License-Identifier: GPL-2.0-only

//! Compares `ssi_netlink::spec` with the specification, number by number and name by name.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use ssi_netlink::spec;
use yaml_rust2::{Yaml, YamlLoader};

fn document() -> Yaml {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../Documentation/netlink/specs/ssi.yaml"
    );
    let text = std::fs::read_to_string(path).unwrap();
    YamlLoader::load_from_str(&text).unwrap().remove(0)
}

fn list<'a>(yaml: &'a Yaml, what: &str) -> &'a Vec<Yaml> {
    yaml.as_vec().unwrap_or_else(|| panic!("no {what}"))
}

/// Entries of a list by name. An entry without a number has its predecessor's plus one.
fn numbers(entries: &[Yaml], first: i64) -> BTreeMap<String, i64> {
    let mut next = first;
    let mut numbers = BTreeMap::new();
    for entry in entries {
        let name = entry["name"].as_str().or(entry.as_str()).unwrap();
        next = entry["value"].as_i64().unwrap_or(next);
        numbers.insert(name.to_owned(), next);
        next += 1;
    }
    numbers
}

fn named<'a>(yaml: &'a Yaml, list_name: &str, name: &str) -> &'a Yaml {
    list(yaml, list_name)
        .iter()
        .find(|entry| entry["name"].as_str() == Some(name))
        .unwrap_or_else(|| panic!("no {name} among {list_name}"))
}

macro_rules! ours {
    ($enum:ty) => {
        <$enum>::ALL
            .iter()
            .map(|member| (member.name().to_owned(), i64::from(member.number())))
            .collect::<BTreeMap<_, _>>()
    };
}

#[test]
fn family() {
    let document = document();
    assert_eq!(document["name"].as_str(), Some(spec::FAMILY));
    // The schema of genetlink has no version: 1 is what ynl and everybody else takes.
    assert_eq!(spec::VERSION, 1);
    let groups = list(&document["mcast-groups"]["list"], "groups");
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0]["name"].as_str(), Some(spec::EVENTS));
}

#[test]
fn operations() {
    let document = document();
    let operations = list(&document["operations"]["list"], "operations");
    assert_eq!(numbers(operations, 1), ours!(spec::Op));
}

#[test]
fn attributes() {
    let document = document();
    let set = |name| {
        let set = named(&document["attribute-sets"], "attribute-sets", name);
        numbers(list(&set["attributes"], name), 1)
    };
    assert_eq!(set("cluster"), ours!(spec::Attr));
    assert_eq!(set("vip"), ours!(spec::VipAttr));
    assert_eq!(set("bucket-stats"), ours!(spec::BucketAttr));
    assert_eq!(set("peer"), ours!(spec::PeerAttr));
    let mut stats = set("stats");
    assert_eq!(stats.remove("pad"), Some(1));
    assert_eq!(stats, ours!(spec::Counter));
    assert_eq!(
        list(&document["attribute-sets"], "attribute-sets").len(),
        5,
        "a new attribute set has no counterpart in spec.rs"
    );
}

#[test]
fn definitions() {
    let document = document();
    let definitions = &document["definitions"];
    let enumeration = |name| {
        let entries = &named(definitions, "definitions", name)["entries"];
        numbers(list(entries, name), 0)
    };
    let constant = |name| named(definitions, "definitions", name)["value"].as_i64();
    assert_eq!(enumeration("mode"), ours!(spec::Mode));
    assert_eq!(enumeration("forward"), ours!(spec::Forward));
    assert_eq!(enumeration("function"), ours!(spec::Function));
    assert_eq!(enumeration("hash"), ours!(spec::Hash));
    assert_eq!(enumeration("reply-mac"), ours!(spec::ReplyMac));
    assert_eq!(enumeration("hook"), ours!(spec::Hook));
    assert_eq!(enumeration("reason"), ours!(spec::Reason));
    assert_eq!(enumeration("lease-expiry"), ours!(spec::LeaseExpiry));
    assert_eq!(constant("name-max"), i64::try_from(spec::NAME_MAX).ok());
    assert_eq!(constant("vips-max"), i64::try_from(spec::VIPS_MAX).ok());
    assert_eq!(constant("buckets-max"), Some(i64::from(spec::BUCKETS_MAX)));
    assert_eq!(
        list(definitions, "definitions").len(),
        11,
        "a new definition has no counterpart in spec.rs"
    );
}

/// The kernel's numbers, as its source has them: `pub mod SET { pub const NAME: u16 = 1; … }`.
fn kernels() -> BTreeMap<String, BTreeMap<String, i64>> {
    let source = include_str!("../../../src/logic/wire.rs");
    let mut sets = BTreeMap::<String, BTreeMap<String, i64>>::new();
    let mut set = String::new();
    for line in source.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("pub mod ") {
            set = name.trim_end_matches(" {").replace('_', "-");
        } else if let Some((name, rest)) = line
            .strip_prefix("pub const ")
            .and_then(|rest| rest.split_once(": "))
            .filter(|_| !set.is_empty())
        {
            let number = rest.rsplit(' ').next().unwrap().trim_end_matches(';');
            let name = name.to_lowercase().replace('_', "-");
            let numbers = sets.entry(set.clone()).or_default();
            numbers.insert(name, number.parse().unwrap());
        }
    }
    sets
}

#[test]
fn kernels_numbers() {
    let document = document();
    let mut kernels = kernels();
    assert_eq!(
        kernels.remove("command"),
        Some(numbers(
            list(&document["operations"]["list"], "operations"),
            1
        ))
    );
    assert_eq!(
        kernels.remove("reason"),
        Some(numbers(
            list(
                &named(&document["definitions"], "definitions", "reason")["entries"],
                "entries"
            ),
            0
        ))
    );
    // Of the counters it has the first one's number, and their order in `counter.rs`.
    let stats = kernels.remove("stats").unwrap();
    assert_eq!(stats.get("pad"), Some(&1));
    assert_eq!(
        stats.get("first"),
        Some(&i64::from(spec::Counter::ALL[0].number()))
    );
    for (set, numbers_there) in kernels {
        let entry = named(&document["attribute-sets"], "attribute-sets", &set);
        assert_eq!(
            numbers_there,
            numbers(list(&entry["attributes"], "attributes"), 1),
            "{set}"
        );
    }
}
