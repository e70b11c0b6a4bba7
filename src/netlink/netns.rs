// SPDX-License-Identifier: GPL-2.0-only

//! `netns-cluster-get` and `netns-cluster-del`: clusters of all network namespaces, for the machine's administrator.
//!
//! Each cluster keeps the module loaded, also one in a namespace that has no name and no process.

use core::net::IpAddr;

use super::request::RequestAttrs;
use crate::{
    abstractions::{
        genl::{
            Do,
            Dump,
            Failure,
            Full,
            Page,
            Request, //
        },
        rtnl::Rtnl, //
    },
    cluster::{
        observer,
        registry::{
            index,
            REGISTRY, //
        }, //
    },
    logic::{
        refusal::Refusal,
        wire::{
            cluster as attribute,
            command,
            reason,
            vip, //
        }, //
    },
};

/// Lists which clusters there are, and where.
pub(super) struct NetnsClusterGet;

impl Dump for NetnsClusterGet {
    fn fill(_request: &Request<'_>, page: &mut Page<'_>) -> Result<Result<(), Full>, Failure> {
        let mut rtnl = Rtnl::lock();
        let (registry, _token) = REGISTRY.get(&mut rtnl);
        page.set_version(index::version());
        let begin = page.cursor();
        for ((port, cluster), at) in registry.all().zip(0..usize::MAX).skip(begin) {
            page.set_cursor(at);
            let Some(net) = port.device().net() else {
                continue;
            };
            let written = page.message(command::NETNS_CLUSTER_GET, |message| {
                message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
                message.put_u32(attribute::IFINDEX, port.device().ifindex())?;
                for address in cluster.config.vips.iter() {
                    message.nest(attribute::VIP, 0, |nest| match address {
                        IpAddr::V4(v4) => nest.put(vip::ADDRESS, &v4.octets()),
                        IpAddr::V6(v6) => nest.put(vip::ADDRESS, &v6.octets()),
                    })?;
                }
                message.put_u32(attribute::NETNS, net.inode())
            });
            if let Err(full) = written {
                return Ok(Err(full));
            }
        }
        Ok(Ok(()))
    }
}

/// Takes a cluster of any namespace away.
pub(super) struct NetnsClusterDel;

impl Do for NetnsClusterDel {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        let number = attrs.netns.ok_or(Refusal::NetnsMissing)?;
        let mut rtnl = Rtnl::lock();
        let (registry, token) = REGISTRY.get(&mut rtnl);
        let mut all = registry.all();
        let there = all.find_map(|(port, cluster)| {
            let net = port.device().net()?;
            (net.inode() == number && cluster.name == attrs.name).then_some(net)
        });
        drop(all);
        let place = registry.find(there.ok_or(Refusal::NetnsUnknown)?, &attrs.name)?;
        let subject = registry.subject(place);
        registry.remove(place, token)?;
        observer::notify(command::CLUSTER_DEL_NTF, subject, reason::REQUEST);
        Ok(())
    }
}
