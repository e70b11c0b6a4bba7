// SPDX-License-Identifier: GPL-2.0-only

//! Messages of nodes (claims 2, 16, 30), in Ethernet frames of their own type. All numbers are big-endian.
//!
//! ```text
//!  0 "ssi", version 2 | kind | flags | base MAC | sequence number, u32 | node, u32
//! 20 session, u64 | counter, u64 | bytes of the body, u16 | 0, u16
//! 40 tag, 16 bytes: zero where there is none
//! 56 the body:
//!    kind 0, flood probe: nothing more
//!    kind 1, hello:     nodes, u32 | buckets, u32 | function, hash, forward, reply-mac, u8 each |
//!                       node's MAC | number of addresses, u8 | 0 | generation, u64 |
//!                       addresses, 16 bytes each (IPv4 ones mapped: ::ffff:a.b.c.d, RFC 4291) |
//!                       fields, each a tag, u8, its length, u8, and so many bytes: 1 mode, u8;
//!                       2 digest of the hash's seed, u32; 3 group MAC; 4 client key, u8, and its prefixes,
//!                       u8 each: without it the key is the address. Others are passed over
//!    kind 2, owned:     buckets, u32 | first bucket, u32, a multiple of 8 | bytes, u16 |
//!                       that part of the owned bitmap
//!    kind 3, challenge: nonce, u64 | nodes that are to answer it, u32 each
//!    kind 4, response:  node, u32, and the nonce of its challenge, u64; as many as there are
//!    flags:             1 master, 2 the network was found to flood, 4 it was found not to,
//!                       8 there is a tag
//! ```
//!
//! The tag covers the frame's addresses, destination first, and all of the message but itself
//! (`session.rs` describes its use).

#[path = "announcement/fields.rs"]
pub mod fields;

use core::net::{
    IpAddr,
    Ipv6Addr, //
};

use super::{
    config::{
        Config,
        Function, //
    },
    distribution::Hash,
    mac::Mac,
    owned,
    rules::{
        Forward,
        Mode,
        ReplyMac, //
    },
    vips::{
        Vips,
        VIPS_MAX, //
    }, //
};

use fields::{
    Fields,
    FIELDS_MAX, //
};

/// Their EtherType: "local experimental" (IEEE 802, 9.2.4), as no other has been given out for it.
pub const ETH_P_SSI: u16 = 0x88b5;

/// Bytes of a tag: HMAC-SHA256, cut as in RFC 4868.
pub const TAG: usize = 16;
/// Shows that who made a message has the key.
pub type Tag = [u8; TAG];

/// Which of its sender's messages one is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// The sender's session.
    pub session: u64,
    /// One more with each message.
    pub counter: u64,
}

const MAGIC: [u8; 4] = *b"ssi\x02";
/// Bytes before the tag, and before the body.
const FIXED: usize = 40;
const HEADER: usize = FIXED + TAG;
const MASTER: u8 = 1;
const FLOODS: u8 = 2;
const LEARNS: u8 = 4;
const TAGGED: u8 = 8;
const HELLO: usize = 28;
const OWNED: usize = 10;
/// Bytes of an address.
const ADDRESS: usize = 16;
/// Bytes of the owned bitmap in one message: it fits into the smallest MTU that IPv4 knows.
pub const PART: usize = 496;

/// Bytes of the longest message.
pub const LONGEST: usize = HEADER + HELLO + VIPS_MAX * ADDRESS + FIELDS_MAX;

/// Bytes of a flood probe.
pub const FLOOD_PROBE: usize = HEADER;

/// Nodes that one challenge is for at most, and answers in one response.
pub const CHALLENGED: usize = 32;
pub const ANSWERS: usize = 16;
/// Bytes of a rank, and of an answer.
const RANK: usize = 4;
const ANSWER: usize = RANK + 8;

/// What each message begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Which cluster.
    pub base: Mac,
    /// The sender's rank.
    pub node: u32,
    /// Whether the sender is the master.
    pub master: bool,
    /// Whether the network floods, if the sender knows.
    pub flooded: Option<bool>,
    /// One more with each second.
    pub sequence: u32,
    /// Which of the sender's messages it is.
    pub stamp: Stamp,
}

/// What a node is and has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Hello<'a> {
    pub nodes: u32,
    pub buckets: u32,
    pub function: Function,
    pub siphash: bool,
    pub forward: Forward,
    pub reply_mac: ReplyMac,
    /// The MAC of the interface that has the cluster.
    pub node_mac: Mac,
    pub generation: u64,
    pub addresses: Addresses<'a>,
    pub fields: Fields<'a>,
}

