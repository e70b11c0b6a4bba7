// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's configuration: defaults, refusals, tables; `proposal` has the rest.

mod proposal;

use super::*;
use crate::sample::{
    VIP,
    VIP2, //
};
use std::{
    vec,
    vec::Vec, //
};

const SEED: [u8; 16] = [7; 16];

fn vips() -> Vips {
    let mut vips = Vips::EMPTY;
    vips.push(VIP2.into()).unwrap();
    vips.push(VIP.into()).unwrap();
    vips
}

/// The least that makes a cluster.
fn least(vips: &Vips) -> Proposal<'_> {
    Proposal {
        node: Some(1),
        nodes: Some(4),
        vips: Some(vips),
        ..Proposal::default()
    }
}

fn created(function: Function) -> Config {
    let vips = vips();
    let (config, _) = Config::create(&Proposal {
        function: Some(function),
        ..least(&vips)
    })
    .unwrap();
    config
}

#[test]
fn defaults() {
    let vips = vips();
    let (config, table) = Config::create(&least(&vips)).unwrap();
    let expected = Config {
        // 02:5a and the lowest address, whatever the order.
        mac: Mac([0x02, 0x5a, 192, 0, 2, 10]),
        group_mac: Mac([0x03, 0x5a, 192, 0, 2, 10]),
        mode: Mode::Multicast,
        reply_mac: ReplyMac::Cluster,
        function: Function::Modulo,
        buckets: 4,
        node: 1,
        nodes: 4,
        hash: Hash::None,
        client_key: ClientKey::Source,
        master: false,
        vips,
        drain_time: 600,
        lease_expiry: LeaseExpiry::Drain,
        announce_every: 0,
        key: None,
    };
    assert_eq!(config, expected);
    assert_eq!(table, Table::ByRank);
    assert_eq!(created(Function::Bitmap).buckets, 1024);
}

#[test]
fn mac_of_the_lowest_address_of_both_families() {
    for (list, lowest) in [
        (&["2001:db8::1"][..], "2001:db8::1"),
        (&["2001:db8::2", "2001:db8::1"], "2001:db8::1"),
        (&["2001:db8::1", "192.0.2.10"], "192.0.2.10"),
    ] {
        let mut vips = Vips::EMPTY;
        for vip in list {
            vips.push(vip.parse().unwrap()).unwrap();
        }
        let (config, _) = Config::create(&least(&vips)).unwrap();
        assert_eq!(config.mac, Mac::auto(lowest.parse().unwrap()), "{list:?}");
        assert_eq!(config.vips, vips);
    }
}

