// SPDX-License-Identifier: GPL-2.0-only

//! Agreement of a cluster's nodes, by what they announce: in what each differs from this one, and whether that lasts.
//!
//! Written in softirq, by frames and each second by the announcer; read by requests and by the work that sends events.
//! Each field is whole by itself.

use core::sync::atomic::{
    AtomicBool,
    AtomicU32,
    AtomicU64,
    Ordering::Relaxed, //
};

use kernel::{
    alloc::KVVec,
    error::Result, //
};

use crate::{
    abstractions::{
        delayed_work::DelayedWork,
        vec, //
    },
    logic::{
        agreement::{
            differences,
            Differences,
            Steady, //
        },
        announcement::{
            Body,
            Header,
            Hello,
            PART, //
        },
        config::Config,
        gratuitous::DEFEND_INTERVAL,
        mac::Mac,
        owned,
        wire::Difference, //
    }, //
};

/// A node is taken for dead after so many seconds without a message.
pub(super) const SILENCE: u32 = 3;

/// Nodes that are kept of those that have no rank of this cluster, another base MAC or another mode.
const MISFITS: usize = 4;
/// They are received by broadcast only, mostly: each `BROADCAST` seconds.
const MISFIT_SILENCE: u32 = 9;
/// Seconds from one hello by broadcast to the next.
pub(super) const BROADCAST: u32 = 4;
/// Seconds for which it is believed that two nodes have a rank since both were received.
const TWINS: u32 = 4;
/// Seconds after which all that differs has lasted.
const SETTLED: u32 = 5;
/// Seconds for which a claim of another host to an address is shown.
const CLAIMED: u32 = 60;
/// Messages that are looked at in a second, at least, and for each rank.
const MESSAGES: u32 = 64;
const MESSAGES_OF_ONE: u32 = 8;
/// Broadcasts that are: those of all clusters in the network.
const BROADCASTS: u32 = 1024;

/// The state of one peer, to be shown.
#[allow(missing_docs)]
pub(crate) struct Seen {
    pub(crate) node: u32,
    pub(crate) node_mac: Mac,
    /// In mode forward.
    pub(crate) forward_mac: Option<Mac>,
    pub(crate) master: bool,
    pub(crate) agrees: bool,
    /// Seconds ago.
    pub(crate) age: u32,
    pub(crate) generation: u64,
    pub(crate) differs: Differences,
    pub(crate) buckets: u32,
    pub(crate) nodes: u32,
}

/// The contents of a hello.
pub(super) struct Reported {
    differs: Differences,
    buckets: u32,
    nodes: u32,
}

impl Reported {
    /// It, and in what its sender differs.
    pub(super) fn new(differs: Differences, hello: &Hello<'_>) -> Self {
        Self {
            differs,
            buckets: hello.buckets,
            nodes: hello.nodes,
        }
    }
}

/// What is known of one node. Of seconds 0 is never.
pub(super) struct Slot {
    differs: AtomicU32,
    buckets: AtomicU32,
    nodes: AtomicU32,
    /// The second in which its rank was last received from another MAC than before.
    turned: AtomicU32,
    /// The second in which that was so for the second time within a few.
    twins: AtomicU32,
    /// The second in which it had a bucket of this node's.
    overlapped: AtomicU32,
    /// What the last look has found besides.
    found: AtomicU32,
    steady: Steady,
}

impl Slot {
    fn new() -> Self {
        let zero = || AtomicU32::new(0);
        Self {
            differs: zero(),
            buckets: zero(),
            nodes: zero(),
            turned: zero(),
            twins: zero(),
            overlapped: zero(),
            found: zero(),
            steady: Steady::new(),
        }
    }

    fn note(&self, reported: &Reported) {
        self.differs.store(reported.differs.0, Relaxed);
        self.buckets.store(reported.buckets, Relaxed);
        self.nodes.store(reported.nodes, Relaxed);
    }

    /// In what it differs by its last hello.
    fn reported(&self) -> Differences {
        Differences(self.differs.load(Relaxed))
    }

    /// In what it differs now, if it is alive.
    pub(super) fn now(&self) -> Differences {
        self.reported().and(Differences(self.found.load(Relaxed)))
    }

    /// A look at it has found this besides its hello, if it is alive. Whether others have lasted than before.
    fn look(&self, found: Option<Differences>) -> bool {
        self.found.store(found.unwrap_or_default().0, Relaxed);
        let now = found.map_or(Differences::NONE, |found| self.reported().and(found));
        self.steady.look(now)
    }

    /// Its number of buckets.
    pub(super) fn buckets(&self) -> u32 {
        self.buckets.load(Relaxed)
    }

    /// Its number of nodes.
    pub(super) fn nodes(&self) -> u32 {
        self.nodes.load(Relaxed)
    }
}

