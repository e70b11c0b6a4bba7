// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's configuration, checked whole before any of it is used.

use super::{
    client::ClientKey,
    distribution::{
        Distribution,
        Hash, //
    },
    key::Key,
    mac::Mac,
    owned,
    refusal::Refusal,
    rules::{
        Forward,
        Mode,
        ReplyMac,
        Rules, //
    },
    vips::Vips,
    wire::{
        self,
        Attr,
        TUNABLE, //
    }, //
};

pub use super::wire::{
    Function,
    LeaseExpiry, //
};

/// Buckets of function `bitmap` where none are given: with ten nodes, 1 % of the load each.
pub const BUCKETS_DEFAULT: u32 = 1024;

/// What a request gives; the rest is `None`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Proposal<'a> {
    pub mac: Option<Mac>,
    pub group_mac: Option<Mac>,
    pub mode: Option<Mode>,
    pub forward: Option<Forward>,
    pub reply_mac: Option<ReplyMac>,
    pub function: Option<Function>,
    pub buckets: Option<u32>,
    pub node: Option<u32>,
    pub nodes: Option<u32>,
    pub siphash: Option<bool>,
    pub seed: Option<[u8; 16]>,
    pub client_key: Option<wire::ClientKey>,
    pub prefix4: Option<u32>,
    pub prefix6: Option<u32>,
    pub master: Option<bool>,
    pub vips: Option<&'a Vips>,
    pub owned: Option<&'a [u8]>,
    pub drain_time: Option<u32>,
    pub lease_expiry: Option<LeaseExpiry>,
    pub announce_every: Option<u32>,
    /// `Some(None)` takes it away.
    pub key: Option<Option<Key>>,
}

impl Proposal<'_> {
    /// Gives a number, or a value of an enumeration by its number.
    pub fn set(&mut self, attr: Attr, number: u32) -> Result<(), Refusal> {
        let wrong = Refusal::Value(attr);
        match attr {
            Attr::Mode => {
                self.mode = Some(match wire::Mode::of_number(number).ok_or(wrong)? {
                    wire::Mode::Multicast => Mode::Multicast,
                    wire::Mode::Forward => Mode::Forward(Forward::All),
                });
            }
            Attr::Forward => self.forward = Some(Forward::of_number(number).ok_or(wrong)?),
            Attr::ReplyMac => self.reply_mac = Some(ReplyMac::of_number(number).ok_or(wrong)?),
            Attr::Function => self.function = Some(Function::of_number(number).ok_or(wrong)?),
            Attr::Buckets => self.buckets = Some(number),
            Attr::Node => self.node = Some(number),
            Attr::Nodes => self.nodes = Some(number),
            Attr::Hash => {
                let hash = wire::Hash::of_number(number).ok_or(wrong)?;
                self.siphash = Some(hash == wire::Hash::Siphash);
            }
            Attr::ClientKey => {
                self.client_key = Some(wire::ClientKey::of_number(number).ok_or(wrong)?);
            }
            Attr::Prefix4 => self.prefix4 = Some(number),
            Attr::Prefix6 => self.prefix6 = Some(number),
            Attr::DrainTime => self.drain_time = Some(number),
            Attr::LeaseExpiry => {
                self.lease_expiry = Some(LeaseExpiry::of_number(number).ok_or(wrong)?);
            }
            Attr::AnnounceEvery => self.announce_every = Some(number),
            // The others are no numbers.
            _ => {}
        }
        Ok(())
    }

    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Seconds that connections may stay where nothing else is given: clients of storage come back by
/// themselves after that.
pub const DRAIN_TIME_DEFAULT: u32 = 600;

/// A cluster's configuration.
///
/// # Invariants
///
/// Each number is in `Attr::range`, `node < nodes`, `vips` is not empty, `mac` is a unicast, locally administered address,
/// `group_mac` a group address that no protocol has, in mode forward `mac`'s group form; with function modulo
/// `buckets = nodes`; with client key `SourcePort` there is a hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Config {
    pub mac: Mac,
    pub group_mac: Mac,
    pub mode: Mode,
    pub reply_mac: ReplyMac,
    pub function: Function,
    pub buckets: u32,
    pub node: u32,
    pub nodes: u32,
    pub hash: Hash,
    pub client_key: ClientKey,
    pub master: bool,
    pub vips: Vips,
    /// How long a bucket's connections stay when it moves, in seconds; 0: not at all.
    pub drain_time: u32,
    pub lease_expiry: LeaseExpiry,
    /// Seconds after which a master announces its addresses again; 0: only where there is news.
    pub announce_every: u32,
    /// What shows the nodes' messages to be theirs.
    pub key: Option<Key>,
}

/// Where a configuration's owned bitmap comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table<'a> {
    /// The one in force stays.
    Keep,
    /// Bucket m is owned where `m mod nodes = node`.
    ByRank,
    /// This one, which is whole.
    Given(&'a [u8]),
}

