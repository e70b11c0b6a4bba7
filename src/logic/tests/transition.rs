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
    quoting(99)
}

fn quoting(sequence: u32) -> Packet {
    let flow = Flow {
        client: Ipv4Addr::new(192, 0, 2, 1).into(),
        client_port: 40000,
        vip: Ipv4Addr::new(10, 0, 0, 100).into(),
        vip_port: 80,
    };
    Packet::Quoted { flow, sequence }
}

/// A connection that expects 500, and has sent 99 without an acknowledgement.
const CONNECTION: SocketState = SocketState::Connection(Numbers {
    next: 500,
    window: 100_000,
    unacknowledged: 99,
    written: 100,
    offered: 200_000,
});

#[test]
fn disposition() {
    let data = segment(ACK, 500, 100);
    assert_eq!(draining(&data, CONNECTION, false), Disposition::Draining);
    assert_eq!(
        draining(&data, SocketState::Nothing, false),
        Disposition::Other
    );
    assert_eq!(adopting(&data, CONNECTION, false), Disposition::Owner);
    assert_eq!(
        adopting(&data, SocketState::Nothing, false),
        Disposition::Unknown
    );
}

/// UDP moved at once, whoever sticks.
#[test]
fn datagrams_do_not_stick() {
    let nothing = SocketState::Nothing;
    assert_eq!(
        draining(&Packet::Datagram, nothing, true),
        Disposition::Other
    );
    assert_eq!(
        adopting(&Packet::Datagram, nothing, true),
        Disposition::Owner
    );
}

const EACH: [SocketState; 5] = [
    SocketState::Nothing,
    SocketState::Cookie,
    SocketState::Request { isn: 99 },
    SocketState::TimeWait {
        next: 500,
        window: 1000,
    },
    CONNECTION,
];

/// Of a dead node's connections those are told that say something on one. The rest is the stack's.
#[test]
fn claim_14_a_dead_nodes_connection_is_reset() {
    for flags in 0..=0x3fu8 {
        for socket in EACH {
            let is_within = flags & (SYN | RST | ACK) == ACK;
            let expected = match is_within && socket == SocketState::Nothing {
                true => Disposition::Orphaned,
                false => Disposition::Owner,
            };
            // Whatever its numbers: of what there is the stack knows better.
            for (sequence, ack) in [(500, 100), (77_000_000, 99_000_000)] {
                let packet = segment(flags, sequence, ack);
                assert_eq!(cold(&packet, socket), expected, "{flags:#x} {socket:?}");
            }
        }
    }
    for socket in EACH {
        for packet in [quoted(), Packet::Datagram, Packet::Fragment] {
            assert_eq!(cold(&packet, socket), Disposition::Owner);
        }
    }
}

/// Rows: packet, known, whether the one that drains serves it, and the one that adopts.
#[test]
fn claim_14_a_connection_stays_where_it_is() {
    let data = segment(ACK, 500, 100);
    let rows: Vec<(&str, Packet, SocketState, bool, bool)> = vec![
        ("data of a connection", data, CONNECTION, true, true),
        ("data of nobody", data, SocketState::Nothing, false, false),
        (
            "reset of nobody",
            segment(RST, 500, 0),
            SocketState::Nothing,
            false,
            false,
        ),
        (
            "reset of a connection",
            segment(RST, 500, 0),
            CONNECTION,
            true,
            true,
        ),
        ("a cookie comes back", data, SocketState::Cookie, true, true),
        (
            "a handshake ends",
            data,
            SocketState::Request { isn: 99 },
            true,
            true,
        ),
        (
            "another's handshake ends",
            data,
            SocketState::Request { isn: 98 },
            false,
            false,
        ),
        (
            "a handshake is given up",
            segment(RST, 0, 0),
            SocketState::Request { isn: 0 },
            true,
            true,
        ),
        (
            "our own connection is answered",
            segment(SYN | ACK, 5, 6),
            SocketState::Connection(Numbers {
                next: 0,
                window: u32::MAX,
                unacknowledged: 5,
                written: 6,
                offered: 0,
            }),
            true,
            true,
        ),
        (
            "an error about a connection",
            quoted(),
            CONNECTION,
            true,
            true,
        ),
        (
            "an error about nobody's",
            quoted(),
            SocketState::Nothing,
            false,
            false,
        ),
        (
            "a datagram",
            Packet::Datagram,
            SocketState::Nothing,
            false,
            true,
        ),
        ("a fragment", Packet::Fragment, CONNECTION, false, false),
    ];
    for (name, packet, socket, draining, adopted) in rows {
        assert_eq!(is_draining(&packet, socket), draining, "{name}");
        assert_eq!(is_adopted(&packet, socket), adopted, "{name}");
    }
}