/// Whether it was `within` seconds ago, at most.
fn is_recent(second: &AtomicU32, now: u32, within: u32) -> bool {
    let second = second.load(Relaxed);
    second != 0 && now.wrapping_sub(second) <= within
}

/// A node that has no place among the ranks.
struct Misfit {
    /// Its own MAC, by which it is known; 0: there is none.
    mac: AtomicU64,
    node: AtomicU32,
    last_seen: AtomicU32,
    is_master: AtomicBool,
    generation: AtomicU64,
    slot: Slot,
}

impl Misfit {
    fn new() -> Self {
        Self {
            mac: AtomicU64::new(0),
            node: AtomicU32::new(0),
            last_seen: AtomicU32::new(0),
            is_master: AtomicBool::new(false),
            generation: AtomicU64::new(0),
            slot: Slot::new(),
        }
    }

    fn is_alive(&self, now: u32) -> bool {
        is_recent(&self.last_seen, now, MISFIT_SILENCE)
    }
}

/// In what a cluster's nodes go together, and in what they do not.
pub(crate) struct Agreement {
    slots: KVVec<Slot>,
    misfits: [Misfit; MISFITS],
    /// What is wrong with all of them together.
    whole: Steady,
    /// All differences.
    shown: AtomicU32,
    /// What the last event had.
    notified: AtomicU32,
    is_news: AtomicBool,
    /// The second in which a master was received that has no slot.
    master: AtomicU32,
    /// The second in which another host claimed a cluster address last, and in which the addresses were defended.
    claimed: AtomicU32,
    defended: AtomicU32,
    /// Messages of this second, and broadcasts.
    messages: AtomicU32,
    broadcasts: AtomicU32,
    /// Sends the event, in process context.
    work: &'static DelayedWork,
}

impl Agreement {
    /// Of nothing yet.
    pub(super) fn new(ranks: u32, work: &'static DelayedWork) -> Result<Self> {
        Ok(Self {
            slots: vec::filled(ranks as usize, Slot::new)?,
            misfits: core::array::from_fn(|_| Misfit::new()),
            whole: Steady::new(),
            shown: AtomicU32::new(0),
            notified: AtomicU32::new(0),
            is_news: AtomicBool::new(false),
            master: AtomicU32::new(0),
            claimed: AtomicU32::new(0),
            defended: AtomicU32::new(0),
            messages: AtomicU32::new(0),
            broadcasts: AtomicU32::new(0),
            work,
        })
    }

    /// This one takes the place of another one, whose differences were notified.
    pub(super) fn follow(&self, before: &Self) {
        self.notified.store(before.notified.load(Relaxed), Relaxed);
    }

    /// Another host claims a cluster address.
    pub(super) fn note_claim(&self, now: u32) {
        self.claimed.store(now, Relaxed);
    }

    /// Whether the addresses are to be defended now: not so often that two who do so flood the network.
    pub(super) fn may_defend(&self, now: u32) -> bool {
        let last = self.defended.load(Relaxed);
        !is_recent(&self.defended, now, DEFEND_INTERVAL)
            && self
                .defended
                .compare_exchange(last, now, Relaxed, Relaxed)
                .is_ok()
    }

    /// What is known of the node of this rank.
    pub(super) fn of(&self, rank: u32) -> Option<&Slot> {
        self.slots.get(rank as usize)
    }

    /// Whether one more message is looked at: on the clients' network anybody may send some.
    pub(super) fn admits(&self) -> bool {
        let ranks = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        let most = ranks
            .saturating_mul(MESSAGES_OF_ONE)
            .saturating_add(MESSAGES);
        self.messages.fetch_add(1, Relaxed) < most
    }

    /// Whether one more broadcast is looked at.
    pub(super) fn admits_broadcast(&self) -> bool {
        self.broadcasts.fetch_add(1, Relaxed) < BROADCASTS
    }

    /// A hello of a rank. `is_turned`: just before there was one of it from another MAC.
    pub(super) fn note(&self, rank: u32, reported: &Reported, is_turned: bool, now: u32) {
        let Some(slot) = self.of(rank) else {
            return;
        };
        slot.note(reported);
        if is_turned {
            // Once is another network card; again and again is two nodes.
            if is_recent(&slot.turned, now, TWINS) {
                slot.twins.store(now, Relaxed);
            }
            slot.turned.store(now, Relaxed);
        }
    }

    /// A part of the bitmap of a rank has a bucket that this node owns as well.
    pub(super) fn note_overlap(&self, rank: u32, now: u32) {
        if let Some(slot) = self.of(rank) {
            slot.overlapped.store(now, Relaxed);
        }
    }