impl Config {
    /// The configuration of a new cluster.
    #[inline(never)]
    pub fn create<'a>(proposal: &Proposal<'a>) -> Result<(Self, Table<'a>), Refusal> {
        let vips = *proposal.vips.ok_or(Refusal::VipMissing)?;
        let lowest = vips.lowest().ok_or(Refusal::VipMissing)?;
        let nodes = proposal.nodes.ok_or(Refusal::NodesMissing)?;
        let mac = Mac::auto(lowest);
        let blank = Self {
            mac,
            group_mac: mac.group(),
            mode: Mode::Multicast,
            reply_mac: ReplyMac::Cluster,
            function: Function::Modulo,
            buckets: nodes,
            node: proposal.node.ok_or(Refusal::NodeMissing)?,
            nodes,
            hash: Hash::None,
            client_key: ClientKey::Source,
            master: false,
            vips,
            drain_time: DRAIN_TIME_DEFAULT,
            lease_expiry: LeaseExpiry::Drain,
            announce_every: 0,
            key: None,
        };
        let (config, table) = blank.change(proposal)?;
        let table = match table {
            Table::Keep => Table::ByRank,
            table => table,
        };
        Ok((config, table))
    }

    /// This configuration with what `proposal` gives.
    #[inline(never)]
    pub fn change<'a>(&self, proposal: &Proposal<'a>) -> Result<(Self, Table<'a>), Refusal> {
        let function = proposal.function.unwrap_or(self.function);
        let nodes = proposal.nodes.unwrap_or(self.nodes);
        let changed = Self {
            mac: proposal.mac.unwrap_or(self.mac),
            group_mac: match (proposal.group_mac, proposal.mac) {
                (Some(group), _) => group,
                (None, Some(mac)) => mac.group(),
                (None, None) => self.group_mac,
            },
            mode: self.new_mode(proposal)?,
            reply_mac: proposal.reply_mac.unwrap_or(self.reply_mac),
            function,
            buckets: self.new_buckets(proposal, function, nodes)?,
            node: proposal.node.unwrap_or(self.node),
            nodes,
            hash: self.new_hash(proposal)?,
            client_key: self.new_client_key(proposal)?,
            master: proposal.master.unwrap_or(self.master),
            vips: proposal.vips.copied().unwrap_or(self.vips),
            drain_time: proposal.drain_time.unwrap_or(self.drain_time),
            lease_expiry: proposal.lease_expiry.unwrap_or(self.lease_expiry),
            announce_every: proposal.announce_every.unwrap_or(self.announce_every),
            key: proposal.key.unwrap_or(self.key),
        };
        changed.check()?;
        let table = changed.table(self, proposal)?;
        // INVARIANT: `new_buckets` and `check` have seen to every one.
        Ok((changed, table))
    }

    /// What the packet path needs of it.
    pub fn rules(&self) -> Result<Rules, Refusal> {
        Ok(Rules {
            base: self.mac,
            group: self.group_mac,
            mode: self.mode,
            master: self.master,
            reply_mac: self.reply_mac,
            distribution: Distribution::new(self.buckets, self.hash)
                .ok_or(Refusal::Value(Attr::Buckets))?
                .by(self.client_key),
            vips: self.vips,
        })
    }

    /// The value of one of `wire::TUNABLE`; none where it is of no meaning.
    pub fn get(&self, attr: Attr) -> Option<u32> {
        Some(match attr {
            Attr::Forward => match self.mode {
                Mode::Multicast => return None,
                Mode::Forward(forward) => forward.number(),
            },
            Attr::ReplyMac => self.reply_mac.number(),
            Attr::Function => self.function.number(),
            Attr::Buckets => self.buckets,
            Attr::Node => self.node,
            Attr::Nodes => self.nodes,
            Attr::Hash => match self.hash {
                Hash::None => wire::Hash::None.number(),
                Hash::SipHash(_) => wire::Hash::Siphash.number(),
            },
            Attr::ClientKey => self.client_key.wire().number(),
            Attr::Prefix4 => self.client_key.prefix()?.0,
            Attr::Prefix6 => self.client_key.prefix()?.1,
            Attr::DrainTime => self.drain_time,
            Attr::LeaseExpiry => self.lease_expiry.number(),
            Attr::AnnounceEvery => self.announce_every,
            _ => return None,
        })
    }

    /// Whether connections stay for a while when the lease has run out.
    pub fn drains_at_expiry(&self) -> bool {
        self.lease_expiry == LeaseExpiry::Drain && self.drain_time > 0
    }

    /// How long connections stay then, in seconds: others may serve these clients, so not for ever.
    pub fn drain_time_at_expiry(&self) -> u32 {
        self.drain_time.min(DRAIN_TIME_DEFAULT)
    }

    /// Whether the table by rank is the same for `other`.
    pub fn same_shape(&self, other: &Self) -> bool {
        let shape = |c: &Self| (c.function, c.buckets, c.node, c.nodes);
        shape(self) == shape(other)
    }

    /// Whether clients' requests are forwarded.
    pub fn is_forward(&self) -> bool {
        matches!(self.mode, Mode::Forward(_))
    }

    fn new_mode(&self, proposal: &Proposal<'_>) -> Result<Mode, Refusal> {
        match (proposal.mode.unwrap_or(self.mode), proposal.forward) {
            (Mode::Multicast, Some(_)) => Err(Refusal::ForwardUnused),
            (Mode::Forward(_), Some(forward)) => Ok(Mode::Forward(forward)),
            (mode, None) => Ok(mode),
        }
    }

    fn new_buckets(
        &self,
        proposal: &Proposal<'_>,
        function: Function,
        nodes: u32,
    ) -> Result<u32, Refusal> {
        match (function, proposal.buckets) {
            (Function::Modulo, Some(k)) if k != nodes => Err(Refusal::BucketsModulo),
            (Function::Modulo, _) => Ok(nodes),
            (Function::Bitmap, Some(k)) => Ok(k),
            (Function::Bitmap, None) if self.function == Function::Bitmap => Ok(self.buckets),
            (Function::Bitmap, None) => Ok(BUCKETS_DEFAULT),
        }
    }

    fn new_hash(&self, proposal: &Proposal<'_>) -> Result<Hash, Refusal> {
        match (proposal.siphash, proposal.seed, self.hash) {
            (None, None, hash) => Ok(hash),
            (Some(true), Some(seed), _) | (None, Some(seed), Hash::SipHash(_)) => {
                Ok(Hash::SipHash(seed))
            }
            (Some(true), None, Hash::SipHash(seed)) => Ok(Hash::SipHash(seed)),
            (Some(true), None, Hash::None) => Err(Refusal::SeedMissing),
            (Some(false), None, _) => Ok(Hash::None),
            (Some(false), Some(_), _) | (None, Some(_), Hash::None) => Err(Refusal::SeedUnused),
        }
    }

    fn new_client_key(&self, proposal: &Proposal<'_>) -> Result<ClientKey, Refusal> {
        let key = self.client_key;
        let key = key.with(proposal.client_key.unwrap_or(key.wire()));
        key.with_prefix(proposal.prefix4, proposal.prefix6)
            .ok_or(Refusal::PrefixUnused)
    }

    /// Whether `other` maps clients to the same buckets: if not, a bucket of the one has nothing to do with that of the
    /// other.
    pub fn same_clients(&self, other: &Self) -> bool {
        let map = |c: &Self| (c.buckets, c.hash, c.client_key);
        map(self) == map(other)
    }

    fn check(&self) -> Result<(), Refusal> {
        // The last first: with function modulo buckets are as many as nodes, which were given.
        let wrong = TUNABLE.iter().rev().map(|(attr, _)| *attr).find(|attr| {
            let out_of = |number| attr.range().is_some_and(|range| !range.contains(&number));
            self.get(*attr).is_some_and(out_of)
        });
        if let Some(attr) = wrong {
            return Err(Refusal::Value(attr));
        }
        let refusals = [
            (self.mac.is_group(), Refusal::MacGroup),
            (!self.mac.is_local(), Refusal::MacForeign),
            (!self.group_mac.is_group(), Refusal::GroupMacUnicast),
            (self.group_mac.is_reserved(), Refusal::GroupMacReserved),
            (
                self.is_forward() && self.group_mac != self.mac.group(),
                Refusal::GroupMacForward,
            ),
            (self.vips.lowest().is_none(), Refusal::VipMissing),
            (self.node >= self.nodes, Refusal::NodeRange),
            (
                self.client_key == ClientKey::SourcePort && self.hash == Hash::None,
                Refusal::PortUnhashed,
            ),
        ];
        match refusals.iter().find(|(wrong, _)| *wrong) {
            Some((_, refusal)) => Err(*refusal),
            None => Ok(()),
        }
    }

    fn table<'a>(&self, old: &Self, proposal: &Proposal<'a>) -> Result<Table<'a>, Refusal> {
        match (self.function, proposal.owned) {
            (_, None) if self.same_shape(old) => Ok(Table::Keep),
            // Whoever moves a rank or the number of buckets without a table gets the plain one.
            (_, None) => Ok(Table::ByRank),
            (Function::Modulo, Some(_)) => Err(Refusal::OwnedModulo),
            (Function::Bitmap, Some(bits)) if owned::is_whole(bits, self.buckets) => {
                Ok(Table::Given(bits))
            }
            (Function::Bitmap, Some(_)) => Err(Refusal::OwnedLength),
        }
    }
}

#[cfg(test)]
#[path = "tests/config.rs"]
mod tests;
