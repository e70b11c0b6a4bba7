// SPDX-License-Identifier: GPL-2.0-only

//! Interfaces and VLAN interfaces, by rtnetlink.
//!
//! `netlink-packet-route` has their messages too, but reads every attribute there is, and refuses a
//! message that has one it does not understand.

mod details;

use netlink_packet_core::{
    DecodeError, Emitable, NLM_F_CREATE, NLM_F_EXCL, NetlinkDeserializable, NetlinkHeader,
    NetlinkSerializable,
};
use netlink_packet_route::link::{LinkFlags, LinkHeader};

use crate::attribute::Attributes;
use crate::error::Error;
use crate::route::Route;

pub use details::Details;

/// Bytes of `struct ifinfomsg`.
const IFINFOMSG: usize = 16;

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_GETLINK: u16 = 18;
const RTM_SETLINK: u16 = 19;

/// Attributes (linux/if_link.h).
const IFNAME: u16 = 3;
const LINK: u16 = 5;
const LINKINFO: u16 = 18;
const IFALIAS: u16 = 20;
const LINK_NETNSID: u16 = 37;
const INFO_KIND: u16 = 1;
const INFO_DATA: u16 = 2;
const VLAN_ID: u16 = 1;

/// A message about an interface.
#[derive(Clone, Debug)]
struct Message {
    number: u16,
    header: LinkHeader,
    attributes: Attributes,
}

impl NetlinkSerializable for Message {
    fn message_type(&self) -> u16 {
        self.number
    }

    fn buffer_len(&self) -> usize {
        IFINFOMSG + self.attributes.buffer_len()
    }

    fn serialize(&self, buffer: &mut [u8]) {
        if let Some((header, attributes)) = buffer.split_at_mut_checked(IFINFOMSG) {
            self.header.emit(header);
            self.attributes.emit(attributes);
        }
    }
}

impl NetlinkDeserializable for Message {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        let attributes = payload.get(IFINFOMSG..).unwrap_or_default();
        Ok(Self {
            number: header.message_type,
            header: LinkHeader::parse(payload)?,
            attributes: Attributes::parse(attributes)?,
        })
    }
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub ifindex: u32,
    /// Its name.
    pub name: String,
    /// What somebody noted at it (`ip link set … alias`).
    pub alias: Option<String>,
    /// Whether it is set up.
    pub up: bool,
    /// Whether it has a carrier; that of a bond or a bridge is one of its ports'.
    pub carrier: bool,
    /// Whether it is operational (RFC 2863): its carrier and what 802.1X may want besides.
    pub running: bool,
    /// If it is a VLAN interface: the number of the interface below, and the VLAN's.
    pub vlan: Option<(u32, u16)>,
}

impl TryFrom<&Message> for Link {
    type Error = DecodeError;

    fn try_from(message: &Message) -> Result<Self, DecodeError> {
        let a = &message.attributes;
        Ok(Self {
            ifindex: message.header.index,
            name: a
                .get_text(IFNAME)?
                .ok_or("the kernel left out an interface's name")?,
            alias: a.get_text(IFALIAS)?,
            up: message.header.flags.contains(LinkFlags::Up),
            carrier: message.header.flags.contains(LinkFlags::LowerUp),
            running: message.header.flags.contains(LinkFlags::Running),
            vlan: vlan(a)?,
        })
    }
}

fn vlan(a: &Attributes) -> Result<Option<(u32, u16)>, DecodeError> {
    // The number of an interface in another namespace means nothing here.
    if a.get(LINK_NETNSID).is_some() {
        return Ok(None);
    }
    let info = Attributes::parse(a.get(LINKINFO).unwrap_or_default())?;
    if info.get_text(INFO_KIND)?.as_deref() != Some("vlan") {
        return Ok(None);
    }
    let data = Attributes::parse(info.get(INFO_DATA).unwrap_or_default())?;
    let id = data.array(VLAN_ID)?.map(u16::from_ne_bytes);
    Ok(a.get_u32(LINK)?.zip(id))
}

impl Route {
    /// The interface of this name, if there is one.
    pub fn link(&mut self, name: &str) -> Result<Option<Link>, Error> {
        let mut attributes = Attributes::default();
        attributes.text(IFNAME, name);
        self.get_link(0, attributes)
    }

