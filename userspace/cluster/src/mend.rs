// SPDX-License-Identifier: GPL-2.0-only

//! What somebody took away of a cluster that ssid runs, put back: the cluster itself, addresses of it, or the interface that was made
//! for it. Attributes and the table stay as they are.

use std::fmt;
use std::net::IpAddr;

use ssi_netlink::route::Bound;

use crate::addresses;
use crate::difference::by_file;
use crate::failure::Failure;
use crate::file::{ClusterFile, Node};
use crate::forward_interface;
use crate::ready::{found, ready};
use crate::replies;
use crate::system::System;
use crate::value::MacChoice;

/// What was put back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// The whole cluster, which serves nothing yet.
    pub is_new: bool,
    /// The interface that it forwards by, set up.
    pub forward: Option<String>,
    /// Addresses.
    pub addresses: Vec<Bound>,
    /// Whether routes or rules for replies were put right.
    pub replies: bool,
}

impl Mended {
    /// Whether nothing was missing.
    pub fn is_empty(&self) -> bool {
        !self.is_new && self.forward.is_none() && self.addresses.is_empty() && !self.replies
    }
}

impl fmt::Display for Mended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_new {
            return f.write_str("somebody took the cluster away; made again");
        }
        if let Some(name) = &self.forward {
            return write!(f, "somebody set {name} down; set up again");
        }
        if self.addresses.is_empty() {
            return f.write_str("routes have changed; the rules for replies were put right");
        }
        f.write_str("somebody took addresses away; put back:")?;
        let mut addresses = self.addresses.iter();
        addresses.try_for_each(|bound| write!(f, " {}/{}", bound.address, bound.prefix))
    }
}

/// Puts back what is missing on this machine, which is the node `me`; after a failure all is as before.
///
/// # Errors
///
/// The kernel refuses, the interface is gone, or a cluster of that name is there that ssid did not make.
pub fn mend(system: &mut impl System, file: &ClusterFile, me: &Node) -> Result<Mended, Failure> {
    let Some(there) = found(system, &file.name)? else {
        ready(system, file, me)?;
        return Ok(Mended {
            is_new: true,
            ..Mended::default()
        });
    };
    let forward = forward_interface::up_again(system, &there.cluster)?;
    // Its interface may have another name by now.
    let ifindex = there.cluster.ifindex;
    let device = system.device(ifindex);
    let device = device.as_deref().unwrap_or(&me.interface);
    let missing = addresses::missing(system, device, ifindex, &file.vips)
        .map_err(|failure| by_file(file, failure))?;
    let group = match group(file) {
        Some(group) => addresses::missing_group(system, device, ifindex, group)?,
        None => None,
    };
    let all: Vec<Bound> = group.into_iter().chain(missing).collect();
    addresses::bind(system, device, &all).map_err(|failure| by_file(file, failure))?;
    let replies = replies::keep(system, device, ifindex, file.gateways_given().as_deref())
        .map_err(|failure| by_file(file, failure))?;
    Ok(Mended {
        is_new: false,
        forward,
        addresses: all,
        replies,
    })
}

/// The IP multicast group whose MAC clients send to, if there is one.
fn group(file: &ClusterFile) -> Option<IpAddr> {
    let MacChoice::Group(protocol) = file.mac else {
        return None;
    };
    let vips = file.vips.iter().map(|vip| vip.address);
    file.group.or_else(|| protocol.default(vips))
}

#[cfg(test)]
mod tests {
    use ssi_netlink::link::Link;
    use ssi_netlink::spec::ReplyMac;

    use super::*;
    use crate::fake::Fake;
    use crate::sample::{STORE, parse};

    #[test]
    fn what_was_taken_away_is_put_back() {
        let file = parse(STORE).unwrap();
        let mut fake = Fake::with(&["10.0.0.1/24"]);
        let me = &file.nodes[0];
        let made = mend(&mut fake, &file, me).unwrap();
        assert!(made.is_new, "{made}");
        assert!(mend(&mut fake, &file, me).unwrap().is_empty());

        fake.steps.clear();
        let vip = fake.state.addresses.pop().unwrap();
        let mended = mend(&mut fake, &file, me).unwrap();
        assert_eq!(mended.addresses.len(), 1);
        assert!(mended.to_string().contains(&vip.address.to_string()));
        assert_eq!(fake.steps, [format!("bind {}", vip.address)]);
    }

    #[test]
    fn a_vlan_that_was_made_is_set_up_again_and_no_other() {
        let text = STORE.replacen(
            "buckets = 8",
            "mode = \"forward\"\nvlan = 7\nbuckets = 8",
            1,
        );
        let file = parse(&text).unwrap();
        let me = &file.nodes[0];
        for (is_ours, is_below_up, is_set_up) in [
            (true, true, true),
            (true, false, false),
            (false, true, false),
        ] {
            let mut fake = Fake::with(&["10.0.0.1/24"]);
            ready(&mut fake, &file, me).unwrap();
            let vlan = fake.state.links.first_mut().unwrap();
            let below = Link {
                ifindex: 2,
                name: "eth0".into(),
                up: is_below_up,
                vlan: None,
                ..vlan.clone()
            };
            vlan.up = false;
            vlan.alias = vlan.alias.take().filter(|_| is_ours);
            fake.state.links.push(below);
            fake.steps.clear();
            let mended = mend(&mut fake, &file, me).unwrap();
            assert_eq!(mended.forward.is_some(), is_set_up);
            let steps: &[String] = &["set up #100, ssi store".to_owned()];
            assert_eq!(fake.steps, if is_set_up { steps } else { &[] });
            assert!(mended.is_empty() || mended.to_string().contains("eth0.7"));
            assert!(mend(&mut fake, &file, me).unwrap().is_empty());
        }
    }

    #[test]
    fn attributes_and_table_stay() {
        let file = parse(STORE).unwrap();
        let mut fake = Fake::with(&["10.0.0.1/24"]);
        ready(&mut fake, &file, &file.nodes[0]).unwrap();
        let (cluster, _) = fake.state.clusters.get_mut("store").unwrap();
        cluster.reply_mac = ReplyMac::Node;
        fake.steps.clear();
        let mended = mend(&mut fake, &file, &file.nodes[0]).unwrap();
        assert!(mended.is_empty() && fake.steps.is_empty());
    }

    #[test]
    fn what_the_kernel_refuses_is_reported() {
        let file = parse(STORE).unwrap();
        let mut fake = Fake::with(&["10.0.0.1/24"]);
        ready(&mut fake, &file, &file.nodes[0]).unwrap();
        fake.state.addresses.pop();
        fake.steps.clear();
        fake.fails = Some(0);
        let Err(Failure::Refused(sentence)) = mend(&mut fake, &file, &file.nodes[0]) else {
            panic!("it was refused");
        };
        assert!(sentence.contains("10.0.0.100"), "{sentence}");
    }
}
