// SPDX-License-Identifier: GPL-2.0-only

//! Sections: what a datagram is made of, and its bytes. Documentation/wire-format.md has them for others.
//!
//! A section is its kind, a byte; its length, two; and so many bytes. Numbers are in network order. A section of a kind that
//! is not known is passed over.

use std::collections::BTreeMap;

use super::places::{MOST, Places};
use super::session::Session;

/// One run of the program of the node at this place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Member {
    /// The node's place in the electorate.
    pub place: u8,
    /// The run.
    pub session: Session,
}

/// What a challenge asks of a session, whether it is one of now, and its response.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Nonce {
    /// The node that it is for.
    pub to: u32,
    /// Who sent the challenge; in a challenge, who is to respond.
    pub session: Session,
    /// Of all challenges of that node, this one.
    pub number: u64,
}

/// A heartbeat.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Alive {
    /// Distinguishes electorates.
    pub electorate: u64,
    /// The electorate that the sender is ready for instead, and the one that it has come from; 0 if there is none.
    pub next: u64,
    /// See there.
    pub before: u64,
    /// The ring that the sender is in, 0 if that is to be formed anew.
    pub ring: u64,
    /// The highest ring that it knows of.
    pub highest: u64,
    /// With whom it wants a group.
    pub wanted: Places,
    /// Whom it hears on the clients' interface; nobody, where it has none that works.
    pub hears: Places,
    /// Whom it hears, for long enough.
    pub reaches: Vec<Member>,
}

/// A group to be.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Proposal {
    /// Its ring.
    pub ring: u64,
    /// Its members, in order of places.
    pub members: Vec<Member>,
}

/// A part of a message.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Part {
    /// The ring that the message is of.
    pub ring: u64,
    /// Its number among all parts that the sender has sent in this ring, from 1 on.
    pub number: u64,
    /// Whether the message ends with it.
    pub is_last: bool,
    /// Bytes of the message.
    pub bytes: Vec<u8>,
}

/// What arrived of the parts of a ring.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Acks {
    /// The ring.
    pub ring: u64,
    /// For senders by their places: all parts up to this number.
    pub all: Vec<(u8, u64)>,
}

/// A section.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Section {
    /// Are you that session?
    Challenge(Nonce),
    /// I am.
    Response(Nonce),
    /// A heartbeat.
    Alive(Alive),
    /// A group to be.
    Proposal(Proposal),
    /// A part of a message.
    Part(Part),
    /// What arrived.
    Acks(Acks),
    /// The program ends.
    Leave,
    /// Nodes that the sender holds out, as they came and went, by their numbers, each for so many ms from now on.
    HeldOut(BTreeMap<u32, u32>),
}