#[test]
fn claim_14_a_new_connection_goes_to_the_new_owner() {
    for socket in EACH {
        assert!(!is_draining(&segment(SYN, 7, 0), socket), "{socket:?}");
        assert!(is_adopted(&segment(SYN, 7, 0), socket), "{socket:?}");
    }
}

/// A client that crashed is back from the same port: what its new connection, which another node has, sends
/// is not of the old one. What the old one could still send is, however late and however often.
#[test]
fn the_same_port_again() {
    let (next, window, acked) = (500, 100_000, 99_u32);
    let rows = [
        ("what is expected", segment(ACK, next, 100), true),
        ("sent once more", segment(ACK, next - 400, 100), true),
        (
            "sent once more, a whole window",
            segment(ACK, next.wrapping_sub(LARGEST), 100),
            true,
        ),
        (
            "out of order, at the window's end",
            segment(ACK, next + window, 100),
            true,
        ),
        (
            "past the window",
            segment(ACK, next + window + 1, 100),
            false,
        ),
        (
            "some seconds later, by the same clock",
            segment(ACK, next + 78_000_000, 100),
            false,
        ),
        (
            "older than any window",
            segment(ACK, next.wrapping_sub(LARGEST + 1), 100),
            false,
        ),
        (
            "acknowledges what is not sent",
            segment(ACK, next, 101),
            false,
        ),
        (
            "acknowledges what is acknowledged",
            segment(ACK, next, acked),
            true,
        ),
        (
            "… long ago",
            segment(ACK, next, acked.wrapping_sub(200_000)),
            true,
        ),
        (
            "… before any window",
            segment(ACK, next, acked.wrapping_sub(200_001)),
            false,
        ),
        ("another's number", segment(ACK, next, 2_000_000_000), false),
        ("reset", segment(RST, next, 0), true),
        ("reset of a keepalive", segment(RST, next - 1, 0), true),
        (
            "reset from the window",
            segment(RST, next + window, 0),
            true,
        ),
        ("reset from behind", segment(RST, next - 2, 0), false),
        (
            "reset of another",
            segment(RST, next + 78_000_000, 0),
            false,
        ),
        (
            "reset with another's number",
            segment(RST | ACK, next, 2_000_000_000),
            false,
        ),
        ("an error about what was sent", quoting(99), true),
        ("an error about what was not", quoting(2_000_000_000), false),
    ];
    for (name, packet, serves) in rows {
        assert_eq!(is_draining(&packet, CONNECTION), serves, "{name}");
        let adopted = is_adopted(&packet, CONNECTION);
        assert_eq!(
            adopted, serves,
            "{name}, where the old socket is the new owner's"
        );
    }
}

/// The client's last FIN again, or what it sends still while it has not sent one; not a new
/// connection from the same port.
#[test]
fn time_wait_ends_where_it_was() {
    let socket = SocketState::TimeWait {
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
        assert_eq!(is_draining(&packet, socket), serves, "{packet:?}");
    }
}

