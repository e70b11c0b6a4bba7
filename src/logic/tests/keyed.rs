// SPDX-License-Identifier: GPL-2.0-only

//! Clusters whose buckets are of other keys than the address: each packet is one node's, and what belongs together is
//! the same node's.

use super::{
    node::{
        bitmap,
        cluster,
        the_server, //
    },
    *, //
};
use crate::{
    config::Proposal,
    fast_path::{
        self,
        RxFastPath, //
    },
    wire::ClientKey,
};
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};
use proptest::prelude::*;

/// Protocols with ports, and some bytes behind these.
const WITH_PORTS: &[u8] = &[6, 17, 33, 132, 136];

fn by_port(seed: [u8; 16]) -> Proposal<'static> {
    Proposal {
        siphash: Some(true),
        seed: Some(seed),
        client_key: Some(ClientKey::SourcePort),
        ..bitmap(1024)
    }
}

fn by_prefix(prefix4: u32, prefix6: u32) -> Proposal<'static> {
    Proposal {
        client_key: Some(ClientKey::Prefix),
        prefix4: Some(prefix4),
        prefix6: Some(prefix6),
        ..bitmap(1024)
    }
}

/// A header of ports, and what may follow.
fn header(from: u16, to: u16) -> Vec<u8> {
    [from.to_be_bytes(), to.to_be_bytes(), [0; 2], [0; 2]].concat()
}

fn ip4(source: u32, protocol: u8, payload: &[u8]) -> Ip {
    Ip::request(Ipv4Addr::from_bits(source), protocol, payload)
}

fn ip6(source: u128, protocol: u8, payload: &[u8]) -> sample::Ip6 {
    sample::Ip6::request(Ipv6Addr::from_bits(source), protocol, payload)
}

/// What the cluster sent to a client's port.
fn sent4(client: u32, protocol: u8, port: u16) -> Ip {
    Ip {
        source: sample::VIP,
        destination: Ipv4Addr::from_bits(client),
        ..ip4(client, protocol, &header(2049, port))
    }
}

fn sent6(client: u128, protocol: u8, port: u16) -> sample::Ip6 {
    sample::Ip6 {
        source: sample::VIP6,
        destination: Ipv6Addr::from_bits(client),
        ..ip6(client, protocol, &header(2049, port))
    }
}

