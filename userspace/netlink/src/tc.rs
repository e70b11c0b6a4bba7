// SPDX-License-Identifier: GPL-2.0-only

//! Traffic control, by rtnetlink: rules that set the source MAC of what leaves an interface, and whether
//! somebody redirects frames to it.

use std::net::IpAddr;

use netlink_packet_core::{
    DecodeError, Emitable, NLM_F_CREATE, NLM_F_EXCL, NetlinkDeserializable, NetlinkHeader,
    NetlinkSerializable,
};

use crate::attribute::Attributes;
use crate::error::Error;
use crate::route::Route;

const RTM_NEWQDISC: u16 = 36;
const RTM_GETQDISC: u16 = 38;
const RTM_NEWTFILTER: u16 = 44;
const RTM_DELTFILTER: u16 = 45;
const RTM_GETTFILTER: u16 = 46;
const RTM_GETACTION: u16 = 50;

/// Bytes of `struct tcmsg`, and of `struct tcamsg`, which messages about actions have.
const TCMSG: usize = 20;
const TCAMSG: usize = 4;

/// Where the queueing discipline `clsact` is, and `ingress` where that is (linux/pkt_sched.h).
const CLSACT: u32 = 0xffff_fff1;
const CLSACT_HANDLE: u32 = 0xffff_0000;
const EGRESS: u32 = 0xffff_fff3;

/// Attributes of qdiscs, filters and actions alike (linux/rtnetlink.h, linux/pkt_cls.h).
const KIND: u16 = 1;
const OPTIONS: u16 = 2;
const PARMS: u16 = 2;
const FIRST: u16 = 1;
const ACT_TAB: u16 = 1;

const FLOWER_ACT: u16 = 3;
const FLOWER_ETH_TYPE: u16 = 8;
const FLOWER_IPV4_SRC: u16 = 10;
const FLOWER_IPV4_SRC_MASK: u16 = 11;
const FLOWER_IPV6_SRC: u16 = 14;
const FLOWER_IPV6_SRC_MASK: u16 = 15;

const SKBMOD_SMAC: u16 = 4;
/// `SKBMOD_F_SMAC`.
const SET_SOURCE: u64 = 2;
/// `TC_ACT_UNSPEC`: the rules behind it are asked as well.
const GO_ON: i32 = -1;

/// Where `struct tc_mirred` has what it does and to which interface; those that send.
const MIRRED_EACTION: usize = 20;
const MIRRED_IFINDEX: usize = 24;
const EGRESS_REDIR: u32 = 1;
const EGRESS_MIRROR: u32 = 2;

/// Priorities (`pref`) by which our rules are known from others', one a protocol.
pub const PRIORITIES: [u32; 2] = [21_331, 21_332];

const ETH_P_IP: u16 = 0x0800;
const ETH_P_IPV6: u16 = 0x86dd;

/// A message: its fixed part, and attributes.
#[derive(Clone, Debug)]
struct Message {
    number: u16,
    fixed: Vec<u8>,
    attributes: Attributes,
}

impl Message {
    fn about(number: u16, ifindex: u32, handle: u32, parent: u32, info: u32) -> Self {
        let fields = [0, ifindex, handle, parent, info];
        Self {
            number,
            fixed: fields.iter().flat_map(|n| n.to_ne_bytes()).collect(),
            attributes: Attributes::default(),
        }
    }

    /// A field of the fixed part.
    fn field(&self, at: usize) -> u32 {
        let bytes = self.fixed.get(at * 4..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    }

    fn ifindex(&self) -> u32 {
        self.field(1)
    }

    fn handle(&self) -> u32 {
        self.field(2)
    }

    fn parent(&self) -> u32 {
        self.field(3)
    }

    /// The priority, of a filter.
    fn priority(&self) -> u32 {
        self.field(4) >> 16
    }
}

impl NetlinkSerializable for Message {
    fn message_type(&self) -> u16 {
        self.number
    }

    fn buffer_len(&self) -> usize {
        self.fixed.len() + self.attributes.buffer_len()
    }

    fn serialize(&self, buffer: &mut [u8]) {
        if let Some((fixed, attributes)) = buffer.split_at_mut_checked(self.fixed.len()) {
            fixed.copy_from_slice(&self.fixed);
            self.attributes.emit(attributes);
        }
    }
}

impl NetlinkDeserializable for Message {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        let number = header.message_type;
        let length = if number == RTM_GETACTION {
            TCAMSG
        } else {
            TCMSG
        };
        let (fixed, attributes) = payload
            .split_at_checked(length)
            .ok_or("the kernel sent a short message of traffic control")?;
        Ok(Self {
            number,
            fixed: fixed.to_vec(),
            attributes: Attributes::parse(attributes)?,
        })
    }
}

/// A rule at an interface's egress: what is from this address leaves with this source MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRule {
    /// The source address.
    pub address: IpAddr,
    /// The MAC.
    pub mac: [u8; 6],
    /// The kernel's number of it; 0: it has none yet.
    pub handle: u32,
}

