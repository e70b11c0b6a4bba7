// SPDX-License-Identifier: GPL-2.0-only

//! The observer of clusters: files and events, by which userspace sees them.

use kernel::{
    alloc::KBox,
    error::Result,
    sync::{
        Arc,
        SetOnce, //
    }, //
};

use super::Cluster;
use crate::{
    abstractions::{
        device::{
            Device,
            Net, //
        },
        hook::Kind, //
    },
    log,
    logic::wire::{
        command,
        reason, //
    }, //
};

/// A cluster's interface, to be shown.
#[derive(Clone, Copy)]
pub(crate) struct Interface {
    /// Its index.
    pub(crate) ifindex: u32,
    /// Where its received frames are met.
    pub(crate) hook: Kind,
}

/// A cluster and where it is, or was a moment ago.
#[derive(Clone)]
pub(crate) struct Subject {
    /// Its network namespace.
    pub(crate) net: Net,
    /// Its interface.
    pub(crate) interface: Interface,
    /// It.
    pub(crate) cluster: Arc<Cluster>,
}

/// Who wants to know of clusters. All is called under the RTNL, in process context, and may sleep.
pub(crate) trait ClusterObserver: Sync {
    /// Shows a cluster on `device`, until the result is dropped.
    fn show(&self, device: Device, hook: Kind, cluster: Arc<Cluster>) -> Result<KBox<dyn View>>;
    /// Something has happened: the event is `command`, for a reason.
    fn notify(&self, command: u8, subject: &Subject, reason: u32);
    /// The drain of buckets of the bitmap `drained` has ended, for a reason.
    fn drained(&self, subject: &Subject, drained: &[u8], reason: u32);
}

/// A cluster that is shown.
pub(crate) trait View: Send {
    /// Shows it as this one from now on.
    fn update(&self, cluster: Arc<Cluster>);
}

static OBSERVER: SetOnce<&'static dyn ClusterObserver> = SetOnce::new();

/// Sets the observer, before there is any cluster.
pub(crate) fn observe(observer: &'static dyn ClusterObserver) {
    OBSERVER.populate(observer);
}

/// Shows a cluster, if there is an observer.
pub(super) fn show(
    device: Device,
    hook: Kind,
    cluster: &Arc<Cluster>,
) -> Result<Option<KBox<dyn View>>> {
    let observer = OBSERVER.copy();
    let view = observer.map(|observer| observer.show(device, hook, cluster.clone()));
    view.transpose()
}

/// Sends the event `command`, for a reason.
pub(crate) fn notify(command: u8, subject: Option<Subject>, reason: u32) {
    if let Some((observer, subject)) = OBSERVER.copy().zip(subject) {
        observer.notify(command, &subject, reason);
    }
}

/// Sends the event of an expired lease, and logs it.
pub(super) fn notify_expired(subject: Option<Subject>) {
    let Some(subject) = subject else {
        return;
    };
    let (net, name) = (subject.net, subject.cluster.name);
    notify(command::LAPSED_NTF, Some(subject), reason::LEASE);
    log::warn(
        net,
        format_args!(
            "{}: the lease has run out, nothing new is served until there is a new table",
            name.as_str()
        ),
    );
}

/// Sends the event of buckets whose drain has ended.
pub(super) fn notify_drained(subject: &Subject, drained: &[u8], reason: u32) {
    if let Some(observer) = OBSERVER.copy() {
        observer.drained(subject, drained, reason);
    }
}
