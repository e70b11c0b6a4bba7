// SPDX-License-Identifier: GPL-2.0-only

//! A cluster as it is configured, guarded by the RTNL; below it all clusters, and their changes.

pub(crate) mod agreement_work;
pub(crate) mod change;
pub(crate) mod copied;
pub(crate) mod holds;
pub(crate) mod netdev;
pub(crate) mod observer;
pub(crate) mod ready;
pub(crate) mod registry;
pub(crate) mod transition_work;
pub(crate) mod walk;
mod work;

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVVec, //
    },
    error::Result,
    sync::{
        Arc,
        UniqueArc, //
    }, //
};

use crate::{
    abstractions::{
        clock::boottime,
        device::Device,
        genl::Failure,
        rtnl::RtnlToken,
        vec, //
    },
    datapath::{
        announcer::{
            addresses,
            Announcement, //
        },
        buckets::Buckets,
        counters::{
            Counters,
            OfBuckets, //
        },
        lease::Lease,
        link::ForwardLink,
        orphans::Orphans,
        peer_rx::PeerRx,
        peering::Peering,
        relay,
        sessions::Sessions,
        table::{
            Entry,
            ForwardPath, //
        }, //
    },
    logic::{
        announcement::fields::OwnFields,
        config::{
            Config,
            Table, //
        },
        lease::Asked,
        moving::{
            self,
            Change,
            Moving, //
        },
        name::Name,
        owned,
        rules::Mode,
        stick, //
    }, //
};

/// A cluster.
pub(crate) struct Cluster {
    /// Its name, unique in its namespace.
    pub(crate) name: Name,
    /// Its configuration.
    pub(crate) config: Config,
    /// Number of the bucket table.
    pub(crate) generation: u64,
    /// The bucket table: empty from the lease's end on.
    pub(crate) owned: KVVec<u8>,
    /// What it had until the lease's end, as long as there is no other table, but for what was cold still.
    lapsed: Option<Arc<KVVec<u8>>>,
    /// What is in transition, in rising order.
    pub(crate) moving: KVVec<Moving>,
    /// Both, as packets meet them, and the lease: a table of its own for each change, which packets
    /// meet whole; what only ends some transitions has the one before.
    pub(crate) buckets: Arc<Buckets>,
    /// Its counters.
    pub(crate) counters: Counters,
    /// What is known of the other nodes.
    pub(crate) peering: Peering,
    /// What joins it to the other nodes, in mode forward.
    pub(crate) link: Option<ForwardLink>,
}

/// A new cluster that has no interfaces yet, made before the RTNL is taken.
pub(crate) struct NewCluster(UniqueArc<Cluster>);

impl NewCluster {
    /// A new cluster.
    pub(crate) fn new(name: Name, config: &Config, table: Table<'_>) -> Result<Self> {
        let owned = bitmap(config, table, &[])?;
        let moving = KVVec::new();
        let table = (&*owned, &*moving, KVVec::new());
        let buckets = buckets(config, table, None, sessions(config)?, None)?;
        let cluster = Cluster::boxed(Cluster {
            name,
            config: *config,
            generation: 1,
            owned,
            lapsed: None,
            moving,
            buckets,
            counters: Counters::new(config.buckets)?,
            peering: Peering::new(config, &work::AGREEMENT_WORK)?,
            link: None,
        })?;
        Ok(Self(cluster))
    }

    /// The cluster; `forward` is there in mode forward.
    pub(crate) fn on(self, forward: Option<Device>) -> Arc<Cluster> {
        let mut cluster = self.0;
        cluster.link = forward.map(|device| ForwardLink::new(device, &cluster.peering));
        cluster.into()
    }
}

impl Cluster {
    /// This cluster with another configuration from the time `at` on. Buckets that come from `cold` have no
    /// former node any more. The list of clients that stick, and the lease, are others if they are given.
    pub(crate) fn changed(
        &self,
        config: &Config,
        table: Table<'_>,
        generation: u64,
        (cold, sticking): (&[u8], Option<&[u8]>),
        asked: Option<Asked>,
        at: u64,
    ) -> Result<UniqueArc<Self>, Failure> {
        let owned = bitmap(config, table, &self.owned)?;
        let lease = match asked {
            None => self.buckets.shared_lease().cloned(),
            Some(asked) => Lease::new(self.name, asked.term(owned::is_empty(&owned), at)?)?,
        };
        // What a bucket was before has nothing to do with what it is now.
        let is_new = !config.same_clients(&self.config);
        let change = Change {
            before: &self.owned,
            after: &owned,
            moving: &self.moving,
            cold,
            lapsed: self.lapsed.as_ref().map_or(&[], |lapsed| lapsed),
            now: at,
            drain_time: config.drain_time,
        };
        let mut moving = match is_new {
            true => KVVec::new(),
            false => vec::collect(change.moving())?,
        };
        let sticking = match sticking {
            Some(given) => vec::collect(stick::numbers(given))?,
            // At the lease's end others may have let these clients in.
            None if is_new || self.buckets.has_expired() => KVVec::new(),
            None => vec::collect(self.buckets.sticking().iter().copied())?,
        };
        moving::let_go(&mut moving, self.buckets.sticking(), &sticking, at);
        // What was counted is of other buckets then.
        let sessions = match is_new {
            true => sessions(config)?,
            false => self.buckets.sessions.clone(),
        };
        let orphans = match moving.iter().any(|moving| moving.is_cold) {
            // What has begun since the first was taken is known still.
            true => Some(match self.buckets.orphans() {
                Some(orphans) => orphans.clone(),
                None => Orphans::new()?,
            }),
            false => None,
        };
        let buckets = buckets(
            config,
            (&owned, &moving, sticking),
            lease,
            sessions,
            orphans,
        )?;
        let counters = if config.buckets == self.config.buckets {
            self.counters.clone()
        } else {
            let wanted = self.counters.has_buckets();
            self.counters.with(OfBuckets::new(config.buckets, wanted)?)
        };
        let peering = self.peering.changed(&self.config, config)?;
        let link = self.link.as_ref();
        let link = link.map(|link| link.with(&peering));
        Ok(Self::boxed(Self {
            name: self.name,
            config: *config,
            generation,
            owned,
            lapsed: None,
            moving,
            buckets,
            counters,
            peering,
            link,
        })?)
    }

