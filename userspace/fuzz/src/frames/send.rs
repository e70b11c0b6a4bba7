// SPDX-License-Identifier: GPL-2.0-only

//! Frames that leave: what is written into one is what its addresses ask for, keeps all sums as right or wrong as they were, and can
//! be undone.
//!
//! An input: a cluster, and the frame.

use logic::frame::{ETH_HLEN, NEEDED};
use logic::frame6::ND_NEEDED;
use logic::mac::Mac;
use logic::rules::{Mode, ReplyMac, Rules};
use logic::send::{Rewrite, decide, is_ours_behind_a_tag, needs_more};

use super::book::{self, start};
use super::cluster::rules;
use super::verdict::Nd;
use crate::input::Input;

const SOURCE: usize = 6;
const SENDER: usize = ETH_HLEN + 8;
const TARGET: usize = ETH_HLEN + 18;
const SUM: usize = ETH_HLEN + 40 + 2;

/// As `src/datapath/tx.rs` writes it.
fn written(frame: &[u8], rewrite: Rewrite) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let mut put = |at: usize, bytes: &[u8]| frame[at..at + bytes.len()].copy_from_slice(bytes);
    match rewrite {
        Rewrite::NotOurs | Rewrite::Untouched | Rewrite::Withhold => {}
        Rewrite::Source(mac) => put(SOURCE, &mac.0),
        Rewrite::Arp {
            source,
            sender,
            target_too,
        } => {
            source.iter().for_each(|mac| put(SOURCE, &mac.0));
            put(SENDER, &sender.0);
            if target_too {
                put(TARGET, &sender.0);
            }
        }
        Rewrite::Nd {
            source,
            at,
            link_layer,
            checksum,
        } => {
            source.iter().for_each(|mac| put(SOURCE, &mac.0));
            put(ETH_HLEN + at, &link_layer.0);
            put(SUM, &checksum);
        }
    }
    frame
}

/// The source MAC that is wanted.
fn wanted(rules: &Rules) -> Option<Mac> {
    match rules.reply_mac {
        ReplyMac::Cluster => Some(rules.base),
        ReplyMac::Group => Some(rules.group),
        ReplyMac::Node => None,
    }
}

/// The MAC that clients are to know.
fn advertised(rules: &Rules) -> Mac {
    match rules.mode {
        Mode::Multicast => rules.group,
        Mode::Forward(_) => rules.base,
    }
}

fn reply(rules: &Rules) -> Rewrite {
    wanted(rules).map_or(Rewrite::Untouched, Rewrite::Source)
}

/// What is to be written, by the book; of neighbour discovery without its checksum, which is looked at by itself.
fn expected(rules: &Rules, frame: &[u8]) -> Rewrite {
    let frame = start(frame, ETH_HLEN + ND_NEEDED);
    if frame.len() < ETH_HLEN {
        return Rewrite::NotOurs;
    }
    let (ethertype, packet) = (&frame[12..14], &frame[14..]);
    let v4 = |at: usize| {
        let octets: [u8; 4] = packet[at..at + 4].try_into().unwrap();
        rules.vips.contains_v4(octets.into())
    };
    match ethertype {
        [8, 0] if book::ip4(packet).is_some() && v4(12) => reply(rules),
        [8, 6] if packet.len() >= 28 && packet.starts_with(&[0, 1, 8, 0, 6, 4]) => {
            let is_probe = packet[14..18] == [0; 4] && v4(24);
            match is_probe || v4(14) {
                false => Rewrite::NotOurs,
                true => Rewrite::Arp {
                    source: wanted(rules),
                    sender: advertised(rules),
                    target_too: v4(24) && packet[8..14] == packet[18..24],
                },
            }
        }
        [0x86, 0xdd] => expected6(rules, packet),
        _ => Rewrite::NotOurs,
    }
}

