// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl join`.

use ssi_cluster::change::{self, What};
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ForwardInterface, host, weight};
use ssi_netlink::spec::Hook;
use ssid_api::Wish;

use crate::edit::{Target, Verb, only_static};
use crate::value;

/// Add a node to a cluster file, or let one serve again.
#[derive(clap::Args, Debug)]
pub struct Join {
    /// The node's name, its host's as a rule
    #[arg(value_name = "NODE", value_parser = host)]
    pub node: String,

    /// Its share, compared with the others' [default: 100]
    #[arg(long, value_name = "W", allow_negative_numbers = true, value_parser = weight)]
    pub weight: Option<u32>,

    /// Its rank [default: the lowest that is free]
    #[arg(long, value_name = "I", allow_negative_numbers = true, value_parser = value::rank)]
    pub rank: Option<u32>,

    /// Its interface [default: that at the top of the file]
    #[arg(long, value_name = "D", value_parser = value::device)]
    pub interface: Option<String>,

    /// Mode forward: the VLAN to the others [default: likewise]
    #[arg(long, value_name = "ID", allow_negative_numbers = true, value_parser = value::vlan, conflicts_with = "forward_interface")]
    pub vlan: Option<u16>,

    /// Mode forward: the interface to the others [default: likewise]
    #[arg(long, value_name = "D2", value_parser = value::device)]
    pub forward_interface: Option<String>,

    /// Where frames are met [default: likewise]
    #[arg(long, value_name = "HOOK", hide_possible_values = true, value_parser = value::choice::<Hook>(Hook::NAMES))]
    pub hook: Option<Hook>,

    #[command(flatten)]
    pub target: Target,
}

impl Verb for Join {
    fn node(&self) -> &str {
        &self.node
    }

    fn target(&self) -> &Target {
        &self.target
    }

    fn what(&self) -> What {
        let forward_interface = match (self.vlan, &self.forward_interface) {
            (Some(id), _) => Some(ForwardInterface::Vlan(id)),
            (None, Some(device)) => Some(ForwardInterface::Device(device.clone())),
            (None, None) => None,
        };
        What::Join(change::Join {
            node: self.node.clone(),
            rank: self.rank,
            interface: self.interface.clone(),
            forward_interface,
            hook: self.hook,
            weight: self.weight,
        })
    }

    fn wish(&self) -> Result<Wish, Failure> {
        let given = [
            ("--weight", self.weight.is_some()),
            ("--rank", self.rank.is_some()),
            ("--interface", self.interface.is_some()),
            ("--vlan", self.vlan.is_some()),
            ("--forward-interface", self.forward_interface.is_some()),
            ("--hook", self.hook.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(only_static(option, "it is the file that has this")),
            None => Ok(Wish::Serve),
        }
    }
}