    /// It was made of `before` at the time `at`, and is put in force at the time `now`, before anybody meets it:
    /// what it begins begins now, and what was counted meanwhile is known.
    pub(crate) fn follow(&mut self, before: &Self, at: u64, now: u64) {
        moving::begin_later(&mut self.moving, at, now);
        if Arc::ptr_eq(&self.buckets.sessions, &before.buckets.sessions) {
            let connections = before.buckets.connections();
            self.buckets.set_connections(connections);
        }
    }

    /// This cluster, of which these transitions are left.
    pub(crate) fn with_moving(
        &self,
        left: impl Iterator<Item = Moving>,
    ) -> Result<UniqueArc<Self>> {
        self.with(
            self.generation,
            (copy(&self.owned)?, self.lapsed.clone()),
            vec::collect(left)?,
            self.counters.clone(),
        )
    }

    /// This cluster, with these counters, which must be for as many buckets.
    pub(crate) fn with_counters(&self, counters: OfBuckets) -> Result<UniqueArc<Self>> {
        let moving = vec::collect(self.moving.iter().copied())?;
        let owned = (copy(&self.owned)?, self.lapsed.clone());
        self.with(self.generation, owned, moving, self.counters.with(counters))
    }

    /// This cluster when its lease has run out: it owns nothing. That is another table, for which no change is meant
    /// that somebody made for the one before. What drained before rests, where connections do not stay: it drains on by
    /// the next table.
    pub(crate) fn expired(&self) -> Result<Arc<Self>> {
        let generation = match owned::is_empty(&self.owned) {
            true => self.generation,
            false => self.generation.saturating_add(1),
        };
        let owned = vec::zeros(self.owned.len())?;
        let change = Change {
            before: &self.owned,
            after: &owned,
            moving: &self.moving,
            cold: &[],
            lapsed: &[],
            now: boottime(),
            drain_time: self.config.drain_time_at_expiry(),
        };
        let moving = match self.config.drains_at_expiry() {
            true => vec::collect(change.moving())?,
            false => {
                let draining = |it: &&Moving| moving::is_draining(it, &self.owned);
                vec::collect(self.moving.iter().filter(draining).copied())?
            }
        };
        let lapsed = match owned::is_empty(&self.owned) {
            true => self.lapsed.clone(),
            false => Some(Arc::new(self.warm()?, GFP_KERNEL_ACCOUNT)?),
        };
        let owned = (owned, lapsed);
        let expired = self.with(generation, owned, moving, self.counters.clone())?;
        Ok(expired.into())
    }

    /// The table, without what is cold.
    fn warm(&self) -> Result<KVVec<u8>> {
        let mut warm = copy(&self.owned)?;
        for moving in self.moving.iter().filter(|moving| moving.is_cold) {
            owned::clear(&mut warm, moving.bucket);
        }
        Ok(warm)
    }

    fn with(
        &self,
        generation: u64,
        (owned, lapsed): (KVVec<u8>, Option<Arc<KVVec<u8>>>),
        moving: KVVec<Moving>,
        counters: Counters,
    ) -> Result<UniqueArc<Self>> {
        Self::boxed(Self {
            name: self.name,
            config: self.config,
            generation,
            owned,
            lapsed,
            moving,
            buckets: self.buckets.clone(),
            counters,
            peering: self.peering.clone(),
            link: self.link.clone(),
        })
    }

    /// Whether the lease has expired and the table is still the one before.
    pub(crate) fn is_to_expire(&self) -> bool {
        self.buckets.has_expired() && !owned::is_empty(&self.owned)
    }

    /// Another lease is about to take the place of its own, or it goes: nobody renews it any more.
    /// For packets it ends when it does.
    pub(crate) fn end_renewals(&self) {
        if let Some(lease) = self.buckets.shared_lease() {
            lease.replace();
        }
    }

