// SPDX-License-Identifier: GPL-2.0-only

//! Messages of nodes: what is read is what was written, a tag covers all of it, and who has no key, or repeats what was sent, is
//! believed nothing.
//!
//! An input: the messages that come one after the other, each with a byte of bits, one for its tag, and its bytes as a piece.

use logic::agreement::{Differences, differences, is_of_cluster};
use logic::announcement::fields::OwnFields;
use logic::announcement::{
    ANSWERS, Body, CHALLENGED, LONGEST, Message, PART, Tag, parts, read, write,
};
use logic::client::ClientKey;
use logic::config::{Config, Function};
use logic::distribution::Hash;
use logic::mac::Mac;
use logic::rules::{Mode, ReplyMac};
use logic::session::{Belief, Sessions, Slot};
use logic::vips::Vips;
use logic::wire::LeaseExpiry;

use super::cluster::{BASE, GROUP, VIPS4, VIPS6};
use crate::input::{Bits, Input};

/// Ranks that there are.
const RANKS: usize = 4;
const FROM: Mac = Mac([0x52, 0x54, 0, 0, 0, 2]);

/// What makes a tag of what is sent.
pub type Tagging = fn(&[&[u8]; 6]) -> Tag;

/// What stands for a key: a sum of all bytes and their places.
fn tag<const N: usize>(covered: &[&[u8]; N]) -> Tag {
    let all = covered.iter().flat_map(|piece| piece.iter());
    let mut sums = [0x9e37_79b9_7f4a_7c15_u64, 0xc2b2_ae3d_27d4_eb4f];
    for byte in all {
        sums[0] = (sums[0] ^ u64::from(*byte))
            .wrapping_mul(0x0100_0000_01b3)
            .rotate_left(9);
        sums[1] = sums[1].wrapping_mul(31).wrapping_add(u64::from(*byte) + 1);
    }
    let mut tag = Tag::default();
    tag[..8].copy_from_slice(&sums[0].to_be_bytes());
    tag[8..].copy_from_slice(&sums[1].to_be_bytes());
    tag
}

fn config() -> Config {
    let mut vips = Vips::EMPTY;
    vips.push(VIPS4[0].into()).unwrap();
    vips.push(VIPS6[0].into()).unwrap();
    Config {
        mac: BASE,
        group_mac: GROUP,
        mode: Mode::Multicast,
        reply_mac: ReplyMac::Cluster,
        function: Function::Modulo,
        buckets: 64,
        node: 0,
        nodes: 4,
        hash: Hash::SipHash([7; 16]),
        client_key: ClientKey::Prefix { v4: 24, v6: 64 },
        master: true,
        vips,
        drain_time: 600,
        lease_expiry: LeaseExpiry::Drop,
        announce_every: 0,
        key: None,
    }
}

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut slots = [Slot::default(); RANKS];
    let mut sessions = Sessions::new(0, 0x1234_5678_9abc_def0, 11, &mut slots[..]);
    let (mut nonces, mut taken) = (vec![11, 0], Vec::new());
    // So many: a second has some hundred messages at most.
    for _ in 0..16 {
        if input.is_empty() {
            break;
        }
        let (mut bits, piece) = (Bits(input.u8()), input.piece());
        if bits.one() {
            let nonce = 11 + u64::try_from(nonces.len()).unwrap();
            sessions.tick(nonce);
            nonces.insert(0, nonce);
        }
        let Some(message) = read(piece) else {
            continue;
        };
        let sealed = whole(piece, &message);
        let message = read(&sealed).unwrap();
        let belief = sessions.receive(message.header.node, message.header.stamp, &message.body);
        believed(&message, belief, &nonces[..2], &taken);
        if belief == Belief::Taken {
            taken.push((message.header.node, message.header.stamp, sealed.clone()));
        }
        let (mut ranks, mut answers) = ([[0; 4]; CHALLENGED], [[0; 12]; ANSWERS]);
        let (nonce, count) = sessions.challenge(&mut ranks);
        assert!(count <= RANKS && nonce == nonces[0]);
        assert!(sessions.answers(&mut answers) <= RANKS);
    }
}