#[test]
fn refusals_of_create() {
    let vips = vips();
    let least = least(&vips);
    let bitmap = Proposal {
        function: Some(Function::Bitmap),
        ..least
    };
    let by_prefix = Proposal {
        client_key: Some(wire::ClientKey::Prefix),
        ..least
    };
    let mac = |first| Some(Mac([first, 0x5a, 0, 0, 0, 1]));
    #[rustfmt::skip]
    let rows = [
        (Refusal::VipMissing, Proposal { vips: None, ..least }),
        (Refusal::VipMissing, Proposal { vips: Some(&Vips::EMPTY), ..least }),
        (Refusal::NodesMissing, Proposal { nodes: None, ..least }),
        (Refusal::NodeMissing, Proposal { node: None, ..least }),
        (Refusal::Value(Attr::Nodes), Proposal { nodes: Some(0), node: Some(0), ..least }),
        (Refusal::Value(Attr::Nodes), Proposal { nodes: Some(65_537), ..least }),
        (Refusal::Value(Attr::Nodes), Proposal { nodes: Some(u32::MAX), ..least }),
        (Refusal::NodeRange, Proposal { node: Some(4), ..least }),
        (Refusal::NodeRange, Proposal { node: Some(u32::MAX), ..least }),
        (Refusal::Value(Attr::Buckets), Proposal { buckets: Some(0), ..bitmap }),
        (Refusal::Value(Attr::Buckets), Proposal { buckets: Some(65_537), ..bitmap }),
        (Refusal::BucketsModulo, Proposal { buckets: Some(5), ..least }),
        (Refusal::OwnedModulo, Proposal { owned: Some(&[0b0010]), ..least }),
        (Refusal::OwnedLength, Proposal { owned: Some(&[0; 127]), ..bitmap }),
        (Refusal::OwnedLength, Proposal { owned: Some(&[0; 129]), ..bitmap }),
        (Refusal::OwnedLength, Proposal { owned: Some(&[]), ..bitmap }),
        (Refusal::OwnedLength, Proposal { buckets: Some(4), owned: Some(&[0x10]), ..bitmap }),
        (Refusal::SeedMissing, Proposal { siphash: Some(true), ..least }),
        (Refusal::SeedUnused, Proposal { seed: Some(SEED), ..least }),
        (Refusal::SeedUnused, Proposal { siphash: Some(false), seed: Some(SEED), ..least }),
        (Refusal::PortUnhashed, Proposal { client_key: Some(wire::ClientKey::SourcePort), ..least }),
        (Refusal::PrefixUnused, Proposal { prefix4: Some(24), ..least }),
        (Refusal::PrefixUnused,
            Proposal { client_key: Some(wire::ClientKey::Source), prefix6: Some(64), ..least }),
        (Refusal::Value(Attr::Prefix4), Proposal { prefix4: Some(0), ..by_prefix }),
        (Refusal::Value(Attr::Prefix4), Proposal { prefix4: Some(33), ..by_prefix }),
        (Refusal::Value(Attr::Prefix6), Proposal { prefix6: Some(0), ..by_prefix }),
        (Refusal::Value(Attr::Prefix6), Proposal { prefix6: Some(129), ..by_prefix }),
        (Refusal::Value(Attr::Prefix6), Proposal { prefix6: Some(u32::MAX), ..by_prefix }),
        (Refusal::MacGroup, Proposal { mac: mac(0x03), ..least }),
        (Refusal::MacGroup, Proposal { mac: Some(Mac([0xff; 6])), ..least }),
        (Refusal::MacForeign, Proposal { mac: mac(0x00), ..least }),
        (Refusal::MacForeign, Proposal { mac: Some(Mac([0; 6])), ..least }),
    ];
    for (i, (refusal, proposal)) in rows.iter().enumerate() {
        assert_eq!(Config::create(proposal), Err(*refusal), "row {i}");
    }
}

#[test]
fn refusals_of_change() {
    let blank = Proposal::default();
    let modulo = created(Function::Modulo);
    let bitmap = created(Function::Bitmap);
    #[rustfmt::skip]
    let rows = [
        (modulo, Refusal::VipMissing, Proposal { vips: Some(&Vips::EMPTY), ..blank }),
        (modulo, Refusal::NodeRange, Proposal { nodes: Some(1), ..blank }),
        (modulo, Refusal::NodeRange, Proposal { node: Some(4), ..blank }),
        (modulo, Refusal::BucketsModulo, Proposal { buckets: Some(8), ..blank }),
        (modulo, Refusal::BucketsModulo, Proposal { nodes: Some(5), buckets: Some(4), ..blank }),
        (modulo, Refusal::OwnedModulo, Proposal { owned: Some(&[1]), ..blank }),
        (modulo, Refusal::SeedUnused, Proposal { seed: Some(SEED), ..blank }),
        (bitmap, Refusal::BucketsModulo,
            Proposal { function: Some(Function::Modulo), buckets: Some(1024), ..blank }),
        (bitmap, Refusal::OwnedModulo,
            Proposal { function: Some(Function::Modulo), owned: Some(&[0; 128]), ..blank }),
        (bitmap, Refusal::OwnedLength, Proposal { buckets: Some(8), owned: Some(&[0; 128]), ..blank }),
        (bitmap, Refusal::Value(Attr::Nodes), Proposal { nodes: Some(0), ..blank }),
    ];
    for (i, (config, refusal, proposal)) in rows.iter().enumerate() {
        assert_eq!(config.change(proposal), Err(*refusal), "row {i}");
    }
}

