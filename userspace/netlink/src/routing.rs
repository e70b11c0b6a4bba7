// SPDX-License-Identifier: GPL-2.0-only

//! Routes, and rules that choose a table by the source address, by rtnetlink.

use std::fmt::Debug;
use std::net::IpAddr;

use netlink_packet_core::{
    DecodeError, Emitable, NLM_F_CREATE, NLM_F_EXCL, NetlinkDeserializable, NetlinkHeader,
    NetlinkSerializable, Parseable,
};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteMessage, RouteProtocol, RouteScope,
    RouteType, RouteVia,
};
use netlink_packet_route::rule::{RuleAction, RuleAttribute, RuleMessage};

use crate::error::Error;
use crate::route::{PROTOCOL, Route};

const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
const RTM_GETROUTE: u16 = 26;
const RTM_NEWRULE: u16 = 32;
const RTM_DELRULE: u16 = 33;
const RTM_GETRULE: u16 = 34;

/// The table that everybody's routes are in.
pub const MAIN: u32 = 254;
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
    const fn number(self) -> AddressFamily {
        match self {
            Self::V4 => AddressFamily::Inet,
            Self::V6 => AddressFamily::Inet6,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }
}

/// A message about a route or a rule.
#[derive(Clone, Debug)]
struct Message<B> {
    number: u16,
    body: B,
}

impl<B: Emitable> NetlinkSerializable for Message<B> {
    fn message_type(&self) -> u16 {
        self.number
    }

    fn buffer_len(&self) -> usize {
        self.body.buffer_len()
    }

    fn serialize(&self, buffer: &mut [u8]) {
        self.body.emit(buffer);
    }
}

impl<B: Parseable<[u8]>> NetlinkDeserializable for Message<B> {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self {
            number: header.message_type,
            body: B::parse(payload)?,
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
    pub scope: RouteScope,
    /// The neighbour, if it is of another family.
    pub via: Option<RouteVia>,
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
            scope: RouteScope::Universe,
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

    /// None for what delivers, drops or answers packets, and goes by the type of service; and for other tables' routes.
    fn of(message: &RouteMessage, family: Family, table: u32) -> Option<Self> {
        let header = &message.header;
        if header.address_family != family.number()
            || header.kind != RouteType::Unicast
            || header.tos != 0
        {
            return None;
        }
        let mut path = Self {
            family,
            destination: None,
            prefix: header.destination_prefix_length,
            gateway: None,
            ifindex: None,
            metric: 0,
            is_ours: header.protocol == RouteProtocol::from(PROTOCOL),
            scope: header.scope,
            via: None,
        };
        let mut its_table = u32::from(header.table);
        for attribute in &message.attributes {
            match attribute {
                RouteAttribute::Destination(to) => path.destination = address(to),
                RouteAttribute::Gateway(by) => path.gateway = address(by),
                RouteAttribute::Oif(ifindex) => path.ifindex = Some(*ifindex),
                RouteAttribute::Priority(metric) => path.metric = *metric,
                RouteAttribute::Table(number) => its_table = *number,
                RouteAttribute::Via(via) => path.via = Some(via.clone()),
                _ => {}
            }
        }
        (its_table == table).then_some(path)
    }

    fn message(&self, table: u32) -> RouteMessage {
        let mut message = RouteMessage::default();
        message.header = RouteHeader {
            address_family: self.family.number(),
            destination_prefix_length: self.prefix,
            protocol: RouteProtocol::from(PROTOCOL),
            scope: self.scope,
            kind: RouteType::Unicast,
            ..RouteHeader::default()
        };
        // The gateway is there, whatever other routes say.
        if self.gateway.is_some() || self.via.is_some() {
            message.header.flags = RouteFlags::Onlink;
        }
        let a = &mut message.attributes;
        a.extend([
            RouteAttribute::Table(table),
            RouteAttribute::Priority(self.metric),
        ]);
        let destination = self.destination.map(RouteAddress::from);
        a.extend(destination.map(RouteAttribute::Destination));
        let gateway = self.gateway.map(RouteAddress::from);
        a.extend(gateway.map(RouteAttribute::Gateway));
        a.extend(self.ifindex.map(RouteAttribute::Oif));
        a.extend(self.via.clone().map(RouteAttribute::Via));
        message
    }
}

fn address(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(v4) => Some((*v4).into()),
        RouteAddress::Inet6(v6) => Some((*v6).into()),
        _ => None,
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
    /// None for another family's, and those of another priority.
    fn of(message: &RuleMessage, family: Family, priority: u32) -> Option<Self> {
        let mut rule = Self {
            source: None,
            table: u32::from(message.header.table),
            is_ours: false,
        };
        let mut its_priority = 0;
        for attribute in &message.attributes {
            match attribute {
                RuleAttribute::Source(source) => rule.source = Some(*source),
                RuleAttribute::Table(table) => rule.table = *table,
                RuleAttribute::Priority(priority) => its_priority = *priority,
                RuleAttribute::Protocol(by) => rule.is_ours = *by == RouteProtocol::from(PROTOCOL),
                _ => {}
            }
        }
        (message.header.family == family.number() && its_priority == priority).then_some(rule)
    }

    fn message(&self, source: IpAddr, priority: u32) -> RuleMessage {
        let family = Family::of(source);
        let mut message = RuleMessage::default();
        message.header.family = family.number();
        message.header.src_len = family.bits();
        message.header.action = RuleAction::ToTable;
        message.attributes = vec![
            RuleAttribute::Source(source),
            RuleAttribute::Priority(priority),
            RuleAttribute::Table(self.table),
            RuleAttribute::Protocol(RouteProtocol::from(PROTOCOL)),
        ];
        message
    }
}

impl Route {
    /// A table's routes of a family.
    pub fn paths(&mut self, family: Family, table: u32) -> Result<Vec<Path>, Error> {
        let mut body = RouteMessage::default();
        body.header.address_family = family.number();
        body.attributes.push(RouteAttribute::Table(table));
        let number = RTM_GETROUTE;
        let answers = match self.connection.dump(Message { number, body }) {
            Err(Error::Refused(refusal)) if refusal.errno == NO_TABLE => return Ok(Vec::new()),
            result => result?,
        };
        let paths = answers
            .iter()
            .filter(|answer| answer.number == RTM_NEWROUTE);
        Ok(paths
            .filter_map(|answer| Path::of(&answer.body, family, table))
            .collect())
    }