    /// Ends, in the table that packets meet, the transitions that it has no more.
    pub(crate) fn end_transitions(&self) {
        self.buckets.end_transitions(&self.owned, &self.moving);
    }

    /// Sees to it that what it has in transition comes to its end.
    pub(crate) fn watch(&self) {
        if !self.moving.is_empty() {
            work::begin();
        }
    }

    /// Whether it is master: not when its lease has run out.
    pub(crate) fn is_master(&self) -> bool {
        self.config.master && !self.buckets.has_expired()
    }

    /// A configuration is too large to go from hand to hand on the stack.
    #[inline(always)]
    fn boxed(self) -> Result<UniqueArc<Self>> {
        Ok(UniqueArc::new(self, GFP_KERNEL_ACCOUNT)?)
    }

    /// What a packet meets of it.
    pub(crate) fn entry(&self, device: Device) -> Result<Entry> {
        let rules = self
            .config
            .rules()
            .map_err(|_| kernel::error::code::EINVAL)?;
        let path = match (&self.link, self.config.mode) {
            (Some(link), Mode::Forward(forward)) => Some(ForwardPath {
                forward,
                link: link.clone(),
            }),
            _ => None,
        };
        let counters = self.counters.clone();
        let peer_rx = self.peer_rx(device)?;
        Entry::new(rules, device, self.buckets.clone(), counters, path, peer_rx)
    }

    fn peer_rx(&self, device: Device) -> Result<KBox<PeerRx>> {
        PeerRx::new(&self.config, device, &self.peering, &self.buckets)
    }

    /// What a frame meets of it at the forward interface, at once or when it is opened.
    pub(crate) fn relay_entry(
        &self,
        device: Device,
        is_open: bool,
    ) -> Option<Result<KBox<relay::Entry>>> {
        self.link.as_ref()?;
        let counters = self.counters.clone();
        let peer_rx = self.peer_rx(device);
        Some(peer_rx.and_then(|peer_rx| relay::Entry::new(peer_rx, counters, is_open)))
    }

    /// What is announced to the other nodes.
    #[inline(never)]
    pub(crate) fn announcement(&self, device: Device) -> Result<KBox<Announcement>> {
        let announcement = Announcement {
            device,
            nodes: self.link.as_ref().map_or(device, |link| link.device),
            config: self.config,
            addresses: addresses(&self.config)?,
            fields: OwnFields::new(&self.config),
            generation: self.generation,
            owned: self.announced()?,
            buckets: self.buckets.clone(),
            peering: self.peering.clone(),
        };
        Ok(KBox::new(announcement, GFP_KERNEL_ACCOUNT)?)
    }

    /// The buckets that are announced. What is adopted is not: its owner is not known
    /// for sure, so that requests in it go to all nodes, and the former one still gets its own. What was taken
    /// cold is.
    fn announced(&self) -> Result<KVVec<u8>> {
        let mut announced = copy(&self.owned)?;
        for moving in self.moving.iter().filter(|moving| !moving.is_cold) {
            owned::clear(&mut announced, moving.bucket);
        }
        Ok(announced)
    }

    /// Lets the cluster's frames in at its interfaces.
    pub(crate) fn join(&self, device: Device, token: RtnlToken<'_>) -> Result {
        device.disable_lro(token);
        let Some(link) = &self.link else {
            return device.join_group(self.config.group_mac, token);
        };
        link.device.disable_lro(token);
        device.join_unicast(self.config.mac, token)?;
        link.device
            .join_group(self.config.group_mac, token)
            .inspect_err(|_| device.leave_unicast(self.config.mac, token))
    }

    /// Takes one `join` back.
    pub(crate) fn leave(&self, device: Device, token: RtnlToken<'_>) {
        let Some(link) = &self.link else {
            return device.leave_group(self.config.group_mac, token);
        };
        link.device.leave_group(self.config.group_mac, token);
        device.leave_unicast(self.config.mac, token);
    }
}

/// A table as packets meet it.
fn buckets(
    config: &Config,
    table: (&[u8], &[Moving], KVVec<u64>),
    lease: Option<Arc<Lease>>,
    sessions: Arc<Sessions>,
    orphans: Option<Arc<Orphans>>,
) -> Result<Arc<Buckets>> {
    let keep = config.drains_at_expiry();
    let lease = (lease, keep, &work::TRANSITION_WORK);
    Buckets::new(config.buckets, table, lease, sessions, orphans)
}

fn sessions(config: &Config) -> Result<Arc<Sessions>> {
    Ok(Arc::new(
        Sessions::new(config.buckets)?,
        GFP_KERNEL_ACCOUNT,
    )?)
}

fn bitmap(config: &Config, table: Table<'_>, now: &[u8]) -> Result<KVVec<u8>> {
    match table {
        Table::Keep => copy(now),
        Table::Given(owned) => copy(owned),
        Table::ByRank => {
            let mut owned = vec::zeros(owned::len(config.buckets))?;
            owned::fill_by_rank(&mut owned, config.buckets, config.node, config.nodes);
            Ok(owned)
        }
    }
}

fn copy(bytes: &[u8]) -> Result<KVVec<u8>> {
    Ok(vec::copy(bytes)?)
}
