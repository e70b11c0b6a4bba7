// SPDX-License-Identifier: GPL-2.0-only

//! A cluster of nodes that all get the same frame: exactly one serves it.

use super::*;
use crate::{
    config::{
        Config,
        Function,
        Proposal,
        Table, //
    },
    owned::{
        fill_by_rank,
        len, //
    },
    vips::Vips,
};
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};
use proptest::prelude::*;

/// A node as its kernel has it.
pub(super) struct Node {
    config: Config,
    owned: Vec<u8>,
}

impl Node {
    /// A node that had `before`.
    fn new((config, table): (Config, Table<'_>), before: &[u8]) -> Self {
        let mut owned = vec![0; len(config.buckets)];
        match table {
            Table::Keep => owned.copy_from_slice(before),
            Table::ByRank => fill_by_rank(&mut owned, config.buckets, config.node, config.nodes),
            Table::Given(bits) => owned.copy_from_slice(bits),
        }
        Self { config, owned }
    }

    pub(super) fn rules(&self) -> Rules {
        self.config.rules().unwrap()
    }

    fn verdict(&self, packet: &[u8]) -> Verdict {
        let rules = self.rules();
        let protocol = match packet[0] >> 4 {
            4 => sample::IP,
            _ => sample::IPV6,
        };
        to_cluster(&rules, &*self.owned, protocol, packet)
    }
}

/// `nodes` nodes, each with its rank and otherwise the same.
pub(super) fn cluster(nodes: u32, what: Proposal<'_>) -> Vec<Node> {
    let mut vips = Vips::EMPTY;
    vips.push(sample::VIP.into()).unwrap();
    vips.push(sample::VIP6.into()).unwrap();
    let node = |node| {
        let proposal = Proposal {
            node: Some(node),
            nodes: Some(nodes),
            vips: Some(&vips),
            ..what
        };
        Node::new(Config::create(&proposal).unwrap(), &[])
    };
    (0..nodes).map(node).collect()
}

/// The one node that serves `packet`; all agree on its bucket.
pub(super) fn the_server(nodes: &[Node], packet: &[u8]) -> (usize, u32) {
    let verdicts: Vec<_> = nodes.iter().map(|node| node.verdict(packet)).collect();
    let mut served = None;
    for (rank, &verdict) in verdicts.iter().enumerate() {
        if let Verdict::Serve(bucket) = verdict {
            assert!(served.is_none(), "two serve it: {verdicts:?}");
            served = Some((rank, bucket));
        }
    }
    let (rank, bucket) = served.expect("somebody serves it");
    let others = verdicts
        .iter()
        .enumerate()
        .filter(|&(other, _)| other != rank);
    for (_, &verdict) in others {
        assert_eq!(verdict, Verdict::Other(bucket));
    }
    (rank, bucket)
}

fn request(source: u32) -> Vec<u8> {
    Ip::request(Ipv4Addr::from_bits(source), sample::TCP, &sample::syn()).bytes()
}

fn request6(source: u128) -> Vec<u8> {
    sample::Ip6::request(Ipv6Addr::from_bits(source), sample::TCP, &sample::syn()).bytes()
}

pub(super) fn bitmap(buckets: u32) -> Proposal<'static> {
    Proposal {
        function: Some(Function::Bitmap),
        buckets: Some(buckets),
        ..Proposal::default()
    }
}

