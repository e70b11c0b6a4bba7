// SPDX-License-Identifier: GPL-2.0-only

//! Counters of a cluster's buckets.

use netlink_packet_core::DecodeError;

use crate::attribute::{Attributes, due};
use crate::spec::{Attr, BucketAttr};

/// One bucket's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Which bucket.
    pub bucket: u32,
    /// Packets of all its clients, whoever owns it.
    pub seen_packets: u64,
    /// Their bytes, from the IP header on.
    pub seen_bytes: u64,
    /// Packets that this node served.
    pub served_packets: u64,
    /// Their bytes.
    pub served_bytes: u64,
    /// Connections of this node, when they were counted last; `None` if that is long ago.
    pub sessions: Option<u32>,
}

/// A cluster's buckets; one without any packet or session is left out. One message of several that make up a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketStats {
    /// The cluster's name.
    pub name: String,
    /// Number of the table that the counters are of.
    pub generation: u64,
    /// The buckets.
    pub buckets: Vec<Bucket>,
}

impl TryFrom<&Attributes> for BucketStats {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            generation: due(a.get_u64(Attr::Generation.number())?, Attr::Generation)?,
            buckets: a
                .all(Attr::BucketStats.number())
                .map(bucket)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn bucket(nest: &[u8]) -> Result<Bucket, DecodeError> {
    let a = Attributes::parse(nest)?;
    let count = |attr: BucketAttr| Ok::<_, DecodeError>(a.get_u64(attr.number())?.unwrap_or(0));
    Ok(Bucket {
        bucket: due(a.get_u32(BucketAttr::Bucket.number())?, Attr::BucketStats)?,
        seen_packets: count(BucketAttr::SeenPackets)?,
        seen_bytes: count(BucketAttr::SeenBytes)?,
        served_packets: count(BucketAttr::ServedPackets)?,
        served_bytes: count(BucketAttr::ServedBytes)?,
        sessions: a.get_u32(BucketAttr::Sessions.number())?,
    })
}

impl From<&BucketStats> for Attributes {
    fn from(stats: &BucketStats) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &stats.name)
            .u64(Attr::Generation.number(), stats.generation);
        for bucket in &stats.buckets {
            let mut nest = Self::default();
            nest.u32(BucketAttr::Bucket.number(), bucket.bucket)
                .u64(BucketAttr::SeenPackets.number(), bucket.seen_packets)
                .u64(BucketAttr::SeenBytes.number(), bucket.seen_bytes)
                .u64(BucketAttr::ServedPackets.number(), bucket.served_packets)
                .u64(BucketAttr::ServedBytes.number(), bucket.served_bytes);
            if let Some(sessions) = bucket.sessions {
                nest.u32(BucketAttr::Sessions.number(), sessions);
            }
            a.nest(Attr::BucketStats.number(), &nest);
        }
        a
    }
}
