// SPDX-License-Identifier: GPL-2.0-only

//! Compares the files that the module has in sysfs with the specification: the same names, but for
//! '-', and the same words; and with the page that describes them.

use logic::config::Function as Meant;
use logic::counter::Counter as Counted;
use logic::rules::ReplyMac as Whose;
use logic::text::attribute::{ADOPTING, DRAINING, FILES, OWNED};
use logic::text::value::{FORWARD, FUNCTION, HASH, LEASE_EXPIRY, Names, REPLY_MAC};
use ssi_netlink::spec::{Attr, Counter, Forward, Function, Hash, LeaseExpiry, ReplyMac};

fn spelled(name: &str) -> String {
    name.replace('-', "_")
}

#[test]
fn counters() {
    let specified: Vec<String> = Counter::NAMES.iter().map(|name| spelled(name)).collect();
    assert_eq!(
        Counted::FILES.map(|name| name.to_str().unwrap()),
        *specified
    );
}

#[test]
fn attributes() {
    let attributes = FILES.iter().chain([&OWNED, &DRAINING, &ADOPTING]);
    let mut files: Vec<&str> = attributes.map(|a| a.name.to_str().unwrap()).collect();
    files.sort_unstable();
    // What is told elsewhere, or says something of a message rather than of a cluster.
    let elsewhere = [
        "name",
        "ifindex",
        "reason",
        "stats",
        "bucket-stats",
        "peer",
        "pad",
        "lapsed",
        "cold",
        "settled",
        "drained",
        "netns",
        // Nobody reads it back.
        "key",
    ];
    let mut specified: Vec<String> = Attr::NAMES
        .iter()
        .filter(|name| !elsewhere.contains(*name))
        .map(|name| match *name {
            "vip" => "vips".to_owned(),
            name => spelled(name),
        })
        .collect();
    specified.sort_unstable();
    assert_eq!(files, specified);
}

fn words<T: Copy>(words: &Names<T>) -> Vec<&'static str> {
    words.iter().map(|(word, _)| *word).collect()
}

#[test]
fn values() {
    assert_eq!(words(FUNCTION), Function::NAMES);
    assert_eq!(words(REPLY_MAC), ReplyMac::NAMES);
    assert_eq!(words(FORWARD), Forward::NAMES);
    assert_eq!(words(HASH), Hash::NAMES);
    assert_eq!(words(LEASE_EXPIRY), LeaseExpiry::NAMES);
    // In the order of their numbers.
    assert!(matches!(FUNCTION, [(_, Meant::Modulo), (_, Meant::Bitmap)]));
    assert!(matches!(
        REPLY_MAC,
        [(_, Whose::Cluster), (_, Whose::Group), (_, Whose::Node)]
    ));
}

#[test]
fn page() {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../Documentation/ABI/sysfs-class-net-ssi"
    );
    let page = std::fs::read_to_string(page).unwrap();
    let prefix = "What:\t\t/sys/class/net/<iface>/ssi-<cluster>";
    let mut described: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix(prefix))
        .collect();
    described.sort_unstable();
    let attributes = FILES.iter().chain([&OWNED, &DRAINING, &ADOPTING]);
    let attributes = attributes.map(|a| a.name);
    let former = Counted::FORMER.iter().map(|(name, _)| name);
    let counters = Counted::FILES.iter().chain(former);
    let mut files: Vec<String> = attributes
        .map(|name| format!("/{}", name.to_str().unwrap()))
        .chain(counters.map(|name| format!("/statistics/{}", name.to_str().unwrap())))
        .chain(["".to_owned(), "/statistics".to_owned()])
        .collect();
    files.sort_unstable();
    assert_eq!(described, files);
}