impl SourceRule {
    /// Priority and protocol, as a filter's message has them.
    fn info(&self) -> u32 {
        let (protocol, priority) = match self.address {
            IpAddr::V4(_) => (ETH_P_IP, PRIORITIES[0]),
            IpAddr::V6(_) => (ETH_P_IPV6, PRIORITIES[1]),
        };
        (priority << 16) | u32::from(protocol.to_be())
    }

    fn attributes(&self) -> Attributes {
        // struct tc_skbmod: index, capab, action, refcnt, bindcnt, padding, flags.
        let mut parms = [0; 32];
        parms[8..12].copy_from_slice(&GO_ON.to_ne_bytes());
        parms[24..].copy_from_slice(&SET_SOURCE.to_ne_bytes());
        let mut skbmod = Attributes::default();
        skbmod.bytes(PARMS, &parms).bytes(SKBMOD_SMAC, &self.mac);
        let mut action = Attributes::default();
        action.text(KIND, "skbmod").nest(OPTIONS, &skbmod);
        let mut actions = Attributes::default();
        actions.nest(FIRST, &action);
        let mut flower = Attributes::default();
        match self.address {
            IpAddr::V4(_) => flower
                .bytes(FLOWER_ETH_TYPE, &ETH_P_IP.to_be_bytes())
                .address(FLOWER_IPV4_SRC, self.address)
                .bytes(FLOWER_IPV4_SRC_MASK, &[0xff; 4]),
            IpAddr::V6(_) => flower
                .bytes(FLOWER_ETH_TYPE, &ETH_P_IPV6.to_be_bytes())
                .address(FLOWER_IPV6_SRC, self.address)
                .bytes(FLOWER_IPV6_SRC_MASK, &[0xff; 16]),
        };
        flower.nest(FLOWER_ACT, &actions);
        let mut attributes = Attributes::default();
        attributes.text(KIND, "flower").nest(OPTIONS, &flower);
        attributes
    }

    /// The rule that a filter is, if it is one.
    fn of(message: &Message) -> Result<Option<Self>, DecodeError> {
        let nested = |bytes: Option<&[u8]>| Attributes::parse(bytes.unwrap_or_default());
        let flower = nested(message.attributes.get(OPTIONS))?;
        let v4 = flower.array::<4>(FLOWER_IPV4_SRC)?.map(IpAddr::from);
        let v6 = flower.array::<16>(FLOWER_IPV6_SRC)?.map(IpAddr::from);
        let actions = nested(flower.get(FLOWER_ACT))?;
        let action = nested(actions.get(FIRST))?;
        let mac = nested(action.get(OPTIONS))?.array::<6>(SKBMOD_SMAC)?;
        Ok(v4.or(v6).zip(mac).map(|(address, mac)| Self {
            address,
            mac,
            handle: message.handle(),
        }))
    }
}

/// Whether an interface may have rules at its egress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It can have `clsact`, and has it not.
    Free,
    /// It has `clsact`.
    There,
    /// It has `ingress`, which has no egress and is in its place.
    Taken,
}

impl Route {
    /// Whether there may be rules at an interface's egress.
    pub fn egress_place(&mut self, ifindex: u32) -> Result<Place, Error> {
        let message = Message::about(RTM_GETQDISC, ifindex, 0, 0, 0);
        for answer in self.connection.dump(message)? {
            if answer.ifindex() != ifindex || answer.parent() != CLSACT {
                continue;
            }
            return Ok(match answer.attributes.get_text(KIND)?.as_deref() {
                Some("clsact") => Place::There,
                _ => Place::Taken,
            });
        }
        Ok(Place::Free)
    }

    /// Lets an interface have rules at its egress.
    pub fn add_clsact(&mut self, ifindex: u32) -> Result<(), Error> {
        let mut message = Message::about(RTM_NEWQDISC, ifindex, CLSACT_HANDLE, CLSACT, 0);
        message.attributes.text(KIND, "clsact");
        self.connection
            .request_with(message, NLM_F_CREATE | NLM_F_EXCL)
            .map(drop)
    }

    /// The rules at an interface's egress that are ours.
    pub fn source_rules(&mut self, ifindex: u32) -> Result<Vec<SourceRule>, Error> {
        if self.egress_place(ifindex)? != Place::There {
            return Ok(Vec::new());
        }
        let message = Message::about(RTM_GETTFILTER, ifindex, 0, EGRESS, 0);
        let mut rules = Vec::new();
        for answer in self.connection.dump(message)? {
            if PRIORITIES.contains(&answer.priority()) {
                rules.extend(SourceRule::of(&answer)?);
            }
        }
        Ok(rules)
    }