proptest! {
    #[test]
    fn claim_11_ports_of_one_address_are_of_the_formulas_nodes(
        nodes in 1u32..9, seed: [u8; 16], v4: u32, v6: u128, port: u16, to: u16,
        protocol in prop::sample::select(WITH_PORTS), units in 0usize..=10,
    ) {
        let cluster = cluster(nodes, by_port(seed));
        let expected = |address: &[u8]| {
            let bytes = [address, &port.to_be_bytes()].concat();
            (crate::siphash::siphash24(seed, &bytes) >> 32) as u32 % 1024
        };
        let packet = Ip { options: vec![1; units * 4], ..ip4(v4, protocol, &header(port, to)) };
        prop_assert_eq!(the_server(&cluster, &packet.bytes()).1, expected(&v4.to_be_bytes()));
        let mut packet = ip6(v6, protocol, &header(port, to));
        if units > 5 {
            packet.extensions = vec![sample::extension(sample::DESTINATION_OPTIONS, 1)];
        }
        prop_assert_eq!(the_server(&cluster, &packet.bytes()).1, expected(&v6.to_be_bytes()));
    }

    /// All parts of a packet are of the node that has the address alone, as all that has no port.
    #[test]
    fn claim_11_parts_and_what_has_no_port_go_by_the_address(
        nodes in 1u32..9, seed: [u8; 16], v4: u32, v6: u128, port: u16, offset in 1u16..0x1fff,
        protocol in prop::sample::select(WITH_PORTS), other in 0u8..=255, body: [u8; 8],
    ) {
        let cluster = cluster(nodes, by_port(seed));
        let hashed = |bytes: &[u8]| (crate::siphash::siphash24(seed, bytes) >> 32) as u32 % 1024;
        let (alone4, alone6) = (hashed(&v4.to_be_bytes()), hashed(&v6.to_be_bytes()));
        let payload = header(port, 2049);
        for fragment in [sample::MORE, offset, offset | sample::MORE] {
            let part = Ip { fragment, ..ip4(v4, protocol, &payload) };
            prop_assert_eq!(the_server(&cluster, &part.bytes()).1, alone4);
        }
        for (offset, more) in [(0, true), (offset, false), (offset, true)] {
            let extensions = vec![sample::fragment6(offset, more)];
            let part = sample::Ip6 { extensions, ..ip6(v6, protocol, &payload) };
            prop_assert_eq!(the_server(&cluster, &part.bytes()).1, alone6);
        }
        let ping = ip4(v4, sample::ICMP, &sample::icmp(8, &body));
        prop_assert_eq!(the_server(&cluster, &ping.bytes()).1, alone4);
        let ping = ip6(v6, sample::ICMPV6, &sample::icmp(128, &body));
        prop_assert_eq!(the_server(&cluster, &ping.bytes()).1, alone6);
        let is_other = !WITH_PORTS.contains(&other) && other != sample::ICMP;
        if is_other {
            prop_assert_eq!(the_server(&cluster, &ip4(v4, other, &payload).bytes()).1, alone4);
        }
        // Cut off ahead of its port.
        prop_assert_eq!(the_server(&cluster, &ip4(v4, protocol, &payload[..1]).bytes()).1, alone4);
    }

    #[test]
    fn claim_1_an_error_goes_to_the_node_of_the_connection(
        nodes in 1u32..9, seed: [u8; 16], v4: u32, v6: u128, router: u32, router6: u128, port: u16,
        protocol in prop::sample::select(WITH_PORTS), units in 0usize..=10, more: bool,
    ) {
        let cluster = cluster(nodes, by_port(seed));
        // Of what was sent in parts the first one has the ports.
        let fragment = if more { sample::MORE } else { 0 };
        let quote = Ip { fragment, options: vec![1; units * 4], ..sent4(v4, protocol, port) }.bytes();
        for kind in [3, 11, 12] {
            let error = ip4(router, sample::ICMP, &sample::icmp(kind, &quote));
            let connection = ip4(v4, protocol, &header(port, 2049));
            prop_assert_eq!(the_server(&cluster, &error.bytes()), the_server(&cluster, &connection.bytes()));
        }
        let extensions = match more {
            true => vec![sample::fragment6(0, true)],
            false => vec![],
        };
        let quote = sample::Ip6 { extensions, ..sent6(v6, protocol, port) }.bytes();
        let error = ip6(router6, sample::ICMPV6, &sample::icmp(1, &quote));
        let connection = ip6(v6, protocol, &header(port, 2049));
        prop_assert_eq!(the_server(&cluster, &error.bytes()), the_server(&cluster, &connection.bytes()));
        // Of a later part, or of what has no ports, nothing but the address is known.
        let ping = ip4(v4, sample::ICMP, &sample::icmp(8, &[]));
        for quote in [
            Ip { fragment: 9, ..sent4(v4, protocol, port) },
            sent4(v4, sample::ICMP, port),
        ] {
            let error = ip4(router, sample::ICMP, &sample::icmp(3, &quote.bytes()));
            prop_assert_eq!(the_server(&cluster, &error.bytes()), the_server(&cluster, &ping.bytes()));
        }
    }

    #[test]
    fn claim_11_a_network_is_one_nodes(
        nodes in 1u32..9, seed: Option<[u8; 16]>, v4: u32, v6: u128, prefix4 in 1u32..=32, prefix6 in 1u32..=128,
        host4: u32, host6: u128, port: u16, fragment: u16, router: u32,
    ) {
        let key = Proposal { siphash: seed.map(|_| true), seed, ..by_prefix(prefix4, prefix6) };
        let cluster = cluster(nodes, key);
        let first = the_server(&cluster, &ip4(v4, 6, &header(port, 2049)).bytes());
        let neighbour = v4 ^ host4.checked_shr(prefix4).unwrap_or(0);
        let packet = Ip { fragment, ..ip4(neighbour, 17, &header(!port, 2049)) };
        prop_assert_eq!(the_server(&cluster, &packet.bytes()), first);
        let error = ip4(router, sample::ICMP, &sample::icmp(3, &sent4(neighbour, 6, port).bytes()));
        prop_assert_eq!(the_server(&cluster, &error.bytes()), first);
        let first = the_server(&cluster, &ip6(v6, 6, &header(port, 2049)).bytes());
        let neighbour = v6 ^ host6.checked_shr(prefix6).unwrap_or(0);
        prop_assert_eq!(the_server(&cluster, &ip6(neighbour, 17, &header(!port, 2049)).bytes()), first);
    }

    /// The fast path is made for addresses: of another key it decides nothing.
    #[test]
    fn claim_10_other_keys_take_the_slow_path(seed: [u8; 16], hashed: bool, v4: u32, v6: u128, port: u16) {
        let prefix = by_prefix(24, 64);
        let prefix = match hashed {
            true => Proposal { siphash: Some(true), seed: Some(seed), ..prefix },
            false => prefix,
        };
        let packet = ip4(v4, 6, &header(port, 2049)).bytes();
        let packet6 = ip6(v6, 6, &header(port, 2049)).bytes();
        for (key, is_open) in [(bitmap(1024), true), (by_port(seed), false), (prefix, false)] {
            for node in cluster(2, key) {
                let rules = node.rules();
                let is_vip = |address| fast_path::vips(&rules).any(|vip| vip == address);
                let start = packet.first_chunk().unwrap();
                prop_assert_eq!(RxFastPath::new(&rules).fraction(start, is_vip).is_some(), is_open);
                let start = packet6.first_chunk().unwrap();
                prop_assert_eq!(fast_path::fraction_v6(&rules, start).is_some(), is_open);
            }
        }
    }
}
