// SPDX-License-Identifier: GPL-2.0-only

//! A packet as rules meet it, and where they do.

use std::fmt;
use std::net::IpAddr;

/// Where a packet meets chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// At the interface, in.
    Ingress,
    /// Ahead of the choice of a route.
    Prerouting,
    /// To this machine.
    Input,
    /// From this machine.
    Output,
    /// Behind the choice of a route.
    Postrouting,
    /// At the interface, out.
    Egress,
}

impl Hook {
    /// What a packet to this machine meets.
    pub const INCOMING: [Self; 3] = [Self::Ingress, Self::Prerouting, Self::Input];
    /// What one of this machine's meets.
    pub const OUTGOING: [Self; 3] = [Self::Output, Self::Postrouting, Self::Egress];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Prerouting => "prerouting",
            Self::Input => "input",
            Self::Output => "output",
            Self::Postrouting => "postrouting",
            Self::Egress => "egress",
        }
    }
}

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A segment of TCP.
    Tcp,
    /// A datagram.
    Udp,
    /// ARP.
    Arp,
    /// A frame of this EtherType.
    Frame(u16),
}

/// A packet, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it is.
    pub kind: Kind,
    /// By which interface it comes or goes.
    pub device: String,
    /// Whether it comes.
    pub comes: bool,
    /// From where.
    pub source: Option<IpAddr>,
    /// To where.
    pub destination: Option<IpAddr>,
    /// Ports.
    pub sport: Option<u16>,
    /// To which port.
    pub dport: Option<u16>,
    /// What connection tracking takes it for.
    pub state: &'static str,
}

impl Packet {
    fn new(device: &str, kind: Kind, comes: bool) -> Self {
        Self {
            kind,
            device: device.to_owned(),
            comes,
            source: None,
            destination: None,
            sport: None,
            dport: None,
            state: "new",
        }
    }

    /// What a client begins with.
    pub fn request(device: &str, kind: Kind, vip: IpAddr, port: u16) -> Self {
        Self {
            destination: Some(vip),
            dport: Some(port),
            ..Self::new(device, kind, true)
        }
    }

    /// What it is answered.
    pub fn reply(device: &str, kind: Kind, vip: IpAddr, port: u16) -> Self {
        Self {
            source: Some(vip),
            sport: Some(port),
            state: "established",
            ..Self::new(device, kind, false)
        }
    }

    /// A reset of a connection that nobody here has.
    pub fn reset(device: &str, vip: IpAddr, port: u16) -> Self {
        Self {
            state: "invalid",
            ..Self::reply(device, Kind::Tcp, vip, port)
        }
    }

    /// A datagram of another node's daemon.
    pub fn datagram(device: &str, port: u16) -> Self {
        Self {
            dport: Some(port),
            ..Self::new(device, Kind::Udp, true)
        }
    }

    /// A question for an address.
    pub fn arp(device: &str, vip: IpAddr) -> Self {
        Self {
            destination: Some(vip),
            ..Self::new(device, Kind::Arp, true)
        }
    }

    /// Its answer.
    pub fn arp_from(device: &str, vip: IpAddr) -> Self {
        Self {
            source: Some(vip),
            ..Self::new(device, Kind::Arp, false)
        }
    }

    /// A frame that comes in.
    pub fn frame(device: &str, ethertype: u16) -> Self {
        Self::new(device, Kind::Frame(ethertype), true)
    }

    /// One that goes out.
    pub fn frame_out(device: &str, ethertype: u16) -> Self {
        Self::new(device, Kind::Frame(ethertype), false)
    }

    /// The address that is known of it.
    fn address(&self) -> Option<IpAddr> {
        self.destination.or(self.source)
    }

    /// Whether chains of a family meet it.
    pub fn is_of(&self, family: &str) -> bool {
        let is_v4 = self.address().is_none_or(|address| address.is_ipv4());
        match (family, self.kind) {
            ("netdev", _) => true,
            ("arp", Kind::Arp) => true,
            ("inet", Kind::Tcp | Kind::Udp) => true,
            ("ip", Kind::Tcp | Kind::Udp) => is_v4,
            ("ip6", Kind::Tcp | Kind::Udp) => {
                self.address().is_some_and(|address| address.is_ipv6())
            }
            _ => false,
        }
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.kind {
            Kind::Tcp => "TCP",
            Kind::Udp => "UDP",
            Kind::Arp => "ARP",
            Kind::Frame(_) => "frames",
        };
        f.write_str(protocol)?;
        if let Some(port) = self.dport.or(self.sport) {
            write!(f, " port {port}")?;
        }
        match self.address() {
            Some(address) => write!(f, " of {address}"),
            None => Ok(()),
        }
    }
}
