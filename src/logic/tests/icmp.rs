// SPDX-License-Identifier: GPL-2.0-only

//! ICMP errors belong to the client of the packet that they quote, not to the router that sent them.

use super::*;
use crate::frame::{
    needs_more,
    NEEDED,
    NEEDED_AT_MOST, //
};
use crate::sample::{
    icmp,
    quoted,
    ICMP, //
};

/// Destination unreachable, source quench, redirect, time exceeded, parameter problem.
const ERRORS: [u8; 5] = [3, 4, 5, 11, 12];

/// From the router `client(from)`, about a packet that went to `client(about)`.
fn error(kind: u8, from: u8, about: u8) -> Ip {
    Ip::request(
        client(from),
        ICMP,
        &icmp(kind, &quoted(client(about)).bytes()),
    )
}

pub(super) fn rows() -> Vec<Row> {
    let malformed = Verdict::Drop(Counter::RxMalformed);
    let quoting = |quote: &[u8]| Ip::request(client(4), ICMP, &icmp(3, quote));
    vec![
        ip(
            "another's router, owned client",
            error(3, 1, 4),
            Verdict::Serve(4),
        ),
        ip(
            "owned router, another's client",
            error(3, 4, 1),
            Verdict::Other(1),
        ),
        ip(
            "options before the error",
            Ip {
                options: vec![1; 40],
                ..error(11, 1, 4)
            },
            Verdict::Serve(4),
        ),
        ip(
            "options in the quoted header",
            quoting(
                &Ip {
                    options: vec![1; 40],
                    ..quoted(client(5))
                }
                .bytes(),
            ),
            Verdict::Other(5),
        ),
        ip(
            "a quoted header and nothing after it",
            quoting(&quoted(client(5)).bytes()[..20]),
            Verdict::Other(5),
        ),
        ip(
            "the quoted packet was a later fragment",
            quoting(
                &Ip {
                    fragment: 185,
                    ..quoted(client(5))
                }
                .bytes(),
            ),
            Verdict::Other(5),
        ),
        ip("no quote", quoting(&[]), malformed),
        ip(
            "a quote of 19 bytes",
            quoting(&quoted(client(5)).bytes()[..19]),
            malformed,
        ),
        ip("a quote of IPv6", quoting(&[0x60; 40]), malformed),
        ip(
            "a quoted header of 16 bytes",
            quoting(&[0x44; 40]),
            malformed,
        ),
        ip(
            "no ICMP in ICMP's packet",
            Ip::request(client(4), ICMP, &[]),
            malformed,
        ),
        row(
            "options that the header claims cover the type",
            sample::IP,
            [&[0x4f], &error(3, 1, 4).bytes()[1..]].concat(),
            malformed,
        ),
        ip(
            "an error to an address of the node",
            Ip {
                destination: sample::OWN,
                ..error(3, 1, 4)
            },
            Verdict::Leave(Counter::RxNotVip),
        ),
    ]
}

#[test]
fn quotes() {
    check(&rows());
}

#[test]
fn every_type() {
    for kind in 0..=u8::MAX {
        let expected = match ERRORS.contains(&kind) {
            true => [Verdict::Serve(4), Verdict::Other(3)],
            false => [Verdict::Other(3), Verdict::Serve(4)],
        };
        let verdicts = [
            ip("", error(kind, 3, 4), expected[0]),
            ip("", error(kind, 4, 3), expected[1]),
        ];
        assert_eq!(verdicts.map(|row| row.verdict()), expected, "type {kind}");
    }
}

#[test]
fn no_other_protocol_is_taken_for_icmp() {
    for protocol in (0..=u8::MAX).filter(|&protocol| protocol != ICMP) {
        let packet = Ip {
            protocol,
            ..error(3, 3, 4)
        };
        check(&[ip("looks like an error", packet, Verdict::Other(3))]);
    }
}

#[test]
fn error_cut_at_every_length() {
    for options in (0..=40).step_by(4) {
        let packet = Ip {
            options: vec![1; options],
            ..error(3, 3, 4)
        }
        .bytes();
        // Outer header, options, 8 bytes of ICMP, quoted header.
        let needed = 20 + options + 8 + 20;
        for length in 0..=packet.len() {
            let expected = match length {
                _ if length < needed => Verdict::Drop(Counter::RxMalformed),
                _ => Verdict::Serve(4),
            };
            check(&[row("cut", sample::IP, packet[..length].to_vec(), expected)]);
        }
    }
}

#[test]
fn the_first_bytes_needed_are_enough() {
    let longest = Ip {
        options: vec![1; 40],
        ..error(3, 3, 4)
    };
    let packet = [longest.bytes(), vec![0xff; 1000]].concat();
    let (short, start) = (&packet[..NEEDED], packet[..NEEDED_AT_MOST].to_vec());
    assert!(needs_more(sample::IP, short));
    let request = Ip::request(sample::client(4), sample::TCP, &sample::syn()).bytes();
    assert!(!needs_more(sample::IP, &request[..NEEDED]));
    assert!(!needs_more(sample::ARP, short));
    check(&[row("start only", sample::IP, start, Verdict::Serve(4))]);
}