/// A hello's cluster addresses, as they are in it. What a frame brings is not kept anywhere else:
/// the stack of a softirq is short.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Addresses<'a>(&'a [u8]);

/// A message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Body<'a> {
    /// From the base MAC to the base MAC: keeps switches' tables fresh, and arrives at other nodes
    /// only where the network floods.
    FloodProbe,
    /// What the sender is.
    Hello(Hello<'a>),
    /// Which buckets it owns, a part of it.
    Owned(Part<'a>),
    /// Who is to prove that it is there.
    Challenge(Challenge<'a>),
    /// The sender proves it.
    Response(Response<'a>),
}

/// Asks nodes to repeat a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Challenge<'a> {
    /// The number: nobody knew it before.
    pub nonce: u64,
    /// Their ranks, as they are in a message.
    ranks: &'a [u8],
}

impl<'a> Challenge<'a> {
    /// Of ranks as `rank` has each.
    pub fn new(nonce: u64, ranks: &'a [[u8; RANK]]) -> Self {
        Self {
            nonce,
            ranks: ranks.as_flattened(),
        }
    }

    /// Whether node `rank` is asked.
    pub fn is_for(self, rank: u32) -> bool {
        let mut ranks = self.ranks.chunks_exact(RANK);
        ranks.any(|bytes| bytes == rank.to_be_bytes())
    }
}

/// A rank as a challenge has it.
pub fn rank(rank: u32) -> [u8; RANK] {
    rank.to_be_bytes()
}

/// Numbers repeated, each for the node that has asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Response<'a>(&'a [u8]);

impl<'a> Response<'a> {
    /// Of answers as `answer` has each.
    pub fn new(answers: &'a [[u8; ANSWER]]) -> Self {
        Self(answers.as_flattened())
    }

    /// What it has for node `rank`.
    pub fn nonces(self, rank: u32) -> impl Iterator<Item = u64> + 'a {
        let answers = self.0.chunks_exact(ANSWER);
        answers.filter_map(move |bytes| {
            let (to, nonce) = bytes.split_first_chunk::<RANK>()?;
            let nonce = u64::from_be_bytes(*nonce.first_chunk()?);
            (*to == rank.to_be_bytes()).then_some(nonce)
        })
    }
}

/// An answer as a response has it.
pub fn answer(rank: u32, nonce: u64) -> [u8; ANSWER] {
    concat([&rank.to_be_bytes(), &nonce.to_be_bytes()])
}

/// A message, and what shows whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    /// Its header.
    pub header: Header,
    /// Its contents.
    pub body: Body<'a>,
    /// Its tag, if it has one.
    pub tag: Option<Tag>,
    /// Of the message, what the tag covers.
    covered: [&'a [u8]; 2],
}

impl Message<'_> {
    /// Whether it is a flood probe of the cluster with this base MAC.
    pub fn is_flood_probe_of(&self, base: Mac) -> bool {
        self.header.base == base && self.body == Body::FloodProbe
    }

    /// Whether it is another message of this cluster's nodes.
    pub fn is_message_of(&self, base: Mac) -> bool {
        self.header.base == base && self.body != Body::FloodProbe
    }

    /// Whether `is_tag` takes its tag for that of what it covers; it came in a frame to `to`, from `from`.
    pub fn is_tagged(
        &self,
        to: Mac,
        from: Mac,
        is_tag: impl FnOnce(&[&[u8]; 4], &Tag) -> bool,
    ) -> bool {
        let [fixed, body] = self.covered;
        let covered = [&to.0[..], &from.0[..], fixed, body];
        self.tag.as_ref().is_some_and(|tag| is_tag(&covered, tag))
    }
}

/// A part of an owned bitmap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part<'a> {
    /// Buckets of the whole.
    pub buckets: u32,
    /// The part's first.
    pub first: u32,
    /// Its bits, at most `PART` bytes.
    pub bits: &'a [u8],
}