    /// Adds a rule, where `clsact` is there.
    pub fn add_source_rule(&mut self, ifindex: u32, rule: &SourceRule) -> Result<(), Error> {
        let mut message = Message::about(RTM_NEWTFILTER, ifindex, 0, EGRESS, rule.info());
        message.attributes = rule.attributes();
        self.connection
            .request_with(message, NLM_F_CREATE | NLM_F_EXCL)
            .map(drop)
    }

    /// Takes a rule away.
    pub fn remove_source_rule(&mut self, ifindex: u32, rule: &SourceRule) -> Result<(), Error> {
        let mut message = Message::about(RTM_DELTFILTER, ifindex, rule.handle, EGRESS, rule.info());
        message.attributes.text(KIND, "flower");
        self.connection.request(message).map(drop)
    }

    /// How many actions of tc redirect or copy frames to an interface's egress. BPF does that unseen.
    pub fn redirects_to(&mut self, ifindex: u32) -> Result<usize, Error> {
        let mut mirred = Attributes::default();
        mirred.text(KIND, "mirred");
        let mut actions = Attributes::default();
        actions.nest(FIRST, &mirred);
        let mut message = Message {
            number: RTM_GETACTION,
            fixed: vec![0; TCAMSG],
            attributes: Attributes::default(),
        };
        message.attributes.nest(ACT_TAB, &actions);
        let mut count = 0;
        for answer in self.connection.dump(message)? {
            count += redirects(&answer, ifindex)?;
        }
        Ok(count)
    }
}

fn redirects(answer: &Message, ifindex: u32) -> Result<usize, DecodeError> {
    let nested = |bytes: Option<&[u8]>| Attributes::parse(bytes.unwrap_or_default());
    let mut count = 0;
    for action in nested(answer.attributes.get(ACT_TAB))?.values() {
        let options = nested(Attributes::parse(action)?.get(OPTIONS))?;
        let parms = options.get(PARMS).unwrap_or_default();
        let number = |at: usize| {
            let bytes = parms.get(at..).and_then(<[u8]>::first_chunk);
            bytes.map(|bytes| u32::from_ne_bytes(*bytes))
        };
        let sends = matches!(number(MIRRED_EACTION), Some(EGRESS_REDIR | EGRESS_MIRROR));
        count += usize::from(sends && number(MIRRED_IFINDEX) == Some(ifindex));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn rule(address: &str) -> SourceRule {
        SourceRule {
            address: address.parse().unwrap(),
            mac: [2, 0x5a, 10, 9, 0, 100],
            handle: 7,
        }
    }

    fn there_and_back(message: &Message) -> Message {
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        let mut header = NetlinkHeader::default();
        header.message_type = message.number;
        Message::deserialize(&header, &bytes).unwrap()
    }

    #[test]
    fn reads_the_rule_that_it_writes() {
        for address in ["10.9.0.100", "fd5a::100"] {
            let rule = rule(address);
            let mut message = Message::about(RTM_NEWTFILTER, 2, 7, EGRESS, rule.info());
            message.attributes = rule.attributes();
            let answer = there_and_back(&message);
            assert_eq!(SourceRule::of(&answer).unwrap(), Some(rule));
            assert!(PRIORITIES.contains(&answer.priority()));
            assert_eq!((answer.ifindex(), answer.parent()), (2, EGRESS));
        }
    }

    #[test]
    fn other_filters_are_no_rules() {
        let mut message = Message::about(RTM_NEWTFILTER, 2, 7, EGRESS, 0);
        message.attributes.text(KIND, "matchall");
        assert_eq!(SourceRule::of(&there_and_back(&message)).unwrap(), None);
    }

    fn mirred(eaction: u32, ifindex: u32) -> Attributes {
        let fields = [1, 0, 4, 1, 1, eaction, ifindex];
        let parms: Vec<u8> = fields.iter().flat_map(|n: &u32| n.to_ne_bytes()).collect();
        let mut options = Attributes::default();
        options.bytes(PARMS, &parms);
        let mut action = Attributes::default();
        action.text(KIND, "mirred").nest(OPTIONS, &options);
        action
    }

    #[test]
    fn counts_what_sends_to_the_interface() {
        let mut actions = Attributes::default();
        actions
            .nest(1, &mirred(EGRESS_REDIR, 2))
            .nest(2, &mirred(EGRESS_MIRROR, 2))
            .nest(3, &mirred(EGRESS_REDIR, 3))
            .nest(4, &mirred(3, 2));
        let mut message = Message {
            number: RTM_GETACTION,
            fixed: vec![0; TCAMSG],
            attributes: Attributes::default(),
        };
        message.attributes.nest(ACT_TAB, &actions);
        assert_eq!(redirects(&there_and_back(&message), 2).unwrap(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300), number in 36u16..51) {
            let mut header = NetlinkHeader::default();
            header.message_type = number;
            if let Ok(message) = Message::deserialize(&header, &bytes) {
                let _ = SourceRule::of(&message);
                let _ = redirects(&message, 2);
                let _ = message.priority();
            }
        }
    }
}