/// What is read comes back as it was, by bytes of the same length, and shows nothing that is not in it. The message, with its tag.
fn whole(piece: &[u8], message: &Message<'_>) -> Vec<u8> {
    let sent = |tag: Option<Tagging>| {
        let to = (BASE, FROM);
        write(&message.header, &message.body, to, tag, |pieces| {
            pieces.concat()
        })
    };
    let plain = sent(None);
    assert!(plain.len() <= piece.len());
    assert!(plain.len() <= LONGEST || !matches!(message.body, Body::Hello(_)) || is_newer(message));
    let again = read(&plain).unwrap();
    assert_eq!((again.header, again.body), (message.header, message.body));
    assert_eq!(again.tag, None);
    let sealed = sent(Some(tag));
    let again = read(&sealed).unwrap();
    assert_eq!((again.header, again.body), (message.header, message.body));
    assert!(again.is_tagged(BASE, FROM, |covered, found| tag(covered) == *found));
    assert!(!again.is_tagged(FROM, BASE, |covered, found| tag(covered) == *found));
    changed(&sealed);
    look(&again.body, message.header.base);
    sealed
}

/// A hello of a release that has more fields is longer.
fn is_newer(message: &Message<'_>) -> bool {
    let Body::Hello(hello) = message.body else {
        return false;
    };
    hello.addresses.iter().count() <= 32
}

/// No byte can be another one, but for the tag itself and the two that are 0.
fn changed(sealed: &[u8]) {
    let step = (sealed.len() / 16).max(1);
    for at in (0..sealed.len()).step_by(step) {
        let mut other = sealed.to_vec();
        other[at] ^= 0x40;
        let is_believed = read(&other).is_some_and(|message| {
            message.is_tagged(BASE, FROM, |covered, found| tag(covered) == *found)
        });
        assert!(!is_believed, "byte {at} of {}", sealed.len());
    }
}

fn look(body: &Body<'_>, base: Mac) {
    let config = config();
    match body {
        Body::Hello(hello) => {
            let found = differences(base, hello, &config);
            assert!(found.iter().count() <= 32);
            assert_eq!(
                found.agrees() && found == Differences::NONE,
                found == Differences::NONE
            );
            let _ = is_of_cluster(hello, &config.vips);
            let own = OwnFields::new(&config);
            if hello.fields == own.get() {
                assert_eq!(hello.fields.client_key(), Some(config.client_key));
                assert_eq!(hello.fields.group_mac(), Some(GROUP));
            }
        }
        Body::Owned(part) => {
            assert!(part.bits.len() <= PART && part.first % 8 == 0);
            let end = u64::from(part.first) + u64::try_from(part.bits.len()).unwrap() * 8;
            assert!(end <= u64::from(part.buckets.div_ceil(8)) * 8);
            if part.buckets <= 65_536 {
                let bitmap = vec![0xa5; usize::try_from(part.buckets.div_ceil(8)).unwrap()];
                let all: usize = parts(&bitmap, part.buckets)
                    .map(|part| part.bits.len())
                    .sum();
                assert_eq!(all, bitmap.len());
            }
        }
        Body::Challenge(challenge) => {
            let asked = (0..RANKS).filter(|rank| challenge.is_for(u32::try_from(*rank).unwrap()));
            assert!(asked.count() <= RANKS);
        }
        Body::Response(response) => assert!(response.nonces(0).count() <= ANSWERS),
        Body::FloodProbe => {}
    }
}

/// Nothing is taken twice, and of a session that was not known only what repeats a number of the last two seconds.
fn believed(
    message: &Message<'_>,
    belief: Belief,
    nonces: &[u64],
    taken: &[(u32, logic::announcement::Stamp, Vec<u8>)],
) {
    if belief != Belief::Taken {
        return;
    }
    let (node, stamp) = (message.header.node, message.header.stamp);
    assert!(usize::try_from(node).unwrap() < RANKS);
    let of_it = || taken.iter().filter(|(from, ..)| *from == node);
    let is_probe = message.body == Body::FloodProbe;
    let same = of_it().filter(|(_, before, bytes)| {
        let was_probe = read(bytes).unwrap().body == Body::FloodProbe;
        *before == stamp && was_probe == is_probe
    });
    assert_eq!(same.count(), 0, "a replay");
    if of_it().any(|(_, before, _)| before.session == stamp.session) {
        return;
    }
    let Body::Response(response) = message.body else {
        panic!("a session that proves nothing: {:?}", message.body);
    };
    assert!(response.nonces(0).any(|nonce| nonces.contains(&nonce)));
}
