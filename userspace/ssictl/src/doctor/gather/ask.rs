// SPDX-License-Identifier: GPL-2.0-only

//! UDP servers that listen at all addresses are asked at the cluster's: from where they answer shows what clients see. The question
//! stays on this machine.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::doctor::facts::{Asked, ClusterFacts, Facts};

/// A server that has not answered by then does not know the question.
const PATIENCE: Duration = Duration::from_millis(300);
/// So many servers are asked.
const MOST: usize = 16;

/// Questions by port: names, NTP, the portmapper and NFS (their null procedure), TFTP, SNMP.
const DNS: &[u8] = &[0x5a, 0x5a, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1];
const NTP: &[u8; 48] = &{
    let mut bytes = [0; 48];
    bytes[0] = 0x23;
    bytes
};
const RPC: [u32; 10] = [0x5a5a_5a5a, 0, 2, 0, 0, 0, 0, 0, 0, 0];
const PORTMAPPER: u32 = 100_000;
const NFS: u32 = 100_003;
const TFTP: &[u8] = b"\0\x01ssictl-doctor\0octet\0";
/// What others are asked: an empty line.
const LINE: &[u8] = b"\n";

fn question(port: u16) -> Vec<u8> {
    let rpc = |program: u32, version: u32| {
        let [id, call, rpc, _, _, rest @ ..] = RPC;
        let head = [id, call, rpc, program, version];
        head.iter()
            .chain(&rest)
            .flat_map(|word| word.to_be_bytes())
            .collect()
    };
    match port {
        53 => DNS.to_vec(),
        69 => TFTP.to_vec(),
        123 => NTP.to_vec(),
        111 => rpc(PORTMAPPER, 2),
        2049 => rpc(NFS, 3),
        _ => LINE.to_vec(),
    }
}

/// Asks those that serve a cluster's IPv4 addresses.
pub fn ask(facts: &Facts, one: &ClusterFacts) -> Vec<Asked> {
    let Some(own) = own_address(facts, one) else {
        return Vec::new();
    };
    let waits = facts.sockets.iter();
    let waits = waits
        .filter(|socket| !socket.tcp && socket.is_service() && socket.address.is_unspecified());
    let mut all = Vec::new();
    for vip in one.vips4().map(IpAddr::V4) {
        let asked = waits.clone().filter(|socket| socket.serves(vip)).take(MOST);
        let sockets = asked.filter_map(|socket| Some((socket.port, send(own, vip, socket.port)?)));
        // All at once, then all are waited for.
        let sockets: Vec<(u16, UdpSocket)> = sockets.collect();
        for (port, socket) in sockets {
            let answer = socket.recv_from(&mut [0; 2048]);
            all.push(Asked {
                vip,
                port,
                from: answer.ok().map(|(_, from)| from.ip()),
            });
        }
    }
    all
}

fn send(own: IpAddr, vip: IpAddr, port: u16) -> Option<UdpSocket> {
    let socket = UdpSocket::bind(SocketAddr::new(own, 0)).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    socket.send_to(&question(port), (vip, port)).ok()?;
    Some(socket)
}

/// An address of this node's own on the cluster's interface, best one of the cluster's network.
pub fn own_address(facts: &Facts, one: &ClusterFacts) -> Option<IpAddr> {
    let ifindex = one.cluster.ifindex;
    let own = facts.addresses.iter().filter(|(at, address, _)| {
        *at == ifindex
            && address.is_ipv4()
            && !facts
                .clusters
                .iter()
                .any(|other| other.cluster.vips.contains(address))
    });
    own.map(|(_, address, _)| *address).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_whole() {
        assert_eq!(question(111).len(), 40);
        assert_eq!(question(2049)[12..20], [0, 1, 0x86, 0xa3, 0, 0, 0, 3]);
        assert_eq!(question(123)[0], 0x23);
        assert_eq!(question(7000), LINE);
    }

    #[test]
    fn the_own_address_is_not_the_clusters() {
        let facts = crate::doctor::sample::well();
        let own: IpAddr = [10, 9, 0, 2].into();
        assert_eq!(own_address(&facts, &facts.clusters[0]), Some(own));
    }
}
