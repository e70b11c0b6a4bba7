// SPDX-License-Identifier: GPL-2.0-only

//! Rules 1 and 2: whatever the two nodes know, one at most serves a packet, and one does that has
//! its connection.

use super::*;
use crate::{
    frame::ETH_P_IP,
    segment::Flow, //
};
use proptest::prelude::*;
use std::{
    net::Ipv4Addr,
    vec,
    vec::Vec, //
};

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

fn segment(flags: u8, sequence: u32, ack: u32) -> Packet {
    let mut bytes = vec![0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0];
    bytes.extend([192, 0, 2, 1, 10, 0, 0, 100, 0x9c, 0x40, 0, 80]);
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(ack.to_be_bytes());
    bytes.extend([0x50, flags, 0, 0, 0, 0, 0, 0]);
    Packet::new(ETH_P_IP, &bytes)
}

fn quoted() -> Packet {
    Packet::Quoted(Flow {
        client: Ipv4Addr::new(192, 0, 2, 1).into(),
        client_port: 40000,
        vip: Ipv4Addr::new(10, 0, 0, 100).into(),
        vip_port: 80,
    })
}

#[test]
fn whose() {
    let data = segment(ACK, 500, 100);
    assert_eq!(draining(&data, Known::Connection), Whose::Kept);
    assert_eq!(draining(&data, Known::Nothing), Whose::Theirs);
    assert_eq!(adopting(&data, Known::Connection), Whose::Ours);
    assert_eq!(adopting(&data, Known::Nothing), Whose::Left);
}

const EACH: [Known; 5] = [
    Known::Nothing,
    Known::Cookie,
    Known::Request { isn: 99 },
    Known::TimeWait {
        next: 500,
        window: 1000,
    },
    Known::Connection,
];

/// Rows: packet, known, whether the one that drains serves it, and the one that adopts.
#[test]
fn claim_14_a_connection_stays_where_it_is() {
    let data = segment(ACK, 500, 100);
    let rows: Vec<(&str, Packet, Known, bool, bool)> = vec![
        ("data of a connection", data, Known::Connection, true, true),
        ("data of nobody", data, Known::Nothing, false, false),
        (
            "reset of nobody",
            segment(RST, 500, 0),
            Known::Nothing,
            false,
            false,
        ),
        (
            "reset of a connection",
            segment(RST, 500, 0),
            Known::Connection,
            true,
            true,
        ),
        ("a cookie comes back", data, Known::Cookie, true, true),
        (
            "a handshake ends",
            data,
            Known::Request { isn: 99 },
            true,
            true,
        ),
        (
            "another's handshake ends",
            data,
            Known::Request { isn: 98 },
            false,
            false,
        ),
        (
            "a handshake is given up",
            segment(RST, 0, 0),
            Known::Request { isn: 0 },
            true,
            true,
        ),
        (
            "our own connection is answered",
            segment(SYN | ACK, 5, 6),
            Known::Connection,
            true,
            true,
        ),
        (
            "an error about a connection",
            quoted(),
            Known::Connection,
            true,
            true,
        ),
        (
            "an error about nobody's",
            quoted(),
            Known::Nothing,
            false,
            false,
        ),
        ("a datagram", Packet::Datagram, Known::Nothing, false, true),
        (
            "a fragment",
            Packet::Fragment,
            Known::Connection,
            false,
            false,
        ),
    ];
    for (name, packet, known, draining, adopted) in rows {
        assert_eq!(is_draining(&packet, known), draining, "{name}");
        assert_eq!(is_adopted(&packet, known), adopted, "{name}");
    }
}

#[test]
fn claim_14_a_new_connection_goes_to_the_new_owner() {
    for known in EACH {
        assert!(!is_draining(&segment(SYN, 7, 0), known), "{known:?}");
        assert!(is_adopted(&segment(SYN, 7, 0), known), "{known:?}");
    }
}

/// The client's last FIN again, or what it sends still while it has not sent one; not a new
/// connection from the same port.
#[test]
fn time_wait_ends_where_it_was() {
    let known = Known::TimeWait {
        next: 500,
        window: 1000,
    };
    let rows = [
        (segment(FIN | ACK, 499, 1), true),
        (segment(ACK, 500, 1), true),
        (segment(ACK, 499, 1), true),
        (segment(ACK, 1500, 1), true),
        (segment(ACK, 1501, 1), false),
        (segment(ACK, 498, 1), false),
        (segment(ACK, 5_000_000, 1), false),
        (segment(FIN | ACK, 5_000_000, 1), false),
    ];
    for (packet, serves) in rows {
        assert_eq!(is_draining(&packet, known), serves, "{packet:?}");
    }
}

proptest! {
    /// Two nodes that both answered a SYN began with different numbers: an acknowledgement is of one
    /// of them at most.
    #[test]
    fn one_answer_is_taken(flags: u8, ack: u32, a: u32, b: u32) {
        prop_assume!(a != b && flags & RST == 0);
        let packet = segment(flags, 1, ack);
        let drains = is_draining(&packet, Known::Request { isn: a });
        let adopts = is_adopted(&packet, Known::Request { isn: b });
        prop_assert!(!(drains && adopts));
    }

    /// Of a connection that one node has, the other serves nothing.
    #[test]
    fn one_serves_at_most(flags: u8, sequence: u32, ack: u32, at in 0..EACH.len(), drains: bool) {
        let packet = segment(flags, sequence, ack);
        let [first, second] = match drains {
            true => [EACH[at], Known::Nothing],
            false => [Known::Nothing, EACH[at]],
        };
        prop_assert!(!(is_draining(&packet, first) && is_adopted(&packet, second)));
    }
}
