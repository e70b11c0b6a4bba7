// SPDX-License-Identifier: GPL-2.0-only

//! The SYNs of a storm: each has an address and a port that no other has.

use crate::mac::Mac;
use crate::outcome::Outcome;
use crate::random::mixed;
use etherparse::PacketBuilder;
use std::collections::HashMap;
use std::net::IpAddr;

/// Local ports begin here.
const FIRST_PORT: u16 = 1024;

pub struct Syns {
    pub from: Mac,
    pub to: Mac,
    pub port: u16,
    /// Client addresses with the cluster's of the same family, and where each is in the list.
    clients: Vec<(IpAddr, IpAddr)>,
    places: HashMap<IpAddr, usize>,
}

impl Syns {
    pub fn new(
        from: Mac,
        to: Mac,
        port: u16,
        sources: &[IpAddr],
        vips: &[IpAddr],
    ) -> Outcome<Self> {
        let mut clients = Vec::new();
        for &source in sources {
            let like = |vip: &&IpAddr| vip.is_ipv4() == source.is_ipv4();
            let vip = vips.iter().find(like);
            clients.push((
                source,
                *vip.ok_or(format!("no --vip of the family of {source}"))?,
            ));
        }
        let places = sources.iter().enumerate().map(|(at, s)| (*s, at)).collect();
        Ok(Self {
            from,
            to,
            port,
            clients,
            places,
        })
    }

    /// As many as there are addresses and ports.
    pub fn most(&self) -> usize {
        self.clients.len() * usize::from(u16::MAX - FIRST_PORT)
    }

    /// Address and port of a SYN: all addresses take their turn.
    pub fn client(&self, number: usize) -> (IpAddr, u16) {
        let (source, _) = self.clients[number % self.clients.len()];
        (source, FIRST_PORT + (number / self.clients.len()) as u16)
    }

    /// Which SYN came from there.
    pub fn number(&self, source: IpAddr, port: u16) -> Option<usize> {
        let turn = usize::from(port.checked_sub(FIRST_PORT)?);
        Some(turn * self.clients.len() + self.places.get(&source)?)
    }

    /// What an answer has to acknowledge, less one.
    pub fn sequence(number: usize) -> u32 {
        mixed(11, number as u64) as u32
    }

    pub fn frame(&self, number: usize) -> Outcome<Vec<u8>> {
        let (source, port) = self.client(number);
        let (_, vip) = self.clients[number % self.clients.len()];
        let ethernet = PacketBuilder::ethernet2(self.from.0, self.to.0);
        let packet = match (source, vip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => ethernet.ipv4(a.octets(), b.octets(), 64),
            (IpAddr::V6(a), IpAddr::V6(b)) => ethernet.ipv6(a.octets(), b.octets(), 64),
            _ => return Err(format!("{source} and {vip} are not of one family")),
        };
        let mut frame = Vec::with_capacity(80);
        packet
            .tcp(port, self.port, Self::sequence(number), 64240)
            .syn()
            .write(&mut frame, &[])
            .map_err(|e| format!("SYN of {source}: {e}"))?;
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_syn_is_known_by_its_address_and_port() {
        let sources: Vec<IpAddr> = ["10.64.0.1", "fd5b::1", "10.64.0.9"]
            .map(|a| a.parse().unwrap())
            .into();
        let vips: Vec<IpAddr> = ["10.9.0.100", "fd5a::100"]
            .map(|a| a.parse().unwrap())
            .into();
        let syns = Syns::new(Mac([6; 6]), Mac([3; 6]), 7000, &sources, &vips).unwrap();
        for number in 0..10 {
            let (source, port) = syns.client(number);
            assert_eq!(syns.number(source, port), Some(number));
        }
        assert_eq!(syns.number(sources[0], 80), None);
        assert_eq!(syns.number(vips[0], 2000), None);
        assert_eq!(syns.frame(0).unwrap().len(), 54);
        assert_eq!(syns.frame(1).unwrap().len(), 74);
        assert!(Syns::new(Mac([6; 6]), Mac([3; 6]), 7000, &sources, &vips[..1]).is_err());
    }
}
