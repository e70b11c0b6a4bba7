// SPDX-License-Identifier: GPL-2.0-only

//! Usage errors are refused with status 2 and one sentence that names option, value and what would be right,
//! before the kernel is asked anything.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Output, Stdio};

const ADD: &str = "cluster add web --dev eth0 --vip 192.0.2.10/32 --rank 0 --nodes 3";

fn ssictl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ssictl"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn refuses(line: &str, sentence: &str) {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let output = ssictl(&arguments);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!("ssictl: {sentence}\n")
    );
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(output.stdout.is_empty());
}

#[test]
fn arguments_that_are_missing_or_unknown() {
    refuses(
        "cluster add",
        "give NAME, --dev D, --vip ADDR/LEN, --rank I, --nodes N; see --help",
    );
    refuses(
        "cluster add web --dev eth0 --rank 0 --nodes 3",
        "give --vip ADDR/LEN; see --help",
    );
    refuses("cluster del", "give NAME; see --help");
    refuses("table", "give a verb too; see --help");
    refuses(
        "clusters",
        "clusters: no such verb (did you mean list, ls, cluster?); see --help",
    );
    refuses("frob", "frob: no such verb; see --help");
    refuses(
        "cluster ad",
        "ad: no such verb (did you mean add?); see --help",
    );
    refuses("--frob", "--frob: no such option here; see --help");
    refuses(
        &format!("{ADD} --generation 3"),
        "--generation: no such option here (did you mean --function?); see --help",
    );
    refuses(
        "cluster set web --mac auto",
        "--mac: no such option here; see --help",
    );
    refuses(
        "stats web store",
        "store: one argument too many; see --help",
    );
    refuses("kick", "give CLIENT[:PORT]; see --help");
    refuses("cluster add web --dev", "--dev: give --dev D");
    refuses("cluster add web --dev a --dev b", "--dev: give it once");
    refuses(
        &format!("{ADD} --master=on"),
        "--master on: it takes no value",
    );
}

#[test]
fn values_that_are_none() {
    refuses(
        "cluster show a/b",
        "NAME a/b: a cluster's name has letters, digits, '.', '-' and '_' only and begins with no dot",
    );
    refuses(
        "cluster del sixteen-letters-",
        "NAME sixteen-letters-: a cluster's name has 1 to 15 characters",
    );
    refuses(
        "cluster add web --dev a/b",
        "--dev a/b: give an interface's name, as ip link shows it",
    );
    refuses(
        "cluster add web --vip 192.0.2.10/33",
        "--vip 192.0.2.10/33: the prefix of an IPv4 address has 0 to 32 bits",
    );
    refuses(
        "cluster add web --vip 192.0.2.10",
        "--vip 192.0.2.10: give the length of the prefix too, as 192.0.2.10/32",
    );
    refuses(
        "drain n1 --deadline -3s",
        "--deadline -3s: give a time up to 30 days, as 90s, 30m or 2h, or never",
    );
    refuses(
        "cluster add web --vip 239.1.2.3/32",
        "--vip 239.1.2.3/32: a cluster address must be a host's: not zero, loopback, multicast, broadcast or reserved",
    );
    refuses(
        "cluster add web --vip fd00::/64",
        "--vip fd00::/64: fd00:: is the address of all routers of its /64; give another",
    );
    refuses(
        "kick 10.0.0.9-10.0.0.1",
        "CLIENT[:PORT] 10.0.0.9-10.0.0.1: give a client, as 198.51.100.7, 198.51.100.7:50000, [2001:db8::7]:50000 or \
         198.51.100.0/24, or all",
    );
    refuses(
        "cluster add web --vip web",
        "--vip web: give an address and the length of its prefix, as 192.0.2.10/32",
    );
    refuses(
        "cluster add web --rank one",
        "--rank one: ranks are numbers and run from 0",
    );
    refuses(
        "cluster add web --rank -1",
        "--rank -1: ranks are numbers and run from 0",
    );
    refuses(
        "cluster add web --nodes 0",
        "--nodes 0: nodes is 1 to 65536",
    );
    refuses(
        "cluster add web --nodes 65537",
        "--nodes 65537: nodes is 1 to 65536",
    );
    refuses(
        "cluster add web --buckets 0",
        "--buckets 0: buckets is 1 to 65536",
    );
    refuses(
        "table set web --buckets 65537",
        "--buckets 65537: buckets is 1 to 65536",
    );
    refuses(
        "cluster add web --function round-robin",
        "--function round-robin: use one of modulo, bitmap",
    );
    refuses(
        "cluster add web --hash md5",
        "--hash md5: use one of none, siphash",
    );
    refuses(
        "cluster add web --reply-mac mine",
        "--reply-mac mine: use one of cluster, group, node",
    );
    refuses(
        "cluster add web --hook tc",
        "--hook tc: use one of auto, rx-handler, ingress",
    );
    refuses(
        "cluster add web --mac 02:00:00:00:00",
        "--mac 02:00:00:00:00: give auto, igmp, mld or an address: an Ethernet address has six bytes, as 02:5a:c0:00:02:0a",
    );
    refuses(
        "cluster add web --hash-seed 00",
        "--hash-seed 00: a seed has 32 hexadecimal digits, the same on every node",
    );
    refuses(
        "cluster add web --owned 3-1",
        "--owned 3-1: 3-1 runs backwards: give 1-3",
    );
    refuses(
        "cluster add web --owned hex:8",
        "--owned hex:8: after hex: come pairs of hexadecimal digits",
    );
    refuses(
        "cluster set web --master maybe",
        "--master maybe: use one of on, off",
    );
    refuses(
        "cluster set web --generation -1",
        "--generation -1: generations are numbers; see ssictl table show",
    );
    refuses(
        "explain nobody",
        "SOURCE nobody: give a client's address, as 198.51.100.7, 198.51.100.7:50000 or [2001:db8::7]:50000",
    );
    refuses(
        "explain web nobody",
        "SOURCE nobody: give a client's address, as 198.51.100.7, 198.51.100.7:50000 or [2001:db8::7]:50000",
    );
    refuses(
        "explain web 198.51.100.7 --port 65536",
        "--port 65536: a port is 0 to 65535",
    );
    refuses(
        "cluster set web --key prefix:24",
        "--key prefix:24: use source, source-port, prefix, or prefix:24,64, which has 1 to 32 bits of IPv4 and 1 to 128 of IPv6",
    );
    refuses(
        "completions tcsh",
        "SHELL tcsh: use one of bash, elvish, fish, powershell, zsh",
    );
}

