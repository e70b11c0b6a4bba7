// SPDX-License-Identifier: GPL-2.0-only

//! Clusters in other network namespaces.

use std::net::IpAddr;

use netlink_packet_core::DecodeError;

use crate::attribute::{Attributes, due, u32_of};
use crate::spec::Attr;
use crate::vips;

/// A cluster in another network namespace, as the machine's administrator may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its name, unique in the namespace.
    pub name: String,
    /// The namespace's number.
    pub netns: u32,
    /// The interface it is on, as numbered there.
    pub ifindex: u32,
    /// The cluster addresses.
    pub vips: Vec<IpAddr>,
}

impl TryFrom<&Attributes> for Elsewhere {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            netns: u32_of(a, Attr::Netns)?,
            ifindex: u32_of(a, Attr::Ifindex)?,
            vips: vips::read(a)?,
        })
    }
}

impl From<&Elsewhere> for Attributes {
    fn from(found: &Elsewhere) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &found.name)
            .u32(Attr::Ifindex.number(), found.ifindex);
        vips::push(&mut a, &found.vips);
        a.u32(Attr::Netns.number(), found.netns);
        a
    }
}
