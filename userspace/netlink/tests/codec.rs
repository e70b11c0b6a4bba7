// SPDX-License-Identifier: GPL-2.0-only

//! Codec: messages decode as they were encoded, and no bytes make the decoder panic.

#![allow(clippy::unwrap_used)]

use logic::agreement::Differences;
use netlink_packet_core::{Emitable, NetlinkDeserializable, NetlinkHeader, ParseableParametrized};
use netlink_packet_generic::{GenlHeader, GenlMessage};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use ssi_netlink::spec::{Attr, Counter, Function, Hook, Mode, Op, Reason, TUNABLE};
use ssi_netlink::{
    Attributes, Bucket, BucketStats, Cluster, Drained, Event, Message, NewTable, Peer, Peers,
    Request, Stats, Table,
};
use std::net::IpAddr;

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9_-][a-z0-9._-]{0,14}"
}

fn vips() -> impl Strategy<Value = Vec<IpAddr>> {
    vec(any::<IpAddr>(), 0..32)
}

prop_compose! {
    fn cluster()(
        name in name(),
        mac in any::<[u8; 6]>(),
        hash_seed in any::<Option<[u8; 16]>>(),
        master in any::<bool>(),
        vips in vips(),
        generation in any::<u64>(),
        hook in select(Hook::ALL),
        reason in option::of(select(Reason::ALL)),
        mode in select(Mode::ALL),
        rest in any::<(u32, Option<u32>, Option<[u8; 6]>, Option<bool>)>(),
        leased in any::<(Option<u32>, bool, Option<u64>)>(),
        key_id in any::<Option<u32>>(),
        tunable in vec(option::of(any::<u32>()), TUNABLE.len()),
    ) -> Cluster {
        let cluster = Cluster {
            name, mode, mac, group_mac: mac, hash_seed, master, vips, generation, hook, reason, key_id,
            ifindex: rest.0, forward_ifindex: rest.1, master_mac: rest.2, flooded: rest.3,
            lease: leased.0, lapsed: leased.1, lease_until: leased.2,
            ..Cluster::default()
        };
        let mut attributes = Attributes::from(&cluster);
        for ((attr, _), value) in TUNABLE.iter().zip(tunable) {
            // Of several the last one counts.
            if let Some(value) = value {
                let names = attr.names().map_or(u32::MAX, |names| u32::try_from(names.len()).unwrap());
                attributes.u32(attr.number(), value % names);
            }
        }
        Cluster::try_from(&attributes).unwrap()
    }
}

/// Through bytes and back.
fn again(attributes: &Attributes) -> Attributes {
    let message = Message {
        op: Op::ClusterGet,
        attributes: attributes.clone(),
    };
    let mut bytes = vec![0xee; message.buffer_len()];
    message.emit(&mut bytes);
    let header = GenlHeader {
        cmd: Op::ClusterGet.number(),
        version: 1,
    };
    Message::parse_with_param(&bytes, header)
        .unwrap()
        .attributes
}

/// Gives bytes to every decoder there is.
fn decode_all(op: u8, bytes: &[u8]) {
    let header = GenlHeader {
        cmd: op,
        version: 1,
    };
    if let Ok(message) = Message::parse_with_param(bytes, header) {
        let _ = Event::try_from(&message);
        let _ = Cluster::try_from(&message.attributes);
        let _ = Table::try_from(&message.attributes);
        let _ = Drained::try_from(&message.attributes);
        let _ = Stats::try_from(&message.attributes);
        let _ = BucketStats::try_from(&message.attributes);
        let _ = Peers::try_from(&message.attributes);
    }
}

