// SPDX-License-Identifier: GPL-2.0-only

//! The bucket table: which buckets this node serves, and which are in transition.
//!
//! Bitmaps have one bit a bucket: bucket m is bit m mod 8, from the least significant, of byte m / 8.

use logic::stick;
use netlink_packet_core::DecodeError;

use crate::attribute::{Attributes, due, is_set, u32_of};
use crate::spec::{Attr, Reason};

/// One cluster's bucket table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The cluster's name.
    pub name: String,
    /// Number of buckets.
    pub buckets: u32,
    /// Those that this node has.
    pub owned: Vec<u8>,
    /// The table's number.
    pub generation: u64,
    /// Those that it had and whose connections it serves.
    pub draining: Vec<u8>,
    /// Those that it has and whose former node serves the connections that it has.
    pub adopting: Vec<u8>,
    /// Connections in draining buckets, when they were counted last.
    pub connections: u32,
    /// When the lease ends, in milliseconds of `CLOCK_BOOTTIME`, if there is one.
    pub lease_until: Option<u64>,
    /// Whether it has run out.
    pub lapsed: bool,
    /// Clients that stick to the node that drains their bucket, as numbers (`logic::stick`), in rising order.
    pub sticking: Vec<u64>,
}

/// A request to replace a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTable {
    /// The cluster's name.
    pub name: String,
    /// Number of buckets.
    pub buckets: u32,
    /// Those that this node shall have.
    pub owned: Vec<u8>,
    /// The number that the table shall have, greater than the one in force.
    pub generation: u64,
    /// Of `owned`, those whose former node is gone: they are not adopted.
    pub cold: Option<Vec<u8>>,
    /// Milliseconds for which the node serves without renewal; 0: always.
    pub lease: Option<u32>,
    /// In its place: when the lease ends, in milliseconds of `CLOCK_BOOTTIME`. Who is stopped before the
    /// kernel is asked lengthens nothing. Refused where that is past, unless `owned` is empty.
    pub lease_until: Option<u64>,
    /// Clients that stick to the node that drains their bucket, in rising order; the table before may have had others.
    pub sticking: Vec<u64>,
}

/// Buckets whose drain has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drained {
    /// The cluster's name.
    pub name: String,
    /// The number of the table in force.
    pub generation: u64,
    /// Number of buckets.
    pub buckets: u32,
    /// They.
    pub drained: Vec<u8>,
    /// [`Reason::Empty`] or [`Reason::Deadline`].
    pub reason: Reason,
}

impl TryFrom<&Attributes> for Table {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        let owned = bitmap(a, Attr::Owned)?;
        let none = || vec![0; owned.len()];
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            buckets: u32_of(a, Attr::Buckets)?,
            generation: due(a.get_u64(Attr::Generation.number())?, Attr::Generation)?,
            draining: bitmap(a, Attr::Draining).unwrap_or_else(|_| none()),
            adopting: bitmap(a, Attr::Adopting).unwrap_or_else(|_| none()),
            connections: a.get_u32(Attr::Connections.number())?.unwrap_or(0),
            lease_until: a.get_u64(Attr::LeaseUntil.number())?,
            lapsed: is_set(a, Attr::Lapsed)?,
            sticking: a
                .get(Attr::Sticking.number())
                .map_or(Vec::new(), |bytes| stick::numbers(bytes).collect()),
            owned,
        })
    }
}

impl From<&Table> for Attributes {
    fn from(table: &Table) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &table.name)
            .u32(Attr::Buckets.number(), table.buckets)
            .bytes(Attr::Owned.number(), &table.owned)
            .u64(Attr::Generation.number(), table.generation)
            .bytes(Attr::Draining.number(), &table.draining)
            .bytes(Attr::Adopting.number(), &table.adopting)
            .u32(Attr::Connections.number(), table.connections);
        if let Some(until) = table.lease_until {
            a.u64(Attr::LeaseUntil.number(), until);
        }
        if table.lapsed {
            a.u8(Attr::Lapsed.number(), 1);
        }
        put_sticking(&mut a, &table.sticking);
        a
    }
}

impl From<&NewTable> for Attributes {
    fn from(table: &NewTable) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &table.name)
            .u32(Attr::Buckets.number(), table.buckets)
            .bytes(Attr::Owned.number(), &table.owned)
            .u64(Attr::Generation.number(), table.generation);
        if let Some(cold) = &table.cold {
            a.bytes(Attr::Cold.number(), cold);
        }
        if let Some(lease) = table.lease {
            a.u32(Attr::Lease.number(), lease);
        }
        if let Some(until) = table.lease_until {
            a.u64(Attr::LeaseUntil.number(), until);
        }
        put_sticking(&mut a, &table.sticking);
        a
    }
}

impl TryFrom<&Attributes> for Drained {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            generation: due(a.get_u64(Attr::Generation.number())?, Attr::Generation)?,
            buckets: u32_of(a, Attr::Buckets)?,
            drained: bitmap(a, Attr::Drained)?,
            reason: due(a.get_enum(Attr::Reason.number())?, Attr::Reason)?,
        })
    }
}

impl From<&Drained> for Attributes {
    fn from(drained: &Drained) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &drained.name)
            .u64(Attr::Generation.number(), drained.generation)
            .u32(Attr::Buckets.number(), drained.buckets)
            .bytes(Attr::Drained.number(), &drained.drained)
            .u32(Attr::Reason.number(), drained.reason.number());
        a
    }
}

fn put_sticking(a: &mut Attributes, clients: &[u64]) {
    if !clients.is_empty() {
        let bytes = clients.iter().flat_map(|client| client.to_ne_bytes());
        a.bytes(Attr::Sticking.number(), &bytes.collect::<Vec<u8>>());
    }
}

fn bitmap(a: &Attributes, what: Attr) -> Result<Vec<u8>, DecodeError> {
    Ok(due(a.get(what.number()), what)?.to_vec())
}
