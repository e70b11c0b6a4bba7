// SPDX-License-Identifier: GPL-2.0-only

//! Messages of a cluster's other nodes as they come in: at its own interface, and in mode forward at the forward
//! interface too.

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox, //
    },
    error::Result,
    sync::Arc, //
};

use super::{
    announcer::gratuitous,
    buckets::Buckets,
    peering::Peering, //
};
use crate::{
    abstractions::{
        device::Device,
        skb::{
            Received,
            Scratch, //
        }, //
    },
    logic::{
        agreement::is_of_cluster,
        announcement::{
            self,
            Body,
            Message,
            Part,
            LONGEST, //
        },
        config::Config,
        counter::Counter,
        mac::Mac,
        owned::owns,
        states::{
            State,
            States, //
        }, //
    },
};

/// A cluster, as far as its other nodes' messages are concerned.
pub(crate) struct PeerRx {
    pub(crate) config: Config,
    /// The cluster's interface.
    pub(crate) device: Device,
    peering: Peering,
    buckets: Arc<Buckets>,
}

impl PeerRx {
    /// Of the cluster of this configuration, on `device`.
    #[inline(never)]
    pub(crate) fn new(
        config: &Config,
        device: Device,
        peering: &Peering,
        buckets: &Arc<Buckets>,
    ) -> Result<KBox<Self>> {
        let peer_rx = Self {
            // What is shown of the key is in `peering`.
            config: Config {
                key: None,
                ..*config
            },
            device,
            peering: peering.clone(),
            buckets: buckets.clone(),
        };
        Ok(KBox::new(peer_rx, GFP_KERNEL_ACCOUNT)?)
    }

    /// Another host claims a cluster address: the master announces it (RFC 5227, 2.4). Any context.
    #[inline(never)]
    pub(super) fn defend(&self) {
        let state = &self.peering.state;
        // Second 0 is never.
        let now = state.now().max(1);
        state.agreement.note_claim(now);
        let is_master = self.config.master && !self.buckets.has_expired();
        if is_master && state.agreement.may_defend(now) {
            gratuitous(self.device, &self.config);
        }
    }

    /// A message to the group MAC, where the nodes talk to each other.
    pub(crate) fn accept(&self, source: Mac, message: &Message<'_>) -> Result<(), Counter> {
        if !message.is_message_of(self.config.mac) {
            return Err(Counter::RxRefused);
        }
        if let Some(trust) = &self.peering.trust {
            trust.check(message, self.config.group_mac, source)?;
        }
        let (header, body) = (&message.header, &message.body);
        let overlaps = |part: &Part<'_>| self.has_any(part);
        let state = &self.peering.state;
        state.receive(source, header, body, &self.config, overlaps);
        Ok(())
    }

    /// What is of the nodes' kind and came in at the cluster's interface, to its group MAC. `None` where it is no
    /// message, and somebody else's: the EtherType is one for experiments.
    #[inline(never)]
    pub(crate) fn receive(&self, frame: &Received) -> Option<Result<(), Counter>> {
        let mut scratch = Scratch::<LONGEST>::new();
        let message = announcement::read(frame.packet(LONGEST, &mut scratch))?;
        let source = frame.source();
        if self.is_own(source) {
            return Some(Ok(()));
        }
        if !self.peering.state.agreement.admits() {
            return Some(Err(Counter::RxRefused));
        }
        Some(
            match self.config.is_forward() || message.header.base != self.config.mac {
                // In mode forward the nodes talk elsewhere: here are such of another mode.
                true => {
                    let addresses = (self.config.group_mac, source);
                    self.receive_stranger(addresses, &message)
                }
                false => self.accept(source, &message),
            },
        )
    }

    /// What was sent by broadcast, or to another group, by a node that may be one of this cluster with another group
    /// MAC. Its contents are shown, no more.
    pub(crate) fn receive_elsewhere(
        &self,
        (destination, source): (Mac, Mac),
        message: &Message<'_>,
    ) {
        if self.is_own(source) || !self.peering.state.agreement.admits_broadcast() {
            return;
        }
        let _ = self.receive_stranger((destination, source), message);
    }

    fn receive_stranger(
        &self,
        (destination, source): (Mac, Mac),
        message: &Message<'_>,
    ) -> Result<(), Counter> {
        let Body::Hello(hello) = &message.body else {
            return Err(Counter::RxRefused);
        };
        if !is_of_cluster(hello, &self.config.vips) {
            return Err(Counter::RxRefused);
        }
        let mode = self.config.mode.wire();
        let is_mode = hello.fields.mode().is_none_or(|theirs| theirs == mode);
        let group = hello.fields.group_mac();
        let is_group = group.is_none_or(|theirs| theirs == self.config.group_mac);
        if message.header.base == self.config.mac && is_mode && is_group {
            // It comes where the nodes talk, too.
            return Ok(());
        }
        if let Some(trust) = &self.peering.trust {
            trust.check_tag(message, destination, source)?;
        }
        let state = &self.peering.state;
        let (header, body) = (&message.header, &message.body);
        state
            .agreement
            .note_misfit(header, body, &self.config, state.now());
        Ok(())
    }

    fn is_own(&self, source: Mac) -> bool {
        source == self.device.mac_now()
    }

    /// Whether this node owns a bucket of a part of another one's bitmap.
    fn has_any(&self, part: &Part<'_>) -> bool {
        if self.buckets.has_expired() {
            return false;
        }
        let bits = u32::try_from(part.bits.len())
            .unwrap_or(0)
            .saturating_mul(8);
        let theirs = (0..bits).filter(|bit| owns(part.bits, *bit));
        let mut buckets = theirs.map(|bit| part.first.saturating_add(bit));
        let last = self.config.buckets;
        buckets.any(|m| m < last && matches!(self.buckets.state(m), State::Owned | State::Leased))
    }
}