    /// The interface of this number, if there is one.
    pub fn link_of(&mut self, ifindex: u32) -> Result<Option<Link>, Error> {
        self.get_link(ifindex, Attributes::default())
    }

    fn get_link(&mut self, index: u32, attributes: Attributes) -> Result<Option<Link>, Error> {
        match self.ask(RTM_GETLINK, index, LinkFlags::empty(), attributes, 0) {
            Ok(answers) => Ok(answers.first().map(Link::try_from).transpose()?),
            Err(Error::Refused(refusal)) if refusal.errno == libc::ENODEV => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a VLAN interface, which is down, on the interface of the number `below`.
    pub fn add_vlan(&mut self, name: &str, below: u32, id: u16) -> Result<(), Error> {
        let mut data = Attributes::default();
        data.bytes(VLAN_ID, &id.to_ne_bytes());
        let mut info = Attributes::default();
        info.text(INFO_KIND, "vlan").nest(INFO_DATA, &data);
        let mut attributes = Attributes::default();
        attributes
            .text(IFNAME, name)
            .u32(LINK, below)
            .nest(LINKINFO, &info);
        let flags = NLM_F_CREATE | NLM_F_EXCL;
        self.ask(RTM_NEWLINK, 0, LinkFlags::empty(), attributes, flags)
            .map(drop)
    }

    /// Sets an interface up and notes something at it.
    pub fn set_up(&mut self, ifindex: u32, alias: &str) -> Result<(), Error> {
        let mut attributes = Attributes::default();
        attributes.bytes(IFALIAS, alias.as_bytes());
        self.ask(RTM_SETLINK, ifindex, LinkFlags::Up, attributes, 0)
            .map(drop)
    }

    /// Removes an interface.
    pub fn remove_link(&mut self, ifindex: u32) -> Result<(), Error> {
        let none = Attributes::default();
        self.ask(RTM_DELLINK, ifindex, LinkFlags::empty(), none, 0)
            .map(drop)
    }

    fn ask(
        &mut self,
        number: u16,
        index: u32,
        up: LinkFlags,
        attributes: Attributes,
        flags: u16,
    ) -> Result<Vec<Message>, Error> {
        let header = LinkHeader {
            index,
            flags: up,
            change_mask: up,
            ..LinkHeader::default()
        };
        let message = Message {
            number,
            header,
            attributes,
        };
        self.connection.request_with(message, flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn message(attributes: Attributes) -> Message {
        let header = LinkHeader {
            index: 7,
            flags: LinkFlags::Up,
            ..LinkHeader::default()
        };
        Message {
            number: RTM_NEWLINK,
            header,
            attributes,
        }
    }

    fn attributes(kind: &str) -> Attributes {
        let mut data = Attributes::default();
        data.bytes(VLAN_ID, &100u16.to_ne_bytes());
        let mut info = Attributes::default();
        info.text(INFO_KIND, kind).nest(INFO_DATA, &data);
        let mut a = Attributes::default();
        a.text(IFNAME, "eth0.100")
            .u32(LINK, 2)
            .bytes(IFALIAS, b"ssi store")
            .bytes(99, &[1, 2, 3])
            .nest(LINKINFO, &info);
        a
    }

    fn there_and_back(message: &Message) -> Link {
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        let header = NetlinkHeader::default();
        Link::try_from(&Message::deserialize(&header, &bytes).unwrap()).unwrap()
    }

    #[test]
    fn reads_a_vlan_interface_among_unknown_attributes() {
        let link = there_and_back(&message(attributes("vlan")));
        let expected = Link {
            ifindex: 7,
            name: "eth0.100".into(),
            alias: Some("ssi store".into()),
            up: true,
            carrier: false,
            running: false,
            vlan: Some((2, 100)),
        };
        assert_eq!(link, expected);
    }

    #[test]
    fn others_are_no_vlan() {
        assert_eq!(there_and_back(&message(attributes("macvlan"))).vlan, None);
        let mut foreign = attributes("vlan");
        foreign.u32(LINK_NETNSID, 0);
        assert_eq!(there_and_back(&message(foreign)).vlan, None);
        let mut plain = Attributes::default();
        plain.text(IFNAME, "eth0");
        assert_eq!(there_and_back(&message(plain)).vlan, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
            let header = NetlinkHeader::default();
            let _ = Message::deserialize(&header, &bytes).map(|message| Link::try_from(&message));
        }
    }
}