impl Section {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let kind = match self {
            Section::Challenge(nonce) => {
                write_nonce(&mut out, nonce);
                1
            }
            Section::Response(nonce) => {
                write_nonce(&mut out, nonce);
                2
            }
            Section::Alive(alive) => {
                for number in [
                    alive.electorate,
                    alive.next,
                    alive.before,
                    alive.ring,
                    alive.highest,
                ] {
                    out.extend(number.to_be_bytes());
                }
                for places in [alive.wanted, alive.hears] {
                    out.extend(places.bits().to_be_bytes());
                }
                write_members(&mut out, &alive.reaches);
                3
            }
            Section::Proposal(proposal) => {
                out.extend(proposal.ring.to_be_bytes());
                write_members(&mut out, &proposal.members);
                4
            }
            Section::Part(part) => {
                out.extend(part.ring.to_be_bytes());
                out.extend(part.number.to_be_bytes());
                out.push(part.is_last.into());
                out.extend(&part.bytes);
                5
            }
            Section::Acks(acks) => {
                out.extend(acks.ring.to_be_bytes());
                for (place, number) in acks.all.iter().take(MOST) {
                    out.push(*place);
                    out.extend(number.to_be_bytes());
                }
                6
            }
            Section::Leave => 7,
            Section::HeldOut(all) => {
                for (node, left) in all.iter().take(MOST) {
                    out.extend(node.to_be_bytes());
                    out.extend(left.to_be_bytes());
                }
                8
            }
        };
        let length = u16::try_from(out.len()).unwrap_or(u16::MAX).to_be_bytes();
        let mut section = vec![kind];
        section.extend(length);
        section.append(&mut out);
        section
    }

    /// All sections of a datagram, up to the first that cannot be read.
    pub fn decode_all(bytes: &[u8]) -> Vec<Section> {
        let (mut all, mut rest) = (Vec::new(), Reader(bytes));
        while let Some((kind, body)) = rest.section() {
            match (Section::decode(kind, Reader(body)), kind) {
                (Some(section), _) => all.push(section),
                (None, 1..=8) => break,
                // Of a later release.
                (None, _) => {}
            }
        }
        all
    }

    fn decode(kind: u8, mut body: Reader<'_>) -> Option<Section> {
        Some(match kind {
            1 => Section::Challenge(body.nonce()?),
            2 => Section::Response(body.nonce()?),
            3 => Section::Alive(Alive {
                electorate: body.u64()?,
                next: body.u64()?,
                before: body.u64()?,
                ring: body.u64()?,
                highest: body.u64()?,
                wanted: body.places()?,
                hears: body.places()?,
                reaches: body.members()?,
            }),
            4 => Section::Proposal(Proposal {
                ring: body.u64()?,
                members: body.members()?,
            }),
            5 => Section::Part(Part {
                ring: body.u64()?,
                number: body.u64()?,
                is_last: body.chunk::<1>()? != &[0],
                bytes: body.0.to_vec(),
            }),
            6 => {
                let ring = body.u64()?;
                let mut all = Vec::new();
                while let (true, Some([place])) = (all.len() < MOST, body.chunk::<1>()) {
                    all.push((*place, body.u64()?));
                }
                Section::Acks(Acks { ring, all })
            }
            7 => Section::Leave,
            8 => {
                let mut all = BTreeMap::new();
                while let (true, Some(node)) = (all.len() < MOST, body.u32()) {
                    all.insert(node, body.u32()?);
                }
                Section::HeldOut(all)
            }
            _ => return None,
        })
    }
}

fn write_nonce(out: &mut Vec<u8>, nonce: &Nonce) {
    out.extend(nonce.to.to_be_bytes());
    out.extend(nonce.session.0);
    out.extend(nonce.number.to_be_bytes());
}

fn write_members(out: &mut Vec<u8>, members: &[Member]) {
    for member in members.iter().take(MOST) {
        out.push(member.place);
        out.extend(member.session.0);
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn chunk<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(chunk)
    }

    fn u32(&mut self) -> Option<u32> {
        self.chunk().map(|bytes| u32::from_be_bytes(*bytes))
    }

    fn u64(&mut self) -> Option<u64> {
        self.chunk().map(|bytes| u64::from_be_bytes(*bytes))
    }

    fn places(&mut self) -> Option<Places> {
        let bits = self.chunk().map(|bytes| u32::from_be_bytes(*bytes));
        bits.map(Places::from_bits)
    }

    fn section(&mut self) -> Option<(u8, &'a [u8])> {
        let [kind] = self.chunk::<1>()?;
        let length = u16::from_be_bytes(*self.chunk::<2>()?);
        let (body, rest) = self.0.split_at_checked(length.into())?;
        self.0 = rest;
        Some((*kind, body))
    }

    fn nonce(&mut self) -> Option<Nonce> {
        Some(Nonce {
            to: self.u32()?,
            session: Session(*self.chunk::<16>()?),
            number: self.u64()?,
        })
    }

    /// Members to the end, in order of places, none twice.
    fn members(&mut self) -> Option<Vec<Member>> {
        let mut all: Vec<Member> = Vec::new();
        while !self.0.is_empty() {
            let [place] = self.chunk::<1>()?;
            let is_next = all.last().is_none_or(|last| last.place < *place);
            if usize::from(*place) >= MOST || !is_next {
                return None;
            }
            all.push(Member {
                place: *place,
                session: Session(*self.chunk::<16>()?),
            });
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests;
