// SPDX-License-Identifier: GPL-2.0-only

//! ICMPv6 errors belong to the client of the packet that they quote, also behind extension headers.

use super::{
    receive6::ip6,
    *, //
};
use crate::{
    frame::{
        needs_more,
        NEEDED,
        NEEDED_AT_MOST, //
    },
    sample::{
        authentication,
        client6,
        extension,
        fragment6,
        icmp,
        quoted6,
        Extension,
        Ip6,
        DESTINATION_OPTIONS,
        HOP_BY_HOP,
        ICMPV6,
        OWN6,
        ROUTING,
        VIP6_2, //
    }, //
};

/// From the router `client6(from)`, about a packet that went to `client6(about)`.
fn error(kind: u8, from: u8, about: u8) -> Ip6 {
    let quote = quoted6(client6(about)).bytes();
    Ip6::request(client6(from), ICMPV6, &icmp(kind, &quote))
}

fn behind(extensions: &[Extension]) -> Ip6 {
    Ip6 {
        extensions: extensions.to_vec(),
        ..error(1, 3, 4)
    }
}

/// By the quote in `behind`, and by the router that sent it.
const BY_QUOTE: Verdict = Verdict::Serve(4);
const BY_SOURCE: Verdict = Verdict::Other(3);

pub(super) fn rows() -> Vec<Row> {
    let malformed = Verdict::Drop(Counter::RxMalformed);
    let quoting = |quote: &[u8]| Ip6::request(client6(4), ICMPV6, &icmp(2, quote));
    let quote = quoted6(client6(5));
    let options = |more| extension(DESTINATION_OPTIONS, more);
    vec![
        ip6(
            "another's router, owned client",
            error(2, 3, 4),
            Verdict::Serve(4),
        ),
        ip6(
            "owned router, another's client",
            error(2, 4, 1),
            Verdict::Other(1),
        ),
        ip6(
            "to the second cluster address",
            Ip6 {
                destination: VIP6_2,
                ..error(2, 4, 1)
            },
            Verdict::Other(1),
        ),
        ip6(
            "extension headers in the quote",
            quoting(
                &Ip6 {
                    extensions: vec![options(0), fragment6(185, true)],
                    ..quote.clone()
                }
                .bytes(),
            ),
            Verdict::Other(5),
        ),
        ip6(
            "a quoted header and nothing after it",
            quoting(&quote.bytes()[..40]),
            Verdict::Other(5),
        ),
        ip6("no quote", quoting(&[]), malformed),
        ip6(
            "a quote of 39 bytes",
            quoting(&quote.bytes()[..39]),
            malformed,
        ),
        ip6(
            "a quote of IPv4",
            quoting(&sample::quoted(client(5)).bytes()),
            malformed,
        ),
        ip6(
            "seven bytes of an error",
            Ip6::request(client6(4), ICMPV6, &icmp(2, &[])[..7]),
            malformed,
        ),
        ip6(
            "no ICMPv6 in ICMPv6's packet: the stack's business",
            Ip6::request(client6(4), ICMPV6, &[]),
            Verdict::Serve(4),
        ),
        ip6(
            "an error to an address of the node",
            Ip6 {
                destination: OWN6,
                ..error(2, 3, 4)
            },
            Verdict::Leave(Counter::RxNotVip),
        ),
        ip6("hop-by-hop", behind(&[extension(HOP_BY_HOP, 0)]), BY_QUOTE),
        ip6("routing", behind(&[extension(ROUTING, 2)]), BY_QUOTE),
        ip6("destination options", behind(&[options(1)]), BY_QUOTE),
        ip6("authentication", behind(&[authentication(1)]), BY_QUOTE),
        ip6("first fragment", behind(&[fragment6(0, true)]), BY_QUOTE),
        ip6(
            "a fragment that is the whole (RFC 6946)",
            behind(&[fragment6(0, false)]),
            BY_QUOTE,
        ),
        // No host sends one: an error is at most 1,280 bytes long (RFC 4443, 2.4).
        ip6("second fragment", behind(&[fragment6(1, true)]), BY_SOURCE),
        ip6(
            "last fragment that there may be",
            behind(&[fragment6(8191, false)]),
            BY_SOURCE,
        ),
        ip6(
            "behind a later fragment's header",
            behind(&[fragment6(32, false), options(0)]),
            BY_SOURCE,
        ),
        ip6(
            "in the order of RFC 8200, 4.1",
            behind(&[
                extension(HOP_BY_HOP, 0),
                options(0),
                extension(ROUTING, 0),
                fragment6(0, true),
                authentication(4),
                options(0),
            ]),
            BY_QUOTE,
        ),
        ip6(
            "encrypted, as far as one can see (RFC 4303)",
            behind(&[(50, vec![0; 7])]),
            BY_SOURCE,
        ),
        ip6(
            "mobility is no way to ICMPv6 (RFC 6275)",
            behind(&[(135, vec![0; 7])]),
            BY_SOURCE,
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
        // RFC 4443, 2.1: errors have a zero in the first bit.
        let expected = match kind < 128 {
            true => [Verdict::Serve(4), Verdict::Other(3)],
            false => [Verdict::Other(3), Verdict::Serve(4)],
        };
        for extensions in [vec![], vec![extension(HOP_BY_HOP, 0)]] {
            let verdicts = [(3, 4), (4, 3)].map(|(from, about)| {
                let extensions = extensions.clone();
                let packet = Ip6 {
                    extensions,
                    ..error(kind, from, about)
                };
                ip6("", packet, Verdict::NotOurs).verdict()
            });
            assert_eq!(verdicts, expected, "type {kind}");
        }
    }
}

#[test]
fn no_other_protocol_is_taken_for_icmpv6() {
    for protocol in (0..=u8::MAX).filter(|&protocol| protocol != ICMPV6) {
        let packet = Ip6 {
            protocol,
            ..error(1, 3, 4)
        };
        check(&[ip6("looks like an error", packet, BY_SOURCE)]);
    }
}

#[test]
fn at_most_eight_extension_headers_are_walked() {
    let kinds = [
        extension(HOP_BY_HOP, 0),
        extension(ROUTING, 0),
        extension(DESTINATION_OPTIONS, 0),
        authentication(0),
        fragment6(0, false),
    ];
    for kind in kinds {
        for count in 0..=20 {
            let expected = match count {
                0..=8 => BY_QUOTE,
                _ => BY_SOURCE,
            };
            let packet = behind(&vec![kind.clone(); count]);
            check(&[ip6("many", packet, expected)]);
        }
    }
}

#[test]
fn every_length_of_an_extension_header() {
    // Within the first 192 bytes it is read, wherever more of them are.
    let expected = |ahead: usize| match 40 + ahead {
        ahead if ahead + 8 + 40 <= 192 => BY_QUOTE,
        ahead if ahead + 4 <= 192 => Verdict::Drop(Counter::RxMalformed),
        _ => BY_SOURCE,
    };
    for length in 0..=u8::MAX {
        let [eights, fours] = [8 * (usize::from(length) + 1), 4 * (usize::from(length) + 2)];
        for kind in [HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS] {
            let packet = behind(&[extension(kind, length)]);
            check(&[ip6("eights", packet, expected(eights))]);
        }
        let packet = behind(&[authentication(length)]);
        check(&[ip6("fours", packet, expected(fours))]);
        // The byte is reserved in a fragment header, which has no length.
        let mut fragment = fragment6(0, true);
        fragment.1[0] = length;
        check(&[ip6("fragment", behind(&[fragment]), BY_QUOTE)]);
    }
}

#[test]
fn offset_and_flags_of_a_fragment() {
    for field in 0..=u16::MAX {
        let [high, low] = field.to_be_bytes();
        let mut fragment = fragment6(0, false);
        fragment.1[1..3].copy_from_slice(&[high, low]);
        // Three bits are flags.
        let expected = match field {
            0..8 => BY_QUOTE,
            _ => BY_SOURCE,
        };
        check(&[ip6("fragment", behind(&[fragment]), expected)]);
    }
}

#[test]
fn error_cut_at_every_length() {
    let kinds = [
        vec![],
        vec![extension(HOP_BY_HOP, 1)],
        vec![fragment6(0, true), authentication(2)],
        vec![extension(ROUTING, 2), extension(DESTINATION_OPTIONS, 0)],
    ];
    for extensions in kinds {
        let ahead = 40 + extensions.iter().map(|e| 1 + e.1.len()).sum::<usize>();
        let packet = behind(&extensions).bytes();
        for length in 0..=packet.len() {
            let expected = match length {
                0..40 => Verdict::Drop(Counter::RxMalformed),
                // Nobody sees that it is an error: four bytes of ICMPv6 are not there.
                _ if length < ahead + 4 => BY_SOURCE,
                _ if length < ahead + 8 + 40 => Verdict::Drop(Counter::RxMalformed),
                _ => BY_QUOTE,
            };
            let cut = packet[..length].to_vec();
            check(&[row("cut", sample::IPV6, cut, expected)]);
        }
    }
}

#[test]
fn the_first_bytes_needed_are_enough() {
    // 104 bytes of extension headers, 8 of ICMPv6, 40 quoted.
    let packet = behind(&[extension(HOP_BY_HOP, 5), extension(ROUTING, 6)]);
    let packet = [packet.bytes(), vec![0xff; 1000]].concat();
    assert!(needs_more(sample::IPV6, &packet[..NEEDED]));
    let start = packet[..NEEDED_AT_MOST].to_vec();
    check(&[row("start only", sample::IPV6, start, BY_QUOTE)]);
}
