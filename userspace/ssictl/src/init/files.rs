// SPDX-License-Identifier: GPL-2.0-only

//! The texts of the files, each at its place below `/`.

use std::fmt::Write as _;

use crate::init::args::{Init, Member};
use crate::value::Vip;

const COROSYNC: &str = "etc/corosync/corosync.conf";
const AUTHKEY: &str = "etc/corosync/authkey";

/// A file, and its text where that is no secret.
pub struct Planned {
    /// Its place below the folder, and later below `/`.
    pub place: String,
    /// None: a key, which is made when it is written.
    pub text: Option<String>,
}

/// Where what is.
pub struct Layout {
    /// The cluster file.
    pub cluster: String,
    /// The cluster's own key, where there is one.
    pub key: Option<String>,
    /// Corosync's configuration and key, where that names the nodes.
    pub corosync: Option<(&'static str, &'static str)>,
}

impl Layout {
    /// Of a cluster that is to be.
    pub fn of(init: &Init) -> Self {
        let name = init.name.as_deref().unwrap_or_default();
        let is_alone = is_alone(init);
        let corosync = !init.is_static && !init.no_corosync && !is_alone;
        let key = init.vlan.is_some() || (init.no_corosync && !is_alone);
        Self {
            cluster: format!("etc/ssi/{name}.toml"),
            key: key.then(|| format!("etc/ssi/{name}.key")),
            corosync: corosync.then_some((COROSYNC, AUTHKEY)),
        }
    }
}

/// A file's permissions: keys are root's.
pub fn mode(place: &str) -> u32 {
    match place.ends_with(".key") || place == AUTHKEY {
        true => 0o400,
        false => 0o644,
    }
}

/// A daemon without others needs no engine.
fn is_alone(init: &Init) -> bool {
    !init.is_static && init.nodes.len() == 1 && init.witnesses.is_empty()
}

/// All files.
pub fn all(init: &Init, layout: &Layout) -> Vec<Planned> {
    let text = |place: &str, text| Planned {
        place: place.to_owned(),
        text: Some(text),
    };
    let key = |place: &str| Planned {
        place: place.to_owned(),
        text: None,
    };
    let mut files = vec![text(&layout.cluster, cluster(init, layout))];
    files.extend(layout.key.as_deref().map(key));
    if let Some((conf, authkey)) = layout.corosync {
        files.push(text(conf, corosync(init)));
        files.push(key(authkey));
    }
    files
}

fn quoted(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("\"{item}\"")).collect();
    items.join(", ")
}

/// The cluster file. Writing to a String cannot fail.
fn cluster(init: &Init, layout: &Layout) -> String {
    let name = init.name.as_deref().unwrap_or_default();
    let interface = init.interface.as_deref().unwrap_or_default();
    let vips = quoted(init.vips.iter().map(Vip::to_string));
    let mut text = format!(
        "# Cluster {name}, by ssictl init. The same on all nodes; its keys: man ssi.toml\n\
         name = \"{name}\"\nvips = [{vips}]\ninterface = \"{interface}\"\n"
    );
    if let Some(vlan) = init.vlan {
        let _ = writeln!(text, "mode = \"forward\"\nvlan = {vlan}");
    }
    if let Some(key) = &layout.key {
        let _ = writeln!(text, "key-file = \"/{key}\"");
    }
    match init.is_static {
        true => {
            let master = init.nodes.first().map(|node| node.name.as_str());
            let master = master.unwrap_or_default();
            let _ = writeln!(
                text,
                "master = \"{master}\"           # this node answers ARP"
            );
        }
        false => {
            text.push_str("\n[daemon]\n");
            if is_alone(init) {
                text.push_str("engine = \"alone\"\n");
            }
            if init.fenced {
                text.push_str("two-node = \"fenced\"\n");
            }
        }
    }
    let witnesses = init.witnesses.iter().map(|node| (node, true));
    let all = init.nodes.iter().map(|node| (node, false)).chain(witnesses);
    for (rank, (node, is_witness)) in all.enumerate() {
        let _ = write!(
            text,
            "\n[[node]]\nname = \"{}\"\nrank = {rank}\n",
            node.name
        );
        if init.no_corosync && !is_alone(init) {
            let addresses = quoted(node.addresses.iter().map(ToString::to_string));
            let _ = writeln!(text, "addresses = [{addresses}]");
        }
        if is_witness {
            text.push_str("weight = 0                    # a witness: it serves nothing\n");
        }
    }
    if let Some(check) = init.check {
        let _ = write!(text, "\n[[check]]\nname = \"service\"\ntcp = \"{check}\"\n");
    }
    text
}

/// Corosync's file: `nodeid` is rank + 1 of the cluster file.
fn corosync(init: &Init) -> String {
    let name = init.name.as_deref().unwrap_or_default();
    let mut text = format!(
        "# Of cluster {name}, by ssictl init. The same on all nodes.\n\
         totem {{\n  version: 2\n  cluster_name: {name}\n  transport: knet\n  crypto_cipher: aes256\n  \
         crypto_hash: sha256\n}}\nquorum {{\n  provider: corosync_votequorum\n}}\nlogging {{\n  to_syslog: yes\n}}\n\
         nodelist {{\n"
    );
    let all: Vec<&Member> = init.nodes.iter().chain(&init.witnesses).collect();
    for (id, node) in (1..).zip(all) {
        let _ = write!(
            text,
            "  node {{\n    name: {}\n    nodeid: {id}\n",
            node.name
        );
        for (link, address) in node.addresses.iter().enumerate() {
            let _ = writeln!(text, "    ring{link}_addr: {address}");
        }
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    text
}