proptest! {
    #[test]
    fn claim_10_node_is_source_mod_nodes(nodes in 1u32..20, source: u32) {
        let cluster = cluster(nodes, Proposal::default());
        let m = source % nodes;
        prop_assert_eq!(the_server(&cluster, &request(source)), (m as usize, m));
    }

    #[test]
    fn claim_10_modulo_is_the_bitmap_with_k_the_nodes(nodes in 1u32..20, source: u32) {
        let packet = request(source);
        let [modulo, bitmap] = [Proposal::default(), bitmap(nodes)].map(|p| cluster(nodes, p));
        for (a, b) in modulo.iter().zip(&bitmap) {
            prop_assert_eq!(a.verdict(&packet), b.verdict(&packet));
        }
    }

    #[test]
    fn claim_11_exactly_one_node_has_the_bit(nodes in 1u32..20, k in 1u32..3000, source: u32) {
        let m = source % k;
        let server = the_server(&cluster(nodes, bitmap(k)), &request(source));
        prop_assert_eq!(server, ((m % nodes) as usize, m));
    }

    #[test]
    fn claim_11_also_of_the_hash(nodes in 1u32..20, k in 1u32..3000, source: u32, seed: [u8; 16]) {
        let hashed = Proposal { siphash: Some(true), seed: Some(seed), ..bitmap(k) };
        the_server(&cluster(nodes, hashed), &request(source));
    }

    #[test]
    fn claim_10_node_is_ipv6_source_mod_nodes(nodes in 1u32..20, source: u128) {
        let m = source % u128::from(nodes);
        let server = the_server(&cluster(nodes, Proposal::default()), &request6(source));
        prop_assert_eq!(server, (m as usize, m as u32));
    }

    #[test]
    fn claim_11_exactly_one_node_has_the_bit_of_ipv6(
        nodes in 1u32..20,
        k in 1u32..3000,
        source: u128,
        seed: Option<[u8; 16]>,
    ) {
        let what = Proposal { siphash: seed.map(|_| true), seed, ..bitmap(k) };
        let (server, bucket) = the_server(&cluster(nodes, what), &request6(source));
        prop_assert_eq!(server as u32, bucket % nodes);
        if seed.is_none() {
            prop_assert_eq!(u128::from(bucket), source % u128::from(k));
        }
    }

    #[test]
    fn claim_1_an_icmpv6_error_goes_to_the_node_that_its_client_has(
        nodes in 1u32..20,
        source: u128,
        router: u128,
        kind in 0u8..128,
    ) {
        let cluster = cluster(nodes, bitmap(1024));
        let quote = sample::quoted6(Ipv6Addr::from_bits(source)).bytes();
        let error = sample::icmp(kind, &quote);
        let error = sample::Ip6::request(Ipv6Addr::from_bits(router), sample::ICMPV6, &error);
        let server = the_server(&cluster, &error.bytes());
        prop_assert_eq!(server, the_server(&cluster, &request6(source)));
    }

    #[test]
    fn claim_1_an_error_goes_to_the_node_that_its_client_has(
        nodes in 1u32..20,
        source: u32,
        router: u32,
    ) {
        let cluster = cluster(nodes, bitmap(1024));
        let quote = sample::quoted(Ipv4Addr::from_bits(source)).bytes();
        let error = sample::icmp(3, &quote);
        let error = Ip::request(Ipv4Addr::from_bits(router), sample::ICMP, &error).bytes();
        prop_assert_eq!(the_server(&cluster, &error), the_server(&cluster, &request(source)));
    }

    #[test]
    fn claim_14_one_node_after_the_number_of_nodes_changed(
        before in 1u32..20,
        after in 1u32..20,
        by_bitmap: bool,
        source: u32,
    ) {
        let old = cluster(before, if by_bitmap { bitmap(1000) } else { Proposal::default() });
        let change = |(node, old): (u32, &Node)| {
            let proposal = Proposal {
                node: Some(node),
                nodes: Some(after),
                ..Proposal::default()
            };
            Node::new(old.config.change(&proposal).unwrap(), &old.owned)
        };
        // The nodes that join start from another's configuration.
        let new: Vec<_> = (0..after).zip(old.iter().cycle()).map(change).collect();
        let moved = the_server(&new, &request(source)).0;
        let k = if by_bitmap { 1000 } else { after };
        prop_assert_eq!(moved as u32, source % k % after);
    }
}
