// SPDX-License-Identifier: GPL-2.0-only

//! The forward interfaces of clusters.

use kernel::{
    alloc::KBox,
    error::{
        code::EBUSY,
        Result, //
    },
    sync::Arc, //
};

use super::{
    ClusterIndex,
    Port,
    Registry, //
};
use crate::{
    abstractions::{
        device::Device,
        genl::Failure,
        rcu::RcuBox,
        redirect::Redirected,
        rtnl::RtnlToken,
        vec, //
    },
    cluster::Cluster,
    datapath::relay::{
        self,
        Relay, //
    }, //
    logic::refusal::Refusal,
    parameters, //
};

impl Registry {
    /// Where the first cluster is that forwards by an interface.
    pub(super) fn first_by(&self, forward: Device) -> Option<ClusterIndex> {
        self.forwarding_by(forward).next()
    }

    /// Where the clusters are that forward by an interface.
    fn forwarding_by(&self, device: Device) -> impl Iterator<Item = ClusterIndex> + '_ {
        self.places().filter(move |place| {
            let link = self
                .at(*place)
                .ok()
                .and_then(|(_, cluster)| cluster.link.as_ref());
            link.is_some_and(|link| link.device == device)
        })
    }

    /// The clusters that forward by an interface, each with its port.
    pub(crate) fn by_forward(
        &self,
        device: Device,
    ) -> impl Iterator<Item = (&Port, &Arc<Cluster>)> {
        self.forwarding_by(device)
            .filter_map(|place| self.at(place).ok())
    }

    /// Whether the interfaces are free for what `cluster` wants of them.
    pub(super) fn check_devices(&self, device: Device, cluster: &Cluster) -> Result<(), Refusal> {
        if self.relays.iter().any(|relay| relay.device() == device) {
            return Err(Refusal::DeviceForwards);
        }
        let Some(link) = &cluster.link else {
            return Ok(());
        };
        if link.device == device {
            return Err(Refusal::ForwardDeviceSame);
        }
        let has_clusters = self.ports.iter().any(|port| port.device() == link.device);
        if has_clusters || link.device.is_loopback() || !link.device.is_ethernet() {
            return Err(Refusal::ForwardDeviceUnfit);
        }
        // A loop: a chain of iterators has a name here that is too long for objtool.
        let mut count = 0u32;
        let mut is_mac_taken = false;
        for (_, other) in self.by_forward(link.device) {
            count = count.saturating_add(1);
            is_mac_taken |= other.config.mac == cluster.config.mac;
        }
        // Each frame there is compared with each of them.
        if count >= parameters::clusters_max() {
            return Err(Refusal::ForwardDeviceFull);
        }
        match is_mac_taken {
            true => Err(Refusal::MacTaken),
            false => Ok(()),
        }
    }

    /// Makes the interface that `cluster` forwards by, if it does, ready to receive for it too, from
    /// `open_relay` on. The cluster itself is to be on `device`.
    #[inline(never)]
    pub(super) fn add_relay(
        &mut self,
        device: Device,
        cluster: &Cluster,
        token: RtnlToken<'_>,
    ) -> Result<(), Failure> {
        let Some(forward) = cluster.link.as_ref().map(|link| link.device) else {
            return Ok(());
        };
        let others = self.relay_entries(forward);
        let table = relay::Table::new(others.chain(cluster.relay_entry(device, false)))?;
        if let Some(relay) = self.relays.iter().find(|r| r.device() == forward) {
            relay.redirect().0.replace(table);
            return Ok(());
        }
        vec::make_room(&mut self.relays, 1)?;
        let relay = Relay(RcuBox::new(table));
        let relay = Redirected::new(relay, forward, token).map_err(|error| match error {
            EBUSY => Failure::from(Refusal::ForwardDeviceBusy),
            error => Failure::Error(error),
        })?;
        Ok(vec::push(&mut self.relays, relay)?)
    }

    /// Begins to receive for a cluster that `add_relay` has made ready.
    pub(super) fn open_relay(&self, cluster: &Cluster) {
        let Some(forward) = cluster.link.as_ref().map(|link| link.device) else {
            return;
        };
        if let Some(relay) = self.relays.iter().find(|r| r.device() == forward) {
            relay.redirect().open(cluster.config.mac);
        }
    }

    fn relay_entries(
        &self,
        forward: Device,
    ) -> impl Iterator<Item = Result<KBox<relay::Entry>>> + '_ {
        let by_it = self.by_forward(forward);
        by_it.filter_map(|(port, cluster)| cluster.relay_entry(port.device(), true))
    }

    /// Makes the interface that `gone` forwarded by receive for no other clusters than there are.
    #[inline(never)]
    pub(super) fn leave_relay(&mut self, gone: &Cluster) {
        let Some(forward) = gone.link.as_ref().map(|link| link.device) else {
            return;
        };
        let Some(at) = self.relays.iter().position(|r| r.device() == forward) else {
            return;
        };
        if self.first_by(forward).is_none() {
            // Dropping it detaches it.
            let _ = vec::remove(&mut self.relays, at);
            return;
        }
        let table = relay::Table::new(self.relay_entries(forward));
        let Some(relay) = self.relays.get(at) else {
            return;
        };
        match table {
            Ok(table) => relay.redirect().0.replace(table),
            // Without memory the old table stays, but for this one, whose interface may be going.
            Err(_) => relay.redirect().close(gone.config.mac),
        }
    }

    /// The same for a cluster that has left its interface together with those `before` it: if one of
    /// them forwarded by the same interface, it receives for this one no more.
    pub(super) fn leave_relay_unless<'a>(
        &mut self,
        gone: &Cluster,
        mut before: impl Iterator<Item = &'a Cluster>,
    ) {
        let by = |cluster: &Cluster| cluster.link.as_ref().map(|link| link.device);
        if !before.any(|other| by(other) == by(gone)) {
            return self.leave_relay(gone);
        }
        let relay = self.relays.iter().find(|r| Some(r.device()) == by(gone));
        // It does still if there was no memory for the table of the rest.
        match relay.map(Redirected::redirect) {
            Some(relay) if relay.is_open(gone.config.mac) => relay.close(gone.config.mac),
            _ => {}
        }
    }

    /// What frames are to meet where `cluster`, which is on `device`, forwards, with it in the place
    /// of the one that has its name.
    #[inline(never)]
    pub(super) fn relay_with(
        &self,
        cluster: &Cluster,
        device: Device,
    ) -> Result<Option<KBox<relay::Table>>> {
        let Some(link) = &cluster.link else {
            return Ok(None);
        };
        let others = self.by_forward(link.device).filter_map(|(port, other)| {
            match port.device() == device && other.name == cluster.name {
                true => cluster.relay_entry(device, true),
                false => other.relay_entry(port.device(), true),
            }
        });
        relay::Table::new(others).map(Some)
    }

    /// Lets frames meet it.
    pub(super) fn publish_relay(&self, cluster: &Cluster, table: Option<KBox<relay::Table>>) {
        let Some((link, table)) = cluster.link.as_ref().zip(table) else {
            return;
        };
        let mut relays = self.relays.iter();
        if let Some(relay) = relays.find(|relay| relay.device() == link.device) {
            relay.redirect().0.replace(table);
        }
    }
}
