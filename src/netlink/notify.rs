// SPDX-License-Identifier: GPL-2.0-only

//! Events, to the family's multicast group in the namespace of a cluster's interface.

use core::sync::atomic::Ordering;

use kernel::error::Result;

use super::{
    message::{
        self,
        Reader, //
    },
    EVENTS_WANTED,
    FAMILY_SSI, //
};
use crate::{
    abstractions::{
        device::Net,
        genl::Message, //
    },
    cluster::observer::Subject,
    log,
    logic::wire::{
        cluster as attribute,
        command, //
    }, //
};

/// Number of the multicast group.
const EVENTS: u32 = 0;

/// Sends the event of a cluster as it is now.
pub(crate) fn notify(command: u8, subject: &Subject, reason: u32) {
    let Subject {
        net,
        interface,
        cluster,
    } = subject;
    send(*net, command, message::SIZE, |message| {
        message::write(message, *interface, cluster, Reader::ANYBODY)?;
        message.put_u32(attribute::REASON, reason)
    });
}

/// Sends the event of buckets whose drain has ended.
pub(crate) fn notify_drained(subject: &Subject, drained: &[u8], reason: u32) {
    let cluster = &subject.cluster;
    let size = message::SIZE.saturating_add(drained.len());
    send(subject.net, command::DRAINED_NTF, size, |message| {
        message.pad_with(attribute::PAD);
        message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
        message.put_u64(attribute::GENERATION, cluster.generation)?;
        message.put_u32(attribute::BUCKETS, cluster.config.buckets)?;
        message.put(attribute::DRAINED, drained)?;
        message.put_u32(attribute::REASON, reason)
    });
}

/// Sends an event; without memory it is lost, as events may be. None is sent while there is no family, which is
/// registered last.
fn send(net: Net, command: u8, size: usize, write: impl FnOnce(&mut Message<'_>) -> Result) {
    if !EVENTS_WANTED.load(Ordering::Relaxed) {
        return;
    }
    match FAMILY_SSI.event(command, size, write) {
        Ok(event) => FAMILY_SSI.multicast(net, EVENTS, event),
        Err(_) => log::warn(net, format_args!("no memory for the event of a change")),
    }
}
