// SPDX-License-Identifier: GPL-2.0-only

//! What nodes tell each other in mode forward (claims 2, 16, 30), in Ethernet frames of their own
//! type. All numbers are big-endian.
//!
//! ```text
//!  0 "ssi", version 1 | kind | flags (bit 0: master) | base MAC | sequence number, u32 | node, u32
//! 20 kind 0, keepalive: nothing more
//! 20 kind 1, hello:     nodes, u32 | buckets, u32 | function, hash, forward, reply-mac, u8 each |
//!                       node's MAC | number of addresses, u8 | 0 | generation, u64
//! 48                    addresses, 16 bytes each (IPv4 ones mapped: ::ffff:a.b.c.d, RFC 4291)
//! 20 kind 2, owned:     buckets, u32 | first bucket, u32, a multiple of 8 | bytes, u16 |
//!                       that part of the owned bitmap
//! ```

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
    },
};

/// Their EtherType: "local experimental" (IEEE 802, 9.2.4), as no other has been given out for it.
pub const ETH_P_SSI: u16 = 0x88b5;

const MAGIC: [u8; 4] = *b"ssi\x01";
const HEADER: usize = 20;
const HELLO: usize = HEADER + 28;

/// Bytes of the owned bitmap in one message: two VLAN tags and a 576-byte MTU leave room for it.
pub const PART: usize = 512;

/// Bytes of the longest message.
pub const LONGEST: usize = HELLO + VIPS_MAX * 16;

/// What each message begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Which cluster.
    pub base: Mac,
    /// The sender's rank.
    pub node: u32,
    /// Whether the sender is the master.
    pub master: bool,
    /// One more with each second.
    pub sequence: u32,
}

/// What a node is and has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Hello {
    pub nodes: u32,
    pub buckets: u32,
    pub function: Function,
    pub siphash: bool,
    pub forward: Forward,
    pub reply_mac: ReplyMac,
    /// The MAC of the interface that has the cluster.
    pub node_mac: Mac,
    pub generation: u64,
    pub vips: Vips,
}

/// A message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
// Nothing keeps one: it is read and gone.
#[allow(clippy::large_enum_variant)]
pub enum Body<'a> {
    /// From the base MAC to the base MAC: keeps switches' tables fresh, and is heard by nobody but
    /// where the network floods.
    Keepalive,
    /// What the sender is.
    Hello(Hello),
    /// Which buckets it owns, a part of it.
    Owned(Part<'a>),
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

impl Hello {
    /// Of a node with this configuration.
    pub fn new(config: &Config, generation: u64, node_mac: Mac) -> Self {
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
            vips: config.vips,
        }
    }

    /// Whether the sender and the node of `config` can serve one cluster.
    pub fn agrees(&self, config: &Config) -> bool {
        let theirs = (self.nodes, self.buckets, self.function, self.siphash);
        let siphash = config.hash != Hash::None;
        theirs == (config.nodes, config.buckets, config.function, siphash)
            && self.vips.is_same_set(&config.vips)
    }
}

/// A message's bytes.
pub struct Message {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Message {
    /// Of this header and body.
    pub fn new(header: &Header, body: &Body<'_>) -> Self {
        let mut message = Self {
            bytes: [0; LONGEST],
            len: 0,
        };
        let kind = match body {
            Body::Keepalive => 0,
            Body::Hello(_) => 1,
            Body::Owned(_) => 2,
        };
        message.put(&MAGIC);
        message.put(&[kind, u8::from(header.master)]);
        message.put(&header.base.0);
        message.put(&header.sequence.to_be_bytes());
        message.put(&header.node.to_be_bytes());
        match body {
            Body::Keepalive => {}
            Body::Hello(hello) => message.put_hello(hello),
            Body::Owned(part) => {
                message.put(&part.buckets.to_be_bytes());
                message.put(&part.first.to_be_bytes());
                message.put(&(part.bits.len() as u16).to_be_bytes());
                message.put(part.bits);
            }
        }
        message
    }

    /// Them.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    fn put_hello(&mut self, hello: &Hello) {
        self.put(&hello.nodes.to_be_bytes());
        self.put(&hello.buckets.to_be_bytes());
        self.put(&[
            u8::from(hello.function == Function::Bitmap),
            u8::from(hello.siphash),
            u8::from(hello.forward == Forward::Owner),
            match hello.reply_mac {
                ReplyMac::Cluster => 0,
                ReplyMac::Group => 1,
                ReplyMac::Node => 2,
            },
        ]);
        self.put(&hello.node_mac.0);
        self.put(&[hello.vips.iter().count() as u8, 0]);
        self.put(&hello.generation.to_be_bytes());
        for vip in hello.vips.iter() {
            let address = match vip {
                IpAddr::V4(v4) => v4.to_ipv6_mapped(),
                IpAddr::V6(v6) => v6,
            };
            self.put(&address.octets());
        }
    }

    /// Appends what there is room for.
    fn put(&mut self, what: &[u8]) {
        let room = self.bytes.get_mut(self.len..).unwrap_or(&mut []);
        for (to, from) in room.iter_mut().zip(what) {
            *to = *from;
            self.len += 1;
        }
    }
}

/// The parts of a bitmap of `buckets` bits.
pub fn parts(owned: &[u8], buckets: u32) -> impl Iterator<Item = Part<'_>> {
    let numbered = owned.chunks(PART).zip((0..).step_by(PART * 8));
    numbered.map(move |(bits, first)| Part {
        buckets,
        first,
        bits,
    })
}

/// Reads a message; `None` where it is none of ours, or not whole. What follows it is padding.
pub fn read(message: &[u8]) -> Option<(Header, Body<'_>)> {
    let mut rest = message;
    if take(&mut rest)? != MAGIC {
        return None;
    }
    let [kind, flags] = take(&mut rest)?;
    let header = Header {
        base: Mac(take(&mut rest)?),
        sequence: u32::from_be_bytes(take(&mut rest)?),
        node: u32::from_be_bytes(take(&mut rest)?),
        master: flags & 1 != 0,
    };
    let body = match kind {
        0 => Body::Keepalive,
        1 => Body::Hello(read_hello(rest)?),
        2 => Body::Owned(read_owned(rest)?),
        _ => return None,
    };
    Some((header, body))
}

fn read_hello(mut rest: &[u8]) -> Option<Hello> {
    let nodes = u32::from_be_bytes(take(&mut rest)?);
    let buckets = u32::from_be_bytes(take(&mut rest)?);
    let [function, siphash, forward, reply_mac] = take(&mut rest)?;
    let node_mac = Mac(take(&mut rest)?);
    let [count, _] = take(&mut rest)?;
    let generation = u64::from_be_bytes(take(&mut rest)?);
    let mut vips = Vips::EMPTY;
    // The list takes no more than VIPS_MAX.
    for _ in 0..count {
        let address = Ipv6Addr::from(take(&mut rest)?);
        let vip = match address.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(address),
        };
        vips.push(vip).ok()?;
    }
    Some(Hello {
        nodes,
        buckets,
        function: choice(function, [Function::Modulo, Function::Bitmap])?,
        siphash: choice(siphash, [false, true])?,
        forward: choice(forward, [Forward::All, Forward::Owner])?,
        reply_mac: choice(
            reply_mac,
            [ReplyMac::Cluster, ReplyMac::Group, ReplyMac::Node],
        )?,
        node_mac,
        generation,
        vips,
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

fn choice<T, const N: usize>(number: u8, all: [T; N]) -> Option<T> {
    all.into_iter().nth(usize::from(number))
}

#[cfg(test)]
#[path = "tests/announcement.rs"]
mod tests;
