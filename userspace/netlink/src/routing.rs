// SPDX-License-Identifier: GPL-2.0-only

//! Routes, and rules that choose a table by the source address, by rtnetlink.

use std::net::IpAddr;

use netlink_packet_core::{
    DecodeError, Emitable, NLM_F_CREATE, NLM_F_EXCL, NetlinkDeserializable, NetlinkHeader,
    NetlinkSerializable,
};

use crate::attribute::Attributes;
use crate::error::Error;
use crate::route::{PROTOCOL, Route};

const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
const RTM_GETROUTE: u16 = 26;
const RTM_NEWRULE: u16 = 32;
const RTM_DELRULE: u16 = 33;
const RTM_GETRULE: u16 = 34;

/// Attributes of routes (linux/rtnetlink.h), and of rules (linux/fib_rules.h), some of which have the same numbers.
const DESTINATION: u16 = 1;
const SOURCE: u16 = 2;
const INTERFACE: u16 = 4;
const GATEWAY: u16 = 5;
const PRIORITY: u16 = 6;
const TABLE: u16 = 15;
const VIA: u16 = 18;
const RULE_PROTOCOL: u16 = 21;

/// The table that everybody's routes are in.
pub const MAIN: u32 = 254;
const UNICAST: u8 = 1;
const TO_TABLE: u8 = 1;
/// `RTNH_F_ONLINK`: the gateway is there, whatever other routes say.
const ON_LINK: u8 = 4;
/// The error for a table that does not exist (`ENOENT`).
const NO_TABLE: i32 = 2;

/// The addresses' family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// An address's.
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() {
            Self::V4
        } else {
            Self::V6
        }
    }

    /// As the kernel has it.
    fn number(self) -> u8 {
        match self {
            Self::V4 => 2,
            Self::V6 => 10,
        }
    }

    fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }
}

/// A message about a route or a rule: `struct rtmsg` or `struct fib_rule_hdr`, which are as long, and attributes.
#[derive(Clone, Debug)]
struct Message {
    number: u16,
    fixed: [u8; 12],
    attributes: Attributes,
}

impl Message {
    fn new(number: u16, family: Family) -> Self {
        let mut fixed = [0; 12];
        fixed[0] = family.number();
        Self {
            number,
            fixed,
            attributes: Attributes::default(),
        }
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
        let (fixed, attributes) = payload
            .split_first_chunk()
            .ok_or("the kernel sent a short message of a route or rule")?;
        Ok(Self {
            number: header.message_type,
            fixed: *fixed,
            attributes: Attributes::parse(attributes)?,
        })
    }
}

/// A route by one interface to one neighbour or network, or by something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The family.
    pub family: Family,
    /// Where to; none: everywhere.
    pub destination: Option<IpAddr>,
    /// Length of its prefix in bits.
    pub prefix: u8,
    /// By which neighbour.
    pub gateway: Option<IpAddr>,
    /// By which interface; none where several are used in turn.
    pub ifindex: Option<u32>,
    /// Of routes to the same place that with the least goes first.
    pub metric: u32,
    /// Whether ssi made it.
    pub is_ours: bool,
    /// How far away the destination is.
    pub scope: u8,
    /// The neighbour, if it is of another family.
    pub via: Option<Vec<u8>>,
}

impl Path {
    /// To everywhere by a neighbour.
    pub fn by(gateway: IpAddr, ifindex: u32, metric: u32) -> Self {
        Self {
            family: Family::of(gateway),
            destination: None,
            prefix: 0,
            gateway: Some(gateway),
            ifindex: Some(ifindex),
            metric,
            is_ours: true,
            scope: 0,
            via: None,
        }
    }

    /// The same as one of ours.
    pub fn as_ours(&self) -> Self {
        Self {
            is_ours: true,
            ..self.clone()
        }
    }

    /// None for what delivers, drops or answers packets, and goes by the type of service.
    fn of(message: &Message, family: Family) -> Result<Option<Self>, DecodeError> {
        let [own, prefix, _, tos, _, protocol, scope, kind, ..] = message.fixed;
        if own != family.number() || kind != UNICAST || tos != 0 {
            return Ok(None);
        }
        let a = &message.attributes;
        Ok(Some(Self {
            family,
            destination: a.get_address(DESTINATION)?,
            prefix,
            gateway: a.get_address(GATEWAY)?,
            ifindex: a.get_u32(INTERFACE)?,
            metric: a.get_u32(PRIORITY)?.unwrap_or(0),
            is_ours: protocol == PROTOCOL,
            scope,
            via: a.get(VIA).map(<[u8]>::to_vec),
        }))
    }

