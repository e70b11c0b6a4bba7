// SPDX-License-Identifier: GPL-2.0-only

//! What is wanted of interfaces by who looks for faults, of all that there are.

use netlink_packet_core::DecodeError;
use netlink_packet_route::link::{LinkFlags, LinkHeader};

use super::{IFNAME, INFO_DATA, INFO_KIND, LINK, LINK_NETNSID, LINKINFO, Message, RTM_GETLINK};
use crate::attribute::Attributes;
use crate::error::Error;
use crate::route::Route;

/// Attributes (linux/if_link.h).
const ADDRESS: u16 = 1;
const MTU: u16 = 4;
const MASTER: u16 = 10;
const PROMISCUITY: u16 = 30;
const XDP: u16 = 43;
const XDP_ATTACHED: u16 = 2;
const BOND_MIIMON: u16 = 3;
const BOND_ARP_INTERVAL: u16 = 7;

/// An interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Its number.
    pub ifindex: u32,
    /// Its name.
    pub name: String,
    /// What it is, if it is made by software: `vlan`, `bond`, `bridge`, `macvlan` …
    pub kind: Option<String>,
    /// Its address.
    pub mac: Option<[u8; 6]>,
    /// The longest packet that leaves by it.
    pub mtu: u32,
    /// Whether it is set up.
    pub up: bool,
    /// Whether it has a carrier.
    pub carrier: bool,
    /// How many want all frames that come to it.
    pub promiscuity: u32,
    /// The interface that it is a member of.
    pub master: Option<u32>,
    /// The interface below, of this network namespace.
    pub below: Option<u32>,
    /// Whether a program of XDP is attached.
    pub xdp: bool,
    /// Whether it is a bond that does not look at its ports, so that it has a carrier whatever links they have.
    pub is_blind: bool,
}

impl TryFrom<&Message> for Details {
    type Error = DecodeError;

    fn try_from(message: &Message) -> Result<Self, DecodeError> {
        let a = &message.attributes;
        let info = Attributes::parse(a.get(LINKINFO).unwrap_or_default())?;
        let kind = info.get_text(INFO_KIND)?;
        let is_blind = kind.as_deref() == Some("bond") && is_blind(info.get(INFO_DATA))?;
        let xdp = Attributes::parse(a.get(XDP).unwrap_or_default())?;
        // The number of an interface in another namespace means nothing here.
        let below = match a.get(LINK_NETNSID) {
            Some(_) => None,
            None => a.get_u32(LINK)?,
        };
        Ok(Self {
            ifindex: message.header.index,
            name: a.get_text(IFNAME)?.unwrap_or_default(),
            kind,
            mac: a.get(ADDRESS).and_then(|bytes| bytes.try_into().ok()),
            mtu: a.get_u32(MTU)?.unwrap_or_default(),
            up: message.header.flags.contains(LinkFlags::Up),
            carrier: message.header.flags.contains(LinkFlags::LowerUp),
            promiscuity: a.get_u32(PROMISCUITY)?.unwrap_or_default(),
            master: a.get_u32(MASTER)?,
            below: below.filter(|below| *below != message.header.index),
            xdp: xdp.get_u8(XDP_ATTACHED)?.is_some_and(|how| how != 0),
            is_blind,
        })
    }
}

/// Whether a bond looks at its ports neither by their links nor by ARP.
fn is_blind(data: Option<&[u8]>) -> Result<bool, DecodeError> {
    let data = Attributes::parse(data.unwrap_or_default())?;
    let never = |interval| Ok::<_, DecodeError>(data.get_u32(interval)? == Some(0));
    Ok(never(BOND_MIIMON)? && never(BOND_ARP_INTERVAL)?)
}

impl Route {
    /// All interfaces of this network namespace.
    pub fn all_links(&mut self) -> Result<Vec<Details>, Error> {
        let question = Message {
            number: RTM_GETLINK,
            header: LinkHeader::default(),
            attributes: Attributes::default(),
        };
        let answers = self.connection.dump(question)?;
        let links = answers.iter().map(Details::try_from);
        Ok(links.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there() {
        let mut info = Attributes::default();
        info.text(INFO_KIND, "veth");
        let mut xdp = Attributes::default();
        xdp.u8(XDP_ATTACHED, 2);
        let mut a = Attributes::default();
        a.text(IFNAME, "eth0")
            .bytes(ADDRESS, &[6, 0, 0, 0, 0, 1])
            .u32(MTU, 1500)
            .u32(MASTER, 9)
            .u32(PROMISCUITY, 1)
            .u32(LINK, 7)
            .nest(LINKINFO, &info)
            .nest(XDP, &xdp);
        let header = LinkHeader {
            index: 7,
            flags: LinkFlags::Up,
            ..LinkHeader::default()
        };
        let mut message = Message {
            number: RTM_GETLINK,
            header,
            attributes: a,
        };
        let expected = Details {
            ifindex: 7,
            name: "eth0".into(),
            kind: Some("veth".into()),
            mac: Some([6, 0, 0, 0, 0, 1]),
            mtu: 1500,
            up: true,
            carrier: false,
            promiscuity: 1,
            master: Some(9),
            below: None,
            xdp: true,
            is_blind: false,
        };
        assert_eq!(Details::try_from(&message).unwrap(), expected);
        message.attributes.u32(LINK, 3);
        let below = Details::try_from(&message).unwrap().below;
        assert_eq!(below, Some(3));
        message.attributes.u32(LINK_NETNSID, 0);
        assert_eq!(Details::try_from(&message).unwrap(), expected);
    }

    #[test]
    fn a_bond_that_looks_neither_way_is_blind() {
        let bond = |kind: &str, miimon: u32, arp_interval: u32| {
            let mut data = Attributes::default();
            data.u32(BOND_MIIMON, miimon)
                .u32(BOND_ARP_INTERVAL, arp_interval);
            let mut info = Attributes::default();
            info.text(INFO_KIND, kind).nest(INFO_DATA, &data);
            let mut attributes = Attributes::default();
            attributes.text(IFNAME, "bond0").nest(LINKINFO, &info);
            let message = Message {
                number: RTM_GETLINK,
                header: LinkHeader::default(),
                attributes,
            };
            Details::try_from(&message).unwrap().is_blind
        };
        assert!(bond("bond", 0, 0));
        assert!(!bond("bond", 100, 0) && !bond("bond", 0, 100) && !bond("team", 0, 0));
    }

    #[test]
    fn this_machine_has_a_loopback() {
        let links = Route::open().unwrap().all_links().unwrap();
        assert!(links.iter().any(|link| link.name == "lo" && link.mtu > 0));
    }
}