proptest! {
    #[test]
    fn clusters(cluster in cluster()) {
        let attributes = again(&Attributes::from(&cluster));
        prop_assert_eq!(Cluster::try_from(&attributes).unwrap(), cluster);
    }

    #[test]
    fn tables(
        name in name(),
        buckets: u32,
        owned in vec(any::<u8>(), 0..8192),
        generation: u64,
        lease_until: Option<u64>,
        lapsed: bool,
        sticking in vec(any::<u64>(), 0..100),
    ) {
        let (draining, adopting) = (owned.clone(), owned.iter().map(|byte| !byte).collect());
        let connections = buckets / 2;
        let table = Table {
            name, buckets, owned, generation, draining, adopting, connections, lease_until, lapsed,
            sticking,
        };
        let attributes = again(&Attributes::from(&table));
        prop_assert_eq!(Table::try_from(&attributes).unwrap(), table);
    }

    #[test]
    fn drained(
        name in name(),
        buckets: u32,
        drained in vec(any::<u8>(), 0..8192),
        generation: u64,
        reason in select(Reason::ALL),
    ) {
        let drained = Drained { name, buckets, drained, generation, reason };
        let attributes = again(&Attributes::from(&drained));
        prop_assert_eq!(Drained::try_from(&attributes).unwrap(), drained);
    }

    #[test]
    fn new_tables(
        name in name(),
        owned in vec(any::<u8>(), 0..64),
        cold in option::of(vec(any::<u8>(), 0..64)),
        lease: Option<u32>,
        lease_until: Option<u64>,
        sticking in vec(any::<u64>(), 0..100),
    ) {
        let table = NewTable { name, buckets: 9, owned, generation: 7, cold, lease, lease_until, sticking };
        let attributes = again(&Attributes::from(&table));
        prop_assert_eq!(attributes.get(Attr::Owned.number()), Some(&*table.owned));
        prop_assert_eq!(attributes.get(Attr::Cold.number()), table.cold.as_deref());
        prop_assert_eq!(attributes.get_u32(Attr::Lease.number()).unwrap(), table.lease);
        let until = attributes.get_u64(Attr::LeaseUntil.number()).unwrap();
        prop_assert_eq!(until, table.lease_until);
        let bytes = attributes.get(Attr::Sticking.number()).unwrap_or_default();
        prop_assert!(logic::stick::numbers(bytes).eq(table.sticking.iter().copied()));
    }

    #[test]
    fn stats(name in name(), values in vec(any::<u64>(), Counter::ALL.len())) {
        let counters = Counter::ALL.iter().copied().zip(values).collect();
        let stats = Stats { name, counters };
        let attributes = again(&Attributes::from(&stats));
        prop_assert_eq!(Stats::try_from(&attributes).unwrap(), stats);
    }

    #[test]
    fn peers(
        name in name(),
        list in vec(any::<([u32; 5], ([u8; 6], Option<[u8; 6]>), [bool; 2], u64)>(), 0..40),
    ) {
        let peers = list.into_iter().map(|(numbers, macs, flags, generation)| {
            let [node, age, differs, buckets, nodes] = numbers;
            let ((mac, forward_mac), [master, agrees]) = (macs, flags);
            let differs = Differences(differs);
            Peer { node, mac, forward_mac, master, age, agrees, generation, differs, buckets, nodes }
        });
        let peers = Peers { name, peers: peers.collect() };
        prop_assert_eq!(Peers::try_from(&again(&(&peers).into())).unwrap(), peers);
    }

    #[test]
    fn bucket_stats(
        name in name(),
        generation: u64,
        values in vec(any::<(u32, [u64; 4], Option<u32>)>(), 0..100),
    ) {
        let buckets = values
            .into_iter()
            .map(|(bucket, [seen_packets, seen_bytes, served_packets, served_bytes], sessions)| {
                Bucket { bucket, seen_packets, seen_bytes, served_packets, served_bytes, sessions }
            })
            .collect();
        let stats = BucketStats { name, generation, buckets };
        let attributes = again(&Attributes::from(&stats));
        prop_assert_eq!(BucketStats::try_from(&attributes).unwrap(), stats);
    }

    #[test]
    fn a_restored_cluster_is_the_old_one(cluster in cluster(), owned in vec(any::<u8>(), 1..40)) {
        // All that a request can set is in it, and nothing that only a new cluster may have.
        let request = Attributes::from(&Request::restore(&cluster, Some(owned.clone())));
        let set = |attr: Attr| request.get(attr.number()).is_some();
        for attr in [
            Attr::Name, Attr::ReplyMac, Attr::Function, Attr::Buckets, Attr::Node, Attr::Nodes,
            Attr::Hash, Attr::Master,
        ] {
            prop_assert!(set(attr), "{}", attr);
        }
        for attr in [
            Attr::Ifindex, Attr::Mode, Attr::Mac, Attr::GroupMac, Attr::Generation, Attr::Hook,
            Attr::Reason,
        ] {
            prop_assert!(!set(attr), "{}", attr);
        }
        prop_assert_eq!(set(Attr::Owned), cluster.function == Function::Bitmap);
    }

    #[test]
    fn any_bytes(op: u8, bytes in vec(any::<u8>(), 0..600)) {
        decode_all(op, &bytes);
        let _ = GenlMessage::<Message>::deserialize(&NetlinkHeader::default(), &bytes);
    }

    #[test]
    fn damaged_messages(
        cluster in cluster(),
        place in any::<prop::sample::Index>(),
        byte: u8,
        cut in any::<prop::sample::Index>(),
    ) {
        let attributes = Attributes::from(&cluster);
        let mut bytes = vec![0; attributes.buffer_len()];
        attributes.emit(&mut bytes);
        let at = place.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        for op in Op::ALL {
            decode_all(op.number(), &bytes);
        }
    }
}