fn expected6(rules: &Rules, packet: &[u8]) -> Rewrite {
    let Some((header, _)) = book::ip6(packet) else {
        return Rewrite::NotOurs;
    };
    let source = header.source_addr();
    let is_from = rules.vips.contains_v6(source);
    let plain = match is_from {
        true => reply(rules),
        false => Rewrite::NotOurs,
    };
    let Some(nd) = Nd::read(packet) else {
        return plain;
    };
    let about = nd.target.is_some_and(|to| rules.vips.contains_v6(to));
    let names = match (nd.kind, source.is_unspecified()) {
        (135, true) | (136, _) => about,
        _ => is_from,
    };
    match (names, nd.link) {
        (false, _) => plain,
        (true, Some(at)) => Rewrite::Nd {
            source: wanted(rules),
            at,
            link_layer: advertised(rules),
            checksum: [0; 2],
        },
        (true, None) if source.is_unspecified() && wanted(rules).is_none() => Rewrite::Withhold,
        (true, None) => reply(rules),
    }
}

/// The ones' complement sum of an ICMPv6 message with its own checksum, as a remainder: right is 0.
fn sum(frame: &[u8]) -> u64 {
    let packet = &frame[ETH_HLEN..];
    let length = usize::from(u16::from_be_bytes([packet[4], packet[5]]));
    let end = packet.len().min(40 + length);
    let halves = packet[8..end].chunks(2);
    let halves =
        halves.map(|half| u64::from(half[0]) * 256 + half.get(1).map_or(0, |b| u64::from(*b)));
    (halves.sum::<u64>() + u64::try_from(length).unwrap() + 58) % 0xffff
}

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let rules = rules(&mut input);
    let frame = input.rest();
    let rewrite = decide(&rules, frame);

    // Whatever part of it is at hand.
    let needed = match needs_more(start(frame, ETH_HLEN + NEEDED)) {
        true => ETH_HLEN + ND_NEEDED,
        false => ETH_HLEN + NEEDED,
    };
    for most in [
        needed,
        needed + 1,
        needed + frame.len().saturating_sub(needed) / 2,
    ] {
        assert_eq!(decide(&rules, start(frame, most)), rewrite, "{most} bytes");
    }

    // As the book has it.
    let by_the_book = match (expected(&rules, frame), rewrite) {
        (
            Rewrite::Nd {
                source,
                at,
                link_layer,
                ..
            },
            Rewrite::Nd { checksum, .. },
        ) => Rewrite::Nd {
            source,
            at,
            link_layer,
            checksum,
        },
        (other, _) => other,
    };
    assert_eq!(rewrite, by_the_book);

    // Behind a tag it is known all the same.
    if frame.len() >= ETH_HLEN {
        let tagged = [&frame[..12], &[0x81, 0, 0, 5], &frame[12..]].concat();
        let is_ours = rewrite != Rewrite::NotOurs;
        assert_eq!(is_ours_behind_a_tag(&rules, &tagged), is_ours);
    }

    // What was written is decided on as before, and changes nothing more; sums are as they were; and it can be undone.
    let after = written(frame, rewrite);
    let again = decide(&rules, &after);
    assert_eq!(written(&after, again), after, "again");
    if let Rewrite::Nd { at, .. } = rewrite {
        assert_eq!(sum(&after), sum(frame), "the checksum");
        let old = Mac(frame[ETH_HLEN + at..ETH_HLEN + at + 6].try_into().unwrap());
        let undone = undo(&after, at, old);
        let mut before = frame.to_vec();
        before[6..12].copy_from_slice(&undone[6..12]);
        if undone[SUM..SUM + 2] != before[SUM..SUM + 2] {
            // Both zeros of ones' complement.
            let zeros = [[0, 0], [0xff, 0xff]];
            let both = [&undone, &before].map(|frame| [frame[SUM], frame[SUM + 1]]);
            assert!(both.iter().all(|sum| zeros.contains(sum)), "{both:?}");
            before[SUM..SUM + 2].copy_from_slice(&undone[SUM..SUM + 2]);
        }
        assert_eq!(undone, before, "undone");
    }
}

/// The message with the link-layer address that it had before.
fn undo(frame: &[u8], at: usize, old: Mac) -> Vec<u8> {
    let packet = &frame[ETH_HLEN..];
    let nd = logic::frame6::Nd::new(packet).unwrap();
    let link = nd.link_layer().unwrap();
    assert_eq!(link.at, at);
    let checksum = nd.checksum_with(link, old);
    let rewrite = Rewrite::Nd {
        source: None,
        at,
        link_layer: old,
        checksum,
    };
    written(frame, rewrite)
}
