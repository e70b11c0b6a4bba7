// SPDX-License-Identifier: GPL-2.0-only

//! Every fragment of a request is in its client's bucket, with no reassembly.

use super::*;
use crate::sample::{
    icmp,
    quoted,
    ICMP,
    MORE,
    TCP,
    UDP, //
};

/// The first of three, one from the middle, the last, and the last that there may be.
const FRAGMENTS: [u16; 4] = [MORE, MORE | 185, 370, 0x1fff];

#[test]
fn fragments_of_a_request_stay_together() {
    // What a later fragment begins with may look like anything, even an ICMP error.
    let looks = [
        sample::syn(),
        icmp(3, &quoted(client(5)).bytes()),
        vec![0xff; 40],
    ];
    for protocol in [TCP, UDP, 253] {
        for fragment in FRAGMENTS {
            for payload in &looks {
                let packet = |from| Ip {
                    fragment,
                    ..Ip::request(client(from), protocol, payload)
                };
                check(&[
                    ip("owned", packet(4), Verdict::Serve(4)),
                    ip("another's", packet(5), Verdict::Other(5)),
                ]);
            }
        }
    }
}

#[test]
fn fragments_of_a_long_ping_stay_together() {
    let later = icmp(3, &quoted(client(5)).bytes());
    for fragment in FRAGMENTS {
        let first = fragment & !MORE == 0;
        let payload = if first {
            icmp(8, &[0; 32])
        } else {
            later.clone()
        };
        let packet = Ip {
            fragment,
            ..Ip::request(client(4), ICMP, &payload)
        };
        check(&[ip("ping", packet, Verdict::Serve(4))]);
    }
}

#[test]
fn flags_do_not_matter() {
    for flags in [0, 0x4000, 0x8000, 0xc000] {
        let about = |fragment, expected| {
            let error = Ip::request(client(3), ICMP, &icmp(3, &quoted(client(4)).bytes()));
            check(&[ip("error", Ip { fragment, ..error }, expected)]);
        };
        about(flags, Verdict::Serve(4));
        about(flags | MORE, Verdict::Serve(4));
        // A later fragment of an error has no quote; it goes by its source, as everything else. No
        // host sends one: an error is at most 576 bytes long (RFC 1812, 4.3.2.3).
        about(flags | 1, Verdict::Other(3));
        about(flags | 0x1000, Verdict::Other(3));
    }
}
