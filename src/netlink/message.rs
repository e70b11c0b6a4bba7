// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's configuration as a message: replies, dumps, events.

use core::net::IpAddr;

use kernel::error::Result;

use crate::{
    abstractions::{
        genl::{
            Message,
            Request, //
        },
        hook::Kind,
        time_namespace::ahead, //
    },
    cluster::{
        observer::Interface,
        Cluster, //
    },
    logic::{
        distribution::Hash,
        lease::Lease,
        wire::{
            self,
            cluster as attribute,
            vip,
            TUNABLE, //
        }, //
    }, //
};

/// Room for `write`, with the most addresses there may be.
pub(super) const SIZE: usize = 1192;

/// Who reads a message.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    is_admin: bool,
    ahead: i64,
}

impl Reader {
    /// Nobody knows who listens: times are by the machine's clock.
    pub(super) const ANYBODY: Self = Self {
        is_admin: false,
        ahead: 0,
    };

    /// Whoever asks.
    pub(super) fn of(request: &Request<'_>) -> Self {
        Self {
            is_admin: request.is_admins(),
            ahead: ahead(),
        }
    }
}

/// Writes a cluster's configuration; the secret of its hash for admins only.
pub(super) fn write(
    message: &mut Message<'_>,
    interface: Interface,
    cluster: &Cluster,
    reader: Reader,
) -> Result {
    let config = &cluster.config;
    message.pad_with(attribute::PAD);
    message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
    message.put_u32(attribute::IFINDEX, interface.ifindex)?;
    message.put_u32(attribute::MODE, config.mode.wire().number())?;
    message.put(attribute::MAC, &config.mac.0)?;
    message.put(attribute::GROUP_MAC, &config.group_mac.0)?;
    for (attr, _) in TUNABLE {
        if let Some(value) = config.get(attr) {
            message.put_u32(attr.number(), value)?;
        }
    }
    if let (Hash::SipHash(seed), true) = (config.hash, reader.is_admin) {
        message.put(attribute::HASH_SEED, &seed)?;
    }
    message.put_u8(attribute::MASTER, u8::from(config.master))?;
    for address in config.vips.iter() {
        message.nest(attribute::VIP, 0, |nest| match address {
            IpAddr::V4(v4) => nest.put(vip::ADDRESS, &v4.octets()),
            IpAddr::V6(v6) => nest.put(vip::ADDRESS, &v6.octets()),
        })?;
    }
    write_lease(message, cluster.buckets.lease(), reader)?;
    message.put_u64(attribute::GENERATION, cluster.generation)?;
    let hook = match interface.hook {
        Kind::RxHandler => wire::Hook::RxHandler,
        Kind::Ingress => wire::Hook::Ingress,
    };
    message.put_u32(attribute::HOOK, hook.number())?;
    if let Some(link) = &cluster.link {
        message.put_u32(attribute::FORWARD_IFINDEX, link.ifindex)?;
        message.put_u8(attribute::FLOODED, u8::from(link.state.is_flooded()))?;
        if let Some(master) = link.state.master() {
            message.put(attribute::MASTER_MAC, &master.node_mac.0)?;
        }
    }
    if let Some(trust) = &cluster.peering.trust {
        message.put_u32(attribute::KEY_ID, trust.id())?;
    }
    let differs = cluster.peering.state.agreement.shown();
    message.put_u32(attribute::DIFFERS, differs.0)
}

/// Writes how long the node may serve.
pub(super) fn write_lease(message: &mut Message<'_>, lease: Lease, reader: Reader) -> Result {
    match lease.by_clock(reader.ahead) {
        Lease::None => Ok(()),
        Lease::Runs { left, until } => {
            message.put_u32(attribute::LEASE, left.try_into()?)?;
            message.put_u64(attribute::LEASE_UNTIL, until)
        }
        Lease::Expired => message.put_u8(attribute::LAPSED, 1),
    }
}
