// SPDX-License-Identifier: GPL-2.0-only

//! Attributes of a cluster that cannot be changed: where the file differs, it has to be made anew.

use logic::mac::Mac as KernelMac;
use ssi_netlink::Cluster;
use ssi_netlink::link::Link;
use ssi_netlink::spec::{Function, Hook, Mode};

use crate::failure::Failure;
use crate::file::{ClusterFile, ForwardInterface, Node};
use crate::forward_interface::{Choice, ForwardDev};
use crate::system::System;
use crate::value::{ClientKey, Mac, MacChoice, Seed, group};

/// Refuses a file that has other values for these.
pub fn check(
    system: &mut impl System,
    file: &ClusterFile,
    me: &Node,
    old: &Cluster,
    ifindex: u32,
) -> Result<(), Failure> {
    let name = &file.name;
    let again = match file.daemon {
        Some(_) => "start ssid again",
        None => "apply again",
    };
    let here = format!("to change that, ssictl cluster del {name} and {again}");
    let everywhere = format!(
        "that would move clients in the middle of their work: ssictl cluster del {name} on every node first"
    );
    let refuse = |key: &str, is: String, wanted: String, hint: &str| {
        Err(Failure::Refused(format!(
            "{}: {key}: {name} has {is} here, and the file has {wanted}; {hint}",
            file.source.path
        )))
    };
    if old.ifindex != ifindex {
        let is = system.device(old.ifindex);
        let is = is.unwrap_or_else(|| format!("interface {}", old.ifindex));
        return refuse("interface", is, me.interface.clone(), &here);
    }
    if old.function != Function::Bitmap {
        return refuse(
            "function",
            old.function.to_string(),
            Function::Bitmap.to_string(),
            &everywhere,
        );
    }
    if old.buckets != file.buckets {
        let (is, wanted) = (old.buckets.to_string(), file.buckets.to_string());
        return refuse("buckets", is, wanted, &everywhere);
    }
    if old.hash != file.hash {
        let (is, wanted) = (old.hash.to_string(), file.hash.to_string());
        return refuse("hash", is, wanted, &everywhere);
    }
    if let (Some(is), Some(wanted)) = (old.hash_seed, file.seed) {
        if is != wanted.0 {
            let is = Seed(is).to_string();
            return refuse("hash-seed", is, wanted.to_string(), &everywhere);
        }
    }
    if ClientKey::from(old) != file.client_key {
        let (is, wanted) = (
            ClientKey::from(old).to_string(),
            file.client_key.to_string(),
        );
        return refuse("key", is, wanted, &everywhere);
    }
    if old.mode != file.mode {
        let (is, wanted) = (old.mode.to_string(), file.mode.to_string());
        return refuse("mode", is, wanted, &everywhere);
    }
    if me.hook != Hook::Auto && me.hook != old.hook {
        let (is, wanted) = (old.hook.to_string(), me.hook.to_string());
        return refuse("hook", is, wanted, &here);
    }
    if file.daemon.is_some() {
        // A new shape comes with a new table, which would end the lease.
        let shape = |node: u32, nodes: u32| format!("{node} of {nodes}");
        let (is, wanted) = (
            shape(old.node, old.nodes),
            shape(me.rank, file.kernel_nodes()),
        );
        if is != wanted {
            return refuse("rank", is, wanted, &here);
        }
    }
    macs(file, old)?;
    let forward = forward_interface(system, me, ifindex, old.forward_ifindex)?;
    match (old.forward_ifindex, forward) {
        (Some(is), Some(wanted)) if wanted.0 != is => {
            let is = system
                .device(is)
                .unwrap_or_else(|| format!("interface {is}"));
            refuse("forward-interface", is, wanted.1, &here)
        }
        _ => Ok(()),
    }
}

/// What to do where the file's interface is not there and the cluster is on another one: most likely that was renamed.
pub fn renamed(
    system: &mut impl System,
    file: &ClusterFile,
    me: &Node,
    old: &Cluster,
) -> Option<Failure> {
    let is = system.device(old.ifindex)?;
    Some(Failure::Refused(format!(
        "{}: interface: {} is on {is} here, and the file has {}, which is not there: was it renamed? Give {is} in the file then",
        file.source.path, file.name, me.interface
    )))
}

/// The MACs are the cluster's for good; clients know them.
fn macs(file: &ClusterFile, old: &Cluster) -> Result<(), Failure> {
    let (path, name) = (&file.source.path, &file.name);
    let lowest = file.vips.iter().map(|vip| vip.address);
    let auto = lowest
        .min()
        .map_or(old.mac, |lowest| KernelMac::auto(lowest).0);
    let wanted = match file.mac {
        MacChoice::Given(mac) => mac.0,
        MacChoice::Auto | MacChoice::Group(_) => auto,
    };
    if wanted != old.mac {
        let hint = match file.mac {
            MacChoice::Auto => format!(
                "write mac = \"{}\" into the file, or nodes that join would have another",
                Mac(old.mac)
            ),
            _ => format!("ssictl cluster del {name} on every node first"),
        };
        return Err(Failure::Refused(format!(
            "{path}: mac: {name} has {} here, and the file makes it {}; {hint}",
            Mac(old.mac),
            Mac(wanted)
        )));
    }
    let group_mac = match (file.mode, file.group) {
        (Mode::Multicast, Some(group)) => group::mac(group),
        _ => KernelMac(wanted).group().0,
    };
    match group_mac == old.group_mac {
        true => Ok(()),
        false => Err(Failure::Refused(format!(
            "{path}: group: {name} has the group MAC {} here, and the file makes it {}; ssictl cluster del {name} on \
             every node first",
            Mac(old.group_mac),
            Mac(group_mac)
        ))),
    }
}

/// The forward interface that the file names: its number, 0 where it is not there, and its name. A VLAN goes by its number and what
/// is below: where that was renamed since, the VLAN's name is of before.
fn forward_interface(
    system: &mut impl System,
    me: &Node,
    below: u32,
    old: Option<u32>,
) -> Result<Option<(u32, String)>, Failure> {
    let (name, choice) = match &me.forward_interface {
        None => return Ok(None),
        Some(ForwardInterface::Vlan(id)) => (format!("{}.{id}", me.interface), Choice::Vlan(*id)),
        Some(ForwardInterface::Device(name)) => (name.clone(), Choice::Device(name)),
    };
    let is_it = |link: &Link| match choice {
        Choice::Vlan(id) => link.vlan == Some((below, id)),
        Choice::Device(name) => link.name == name,
    };
    let known = match old {
        Some(old) => ForwardDev::of(system, old)?,
        None => None,
    };
    let link = match known.filter(is_it) {
        Some(link) => Some(link),
        None => ForwardDev::found(system, &name)?,
    };
    let ifindex = link.filter(is_it).map_or(0, |link| link.ifindex);
    Ok(Some((ifindex, name)))
}