#[test]
fn values_that_do_not_go_together() {
    let add = |more: &str, sentence: &str| refuses(&format!("{ADD} {more}"), sentence);
    refuses(
        "cluster add web --dev eth0 --vip 192.0.2.10/32 --rank 5 --nodes 3",
        "--rank 5: ranks run from 0 to 2 with --nodes 3",
    );
    refuses(
        "cluster set web --rank 3 --nodes 3",
        "--rank 3: ranks run from 0 to 2 with --nodes 3",
    );
    add(
        "--buckets 8",
        "--buckets 8: function modulo has as many as nodes, 3; give --function bitmap too",
    );
    add(
        "--owned 0-1",
        "--owned 0-1: function modulo makes its own table; give --function bitmap too",
    );
    add(
        "--function bitmap --buckets 16 --owned 0-16",
        "--owned 0-16: buckets run from 0 to 15 where there are 16",
    );
    add(
        "--function bitmap --owned 1024",
        "--owned 1024: buckets run from 0 to 1023 where there are 1024",
    );
    add(
        "--function bitmap --buckets 9 --owned hex:ff",
        "--owned hex:ff: 9 buckets are 2 bytes with no bit set past the last bucket, not these 1",
    );
    add(
        "--mode forward",
        "--mode forward: give --vlan ID, a VLAN over --dev that only the nodes have, or --forward-dev D2, another interface to them",
    );
    add("--vlan 7", "--vlan 7: goes with --mode forward");
    add(
        "--forward-dev eth1",
        "--forward-dev eth1: goes with --mode forward",
    );
    add(
        "--mode multicast --forward all",
        "--forward all: goes with --mode forward",
    );
    add(
        "--mode forward --vlan 7 --forward-dev eth1",
        "--vlan: not together with --forward-dev",
    );
    add(
        "--group 239.255.2.10",
        "--group 239.255.2.10: goes with --mac igmp or mld",
    );
    add(
        "--mac igmp --group ff15::8000:1",
        "--group ff15::8000:1: --mac igmp wants an IPv4 group",
    );
    add(
        "--mac mld --group 239.255.2.10",
        "--group 239.255.2.10: --mac mld wants an IPv6 group",
    );
    add(
        "--mac igmp --group 224.0.0.251",
        "--group 224.0.0.251: give a multicast address that switches learn: 224.0.1.0 to 239.255.255.255, or ff…:: of link-local scope or wider, as 239.255.2.10",
    );
    add(
        "--mac igmp --mode forward --vlan 7",
        "--mac igmp: goes with --mode multicast; in mode forward clients send to the base MAC",
    );
    add(
        "--mode forward --vlan 4095",
        "--vlan 4095: VLANs have numbers from 1 to 4094",
    );
    add(
        "--hash siphash",
        "--hash siphash: give --hash-seed or --hash-seed-file too, 32 hexadecimal digits, the same on every node",
    );
    let seed = "00112233445566778899aabbccddeeff";
    let unused = "--hash-seed: goes with --hash siphash";
    add(&format!("--hash-seed {seed}"), unused);
    add(&format!("--hash none --hash-seed {seed}"), unused);
    refuses(
        &format!("cluster set web --hash none --hash-seed {seed}"),
        unused,
    );
    // As any file that is not there.
    let line = format!("{ADD} --hash siphash --hash-seed-file /nonexistent/seed");
    let unread = ssictl(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(unread.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&unread.stderr),
        "ssictl: --hash-seed-file /nonexistent/seed: No such file or directory\n"
    );
    // Nothing comes in there.
    add(
        "--hash siphash --hash-seed-file -",
        "--hash-seed-file -: a seed has 32 hexadecimal digits, the same on every node",
    );
    let file = format!("{}/seed", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&file, seed).unwrap();
    add(
        &format!("--hash siphash --hash-seed {seed} --hash-seed-file {file}"),
        "--hash-seed: not together with --hash-seed-file",
    );
    refuses(
        "cluster set web",
        "cluster set web: give at least one option to change; see --help",
    );
    refuses(
        "cluster set web --generation 3",
        "cluster set web: give at least one option to change; see --help",
    );
}