impl Numbers {
    fn sent(&self) -> u32 {
        self.written.wrapping_sub(self.unacknowledged)
    }
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let window = 0u32..1 << 30;
    (
        any::<u32>(),
        window.clone(),
        any::<u32>(),
        0u32..1 << 24,
        window,
    )
        .prop_map(|(next, window, unacknowledged, sent, offered)| Numbers {
            next,
            window,
            unacknowledged,
            written: unacknowledged.wrapping_add(sent),
            offered,
        })
}

proptest! {
    /// Two nodes that both answered a SYN began with different numbers: an acknowledgement is of one
    /// of them at most.
    #[test]
    fn one_answer_is_taken(flags: u8, ack: u32, a: u32, b: u32) {
        prop_assume!(a != b && flags & RST == 0);
        let packet = segment(flags, 1, ack);
        let drains = is_draining(&packet, SocketState::Request { isn: a });
        let adopts = is_adopted(&packet, SocketState::Request { isn: b });
        prop_assert!(!(drains && adopts));
    }

    /// A client that is back from the same port: the other node has its new connection. Both serve a
    /// segment only if both ends began, by chance, near where the old connection is.
    #[test]
    fn of_two_connections_one_is_served(
        old in numbers(), new in numbers(), ack in 0u32..100_000, flags: u8, ahead in 0u32..100_000,
    ) {
        let flags = flags & !(RST | SYN) | ACK;
        let ahead = ahead.min(new.window);
        let sequence = new.next.wrapping_add(ahead);
        let acked = new.unacknowledged.wrapping_add(ack % (new.sent() + 1));
        let packet = segment(flags, sequence, acked);
        prop_assert!(is_adopted(&packet, SocketState::Connection(new)));
        let near = |a: u32, b: u32, by: u32| a.wrapping_sub(b.wrapping_sub(by)) <= 2 * by;
        let is_near = near(sequence, old.next, LARGEST)
            && near(acked, old.unacknowledged, old.offered.max(UNSCALED) + old.sent());
        prop_assert!(is_near || !is_draining(&packet, SocketState::Connection(old)));
    }

    /// Whatever a client may send on a connection the node that has it takes: once more, out of order, late.
    #[test]
    fn what_is_of_a_connection_stays(
        numbers in numbers(), back in 0u32..1 << 30, ahead: u32, acked: u32, flags: u8, late: bool,
    ) {
        let flags = flags & !(RST | SYN);
        let sequence = match late {
            true => numbers.next.wrapping_sub(back),
            false => numbers.next.wrapping_add(ahead % (numbers.window + 1)),
        };
        let lag = numbers.offered + numbers.sent() + 1;
        let ack = numbers.written.wrapping_sub(acked % lag);
        let packet = segment(flags, sequence, ack);
        prop_assert!(is_draining(&packet, SocketState::Connection(numbers)));
    }

    /// What opens a connection one node serves, whatever both know: the former one if the client sticks to it. Of all else
    /// sticking changes nothing.
    #[test]
    fn one_serves_what_opens(flags: u8, sequence: u32, at in 0..EACH.len(), other in 0..EACH.len(), sticks: bool) {
        let packet = segment(flags, sequence, 0);
        let [former, owner] = [
            draining(&packet, EACH[at], sticks) == Disposition::Draining,
            adopting(&packet, EACH[other], sticks) == Disposition::Owner,
        ];
        match opens(&packet) {
            true => prop_assert_eq!((former, owner), (sticks, !sticks)),
            false => prop_assert_eq!((former, owner), (is_draining(&packet, EACH[at]), is_adopted(&packet, EACH[other]))),
        }
    }

    /// Of a connection that one node has, the other serves nothing.
    #[test]
    fn one_serves_at_most(flags: u8, sequence: u32, ack: u32, at in 0..EACH.len(), drains: bool) {
        let packet = segment(flags, sequence, ack);
        let [first, second] = match drains {
            true => [EACH[at], SocketState::Nothing],
            false => [SocketState::Nothing, EACH[at]],
        };
        prop_assert!(!(is_draining(&packet, first) && is_adopted(&packet, second)));
    }
}
