// SPDX-License-Identifier: GPL-2.0-only

//! The resource agent's parameters: what is wrong gets its status and one sentence, on any machine. What it does to a
//! node is in `qemu-test/scenarios/lib/ocf.sh`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::process::{Command, Output};

const ARGS: i32 = 2;
const UNIMPLEMENTED: i32 = 3;
const CONFIGURED: i32 = 6;

/// Runs the agent with these parameters, as `clone_max=3` is of the resource manager's.
fn agent(action: &str, parameters: &[(&str, &str)]) -> Output {
    let agent = concat!(env!("CARGO_MANIFEST_DIR"), "/../ocf/cluster");
    let mut command = Command::new("sh");
    command
        .args([agent, action])
        .env("OCF_RESOURCE_INSTANCE", "vip:0");
    for (name, value) in parameters {
        command.env(format!("OCF_RESKEY_{name}"), value);
    }
    command.output().unwrap()
}

#[test]
fn wrong_parameters_have_a_sentence() {
    for (parameters, part) in [
        (&[][..], "ip: give the address"),
        (&[("ip", "192.0.2.256")], "no address"),
        (&[("ip", "192.0.2")], "no address"),
        (&[("ip", "192.0.2.1.2")], "no address"),
        (&[("ip", "192.0.2.1/32")], "without the length"),
        (&[("cidr_netmask", "33")], "cidr_netmask=33: give 0 to 32"),
        (&[("cidr_netmask", "-1")], "cidr_netmask=-1"),
        (
            &[("ip", "2001:db8::1"), ("cidr_netmask", "129")],
            "give 0 to 128",
        ),
        (
            &[("clusterip_hash", "sourceip-sourceport-destport")],
            "use sourceip or sourceip-sourceport",
        ),
        (&[("mac", "00:11:22:33:44:55")], "locally administered"),
        (&[("mac", "02:11:22:33:44")], "give six bytes"),
        (&[("mac", "02:11:22:33:44:5g")], "give six bytes"),
        (&[("unique_clone_address", "true")], "use IPaddr2"),
        (&[("lvs_support", "yes")], "no balancer"),
        (&[("check_link_status", "maybe")], "use true or false"),
        (&[("name", "a/b")], "1 to 15"),
        (&[("name", "abcdefghijklmnop")], "1 to 15"),
        (&[("hash_seed", "00")], "32 hexadecimal digits"),
        (&[("mode", "unicast")], "multicast or forward"),
        (&[("mode", "forward")], "wants the nodes' VLAN"),
        (&[("vlan", "5")], "goes with mode=forward"),
        (&[("reply_mac", "x")], "cluster, group or node"),
        (&[("announce_every", "99999")], "0 to 86400"),
        (&[("CRM_meta_clone_max", "2")], "set globally-unique=true"),
        (&[("CRM_meta_clone_max", "0")], "clone-max=0"),
        (
            &[("CRM_meta_clone", "2"), ("CRM_meta_clone_max", "2")],
            "instance 2",
        ),
    ] {
        let mut all = vec![("ip", "192.0.2.10")];
        if parameters.is_empty() {
            all.clear();
        }
        all.extend(parameters);
        for action in ["validate-all", "monitor"] {
            let said = agent(action, &all);
            let text = String::from_utf8(said.stderr).unwrap();
            assert_eq!(said.status.code(), Some(CONFIGURED), "{all:?}: {text}");
            assert!(
                text.starts_with("ocf-exit-reason:") && text.contains(part),
                "{all:?}: {text}"
            );
            assert_eq!((text.lines().count(), said.stdout.len()), (1, 0), "{text}");
        }
    }
}

#[test]
fn actions_that_there_are_not() {
    for action in ["promote", "migrate_to", ""] {
        let said = agent(action, &[("ip", "192.0.2.10")]);
        assert_eq!(said.status.code(), Some(UNIMPLEMENTED));
    }
}

/// Names of the elements of this tag.
fn named(document: &roxmltree::Document<'_>, tag: &str) -> BTreeSet<String> {
    let all = document.descendants().filter(|node| node.has_tag_name(tag));
    all.filter_map(|node| node.attribute("name"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn metadata_have_all_parameters_and_actions() {
    let said = agent("meta-data", &[]);
    assert!(said.status.success() && said.stderr.is_empty());
    let text = String::from_utf8(said.stdout).unwrap();
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let document = roxmltree::Document::parse_with_options(&text, options).unwrap();
    let script = include_str!("../../ocf/cluster");
    let read: BTreeSet<String> = script
        .lines()
        .filter_map(|line| line.split_once("=${OCF_RESKEY_"))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !["instance", "instances"].contains(&name.as_str()))
        .collect();
    assert_eq!(named(&document, "parameter"), read);
    for action in named(&document, "action") {
        let status = agent(&action, &[("ip", "")]).status.code();
        assert_ne!(status, Some(UNIMPLEMENTED), "{action}");
        assert_ne!(status, Some(ARGS), "{action}");
    }
}