#[test]
fn the_edges_are_allowed() {
    let vips = vips();
    for (node, nodes, buckets) in [(0, 1, 1), (65_535, 65_536, 65_536), (0, 65_536, 1)] {
        let proposal = Proposal {
            node: Some(node),
            nodes: Some(nodes),
            function: Some(Function::Bitmap),
            buckets: Some(buckets),
            ..least(&vips)
        };
        let (config, _) = Config::create(&proposal).unwrap();
        assert_eq!(
            (config.node, config.nodes, config.buckets),
            (node, nodes, buckets)
        );
        assert_eq!(config.rules().unwrap().distribution.buckets(), buckets);
    }
}

#[test]
fn the_hash_goes_on_off_and_on_with_its_seed() {
    let plain = created(Function::Modulo);
    let change = |config: Config, siphash, seed| {
        let proposal = Proposal {
            siphash,
            seed,
            ..Proposal::default()
        };
        config.change(&proposal).unwrap().0
    };
    let hashed = change(plain, Some(true), Some(SEED));
    assert_eq!(hashed.hash, Hash::SipHash(SEED));
    assert_eq!(change(hashed, None, None), hashed);
    assert_eq!(change(hashed, Some(true), None), hashed);
    assert_eq!(
        change(hashed, None, Some([8; 16])).hash,
        Hash::SipHash([8; 16])
    );
    assert_eq!(change(hashed, Some(false), None), plain);
    assert_eq!(change(plain, Some(false), None), plain);
}

#[test]
fn the_key_goes_from_one_to_the_other() {
    let kind = |config: Config, client_key| {
        let proposal = Proposal {
            client_key: Some(client_key),
            ..Proposal::default()
        };
        config.change(&proposal).map(|(config, _)| config)
    };
    let plain = created(Function::Bitmap);
    let prefix = kind(plain, wire::ClientKey::Prefix).unwrap();
    assert_eq!(prefix.client_key, ClientKey::Prefix { v4: 24, v6: 64 });
    assert!(!prefix.same_clients(&plain));
    let narrow = Proposal {
        prefix6: Some(48),
        ..Proposal::default()
    };
    let (narrow, table) = prefix.change(&narrow).unwrap();
    assert_eq!(narrow.client_key, ClientKey::Prefix { v4: 24, v6: 48 });
    assert!(!narrow.same_clients(&prefix));
    // Whoever changes it alone keeps the table, of which each bucket has other clients from then on.
    assert_eq!(table, Table::Keep);
    assert_eq!(kind(narrow, wire::ClientKey::Source), Ok(plain));
    assert_eq!(
        kind(plain, wire::ClientKey::SourcePort),
        Err(Refusal::PortUnhashed)
    );
    let hashed = Config {
        hash: Hash::SipHash(SEED),
        ..plain
    };
    let by_port = kind(hashed, wire::ClientKey::SourcePort).unwrap();
    assert!(by_port.rules().unwrap().distribution.has_ports());
    let unhashed = Proposal {
        siphash: Some(false),
        ..Proposal::default()
    };
    assert_eq!(by_port.change(&unhashed), Err(Refusal::PortUnhashed));
}

