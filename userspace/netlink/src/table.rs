// SPDX-License-Identifier: GPL-2.0-only

//! The bucket table: which buckets this node serves.

use netlink_packet_core::DecodeError;

use crate::attribute::{Attributes, due};
use crate::cluster::u32_of;
use crate::spec::Attr;

/// One cluster's bucket table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The cluster's name.
    pub name: String,
    /// Number of buckets.
    pub buckets: u32,
    /// One bit a bucket: bucket m is bit m mod 8, from the least significant, of byte m / 8.
    pub owned: Vec<u8>,
    /// The table's number. In a request, the one it shall have.
    pub generation: u64,
}

impl TryFrom<&Attributes> for Table {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            buckets: u32_of(a, Attr::Buckets)?,
            owned: due(a.get(Attr::Owned.number()), Attr::Owned)?.to_vec(),
            generation: due(a.get_u64(Attr::Generation.number())?, Attr::Generation)?,
        })
    }
}

impl From<&Table> for Attributes {
    fn from(table: &Table) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &table.name)
            .u32(Attr::Buckets.number(), table.buckets)
            .bytes(Attr::Owned.number(), &table.owned)
            .u64(Attr::Generation.number(), table.generation);
        a
    }
}
