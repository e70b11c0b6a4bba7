// SPDX-License-Identifier: GPL-2.0-only

//! Tests of cluster files, and of the place of each mistake.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;

use crate::failure::Failure;
use crate::file::{ClusterFile, ForwardInterface, State};
use crate::sample::{WEB, parse};

#[track_caller]
fn refused(text: &str, sentence: &str) {
    match parse(text) {
        Err(Failure::Usage(usage)) => assert_eq!(usage, format!("web.toml:{sentence}"), "{text}"),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn defaults() {
    let file = parse(WEB).unwrap();
    assert_eq!((file.generation, file.drain_time), (1, 600));
    let vips: Vec<String> = file.vips.iter().map(ToString::to_string).collect();
    assert_eq!(vips, ["10.0.0.100/32", "fd00::100/64"]);
    let [n1, n2] = file.nodes.as_slice() else {
        panic!("two nodes");
    };
    assert_eq!(
        (n1.interface.as_str(), n2.interface.as_str()),
        ("eth0", "eth1")
    );
    assert_eq!((n1.weight, n2.weight), (100, 200));
    assert_eq!(n1.state, State::Serving);
    assert_eq!(n1.owns.len() + n2.owns.len(), 8);
    assert!(n1.owns.and(&n2.owns).is_empty() && n1.gains.is_empty());
}

#[test]
fn mode_forward() {
    let forward = WEB.replace("buckets = 8", "mode = \"forward\"\nvlan = 7");
    let forward = forward.replace("weight = 200", "forward-interface = \"eth2\"");
    let file = parse(&forward).unwrap();
    assert_eq!(
        file.nodes[0].forward_interface,
        Some(ForwardInterface::Vlan(7))
    );
    assert_eq!(
        file.nodes[1].forward_interface,
        Some(ForwardInterface::Device("eth2".into()))
    );
}

/// `WEB` with one line instead of another, or after it where `old` ends with `+`.
fn with(old: &str, new: &str) -> String {
    let (old, new) = match old.strip_suffix('+') {
        Some(old) => (old, format!("{old}\n{new}")),
        None => (old, new.to_owned()),
    };
    assert!(WEB.contains(old), "{old}");
    WEB.replacen(old, &new, 1)
}

/// `WEB` with a table.
fn table(n1: &str, n2: &str) -> String {
    let text = with("rank = 0+", n1);
    text.replacen("rank = 1", &format!("rank = 1\n{n2}"), 1)
}

#[test]
fn wrong_files() {
    let b8 = "buckets = 8";
    let long = "0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32";
    let many: Vec<String> = (1..=33)
        .map(|i| format!("{:?}", format!("10.0.1.{i}")))
        .collect();
    for (text, sentence) in [
        (
            String::new(),
            "1:1: a cluster file: give name, as name = \"web\"",
        ),
        (
            "name = \"web\"".into(),
            "1:1: a cluster file: give vips, as vips = [\"192.0.2.10/32\"]",
        ),
        (
            with("name = \"web\"", "name = web"),
            "2:8: this is no TOML: string values must be quoted, expected literal string",
        ),
        (
            with("name = \"web\"", "name = \"web"),
            "2:12: this is no TOML: invalid basic string, expected `\"`",
        ),
        (
            with("name = \"web\"", "name ="),
            "2:7: this is no TOML: string values must be quoted, expected literal string",
        ),
        (
            with("name = \"web\"", "name"),
            "2:5: this is no TOML: key with no value, expected `=`",
        ),
        (
            with("name = \"web\"", "name = \"a/b\""),
            "2:8: name \"a/b\": a cluster's name has letters, digits, '.', '-' and '_' only and begins with no dot",
        ),
        (
            with("name = \"web\"", "name = 7"),
            "2:8: name 7: give a text in quotes",
        ),
        (
            with("name = \"web\"", "[name]"),
            "2:2: name: give a value, as name = …, not a section",
        ),
        (
            with("name = \"web\"", "name = \"web\"\nname = \"web\""),
            "3:1: this is no TOML: duplicate key",
        ),
        (
            with("name = \"web\"", "nmae = \"web\""),
            "2:1: nmae: no such key in a cluster file (did you mean name?)",
        ),
        (
            with("name = \"web\"", "# none"),
            "1:1: a cluster file: give name, as name = \"web\"",
        ),
        (
            with(b8, "colour = \"red\""),
            "6:1: colour: no such key in a cluster file; there are name, vips, interface, master, mode, forward, vlan, forward-interface, buckets, hash, hash-seed, key, key-file, mac, group, reply-mac, hook, drain-time, announce-every, gateway, generation, node, daemon, check",
        ),
        (
            with(b8, "bucket = 8"),
            "6:1: bucket: no such key in a cluster file (did you mean buckets?)",
        ),
        (
            with(b8, "buckets = 0"),
            "6:11: buckets 0: give a number, 1 to 65536",
        ),
        (
            with(b8, "buckets = 65537"),
            "6:11: buckets 65537: give a number, 1 to 65536",
        ),
        (
            with(b8, "buckets = \"8\""),
            "6:11: buckets \"8\": give a number, 1 to 65536",
        ),
        (
            with(b8, "buckets = 8.0"),
            "6:11: buckets 8.0: give a number, 1 to 65536",
        ),
        (
            with(b8, "buckets = -8"),
            "6:11: buckets -8: give a number, 1 to 65536",
        ),
        (
            with(b8, "mode = \"multicas\""),
            "6:8: mode \"multicas\": use one of multicast, forward (did you mean multicast?)",
        ),
        (
            with(b8, "mode = \"flood\""),
            "6:8: mode \"flood\": use one of multicast, forward",
        ),
        (
            with(b8, "mode = \"forward\""),
            "8:1: node n1: mode forward wants vlan = ID, or forward-interface = \"D2\", here or at the top of the file",
        ),
        (
            with(b8, "vlan = 7"),
            "6:8: vlan: goes with mode = \"forward\"",
        ),
        (
            with(b8, "forward-interface = \"eth2\""),
            "6:21: forward-interface: goes with mode = \"forward\"",
        ),
        (
            with(b8, "mode = \"forward\"\nvlan = 4095"),
            "7:8: vlan 4095: give a number, 1 to 4094",
        ),
        (
            with(
                b8,
                "mode = \"forward\"\nvlan = 7\nforward-interface = \"eth2\"",
            ),
            "7:8: vlan: not together with forward-interface; give one of them",
        ),
        (
            with(b8, "forward = \"all\""),
            "6:11: forward: goes with mode = \"forward\"",
        ),
        (
            with(b8, "mode = \"forward\"\nvlan = 7\nkey-file = \"web.key\""),
            "8:12: key-file \"web.key\": give the whole path, from / on",
        ),
        (
            with(b8, "mode = \"forward\"\nvlan = 7\nforward = \"any\""),
            "8:11: forward \"any\": use one of all, owner",
        ),
        (
            with(b8, "mode = \"forward\"\nvlan = 7\nmac = \"igmp\""),
            "8:7: mac \"igmp\": goes with mode = \"multicast\"; in mode forward clients send to the base MAC",
        ),
        (
            with(b8, "hash = \"md5\""),
            "6:8: hash \"md5\": use one of none, siphash",
        ),
        (
            with(b8, "hash = \"siphash\""),
            "6:8: hash \"siphash\": give hash-seed too, 32 hexadecimal digits",
        ),
        (
            with(b8, "hash = \"siphash\"\nhash-seed = \"00\""),
            "7:13: hash-seed \"00\": a seed has 32 hexadecimal digits, the same on every node",
        ),
        (
            with(b8, "hash-seed = \"00112233445566778899aabbccddeeff\""),
            "6:13: hash-seed: goes with hash = \"siphash\"",
        ),
        (
            with(b8, "key = \"port\""),
            "6:7: key \"port\": use source, source-port, prefix, or prefix:24,64, which has 1 to 32 bits of IPv4 and 1 to 128 of IPv6",
        ),
        (
            with(b8, "key = \"source-port\""),
            "6:7: key \"source-port\": give hash = \"siphash\" too; unhashed, the even ports that clients have would be one node's",
        ),
        (
            with(b8, "mac = \"01:00:00:00:00:01\""),
            "6:7: mac \"01:00:00:00:00:01\": mac is the base form: the first bit of its first byte must be 0",
        ),
        (
            with(b8, "mac = \"00:00:00:00:00:01\""),
            "6:7: mac \"00:00:00:00:00:01\": mac must be locally administered: the second bit of its first byte set, as in 02:...",
        ),
        (
            with(b8, "mac = \"02:00\""),
            "6:7: mac \"02:00\": give auto, igmp, mld or an address: an Ethernet address has six bytes, as 02:5a:c0:00:02:0a",
        ),
        (
            with(b8, "group = \"239.1.1.1\""),
            "6:9: group: goes with mac = \"igmp\" or \"mld\"",
        ),
        (
            with(b8, "mac = \"igmp\"\ngroup = \"ff15::8000:1\""),
            "7:9: group \"ff15::8000:1\": mac = \"igmp\" wants an IPv4 group",
        ),
        (
            with(b8, "mac = \"igmp\"\ngroup = \"10.0.0.1\""),
            "7:9: group \"10.0.0.1\": give a multicast address that switches learn: 224.0.1.0 to 239.255.255.255, or ff…:: of link-local scope or wider, as 239.255.2.10",
        ),
        (
            with(b8, "reply-mac = \"mine\""),
            "6:13: reply-mac \"mine\": use one of cluster, group, node",
        ),
        (
            with(b8, "hook = \"tc\""),
            "6:8: hook \"tc\": use one of auto, rx-handler, ingress",
        ),
        (
            with(b8, "drain-time = -1"),
            "6:14: drain-time -1: give a number of seconds, or \"forever\"",
        ),
        (
            with(b8, "drain-time = \"10 min\""),
            "6:14: drain-time \"10 min\": give a number of seconds, or \"forever\"",
        ),
        (
            with(b8, "announce-every = 86401"),
            "6:18: announce-every 86401: give a number, 0 to 86400",
        ),
        (
            with(b8, "generation = 0"),
            "6:14: generation 0: give a number, 1 to 1000000000000",
        ),
        (
            with("interface = \"eth0\"", "interface = \"\""),
            "4:13: interface \"\": give an interface's name, as ip link shows it",
        ),
        (
            with("interface = \"eth0\"", "# none"),
            "8:1: node n1: give interface, as interface = \"eth0\", here or at the top of the file",
        ),
        (
            with("\"10.0.0.100\", ", "\"10.0.0.100/33\", "),
            "3:9: vips \"10.0.0.100/33\": the prefix of an IPv4 address has 0 to 32 bits",
        ),
        (
            with("\"10.0.0.100\", ", "\"localhost\", "),
            "3:9: vips \"localhost\": give an address and the length of its prefix, as 192.0.2.10/32",
        ),
        (
            with("\"10.0.0.100\", ", "\"127.0.0.1\", "),
            "3:9: vips \"127.0.0.1\": a cluster address must be a host's: not zero, loopback, multicast, broadcast or reserved",
        ),
        (
            with("\"10.0.0.100\", ", "\"fd00::100\", "),
            "3:22: vips fd00::100: a cluster address is given twice",
        ),
        (
            with("\"10.0.0.100\", ", "10, "),
            "3:9: vips 10: give a list of texts, as [\"a\", \"b\"]",
        ),
        (
            with("[\"10.0.0.100\", \"fd00::100/64\"]", "[]"),
            "3:8: vips: give at least one cluster address",
        ),
        (
            with("[\"10.0.0.100\", \"fd00::100/64\"]", "\"10.0.0.100\""),
            "3:8: vips \"10.0.0.100\": give a list of texts, as [\"a\", \"b\"]",
        ),
        (
            with("\"10.0.0.100\", ", &format!("{}, ", many.join(", "))),
            "3:416: vips 10.0.1.33: a cluster has at most 32 addresses",
        ),
        (
            with("vips = [\"10.0.0.100\", \"fd00::100/64\"]", "# none"),
            "1:1: a cluster file: give vips, as vips = [\"192.0.2.10/32\"]",
        ),
        (
            with("master = \"n1\"", "# none"),
            "1:1: a cluster file: give master, as master = \"n1\"",
        ),
        (
            with("master = \"n1\"", "master = \"n9\""),
            "5:10: master \"n9\": no such node; there are n1, n2",
        ),
        (
            with("name = \"n1\"", "# none"),
            "8:1: [[node]]: give name, as name = \"n1\"",
        ),
        (
            with("name = \"n1\"", "name = \"n2\""),
            "13:8: name \"n2\": two nodes have it",
        ),
        (
            with("name = \"n1\"", "name = \"n 1\""),
            "9:8: name \"n 1\": a node's name is its host's: 1 to 64 letters, digits, '.', '-' and '_'",
        ),
        (
            with("rank = 0", "# none"),
            "8:1: [[node]]: give rank, as rank = 0",
        ),
        (
            with("rank = 0", "rank = 1"),
            "14:8: rank 1: two nodes have it; each needs its own",
        ),
        (
            with("rank = 0", "rank = 65536"),
            "10:8: rank 65536: give a number, 0 to 65535",
        ),
        (
            with("weight = 200", "weight = 0"),
            "16:10: weight 0: give a number, 1 to 10000",
        ),
        (
            with("weight = 200", "wieght = 200"),
            "16:1: wieght: no such key in [[node]] (did you mean weight?)",
        ),
        (
            with("weight = 200", "state = \"drained\""),
            "16:9: state \"drained\": use one of serving, draining, leaving (did you mean draining?)",
        ),
        (
            with("weight = 200", "vips = []"),
            "16:1: vips: no such key in [[node]]; there are name, rank, interface, forward-interface, vlan, hook, weight, id, priority, addresses, votes, state, owns, gains, cold",
        ),
        (
            with("weight = 200", "hook = 1"),
            "16:8: hook 1: give a text in quotes",
        ),
        (
            WEB.replace("[[node]]", "[node]")
                .replacen("[node]", "[[node]]", 1),
            "12:2: this is no TOML: duplicate key",
        ),
        (
            WEB.split("[[node]]").next().unwrap().to_owned() + "[node]\nname = \"n1\"\n",
            "8:2: node: give each node a section of its own, headed [[node]]",
        ),
        (
            with("rank = 0+", "state = \"draining\"")
                .replace("weight = 200", "state = \"leaving\""),
            "11:9: no node is serving: one at least needs state = \"serving\"",
        ),
        (
            table("owns = \"0-3\"", ""),
            "14:8: node n2: give owns too, as the other nodes have it; to add a node: ssictl join n2",
        ),
        (
            table("owns = \"0-3\"", "owns = \"3-7\""),
            "16:8: owns: bucket 3 is n1's and n2's; each is one node's",
        ),
        (
            table("owns = \"0-3\"", "owns = \"5-7\""),
            "6:1: owns: no node has 4; each of the 8 buckets is one node's",
        ),
        (
            table("owns = \"0-3\"", "owns = \"4-8\""),
            "16:8: owns \"4-8\": buckets run from 0 to 7 where there are 8",
        ),
        (
            table("owns = \"0-3\"", "owns = \"mod\""),
            "16:8: owns \"mod\": give buckets as 0-3,7,16-20, or one of none, all",
        ),
        (
            table("owns = \"0-3\"", "owns = \"4..7\""),
            "16:8: owns \"4..7\": give buckets as 0-3,7,16-20, or one of none, all",
        ),
        (
            table("owns = \"0-3\"", "owns = [4, 5, 6, 7]"),
            "16:8: owns [4, 5, 6, 7]: give a text in quotes",
        ),
        (
            table("owns = \"0-3\"\nstate = \"draining\"", "owns = \"4-7\""),
            "11:8: owns: n1 is draining, so it owns none; leave state to ssictl drain n1, which moves them",
        ),
        (
            table("owns = \"0-3\"\ngains = \"3-4\"", "owns = \"4-7\""),
            "12:9: gains: n1 does not own 4",
        ),
        (
            table("owns = \"0-3\"\ncold = \"7\"", "owns = \"4-7\""),
            "12:8: cold: n1 does not own 7",
        ),
        (
            table(
                "owns = \"0-3\"\ngains = \"1,2\"\ncold = \"2,3\"",
                "owns = \"4-7\"",
            ),
            "13:8: cold: 2 is in gains too; who had it is alive or dead",
        ),
        (
            table(&format!("owns = {long:?}"), "owns = \"1\"").replace(b8, "buckets = 40"),
            "6:1: owns: no node has 3,5,7,9,11,13,15,17,19,21,23,25,27,29,… (22 buckets); each of the 40 buckets is one node's",
        ),
    ] {
        refused(&text, sentence);
    }
}

#[test]
fn keys_of_clients() {
    let read = |more: &str| {
        let text = WEB.replace("buckets = 8", &format!("buckets = 8\n{more}"));
        let path = std::env::temp_dir().join(format!("ssi-key-{}.toml", std::process::id()));
        fs::write(&path, text).unwrap();
        let file = ClusterFile::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        file.client_key.to_string()
    };
    assert_eq!(read(""), "source");
    assert_eq!(read("key = \"prefix\""), "prefix:24,64");
    assert_eq!(read("key = \"prefix:20,56\""), "prefix:20,56");
    let seed = "hash = \"siphash\"\nhash-seed = \"00112233445566778899aabbccddeeff\"";
    assert_eq!(
        read(&format!("{seed}\nkey = \"source-port\"")),
        "source-port"
    );
}

#[test]
fn a_secret_that_others_may_read_is_remarked_on() {
    let path = std::env::temp_dir().join(format!("ssi-file-{}.toml", std::process::id()));
    let seed = "buckets = 8\nhash = \"siphash\"\nhash-seed = \"00112233445566778899aabbccddeeff\"";
    for (text, mode, is_exposed) in [
        (WEB.to_owned(), 0o644, false),
        (WEB.replace("buckets = 8", seed), 0o600, false),
        (WEB.replace("buckets = 8", seed), 0o640, true),
    ] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let remark = ClusterFile::read(&path).unwrap().remark;
        assert_eq!(remark.is_some(), is_exposed, "{mode:o}: {remark:?}");
    }
    fs::remove_file(&path).unwrap();
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = WEB.as_bytes().to_vec();
    bytes.extend(b"# \xff");
    assert_eq!(
        ClusterFile::parse("web.toml", bytes).unwrap_err(),
        Failure::Usage("web.toml:17:3: the file is no UTF-8 text".into())
    );
}

proptest! {
    #[test]
    fn any_text_is_a_file_or_one_sentence(at in 0..WEB.len(), cut in 0usize..30, inserted in ".{0,8}") {
        let end = (at + cut).min(WEB.len());
        let text = format!("{}{inserted}{}", &WEB[..at], &WEB[end..]);
        if let Err(Failure::Usage(sentence)) = parse(&text) {
            prop_assert!(sentence.starts_with("web.toml:"), "{}", sentence);
            prop_assert_eq!(sentence.lines().count(), 1);
        }
    }
}