#[test]
fn claim_14_which_table_a_change_makes() {
    let blank = Proposal::default();
    let modulo = created(Function::Modulo);
    let bitmap = created(Function::Bitmap);
    let eight = [0x0f; 128];
    #[rustfmt::skip]
    let rows: Vec<(_, _, Proposal<'_>, u32, Table<'_>)> = vec![
        ("bitmap, nothing moves", bitmap, blank, 1024, Table::Keep),
        ("bitmap, as it is", bitmap, Proposal { nodes: Some(4), ..blank }, 1024, Table::Keep),
        ("bitmap, new master", bitmap, Proposal { master: Some(true), ..blank }, 1024, Table::Keep),
        ("bitmap, table given", bitmap, Proposal { owned: Some(&eight), ..blank }, 1024,
            Table::Given(&eight)),
        ("bitmap, new rank", bitmap, Proposal { node: Some(2), ..blank }, 1024, Table::ByRank),
        ("bitmap, a node joins", bitmap, Proposal { nodes: Some(5), ..blank }, 1024, Table::ByRank),
        ("bitmap, a node joins, table given", bitmap,
            Proposal { nodes: Some(5), owned: Some(&eight), ..blank }, 1024, Table::Given(&eight)),
        ("bitmap, buckets", bitmap, Proposal { buckets: Some(512), ..blank }, 512, Table::ByRank),
        ("bitmap to modulo", bitmap, Proposal { function: Some(Function::Modulo), ..blank }, 4,
            Table::ByRank),
        ("modulo, nothing moves", modulo, blank, 4, Table::Keep),
        ("modulo, a node joins", modulo, Proposal { nodes: Some(5), ..blank }, 5, Table::ByRank),
        ("modulo, buckets given", modulo, Proposal { buckets: Some(4), ..blank }, 4, Table::Keep),
        ("modulo to bitmap", modulo, Proposal { function: Some(Function::Bitmap), ..blank }, 1024,
            Table::ByRank),
        ("modulo to bitmap of as many", modulo,
            Proposal { function: Some(Function::Bitmap), buckets: Some(4), ..blank }, 4, Table::ByRank),
    ];
    for (what, config, proposal, buckets, expected) in rows {
        let (changed, table) = config.change(&proposal).unwrap();
        assert_eq!((changed.buckets, table), (buckets, expected), "{what}");
    }
}

#[test]
fn mode_forward_to_all_or_the_owner() {
    let vips = vips();
    let mode = |mode, forward| {
        let given = Proposal {
            mode,
            forward,
            ..least(&vips)
        };
        Config::create(&given).map(|(config, _)| config.mode)
    };
    let [all, owner] = [Forward::All, Forward::Owner];
    let forward = Some(Mode::Forward(all));
    assert_eq!(mode(None, None), Ok(Mode::Multicast));
    assert_eq!(mode(forward, None), Ok(Mode::Forward(all)));
    assert_eq!(mode(forward, Some(owner)), Ok(Mode::Forward(owner)));
    assert_eq!(mode(None, Some(all)), Err(Refusal::ForwardUnused));
    assert_eq!(
        mode(Some(Mode::Multicast), Some(owner)),
        Err(Refusal::ForwardUnused)
    );
}

#[test]
fn claim_5_group_macs() {
    let vips = vips();
    let create = |group: [u8; 6], mode| {
        let given = Proposal {
            mode: Some(mode),
            group_mac: Some(Mac(group)),
            ..least(&vips)
        };
        Config::create(&given).map(|(config, _)| config.rules().unwrap().advertised_mac())
    };
    let multicast = Mode::Multicast;
    for group in [
        // IGMP's and MLD's, and any other.
        [0x01, 0, 0x5e, 0x7f, 2, 10],
        [0x33, 0x33, 0x40, 0, 2, 10],
        [0x03, 0xbf, 192, 0, 2, 10],
    ] {
        assert_eq!(create(group, multicast), Ok(Mac(group)));
        let forward = Mode::Forward(Forward::All);
        assert_eq!(create(group, forward), Err(Refusal::GroupMacForward));
    }
    let unicast = Err(Refusal::GroupMacUnicast);
    assert_eq!(create([2, 0x5a, 192, 0, 2, 10], multicast), unicast);
    for reserved in [
        [0xff; 6],
        [0x01, 0x80, 0xc2, 0, 0, 0],
        [0x01, 0, 0x5e, 0, 0, 18],
        [0x33, 0x33, 0, 0, 0, 1],
        [0x33, 0x33, 0xff, 0, 2, 10],
    ] {
        assert_eq!(create(reserved, multicast), Err(Refusal::GroupMacReserved));
    }
}

#[test]
fn claim_14_who_lost_its_lease_serves_nobody_for_ever() {
    let vips = vips();
    for (drain_time, at_expiry) in [(0, 0), (7, 7), (u32::MAX, 600)] {
        let proposal = Proposal {
            drain_time: Some(drain_time),
            ..least(&vips)
        };
        let (config, _) = Config::create(&proposal).unwrap();
        assert_eq!(config.drain_time_at_expiry(), at_expiry);
    }
}