impl<'a> Addresses<'a> {
    /// These, in whole addresses of 16 bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// They.
    pub fn iter(self) -> impl Iterator<Item = IpAddr> + 'a {
        let whole = self.0.chunks_exact(ADDRESS);
        whole.filter_map(|bytes| {
            let v6 = Ipv6Addr::from(*bytes.first_chunk::<ADDRESS>()?);
            Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4))
        })
    }

    fn len(self) -> usize {
        self.0.len() / ADDRESS
    }

    /// Whether they are these, in whatever order.
    pub fn are(self, vips: &Vips) -> bool {
        // No list has an address twice.
        self.len() == vips.iter().count()
            && vips
                .iter()
                .all(|vip| self.iter().any(|theirs| theirs == vip))
    }
}

/// An address as messages have it.
pub fn address(vip: IpAddr) -> [u8; ADDRESS] {
    match vip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

impl<'a> Hello<'a> {
    /// Of a node with this configuration, whose addresses and fields these are.
    pub fn new(
        config: &Config,
        addresses: Addresses<'a>,
        fields: Fields<'a>,
        generation: u64,
        node_mac: Mac,
    ) -> Self {
        Self {
            nodes: config.nodes,
            buckets: config.buckets,
            function: config.function,
            siphash: config.hash != Hash::None,
            forward: match config.mode {
                Mode::Forward(forward) => forward,
                Mode::Multicast => Forward::All,
            },
            reply_mac: config.reply_mac,
            node_mac,
            generation,
            addresses,
            fields,
        }
    }

    fn to_bytes(self) -> [u8; HELLO] {
        let choices = [
            self.function.number() as u8,
            u8::from(self.siphash),
            self.forward.number() as u8,
            self.reply_mac.number() as u8,
        ];
        concat([
            &self.nodes.to_be_bytes(),
            &self.buckets.to_be_bytes(),
            &choices,
            &self.node_mac.0,
            &[self.addresses.len() as u8, 0],
            &self.generation.to_be_bytes(),
        ])
    }
}

impl Header {
    fn flags(self) -> u8 {
        let master = if self.master { MASTER } else { 0 };
        master
            | match self.flooded {
                None => 0,
                Some(true) => FLOODS,
                Some(false) => LEARNS,
            }
    }

    fn to_bytes(self, kind: u8, is_tagged: bool, body: usize) -> [u8; FIXED] {
        let tagged = if is_tagged { TAGGED } else { 0 };
        concat([
            &MAGIC,
            &[kind, self.flags() | tagged],
            &self.base.0,
            &self.sequence.to_be_bytes(),
            &self.node.to_be_bytes(),
            &self.stamp.session.to_be_bytes(),
            &self.stamp.counter.to_be_bytes(),
            &(body as u16).to_be_bytes(),
            &[0; 2],
        ])
    }
}

/// Gives `send` the pieces that make up a message, in a frame to `to`, from `from`. Its tag is what `tag`
/// makes of what is covered, if there is a `tag`.
pub fn write<R>(
    header: &Header,
    body: &Body<'_>,
    (to, from): (Mac, Mac),
    tag: Option<impl FnOnce(&[&[u8]; 6]) -> Tag>,
    send: impl FnOnce([&[u8]; 5]) -> R,
) -> R {
    let seal_and_send = |kind, [first, second, third]: [&[u8]; 3]| {
        let length = first.len().saturating_add(second.len());
        let fixed = header.to_bytes(kind, tag.is_some(), length.saturating_add(third.len()));
        let covered = [&to.0[..], &from.0[..], &fixed[..], first, second, third];
        let tag = tag.map_or(Tag::default(), |tag| tag(&covered));
        send([&fixed, &tag, first, second, third])
    };
    match body {
        Body::FloodProbe => seal_and_send(0, [&[], &[], &[]]),
        Body::Hello(hello) => {
            let first = hello.to_bytes();
            seal_and_send(1, [&first, hello.addresses.0, hello.fields.0])
        }
        Body::Owned(part) => seal_and_send(2, [&part.to_bytes(), part.bits, &[]]),
        Body::Challenge(challenge) => {
            let nonce = challenge.nonce.to_be_bytes();
            seal_and_send(3, [&nonce, challenge.ranks, &[]])
        }
        Body::Response(response) => seal_and_send(4, [response.0, &[], &[]]),
    }
}

impl Part<'_> {
    fn to_bytes(self) -> [u8; OWNED] {
        concat([
            &self.buckets.to_be_bytes(),
            &self.first.to_be_bytes(),
            &(self.bits.len() as u16).to_be_bytes(),
        ])
    }
}

