// SPDX-License-Identifier: GPL-2.0-only

//! ARP that is received, to the cluster's MAC and to everybody.

use super::*;
use crate::sample::{
    arp,
    BASE,
    BROADCAST,
    GROUP,
    NOBODY,
    OWN,
    PEER,
    REPLY,
    REQUEST,
    VIP, //
};
use core::net::Ipv4Addr;

const ZERO: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// What `arp` decides on frames to anybody, and on which node.
fn to_anybody() -> Vec<Row> {
    let asks = |vip| arp(REQUEST, (PEER, client(4)), (NOBODY, vip));
    let answered = Verdict::Leave(Counter::RxArpAnswered);
    let ignored = Verdict::Drop(Counter::RxArpIgnored);
    let own = Verdict::Drop(Counter::RxArpOwn);
    let conflict = Verdict::Drop(Counter::RxArpConflict);
    let row = |what, packet, expected| row(what, sample::ARP, packet, expected);
    vec![
        row(
            "who has the cluster address, on the master",
            asks(VIP),
            answered,
        ),
        row("who has the cluster address", asks(VIP), ignored).on_a_node_that_is_no_master(),
        row(
            "who has the second address, on the master",
            asks(VIP2),
            answered,
        ),
        row("who has the second address", asks(VIP2), ignored).on_a_node_that_is_no_master(),
        row("who has the node's address", asks(OWN), Verdict::NotOurs),
        row("who has zero", asks(ZERO), Verdict::NotOurs),
        row(
            "probe before use of the cluster address (RFC 5227), on the master",
            arp(REQUEST, (PEER, ZERO), (NOBODY, VIP)),
            answered,
        ),
        row(
            "reply to a node that asked as the cluster",
            arp(REPLY, (PEER, client(5)), (GROUP, VIP)),
            Verdict::Leave(Counter::RxArpReply),
        )
        .on_a_node_that_is_no_master(),
        row(
            "reply to a node that asked as itself",
            arp(REPLY, (PEER, client(5)), (sample::NIC, OWN)),
            Verdict::NotOurs,
        ),
        row(
            "reverse ARP's request for the cluster address",
            arp(3, (PEER, client(4)), (NOBODY, VIP)),
            Verdict::NotOurs,
        ),
        row(
            "another node asks as the cluster",
            arp(REQUEST, (GROUP, VIP), (NOBODY, client(4))),
            own,
        ),
        row(
            "another node probes (RFC 5227), on the master",
            arp(REQUEST, (GROUP, ZERO), (NOBODY, VIP)),
            own,
        ),
        row(
            "the master answers",
            arp(REPLY, (GROUP, VIP), (PEER, client(4))),
            own,
        ),
        row(
            "base form as the sender",
            arp(REPLY, (BASE, VIP2), (PEER, client(4))),
            own,
        ),
        row(
            "the master announces the address (arping -A)",
            arp(REPLY, (GROUP, VIP), (GROUP, VIP)),
            own,
        ),
        row(
            "the master announces the address (arping -U)",
            arp(REQUEST, (GROUP, VIP), (BROADCAST, VIP)),
            own,
        ),
        row(
            "a foreign MAC announces the cluster address",
            arp(REQUEST, (PEER, VIP), (NOBODY, VIP)),
            conflict,
        ),
        row(
            "a foreign MAC answers as the cluster",
            arp(REPLY, (PEER, VIP2), (sample::NIC, OWN)),
            conflict,
        )
        .on_a_node_that_is_no_master(),
        row(
            "a foreign MAC with the cluster address in reverse ARP",
            arp(4, (PEER, VIP), (NOBODY, OWN)),
            conflict,
        ),
        row(
            "ARP for IEEE 802 networks, not Ethernet",
            [&[0, 6], &asks(VIP)[2..]].concat(),
            Verdict::NotOurs,
        ),
    ]
}

/// The same frames to the cluster's MAC: what was to be left is for this host, which the stack sees
/// by the packet type, and nothing goes uncounted.
pub(super) fn rows() -> Vec<Row> {
    to_anybody()
        .into_iter()
        .map(|row| Row {
            expected: match row.expected {
                Verdict::Leave(counter) => Verdict::Accept(counter),
                Verdict::NotOurs => Verdict::Leave(Counter::RxNotVip),
                verdict => verdict,
            },
            ..row
        })
        .collect()
}

fn verdict_to_anybody(row: &Row) -> Verdict {
    let rules = Rules {
        master: row.master,
        ..sample::rules(K)
    };
    super::super::arp(&rules, &row.packet)
}

#[test]
fn arp_to_anybody() {
    for row in to_anybody() {
        assert_eq!(verdict_to_anybody(&row), row.expected, "{}", row.what);
    }
}

#[test]
fn arp_to_the_cluster() {
    check(&rows());
}

#[test]
fn arp_cut_at_every_length() {
    for whole in to_anybody() {
        for length in 0..28 {
            let packet = whole.packet[..length].to_vec();
            let cut = row(
                "cut",
                sample::ARP,
                packet,
                Verdict::Drop(Counter::RxMalformed),
            );
            assert_eq!(verdict_to_anybody(&cut), Verdict::NotOurs, "{length}");
            check(&[cut]);
        }
        // Ethernet's shortest frame has 18 bytes after it.
        let padded = Row {
            packet: [whole.packet.as_slice(), &[0xff; 18]].concat(),
            ..whole
        };
        assert_eq!(
            verdict_to_anybody(&padded),
            padded.expected,
            "{}",
            padded.what
        );
    }
}
