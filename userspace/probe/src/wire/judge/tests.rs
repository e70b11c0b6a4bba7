// SPDX-License-Identifier: GPL-2.0-only

//! The judge passes what is right and sees each thing that is not.

use super::*;
use clap::Parser;
use etherparse::PacketBuilder;

const BASE: [u8; 6] = [2, 0x5a, 10, 9, 0, 100];
const GROUP: [u8; 6] = [3, 0x5a, 10, 9, 0, 100];
const CLIENT: [u8; 6] = [10, 0, 0, 0, 0, 1];
const VIP: [u8; 4] = [10, 9, 0, 100];
/// 10.0.0.2 mod 2 is 0: n0's.
const SOURCE: [u8; 4] = [10, 0, 0, 2];

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn args(more: &str) -> Args {
    let line = "wire none --vip 10.9.0.100 --mac 02:5a:0a:09:00:64 --master n0 \
                --node p0=n0=06:00:00:00:00:00 --node p1=n1=06:00:00:00:00:01";
    Line::parse_from(line.split_whitespace().chain(more.split_whitespace())).args
}

fn node_mac(rank: u8) -> [u8; 6] {
    [6, 0, 0, 0, 0, rank]
}

fn record(dev: &str, bytes: Vec<u8>) -> Record {
    let (dev, len) = (dev.to_owned(), bytes.len());
    Record {
        dev,
        nanoseconds: 0,
        pkt_type: 0,
        len,
        bytes,
    }
}

fn udp(dev: &str, macs: [[u8; 6]; 2], ips: [[u8; 4]; 2], ports: [u16; 2]) -> Record {
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2(macs[0], macs[1])
        .ipv4(ips[0], ips[1], 64)
        .udp(ports[0], ports[1])
        .write(&mut bytes, b"hello")
        .unwrap();
    record(dev, bytes)
}

fn request() -> Record {
    udp("pc", [CLIENT, GROUP], [SOURCE, VIP], [4000, 7000])
}

fn reply(port: &str, source: [u8; 6]) -> Record {
    udp(port, [source, CLIENT], [VIP, SOURCE], [7000, 4000])
}

fn arp(dev: &str, source: [u8; 6], op: u8, macs: [u8; 6], ips: [[u8; 4]; 2]) -> Record {
    let head: &[u8] = &[8, 6, 0, 1, 8, 0, 6, 4, 0, op];
    let to = if op == 1 { [0xff; 6] } else { CLIENT };
    record(
        dev,
        [&to[..], &source, head, &macs, &ips[0], &[0; 6], &ips[1]].concat(),
    )
}

/// The first fault of a capture, if there is one.
fn fault(more: &str, records: &[Record]) -> Option<String> {
    let args = args(more);
    let mut judge = Judge::new(&args).unwrap();
    judge.tables = vec![Table::modulo(&["n0", "n1"])];
    for (at, r) in records.iter().enumerate() {
        judge.frame(at, r).unwrap();
    }
    judge.conclude().unwrap();
    judge.faults.into_iter().next()
}

fn sees(what: &str, records: &[Record]) {
    let found = fault("", records).unwrap_or_default();
    assert!(found.contains(what), "\"{found}\" lacks \"{what}\"");
}

#[test]
fn one_answer_by_the_owner_is_right() {
    assert_eq!(fault("", &[request(), reply("p0", BASE)]), None);
    assert_eq!(
        fault("--reply-mac group", &[request(), reply("p0", GROUP)]),
        None
    );
    assert_eq!(
        fault("--reply-mac node", &[request(), reply("p0", node_mac(0))]),
        None
    );
}

#[test]
fn answers_that_are_missing_doubled_or_anothers_are_seen() {
    sees("answered 0 times", &[request()]);
    sees(
        "answered 2 times",
        &[request(), reply("p0", BASE), reply("p0", BASE)],
    );
    sees(
        "n1 answers 10.0.0.2 of n0",
        &[request(), reply("p0", BASE), reply("p1", BASE)],
    );
}

#[test]
fn wrong_macs_are_seen() {
    sees(
        "from 06:00:00:00:00:00 and not",
        &[request(), reply("p0", node_mac(0))],
    );
    sees(
        "from 03:5a:0a:09:00:64 and not",
        &[request(), reply("p0", GROUP)],
    );
    let unicast = udp("pc", [CLIENT, node_mac(0)], [SOURCE, VIP], [4000, 7000]);
    sees("sends to 06:00:00:00:00:00", &[unicast, reply("p0", BASE)]);
    let flooded = udp("p0", [BASE, [0xff; 6]], [VIP, SOURCE], [7000, 4000]);
    sees("no client's MAC", &[request(), flooded]);
}

#[test]
fn arp_that_has_a_nodes_mac_is_seen() {
    let asked = arp("pc", CLIENT, 1, CLIENT, [SOURCE, VIP]);
    let right = arp("p0", BASE, 2, GROUP, [VIP, SOURCE]);
    assert_eq!(fault("", &[asked.clone(), right.clone()]), None);
    sees(
        "is at 06:00:00:00:00:00",
        &[arp("p0", BASE, 1, node_mac(0), [VIP, VIP])],
    );
    sees(
        "from 06:00:00:00:00:01 and not",
        &[arp("p1", node_mac(1), 1, GROUP, [VIP, SOURCE])],
    );
    sees(
        "is not the master",
        &[asked.clone(), arp("p1", BASE, 2, GROUP, [VIP, SOURCE])],
    );
    sees("1 ARP requests and 0 ARP replies", &[asked.clone()]);
    sees(
        "1 ARP requests and 2 ARP replies",
        &[asked, right.clone(), right],
    );
}

/// `record` in a VLAN.
fn tagged(mut record: Record, id: u8) -> Record {
    record.bytes.splice(12..12, [0x81, 0, 0, id]);
    record.len += 4;
    record
}

#[test]
fn only_frames_of_its_vlans_are_judged() {
    let wrong = reply("p1", BASE);
    assert!(fault("", &[request(), reply("p0", BASE), wrong]).is_some());
    let wrong = tagged(reply("p1", BASE), 20);
    assert_eq!(fault("", &[request(), reply("p0", BASE), wrong]), None);
    let right = || [request(), reply("p0", BASE)].map(|r| tagged(r, 20));
    assert_eq!(fault("--vlan 20", &right()), None);
    let wrong = tagged(reply("p1", BASE), 20);
    assert!(fault("--vlan 20", &[&right()[..], &[wrong]].concat()).is_some());
}
