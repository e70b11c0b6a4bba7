// SPDX-License-Identifier: GPL-2.0-only

//! Compares the files that the module has in sysfs with the specification: the same names, but for
//! '-'; and with the page that describes them.

use logic::text::attribute::{ADOPTING, DRAINING, FILES, OWNED};
use ssi_netlink::spec::{Attr, Counter};

fn spelled(name: &str) -> String {
    name.replace('-', "_")
}

#[test]
fn attributes() {
    let attributes = FILES.iter().chain([&OWNED, &DRAINING, &ADOPTING]);
    let mut files: Vec<&str> = attributes.map(|a| a.name.to_str().unwrap()).collect();
    files.sort_unstable();
    // What is shown elsewhere, or belongs to a message rather than to a cluster.
    let elsewhere = [
        "name",
        "ifindex",
        "reason",
        "stats",
        "bucket-stats",
        "peer",
        "pad",
        "lapsed",
        "differs",
        "cold",
        "settled",
        "drained",
        "sticking",
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
    let former = Counter::FORMER.iter().map(|(name, _)| name);
    let counters = Counter::FILES.iter().chain(former);
    let mut files: Vec<String> = attributes
        .map(|name| format!("/{}", name.to_str().unwrap()))
        .chain(counters.map(|name| format!("/statistics/{}", name.to_str().unwrap())))
        .chain(["".to_owned(), "/statistics".to_owned()])
        .collect();
    files.sort_unstable();
    assert_eq!(described, files);
}