/// The pieces, one behind the other.
fn concat<const N: usize, const M: usize>(pieces: [&[u8]; M]) -> [u8; N] {
    let mut whole = [0; N];
    for (to, from) in whole.iter_mut().zip(pieces.into_iter().flatten()) {
        *to = *from;
    }
    whole
}

/// The parts of a bitmap of `buckets` bits.
pub fn parts(owned: &[u8], buckets: u32) -> impl Iterator<Item = Part<'_>> {
    let numbered = owned.chunks(PART).zip((0..buckets).step_by(PART * 8));
    numbered.map(move |(bits, first)| Part {
        buckets,
        first,
        bits,
    })
}

/// Reads a message; `None` where it is none of ours, or not whole. What follows it is padding.
pub fn read(message: &[u8]) -> Option<Message<'_>> {
    let (fixed, rest) = message.split_at_checked(FIXED)?;
    let mut head = fixed;
    if take(&mut head)? != MAGIC {
        return None;
    }
    let [kind, flags] = take(&mut head)?;
    let header = Header {
        base: Mac(take(&mut head)?),
        sequence: u32::from_be_bytes(take(&mut head)?),
        node: u32::from_be_bytes(take(&mut head)?),
        stamp: Stamp {
            session: u64::from_be_bytes(take(&mut head)?),
            counter: u64::from_be_bytes(take(&mut head)?),
        },
        master: flags & MASTER != 0,
        flooded: match flags & (FLOODS | LEARNS) {
            FLOODS => Some(true),
            LEARNS => Some(false),
            _ => None,
        },
    };
    let length = usize::from(u16::from_be_bytes(take(&mut head)?));
    let (tag, rest) = rest.split_first_chunk::<TAG>()?;
    let bytes = rest.get(..length)?;
    let body = match kind {
        0 => Body::FloodProbe,
        1 => Body::Hello(read_hello(bytes)?),
        2 => Body::Owned(read_owned(bytes)?),
        3 => Body::Challenge(read_challenge(bytes)?),
        4 => Body::Response(read_response(bytes)?),
        _ => return None,
    };
    Some(Message {
        header,
        body,
        tag: (flags & TAGGED != 0).then_some(*tag),
        covered: [fixed, bytes],
    })
}

fn read_challenge(mut rest: &[u8]) -> Option<Challenge<'_>> {
    let nonce = u64::from_be_bytes(take(&mut rest)?);
    let fits = rest.len() % RANK == 0 && rest.len() <= CHALLENGED * RANK;
    fits.then_some(Challenge { nonce, ranks: rest })
}

fn read_response(rest: &[u8]) -> Option<Response<'_>> {
    let fits = rest.len() % ANSWER == 0 && rest.len() <= ANSWERS * ANSWER;
    fits.then_some(Response(rest))
}

fn read_hello(mut rest: &[u8]) -> Option<Hello<'_>> {
    let nodes = u32::from_be_bytes(take(&mut rest)?);
    let buckets = u32::from_be_bytes(take(&mut rest)?);
    let [function, siphash, forward, reply_mac] = take(&mut rest)?;
    let node_mac = Mac(take(&mut rest)?);
    let [count, _] = take(&mut rest)?;
    let generation = u64::from_be_bytes(take(&mut rest)?);
    let count = usize::from(count);
    let (addresses, fields) = rest.split_at_checked(count.checked_mul(ADDRESS)?)?;
    if count > VIPS_MAX {
        return None;
    }
    Some(Hello {
        nodes,
        buckets,
        function: Function::of_number(function.into())?,
        siphash: match siphash {
            0 => false,
            1 => true,
            _ => return None,
        },
        forward: Forward::of_number(forward.into())?,
        reply_mac: ReplyMac::of_number(reply_mac.into())?,
        node_mac,
        generation,
        addresses: Addresses(addresses),
        fields: Fields(fields),
    })
}

fn read_owned(mut rest: &[u8]) -> Option<Part<'_>> {
    let buckets = u32::from_be_bytes(take(&mut rest)?);
    let first = u32::from_be_bytes(take(&mut rest)?);
    let bytes = usize::from(u16::from_be_bytes(take(&mut rest)?));
    let bits = rest.get(..bytes)?;
    let whole = owned::len(buckets);
    let at = usize::try_from(first / 8).ok()?;
    let fits = first % 8 == 0 && bytes <= PART && at.checked_add(bytes)? <= whole;
    fits.then_some(Part {
        buckets,
        first,
        bits,
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(*first)
}

#[cfg(test)]
#[path = "tests/announcement.rs"]
mod tests;
