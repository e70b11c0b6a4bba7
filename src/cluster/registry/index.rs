// SPDX-License-Identifier: GPL-2.0-only

//! The clusters by namespace and name, for those who only read.
//!
//! They would wait for whoever has the RTNL, and others for them. The index has a lock of its own, which is taken
//! inside the RTNL by those who change anything, and held for a look.

use kernel::{
    alloc::flags::GFP_KERNEL_ACCOUNT,
    error::Result,
    rbtree::{
        RBTree,
        RBTreeNodeReservation, //
    },
    sync::Arc, //
};

use crate::{
    abstractions::{
        device::Net,
        locked::Locked,
        rtnl::RtnlToken, //
    },
    cluster::{
        observer::Interface,
        Cluster, //
    },
    logic::{
        name::Name,
        refusal::Refusal, //
    }, //
};

/// A cluster as it is found. It is never changed, only replaced, so it may be read for as long as that takes.
#[derive(Clone)]
pub(crate) struct Entry {
    /// Its interface.
    pub(crate) interface: Interface,
    /// The cluster.
    pub(crate) cluster: Arc<Cluster>,
}

/// Where a cluster is in the index. A namespace is but a number here: its clusters go before it does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    net: u64,
    name: Name,
}

/// The clusters.
pub(crate) struct Index {
    entries: RBTree<Key, Entry>,
    version: u32,
}

static INDEX: Locked<Index> = Locked::new();

/// Before anything else here. Once.
pub(crate) fn begin() -> Result {
    INDEX.begin(Index {
        entries: RBTree::new(),
        version: 0,
    })
}

/// Room for one more entry.
pub(super) struct Room(RBTreeNodeReservation<Key, Entry>);

impl Room {
    pub(super) fn new() -> Result<Self> {
        Ok(Self(RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?))
    }

    /// Lets a new cluster be found.
    pub(super) fn fill(self, net: Net, entry: Entry, _token: RtnlToken<'_>) {
        let node = self.0.into_node(key(net, &entry.cluster.name), entry);
        let mut index = INDEX.lock();
        index.changed();
        index.entries.insert(node);
    }
}

/// Lets `cluster` be found in the place of the one that has its name.
pub(super) fn replace(net: Net, cluster: Arc<Cluster>, _token: RtnlToken<'_>) {
    let mut index = INDEX.lock();
    index.changed();
    let old = index
        .entries
        .get_mut(&key(net, &cluster.name))
        .map(|entry| core::mem::replace(&mut entry.cluster, cluster));
    drop(index);
    // What it has is freed where nobody waits for the lock.
    drop(old);
}

/// The cluster of this name is not found any more.
pub(super) fn remove(net: Net, name: &Name, _token: RtnlToken<'_>) {
    let mut index = INDEX.lock();
    index.changed();
    let old = index.entries.remove_node(&key(net, name));
    drop(index);
    drop(old);
}

/// The cluster of this name.
pub(crate) fn find(net: Net, name: &Name) -> Result<Entry, Refusal> {
    let index = INDEX.lock();
    let found = index.entries.get(&key(net, name)).cloned();
    found.ok_or(Refusal::NameUnknown)
}

/// The namespace's cluster of this number, in the order of names.
pub(crate) fn nth(net: Net, number: usize) -> Option<Entry> {
    let mut index = INDEX.lock();
    let first = key(net, &Name::LEAST);
    let mut at = index.entries.cursor_lower_bound_mut(&first);
    for _ in 0..number {
        at = at?.move_next();
    }
    let at = at?;
    let (key, entry) = at.current();
    (key.net == first.net).then(|| entry.clone())
}

/// Changes with every change of what clusters there are and what they have.
pub(crate) fn version() -> u32 {
    INDEX.lock().version
}

impl Index {
    fn changed(&mut self) {
        self.version = self.version.wrapping_add(1);
    }
}

fn key(net: Net, name: &Name) -> Key {
    Key {
        net: net.number(),
        name: *name,
    }
}
