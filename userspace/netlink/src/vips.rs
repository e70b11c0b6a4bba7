// SPDX-License-Identifier: GPL-2.0-only

//! Cluster addresses, a nest each.

use std::net::IpAddr;

use netlink_packet_core::DecodeError;

use crate::attribute::{Attributes, due};
use crate::spec::{Attr, VipAttr};

pub(crate) fn push(a: &mut Attributes, vips: &[IpAddr]) {
    for vip in vips {
        let mut nest = Attributes::default();
        nest.address(VipAttr::Address.number(), *vip);
        a.nest(Attr::Vip.number(), &nest);
    }
}

pub(crate) fn read(a: &Attributes) -> Result<Vec<IpAddr>, DecodeError> {
    a.all(Attr::Vip.number()).map(vip).collect()
}

fn vip(nest: &[u8]) -> Result<IpAddr, DecodeError> {
    due(
        Attributes::parse(nest)?.get_address(VipAttr::Address.number())?,
        Attr::Vip,
    )
}