#[test]
fn a_join_wants_an_interface_to_listen_on() {
    let join = "cluster join web --dev eth0 --insecure --rank 1";
    let both = "give --vlan ID|--forward-dev D2; see --help";
    refuses(join, both);
    refuses(
        &format!("{join} --vlan 7 --forward-dev eth1"),
        "--vlan: not together with --forward-dev",
    );
    refuses(
        &format!("{join} --vlan 7 --timeout 0"),
        "--timeout 0: give 1 to 600 seconds",
    );
    refuses(
        &format!("{join} --vlan 7 --prefix 33"),
        "--prefix 33: a prefix has 0 to 32 bits",
    );
    refuses(
        &format!("{join} --vlan 7 --mac auto"),
        "--mac auto: an Ethernet address has six bytes, as 02:5a:c0:00:02:0a",
    );
}

#[test]
fn an_interface_that_is_not_there() {
    // The system refuses this one: status 1.
    let line = ADD.replace("eth0", "no-such-if");
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let output = ssictl(&arguments);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "ssictl: --dev no-such-if: no such interface; see ip link\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn bytes_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let output = Command::new(env!("CARGO_BIN_EXE_ssictl"))
        .args(["cluster", "show"])
        .arg(std::ffi::OsStr::from_bytes(b"\xff"))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "ssictl: the command has bytes that are no text\n"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn cluster_files_and_what_is_done_with_them() {
    refuses("join", "give NODE; see --help");
    refuses("weight n1", "give WEIGHT; see --help");
    refuses(
        "weight n1 0",
        "WEIGHT 0: a weight is a number, 1 to 10000, or default",
    );
    refuses(
        "weight n1 -5",
        "WEIGHT -5: a weight is a number, 1 to 10000, or default",
    );
    refuses(
        "drain n/1",
        "NODE n/1: a node's name is its host's: 1 to 64 letters, digits, '.', '-' and '_'",
    );
    refuses(
        "join n1 --vlan 7 --forward-interface eth1",
        "--vlan: not together with --forward-interface",
    );
    refuses(
        "apply web --wait --dry-run",
        "--wait: not together with --dry-run",
    );
    refuses(
        "plan web --weight n1",
        "--weight n1: give a node and its weight, as n1=200",
    );
    refuses(
        "plan web --join n1:x",
        "--join n1:x: a weight is a number, 1 to 10000",
    );
}

/// A file's place is one that a person can go to.
#[test]
fn a_wrong_file() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.toml");
    std::fs::write(&path, "name = \"web\"\nvisp = []\n").unwrap();
    let shown = path.to_str().unwrap();
    let sentence = format!("{shown}:2:1: visp: no such key in a cluster file (did you mean vips?)");
    for verb in ["apply", "plan"] {
        refuses(&format!("{verb} {shown}"), &sentence);
    }
    refuses(&format!("drain n1 --file {shown}"), &sentence);
    let output = ssictl(&["apply", "/no/such/file.toml"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "ssictl: /no/such/file.toml: No such file or directory\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn verbs_that_ask_ssid() {
    refuses("drain n2 --timeout 5", "give --wait; see --help");
    refuses(
        "drain n2 --wait --timeout 0",
        "--timeout 0: give 1 to 86400 seconds",
    );
    refuses(
        "drain n2 --wait --dry-run",
        "--wait: not together with --dry-run",
    );
    refuses(
        "top web",
        "top draws on a terminal, and this is none: ssictl status shows the same once, and ssictl -j status for programs",
    );
    refuses(
        "-j top",
        "top has no JSON: ssictl status shows the same once, and ssictl -j status for programs",
    );
}
