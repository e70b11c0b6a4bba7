// SPDX-License-Identifier: GPL-2.0-only

//! Frames and their verdicts, row by row: this file and `receive6` have the requests,
//! the others the rest.
//!
//! The cluster has 8 buckets, of which the node owns the even ones; `client(4)` and
//! `client6(4)` are in bucket 4.

mod any;
mod anybody;
mod arp;
mod fragment;
mod icmp;
mod icmp6;
mod keyed;
mod nd;
mod node;
mod receive6;

use super::*;
use crate::sample::{
    self,
    client,
    Ip,
    VIP2, //
};
use std::{
    vec,
    vec::Vec, //
};

const K: u32 = 8;
const EVEN: &[u8] = &[0b0101_0101];

/// A frame to the cluster's MAC, and what becomes of it.
struct Row {
    what: &'static str,
    protocol: u16,
    packet: Vec<u8>,
    master: bool,
    expected: Verdict,
}

fn row(what: &'static str, protocol: u16, packet: Vec<u8>, expected: Verdict) -> Row {
    Row {
        what,
        protocol,
        packet,
        master: true,
        expected,
    }
}

fn ip(what: &'static str, packet: Ip, expected: Verdict) -> Row {
    row(what, sample::IP, packet.bytes(), expected)
}

impl Row {
    fn on_a_node_that_is_no_master(self) -> Self {
        Self {
            master: false,
            ..self
        }
    }

    fn verdict(&self) -> Verdict {
        let rules = Rules {
            master: self.master,
            ..sample::rules(K)
        };
        to_cluster(&rules, EVEN, self.protocol, &self.packet)
    }
}

fn check(rows: &[Row]) {
    for row in rows {
        assert_eq!(row.verdict(), row.expected, "{}", row.what);
    }
}

fn syn(from: u8) -> Ip {
    Ip::request(client(from), sample::TCP, &sample::syn())
}

fn with_first_byte(byte: u8) -> Vec<u8> {
    let mut packet = syn(4).bytes();
    packet[0] = byte;
    packet
}

fn rows() -> Vec<Row> {
    let ping = |from| Ip::request(client(from), sample::ICMP, &sample::icmp(8, b"ping"));
    let malformed = Verdict::Drop(Counter::RxMalformed);
    let not_vip = Verdict::Leave(Counter::RxNotVip);
    vec![
        ip("SYN in an owned bucket", syn(4), Verdict::Serve(4)),
        ip("SYN in another's bucket", syn(5), Verdict::Other(5)),
        ip("bucket 0", syn(0), Verdict::Serve(0)),
        ip("last bucket", syn(7), Verdict::Other(7)),
        ip(
            "modulo, not a mask of the first bits",
            syn(8 + 4),
            Verdict::Serve(4),
        ),
        ip("highest source", syn(255), Verdict::Other(7)),
        ip(
            "second cluster address",
            Ip {
                destination: VIP2,
                ..syn(4)
            },
            Verdict::Serve(4),
        ),
        ip(
            "UDP",
            Ip::request(client(6), sample::UDP, &[0; 8]),
            Verdict::Serve(6),
        ),
        ip(
            "protocol without a name",
            Ip::request(client(1), 253, &[]),
            Verdict::Other(1),
        ),
        ip(
            "no payload at all",
            Ip::request(client(2), sample::TCP, &[]),
            Verdict::Serve(2),
        ),
        ip("ping in an owned bucket", ping(4), Verdict::Serve(4)),
        ip("ping in another's bucket", ping(3), Verdict::Other(3)),
        ip(
            "the node's own address",
            Ip {
                destination: sample::OWN,
                ..syn(4)
            },
            not_vip,
        ),
        ip(
            "the address after the last cluster address",
            Ip {
                destination: "192.0.2.12".parse().unwrap(),
                ..syn(4)
            },
            not_vip,
        ),
        ip(
            "zero, with which the list's free entries are filled",
            Ip {
                destination: "0.0.0.0".parse().unwrap(),
                ..syn(4)
            },
            not_vip,
        ),
        row("IPv6", sample::IPV6, vec![0x60; 40], not_vip),
        row(
            "under IPv6's EtherType",
            sample::IPV6,
            syn(4).bytes(),
            malformed,
        ),
        row("no EtherType but a length", 46, syn(4).bytes(), not_vip),
        row("VLAN tag", 0x8100, syn(4).bytes(), not_vip),
        row(
            "nothing but IPv4's EtherType",
            sample::IP,
            vec![],
            malformed,
        ),
        row(
            "version 6 under IPv4's EtherType",
            sample::IP,
            with_first_byte(0x65),
            malformed,
        ),
        row("version 0", sample::IP, with_first_byte(0x05), malformed),
        row(
            "header length 16",
            sample::IP,
            with_first_byte(0x44),
            malformed,
        ),
        row(
            "header length 0",
            sample::IP,
            with_first_byte(0x40),
            malformed,
        ),
        row(
            "header length 60, of which 20 are there: the stack's business",
            sample::IP,
            [&[0x4f], &syn(4).bytes()[1..20]].concat(),
            Verdict::Serve(4),
        ),
    ]
}

#[test]
fn claim_8_requests_by_workload_and_cluster_address() {
    check(&rows());
}

#[test]
fn claim_8_options_do_not_move_the_addresses() {
    // No operation, record route and router alert up to the longest header (RFC 791, RFC 2113).
    for units in 0..=10 {
        for kind in [0x01, 0x07, 0x94] {
            let packet = |from| Ip {
                options: vec![kind; units * 4],
                ..syn(from)
            };
            check(&[
                ip("options, owned", packet(4), Verdict::Serve(4)),
                ip("options, another's", packet(5), Verdict::Other(5)),
            ]);
        }
    }
}

#[test]
fn request_cut_at_every_length() {
    for packet in [syn(4).bytes(), [syn(4).bytes(), vec![0; 60]].concat()] {
        for length in 0..=packet.len() {
            let expected = match length {
                0..20 => Verdict::Drop(Counter::RxMalformed),
                20.. => Verdict::Serve(4),
            };
            check(&[row("cut", sample::IP, packet[..length].to_vec(), expected)]);
        }
    }
}

#[test]
fn every_counter_is_reached() {
    let mut reached = [false; Counter::COUNT];
    let all = [
        rows(),
        arp::rows(),
        icmp::rows(),
        icmp6::rows(),
        nd::rows(),
        receive6::rows(),
    ];
    for row in all.iter().flatten() {
        let counter = match row.verdict() {
            Verdict::NotOurs => continue,
            Verdict::Serve(_) | Verdict::Leased(_) => Counter::RxServed,
            Verdict::Other(_) => Counter::RxOther,
            // Whether a connection is known is found out elsewhere.
            Verdict::InTransition(_) => continue,
            Verdict::Leave(counter) | Verdict::Accept(counter) | Verdict::Drop(counter) => counter,
        };
        reached[counter.index()] = true;
    }
    // The others: to groups, in mode forward, in transition.
    let received = ..=Counter::RxNdConflict.index();
    assert!(reached[received].iter().all(|&yes| yes), "{reached:?}");
    assert!(
        !reached[Counter::TxReply.index()..].contains(&true),
        "{reached:?}"
    );
}