    /// A message of a node that has no slot.
    #[inline(never)]
    pub(super) fn note_misfit(&self, header: &Header, body: &Body<'_>, config: &Config, now: u32) {
        let Body::Hello(hello) = body else {
            return;
        };
        let differs = differences(header.base, hello, config);
        if header.master && header.base == config.mac {
            self.master.store(now, Relaxed);
        }
        // There may be more nodes than there are slots.
        if differs == Differences::NONE {
            return;
        }
        let mac = hello.node_mac.to_bits();
        let is_it = |misfit: &&Misfit| misfit.mac.load(Relaxed) == mac;
        let is_free = |misfit: &&Misfit| !misfit.is_alive(now);
        let known = self.misfits.iter().find(is_it);
        let Some(misfit) = known.or_else(|| self.misfits.iter().find(is_free)) else {
            return;
        };
        misfit.mac.store(mac, Relaxed);
        misfit.node.store(header.node, Relaxed);
        misfit.is_master.store(header.master, Relaxed);
        misfit.generation.store(hello.generation, Relaxed);
        misfit.slot.note(&Reported::new(differs, hello));
        misfit.last_seen.store(now, Relaxed);
    }

    /// Those that have no slot and were received lately, each with its number.
    pub(super) fn misfits(&self, now: u32) -> impl Iterator<Item = (usize, Seen)> + '_ {
        let alive = (0..MISFITS).zip(&self.misfits);
        let alive = alive.filter(move |(_, misfit)| misfit.is_alive(now));
        alive.map(move |(at, misfit)| {
            let seen = Seen {
                node: misfit.node.load(Relaxed),
                node_mac: Mac::from_bits(misfit.mac.load(Relaxed)),
                forward_mac: None,
                master: misfit.is_master.load(Relaxed),
                agrees: misfit.slot.reported().agrees(),
                age: now.wrapping_sub(misfit.last_seen.load(Relaxed)),
                generation: misfit.generation.load(Relaxed),
                differs: misfit.slot.now(),
                buckets: misfit.slot.buckets(),
                nodes: misfit.slot.nodes(),
            };
            (at, seen)
        })
    }

    /// A second has passed: looks at all nodes. `live` has for each rank whether it is the master, if it is alive.
    pub(super) fn look(
        &self,
        live: impl Iterator<Item = Option<bool>> + Clone,
        (config, is_master): (&Config, bool),
        now: u32,
    ) {
        self.messages.store(0, Relaxed);
        self.broadcasts.store(0, Relaxed);
        let others = live.clone().flatten().filter(|is_master| *is_master);
        let mut masters = others.fold(u32::from(is_master), |sum, _| sum.saturating_add(1));
        if is_recent(&self.master, now, SILENCE) {
            masters = masters.saturating_add(1);
        }
        // A bitmap comes part by part.
        let overlap = owned::len(config.buckets).div_ceil(PART).saturating_add(1);
        let overlap = u32::try_from(overlap).unwrap_or(u32::MAX);
        let mut is_news = false;
        let mut all = Differences::NONE;
        for ((rank, slot), live) in (0..u32::MAX).zip(&self.slots).zip(live) {
            let is_twin = rank == config.node || is_recent(&slot.twins, now, TWINS);
            let overlaps = is_recent(&slot.overlapped, now, overlap);
            is_news |= slot.look(live.map(|is_master| {
                Differences::NONE
                    .with_if(Difference::Node, is_twin)
                    .with_if(Difference::Owned, overlaps)
                    .with_if(Difference::Master, is_master && masters > 1)
            }));
            all = all.and(slot.steady.shown());
        }
        for misfit in &self.misfits {
            let is_alive = misfit.is_alive(now);
            is_news |= misfit.slot.look(is_alive.then_some(Differences::NONE));
            all = all.and(misfit.slot.steady.shown());
        }
        let whole = Differences::NONE
            .with_if(Difference::Master, masters > 1)
            .with_if(Difference::NoMaster, masters == 0)
            .with_if(Difference::Claimed, is_recent(&self.claimed, now, CLAIMED));
        is_news |= self.whole.look(whole);
        all = all.and(self.whole.shown());
        self.shown.store(all.0, Relaxed);
        // Who knows nothing yet waits before it reports that what was notified before is over.
        if is_news || (now > SETTLED && self.notified.load(Relaxed) != all.0) {
            self.is_news.store(true, Relaxed);
            self.work.schedule(0);
        }
    }

    /// All differences that have lasted.
    pub(crate) fn shown(&self) -> Differences {
        Differences(self.shown.load(Relaxed))
    }

    /// Whether there is an event to send since this was asked last.
    pub(crate) fn take_news(&self) -> bool {
        let is_news = self.is_news.swap(false, Relaxed);
        self.notified.store(self.shown.load(Relaxed), Relaxed);
        is_news
    }
}