    fn message(&self, number: u16, table: u32) -> Message {
        let mut message = Message::new(number, self.family);
        let on_link = match self.gateway.is_some() || self.via.is_some() {
            true => ON_LINK,
            false => 0,
        };
        let flags = u32::from(on_link).to_ne_bytes();
        message.fixed = [
            self.family.number(),
            self.prefix,
            0,
            0,
            0,
            PROTOCOL,
            self.scope,
            UNICAST,
            flags[0],
            flags[1],
            flags[2],
            flags[3],
        ];
        let a = &mut message.attributes;
        a.u32(TABLE, table).u32(PRIORITY, self.metric);
        if let Some(destination) = self.destination {
            a.address(DESTINATION, destination);
        }
        if let Some(gateway) = self.gateway {
            a.address(GATEWAY, gateway);
        }
        if let Some(ifindex) = self.ifindex {
            a.u32(INTERFACE, ifindex);
        }
        if let Some(via) = &self.via {
            a.bytes(VIA, via);
        }
        message
    }
}

/// A rule: what is from an address goes by a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The address; none where a rule is about something else, and so not ours.
    pub source: Option<IpAddr>,
    /// The table.
    pub table: u32,
    /// Whether ssi made it.
    pub is_ours: bool,
}

impl Rule {
    fn message(&self, number: u16, source: IpAddr, priority: u32) -> Message {
        let family = Family::of(source);
        let mut message = Message::new(number, family);
        message.fixed[2] = family.bits();
        message.fixed[7] = TO_TABLE;
        message
            .attributes
            .address(SOURCE, source)
            .u32(PRIORITY, priority)
            .u32(TABLE, self.table)
            .u8(RULE_PROTOCOL, PROTOCOL);
        message
    }
}

impl Route {
    /// A table's routes of a family.
    pub fn paths(&mut self, family: Family, table: u32) -> Result<Vec<Path>, Error> {
        let mut message = Message::new(RTM_GETROUTE, family);
        message.attributes.u32(TABLE, table);
        let answers = match self.connection.dump(message) {
            Err(Error::Refused(refusal)) if refusal.errno == NO_TABLE => return Ok(Vec::new()),
            result => result?,
        };
        let mut paths = Vec::new();
        for answer in answers
            .iter()
            .filter(|answer| answer.number == RTM_NEWROUTE)
        {
            if answer.attributes.get_u32(TABLE)? == Some(table) {
                paths.extend(Path::of(answer, family)?);
            }
        }
        Ok(paths)
    }

    /// Adds a route to a table, as ours.
    pub fn add_path(&mut self, path: &Path, table: u32) -> Result<(), Error> {
        let message = path.message(RTM_NEWROUTE, table);
        self.connection
            .request_with(message, NLM_F_CREATE | NLM_F_EXCL)
            .map(drop)
    }

    /// Takes one of ours out of a table.
    pub fn remove_path(&mut self, path: &Path, table: u32) -> Result<(), Error> {
        let message = path.message(RTM_DELROUTE, table);
        self.connection.request(message).map(drop)
    }

    /// A family's rules of one priority.
    pub fn rules(&mut self, family: Family, priority: u32) -> Result<Vec<Rule>, Error> {
        let answers = self.connection.dump(Message::new(RTM_GETRULE, family))?;
        let mut rules = Vec::new();
        for answer in answers.iter().filter(|answer| answer.number == RTM_NEWRULE) {
            let a = &answer.attributes;
            let is_of_family = answer.fixed[0] == family.number();
            if is_of_family && a.get_u32(PRIORITY)? == Some(priority) {
                rules.push(Rule {
                    source: a.get_address(SOURCE)?,
                    table: a.get_u32(TABLE)?.unwrap_or(0),
                    is_ours: a.get_u8(RULE_PROTOCOL)? == Some(PROTOCOL),
                });
            }
        }
        Ok(rules)
    }

    /// Adds a rule, as ours.
    pub fn add_rule(&mut self, rule: &Rule, priority: u32) -> Result<(), Error> {
        let Some(source) = rule.source else {
            return Ok(());
        };
        let message = rule.message(RTM_NEWRULE, source, priority);
        self.connection
            .request_with(message, NLM_F_CREATE | NLM_F_EXCL)
            .map(drop)
    }

    /// Takes one of ours away.
    pub fn remove_rule(&mut self, rule: &Rule, priority: u32) -> Result<(), Error> {
        let Some(source) = rule.source else {
            return Ok(());
        };
        let message = rule.message(RTM_DELRULE, source, priority);
        self.connection.request(message).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_route_that_it_writes() {
        for gateway in ["10.9.0.254", "fd00::fe"] {
            let path = Path::by(gateway.parse().unwrap(), 7, 21);
            let message = path.message(RTM_NEWROUTE, 5);
            assert_eq!(message.attributes.get_u32(TABLE).unwrap(), Some(5));
            assert_eq!(Path::of(&message, path.family).unwrap(), Some(path));
        }
        // Another family's, and one that drops packets.
        let mut message = Path::by([10, 9, 0, 1].into(), 7, 21).message(RTM_NEWROUTE, 5);
        assert_eq!(Path::of(&message, Family::V6).unwrap(), None);
        message.fixed[7] = 6;
        assert_eq!(Path::of(&message, Family::V4).unwrap(), None);
    }
}
