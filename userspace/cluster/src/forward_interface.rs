// SPDX-License-Identifier: GPL-2.0-only

//! The forward interface (mode forward): one that is there, or a VLAN interface made for it.

use std::fmt;

use ssi_netlink::link::Link;
use ssi_netlink::{Cluster, Error};

use crate::failure::Failure;
use crate::system::System;

/// What an interface made by us is marked with, in front of the cluster's name.
const MARK: &str = "ssi ";
/// The longest name that the kernel gives an interface.
const LONGEST: usize = 15;
/// The error that rtnetlink gives for a VLAN over an interface that is down (`ENETDOWN`).
const DOWN: i32 = 100;
/// And where the kernel has no VLANs (`EOPNOTSUPP`).
const NO_KIND: i32 = 95;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// The VLAN of this number over the cluster's interface.
    Vlan(u16),
    /// This one.
    Device(&'a str),
}

impl fmt::Display for Choice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vlan(id) => write!(f, "--vlan {id}"),
            Self::Device(name) => write!(f, "--forward-dev {name}"),
        }
    }
}

/// A forward interface.
#[derive(Debug, PartialEq, Eq)]
pub struct ForwardDev {
    /// It.
    pub link: Link,
    is_made: bool,
}

impl ForwardDev {
    /// Finds it or makes it, for the cluster `cluster` on the interface `device`.
    pub fn ready(
        system: &mut impl System,
        (device, below): (&str, u32),
        choice: Choice<'_>,
        cluster: &str,
    ) -> Result<Self, Failure> {
        match choice {
            Choice::Device(name) => match link(system, name)? {
                Some(link) => Ok(Self {
                    link,
                    is_made: false,
                }),
                None => Err(Failure::Refused(format!(
                    "--forward-dev {name}: no such interface; see ip link"
                ))),
            },
            Choice::Vlan(id) => vlan(system, (device, below), id, cluster),
        }
    }

    /// The interface of this name, if it is there.
    pub fn found(system: &mut impl System, name: &str) -> Result<Option<Link>, Failure> {
        link(system, name)
    }

    /// The interface of this number, if it is there.
    pub fn of(system: &mut impl System, ifindex: u32) -> Result<Option<Link>, Failure> {
        link_of(system, ifindex)
    }

    /// Takes it away if `ready` has made it.
    pub fn undo(&self, system: &mut impl System) -> Result<(), Failure> {
        match self.is_made {
            true => remove(system, &self.link),
            false => Ok(()),
        }
    }
}

fn vlan(
    system: &mut impl System,
    (device, below): (&str, u32),
    id: u16,
    cluster: &str,
) -> Result<ForwardDev, Failure> {
    let name = format!("{device}.{id}");
    let what = format!("--vlan {id}");
    if name.len() > LONGEST {
        return Err(Failure::Refused(format!(
            "{what}: {name} is longer than the {LONGEST} characters of an interface's name; \
             make the interface with ip link, and give it by --forward-dev"
        )));
    }
    if let Some(there) = link(system, &name)? {
        return used(there, (device, below), id);
    }
    system
        .add_vlan(&name, below, id)
        .map_err(|e| hinted(&format!("{what}: making {name}"), &e, device))?;
    let Some(made) = link(system, &name)? else {
        return Err(Failure::Refused(format!("{what}: {name} went at once")));
    };
    let mark = format!("{MARK}{cluster}");
    system.set_up(made.ifindex, &mark).map_err(|e| {
        hinted(&format!("{what}: setting {name} up"), &e, device).and_undoing(remove(system, &made))
    })?;
    Ok(ForwardDev {
        link: made,
        is_made: true,
    })
}

/// One of that name which is there is the right one, or somebody else's.
fn used(there: Link, (device, below): (&str, u32), id: u16) -> Result<ForwardDev, Failure> {
    let name = &there.name;
    if there.vlan != Some((below, id)) {
        return Err(Failure::Refused(format!(
            "--vlan {id}: there is {name} already, and it is not VLAN {id} of {device}; \
             rename it, or give another interface by --forward-dev"
        )));
    }
    if !there.up {
        return Err(Failure::Refused(format!(
            "--vlan {id}: {name} is there and down; ip link set {name} up"
        )));
    }
    Ok(ForwardDev {
        link: there,
        is_made: false,
    })
}

/// The interface that a cluster forwards by, if it was made for that and no other cluster uses it.
pub fn left_over(system: &mut impl System, cluster: &Cluster) -> Result<Option<Link>, Failure> {
    let Some(ifindex) = cluster.forward_ifindex else {
        return Ok(None);
    };
    let is_used =
        |other: &Cluster| other.name != cluster.name && other.forward_ifindex == Some(ifindex);
    if system.clusters()?.iter().any(is_used) {
        return Ok(None);
    }
    Ok(link_of(system, ifindex)?.filter(is_made))
}

/// Whether an interface was made by us.
pub fn is_made(link: &Link) -> bool {
    let is_marked = link.alias.as_ref().is_some_and(|a| a.starts_with(MARK));
    link.vlan.is_some() && is_marked
}

/// Sets the interface up that was made for a cluster to forward by, where somebody has set it down; its name, if so. Over an interface
/// that is down it is down as well, and the kernel sets it up with that.
pub fn up_again(system: &mut impl System, cluster: &Cluster) -> Result<Option<String>, Failure> {
    let Some(ifindex) = cluster.forward_ifindex else {
        return Ok(None);
    };
    let link = link_of(system, ifindex)?;
    let Some(link) = link.filter(|link| !link.up && is_made(link)) else {
        return Ok(None);
    };
    let below = match link.vlan {
        Some((below, _)) => link_of(system, below)?,
        None => None,
    };
    if !below.is_some_and(|below| below.up) {
        return Ok(None);
    }
    let mark = link.alias.unwrap_or_default();
    system
        .set_up(link.ifindex, &mark)
        .map_err(|e| Failure::refused(format!("setting {} up", link.name), &e))?;
    Ok(Some(link.name))
}

/// Removes an interface.
pub fn remove(system: &mut impl System, link: &Link) -> Result<(), Failure> {
    system
        .remove_link(link.ifindex)
        .map_err(|e| Failure::refused(format!("removing {}", link.name), &e))
}

fn link_of(system: &mut impl System, ifindex: u32) -> Result<Option<Link>, Failure> {
    system
        .link_of(ifindex)
        .map_err(|e| Failure::refused(format!("reading interface {ifindex}"), &e))
}

fn link(system: &mut impl System, name: &str) -> Result<Option<Link>, Failure> {
    system
        .link(name)
        .map_err(|e| Failure::refused(format!("looking for {name}"), &e))
}

/// The kernel's message, and what helps where that is known.
fn hinted(what: &str, error: &Error, device: &str) -> Failure {
    let hint = match error {
        Error::Refused(refusal) if refusal.errno == DOWN => format!("; ip link set {device} up"),
        Error::Refused(refusal) if refusal.errno == NO_KIND => "; modprobe 8021q".to_owned(),
        _ => String::new(),
    };
    match Failure::refused(what, error) {
        Failure::Refused(sentence) => Failure::Refused(sentence + &hint),
        other => other,
    }
}