    /// Adds a route to a table, as ours.
    pub fn add_path(&mut self, path: &Path, table: u32) -> Result<(), Error> {
        self.add(RTM_NEWROUTE, path.message(table))
    }

    /// Takes one of ours out of a table.
    pub fn remove_path(&mut self, path: &Path, table: u32) -> Result<(), Error> {
        self.remove(RTM_DELROUTE, path.message(table))
    }

    /// A family's rules of one priority.
    pub fn rules(&mut self, family: Family, priority: u32) -> Result<Vec<Rule>, Error> {
        let mut body = RuleMessage::default();
        body.header.family = family.number();
        let number = RTM_GETRULE;
        let answers = self.connection.dump(Message { number, body })?;
        let rules = answers.iter().filter(|answer| answer.number == RTM_NEWRULE);
        Ok(rules
            .filter_map(|answer| Rule::of(&answer.body, family, priority))
            .collect())
    }

    /// Adds a rule, as ours.
    pub fn add_rule(&mut self, rule: &Rule, priority: u32) -> Result<(), Error> {
        match rule.source {
            Some(source) => self.add(RTM_NEWRULE, rule.message(source, priority)),
            None => Ok(()),
        }
    }

    /// Takes one of ours away.
    pub fn remove_rule(&mut self, rule: &Rule, priority: u32) -> Result<(), Error> {
        match rule.source {
            Some(source) => self.remove(RTM_DELRULE, rule.message(source, priority)),
            None => Ok(()),
        }
    }

    fn add<B>(&mut self, number: u16, body: B) -> Result<(), Error>
    where
        B: Emitable + Parseable<[u8]> + Debug,
    {
        self.connection
            .request_with(Message { number, body }, NLM_F_CREATE | NLM_F_EXCL)
            .map(drop)
    }

    fn remove<B>(&mut self, number: u16, body: B) -> Result<(), Error>
    where
        B: Emitable + Parseable<[u8]> + Debug,
    {
        self.connection.request(Message { number, body }).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent<B: Emitable + Parseable<[u8]>>(body: &B) -> B {
        let mut bytes = vec![0; body.buffer_len()];
        body.emit(&mut bytes);
        B::parse(&bytes).unwrap()
    }

    #[test]
    fn reads_the_route_that_it_writes() {
        for gateway in ["10.9.0.254", "fd00::fe"] {
            let path = Path::by(gateway.parse().unwrap(), 7, 21);
            let message = sent(&path.message(2_133_100_007));
            let read = |table| Path::of(&message, path.family, table);
            assert_eq!(read(2_133_100_007), Some(path.clone()));
            assert_eq!(read(MAIN), None, "another table's");
        }
        // Another family's, and one that drops packets.
        let mut message = Path::by([10, 9, 0, 1].into(), 7, 21).message(5);
        assert_eq!(Path::of(&message, Family::V6, 5), None);
        message.header.kind = RouteType::BlackHole;
        assert_eq!(Path::of(&message, Family::V4, 5), None);
    }

    #[test]
    fn reads_the_rule_that_it_writes() {
        for source in ["192.0.2.10", "2001:db8::10"] {
            let source = source.parse().unwrap();
            let rule = Rule {
                source: Some(source),
                table: 2_133_100_007,
                is_ours: true,
            };
            let message = sent(&rule.message(source, 21));
            let family = Family::of(source);
            assert_eq!(Rule::of(&message, family, 21), Some(rule));
            assert_eq!(Rule::of(&message, family, 22), None);
        }
    }
}
