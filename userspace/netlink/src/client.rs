// SPDX-License-Identifier: GPL-2.0-only

//! The family's operations as functions.

use netlink_packet_core::DecodeError;
use netlink_packet_generic::GenlMessage;
use netlink_sys::protocols::NETLINK_GENERIC;

use crate::attribute::Attributes;
use crate::bucket_stats::BucketStats;
use crate::config::{Cluster, Request};
use crate::connection::Connection;
use crate::elsewhere::Elsewhere;
use crate::error::Error;
use crate::event::Events;
use crate::lookup::{self, Family};
use crate::message::Message;
use crate::peer::{Peer, Peers};
use crate::spec::{Attr, Op};
use crate::stats::Stats;
use crate::table::{NewTable, Table};

/// Bytes of a generic netlink header.
const GENL_HEADER: usize = 4;

/// A connection to the kernel module, in the network namespace that it was opened in.
pub struct Client {
    connection: Connection,
    family: Family,
}

impl Client {
    /// Connects to the module, which is to be loaded.
    pub fn open() -> Result<Self, Error> {
        let mut connection = Connection::open(NETLINK_GENERIC, GENL_HEADER)?;
        let family = lookup::family(&mut connection)?;
        Ok(Self { connection, family })
    }

    /// Makes a cluster.
    pub fn cluster_new(&mut self, request: &Request) -> Result<(), Error> {
        self.ask(Op::ClusterNew, request.into()).map(drop)
    }

    /// Changes a cluster.
    pub fn cluster_set(&mut self, request: &Request) -> Result<(), Error> {
        self.ask(Op::ClusterSet, request.into()).map(drop)
    }

    /// Takes a cluster away.
    pub fn cluster_del(&mut self, name: &str) -> Result<(), Error> {
        self.ask(Op::ClusterDel, named(name)).map(drop)
    }

    /// One cluster's configuration.
    pub fn cluster(&mut self, name: &str) -> Result<Cluster, Error> {
        self.one(Op::ClusterGet, name)
    }

    /// All clusters of the network namespace.
    pub fn clusters(&mut self) -> Result<Vec<Cluster>, Error> {
        self.list(Op::ClusterGet, Attributes::default())
    }

    /// One cluster's bucket table.
    pub fn table(&mut self, name: &str) -> Result<Table, Error> {
        self.one(Op::TableGet, name)
    }

    /// Replaces a bucket table.
    pub fn table_set(&mut self, table: &NewTable) -> Result<(), Error> {
        self.ask(Op::TableSet, table.into()).map(drop)
    }

    /// Ends the transitions of the buckets of a bitmap.
    pub fn settle(&mut self, name: &str, settled: &[u8]) -> Result<(), Error> {
        let mut attributes = named(name);
        attributes.bytes(Attr::Settled.number(), settled);
        self.ask(Op::Settle, attributes).map(drop)
    }

    /// Lets a lease run for so many milliseconds from now.
    pub fn lease_renew(&mut self, name: &str, milliseconds: u32) -> Result<(), Error> {
        let mut attributes = named(name);
        attributes.u32(Attr::Lease.number(), milliseconds);
        self.ask(Op::LeaseRenew, attributes).map(drop)
    }

    /// Lets a lease run until then, in milliseconds of `CLOCK_BOOTTIME`. Refused where that is past.
    pub fn lease_renew_until(&mut self, name: &str, until: u64) -> Result<(), Error> {
        let mut attributes = named(name);
        attributes.u64(Attr::LeaseUntil.number(), until);
        self.ask(Op::LeaseRenew, attributes).map(drop)
    }

    /// One cluster's counters.
    pub fn stats(&mut self, name: &str) -> Result<Stats, Error> {
        self.one(Op::StatsGet, name)
    }

    /// Counters of all clusters of the network namespace.
    pub fn all_stats(&mut self) -> Result<Vec<Stats>, Error> {
        self.list(Op::StatsGet, Attributes::default())
    }

    /// Counters of one cluster's buckets.
    pub fn bucket_stats(&mut self, name: &str) -> Result<BucketStats, Error> {
        let parts: Vec<BucketStats> = self.list(Op::BucketStatsGet, named(name))?;
        let mut whole = BucketStats {
            name: name.to_owned(),
            generation: 0,
            buckets: Vec::new(),
        };
        for part in parts {
            whole.generation = part.generation;
            whole.buckets.extend(part.buckets);
        }
        Ok(whole)
    }

    /// The nodes that a cluster has seen.
    pub fn peers(&mut self, name: &str) -> Result<Vec<Peer>, Error> {
        let parts: Vec<Peers> = self.list(Op::PeerGet, named(name))?;
        Ok(parts.into_iter().flat_map(|part| part.peers).collect())
    }

    /// The clusters of all network namespaces, for the machine's administrator.
    pub fn netns_clusters(&mut self) -> Result<Vec<Elsewhere>, Error> {
        self.list(Op::NetnsClusterGet, Attributes::default())
    }

    /// Takes a cluster of the network namespace of this number away; its addresses stay.
    pub fn netns_cluster_del(&mut self, netns: u32, name: &str) -> Result<(), Error> {
        let mut attributes = named(name);
        attributes.u32(Attr::Netns.number(), netns);
        self.ask(Op::NetnsClusterDel, attributes).map(drop)
    }

    /// Subscribes to events and gives the connection up for that.
    pub fn events(self) -> Result<Events, Error> {
        Events::subscribe(self.connection, self.family)
    }

    fn one<T>(&mut self, op: Op, name: &str) -> Result<T, Error>
    where
        T: for<'a> TryFrom<&'a Attributes, Error = DecodeError>,
    {
        let answers = self.ask(op, named(name))?;
        let answer = answers
            .first()
            .ok_or_else(|| DecodeError::from("it is empty"))?;
        Ok(T::try_from(answer)?)
    }

    fn list<T>(&mut self, op: Op, attributes: Attributes) -> Result<Vec<T>, Error>
    where
        T: for<'a> TryFrom<&'a Attributes, Error = DecodeError>,
    {
        let message = self.message(op, attributes)?;
        self.connection
            .dump(message)?
            .iter()
            .map(|answer| Ok(T::try_from(&answer.payload.attributes)?))
            .collect()
    }

    fn ask(&mut self, op: Op, attributes: Attributes) -> Result<Vec<Attributes>, Error> {
        let message = self.message(op, attributes)?;
        Ok(self
            .connection
            .request(message)?
            .into_iter()
            .map(|answer| answer.payload.attributes)
            .collect())
    }

    fn message(&self, op: Op, attributes: Attributes) -> Result<GenlMessage<Message>, Error> {
        if let Some((attribute, length)) = attributes.too_long() {
            return Err(Error::TooLong { attribute, length });
        }
        let mut message = GenlMessage::from_payload(Message { op, attributes });
        message.set_resolved_family_id(self.family.id);
        Ok(message)
    }
}

fn named(name: &str) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.text(Attr::Name.number(), name);
    attributes
}
