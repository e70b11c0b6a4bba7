// SPDX-License-Identifier: GPL-2.0-only

//! Whatever is proposed: a configuration that comes of it keeps every invariant and has what was
//! given, and the rest is as before.

use super::*;
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};
use proptest::{
    option,
    prelude::*, //
};
use std::vec::Vec;

/// Attributes of which none depends on another one.
fn plain() -> impl Iterator<Item = Attr> {
    let rest = [
        Attr::Forward,
        Attr::Function,
        Attr::Buckets,
        Attr::Node,
        Attr::Nodes,
        Attr::Hash,
        Attr::ClientKey,
        Attr::Prefix4,
        Attr::Prefix6,
    ];
    let attrs = wire::TUNABLE.into_iter().map(|(attr, _)| attr);
    attrs.filter(move |attr| !rest.contains(attr))
}

/// A proposal that owns what a `Proposal` borrows.
#[derive(Clone, Debug)]
struct Owner {
    numbers: [Option<u32>; 3],
    mac: Option<[u8; 6]>,
    group_mac: Option<[u8; 6]>,
    mode: Option<Mode>,
    forward: Option<Forward>,
    /// Of `PLAIN`.
    plain: Vec<Option<u32>>,
    function: Option<Function>,
    siphash: Option<bool>,
    seed: Option<[u8; 16]>,
    client_key: Option<wire::ClientKey>,
    prefixes: [Option<u32>; 2],
    master: Option<bool>,
    vips: Option<Vips>,
    owned: Option<Vec<u8>>,
    key: Option<Option<[u8; 32]>>,
}

impl Owner {
    fn proposal(&self) -> Proposal<'_> {
        let [buckets, node, nodes] = self.numbers;
        let [prefix4, prefix6] = self.prefixes;
        let mut proposal = Proposal {
            mac: self.mac.map(Mac),
            group_mac: self.group_mac.map(Mac),
            mode: self.mode,
            forward: self.forward,
            function: self.function,
            buckets,
            node,
            nodes,
            siphash: self.siphash,
            seed: self.seed,
            client_key: self.client_key,
            prefix4,
            prefix6,
            master: self.master,
            vips: self.vips.as_ref(),
            owned: self.owned.as_deref(),
            key: self.key.map(|key| key.map(Key)),
            ..Proposal::default()
        };
        for (attr, number) in plain().zip(&self.plain) {
            if let Some(number) = number {
                proposal.set(attr, *number).unwrap();
            }
        }
        proposal
    }
}

/// Small numbers mostly, so that they often fit together, and some about the limits.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0u32..40, 1 => 65_530u32..65_540, 1 => any::<u32>()]
}

/// A value that an attribute may have; where that is a number, too great a one now and then.
fn value(attr: Attr) -> impl Strategy<Value = Option<u32>> {
    let number = match attr.names() {
        Some(names) => (0..names.len() as u32).boxed(),
        None => {
            let right = attr.range().unwrap_or(0..=u32::MAX);
            prop_oneof![8 => right, 1 => any::<u32>()].boxed()
        }
    };
    option::weighted(0.3, number)
}

fn some_vips() -> impl Strategy<Value = Vips> {
    proptest::collection::btree_set(0u8..10, 0..4).prop_map(|set| {
        let mut vips = Vips::EMPTY;
        for last in set {
            let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into());
            let vip = match last {
                0..5 => Ipv4Addr::new(192, 0, 2, last).into(),
                _ => v6.into(),
            };
            vips.push(vip).unwrap();
        }
        vips
    })
}

prop_compose! {
    fn owner()(
        numbers in [option::of(number()), option::of(number()), option::of(number())],
        mac in option::weighted(0.2, any::<[u8; 6]>()),
        group_mac in option::weighted(0.2, any::<[u8; 6]>()),
        mode in option::of(
            prop::sample::select(&[Mode::Multicast, Mode::Forward(Forward::All)][..])
        ),
        forward in option::weighted(
            0.2,
            prop::sample::select(&[Forward::All, Forward::Owner][..])
        ),
        plain in plain().map(value).collect::<Vec<_>>(),
        function in option::of(prop::sample::select(&[Function::Modulo, Function::Bitmap][..])),
        siphash: Option<bool>,
        seed in option::weighted(0.3, any::<[u8; 16]>()),
        client_key in option::weighted(0.5, prop::sample::select(wire::ClientKey::ALL)),
        prefixes in [value(Attr::Prefix4), value(Attr::Prefix6)],
        master: Option<bool>,
        vips in option::weighted(0.8, some_vips()),
        // Of up to 40 buckets with the last bits clear, and at random.
        owned in option::weighted(0.3, prop_oneof![
            (0usize..6).prop_map(|bytes| vec![0x01; bytes]),
            any::<Vec<u8>>(),
        ]),
        key in option::weighted(0.2, any::<Option<[u8; 32]>>()),
    ) -> Owner {
        Owner {
            numbers, mac, group_mac, mode, forward, plain, function, siphash, seed, client_key, prefixes, master, vips,
            owned, key,
        }
    }
}

fn check_invariants(config: &Config, table: Table<'_>) {
    for (attr, _) in wire::TUNABLE {
        let number = config.get(attr);
        let range = attr.range().unwrap_or(0..=u32::MAX);
        assert!(
            number.is_none_or(|number| range.contains(&number)),
            "{attr} {number:?}"
        );
    }
    assert!((1..=65_536).contains(&config.nodes) && (1..=65_536).contains(&config.buckets));
    assert!(config.node < config.nodes);
    assert!(config.vips.lowest().is_some());
    assert_eq!(config.mac.0[0] & 0x03, 0x02);
    assert!(config.group_mac.is_group() && !config.group_mac.is_reserved());
    if config.is_forward() {
        assert_eq!(config.group_mac, config.mac.group());
    }
    if config.function == Function::Modulo {
        assert_eq!(config.buckets, config.nodes);
        assert!(!matches!(table, Table::Given(_)));
    }
    if let Table::Given(bits) = table {
        assert_eq!(bits.len(), config.buckets.div_ceil(8) as usize);
        assert!((config.buckets..bits.len() as u32 * 8).all(|m| !owned::owns(bits, m)));
    }
    let rules = config.rules().unwrap();
    assert_eq!(rules.base, config.mac);
    assert_eq!(rules.group, config.group_mac);
    assert_eq!(rules.mode, config.mode);
    assert_eq!(rules.master, config.master);
    assert_eq!(rules.reply_mac, config.reply_mac);
    assert_eq!(rules.vips, config.vips);
    assert_eq!(
        Some(rules.distribution),
        Distribution::new(config.buckets, config.hash).map(|it| it.by(config.client_key))
    );
    assert!(config.client_key != ClientKey::SourcePort || config.hash != Hash::None);
}

/// What the proposal gives is there; what it does not is as in `old`.
fn check_fields(old: &Config, owner: &Owner, new: &Config, table: Table<'_>) {
    let given = owner.proposal();
    for (attr, number) in plain().zip(&owner.plain) {
        assert_eq!(new.get(attr), number.or(old.get(attr)), "{attr}");
    }
    assert_eq!(new.mac, given.mac.unwrap_or(old.mac));
    match (given.group_mac, given.mac) {
        (Some(group), _) => assert_eq!(new.group_mac, group),
        (None, Some(mac)) => assert_eq!(new.group_mac, mac.group()),
        (None, None) => assert_eq!(new.group_mac, old.group_mac),
    }
    match (new.mode, given.forward) {
        (Mode::Forward(new), Some(given)) => assert_eq!(new, given),
        (new, _) => assert_eq!(new, given.mode.unwrap_or(old.mode)),
    }
    assert_eq!(new.function, given.function.unwrap_or(old.function));
    assert_eq!(new.node, given.node.unwrap_or(old.node));
    assert_eq!(new.nodes, given.nodes.unwrap_or(old.nodes));
    assert_eq!(new.master, given.master.unwrap_or(old.master));
    assert_eq!(new.vips, *given.vips.unwrap_or(&old.vips));
    assert_eq!(new.key, given.key.unwrap_or(old.key));
    assert_eq!(new.buckets, given.buckets.unwrap_or(new.buckets));
    let kind = given.client_key.unwrap_or(old.client_key.wire());
    assert_eq!(new.client_key.wire(), kind);
    for (attr, given) in [
        (Attr::Prefix4, given.prefix4),
        (Attr::Prefix6, given.prefix6),
    ] {
        let usual = if attr == Attr::Prefix4 { 24 } else { 64 };
        let expected = given.or(old.get(attr)).unwrap_or(usual);
        let is_prefix = kind == wire::ClientKey::Prefix;
        assert_eq!(new.get(attr), is_prefix.then_some(expected));
    }
    match (given.siphash, given.seed) {
        (None, None) => assert_eq!(new.hash, old.hash),
        (Some(false), _) => assert_eq!(new.hash, Hash::None),
        (_, Some(seed)) => assert_eq!(new.hash, Hash::SipHash(seed)),
        (Some(true), None) => assert_eq!(new.hash, old.hash),
    }
    let expected = match given.owned {
        Some(bits) => Table::Given(bits),
        None if new.same_shape(old) => Table::Keep,
        None => Table::ByRank,
    };
    assert_eq!(table, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn create(owner in owner()) {
        let given = owner.proposal();
        if let Ok((config, table)) = Config::create(&given) {
            check_invariants(&config, table);
            prop_assert_ne!(table, Table::Keep, "there is none to keep");
            // Given again it changes nothing.
            let (again, _) = config.change(&given).unwrap();
            prop_assert_eq!(again, config);
        }
    }

    #[test]
    fn change(first in owner(), changes in proptest::collection::vec(owner(), 1..8)) {
        let vips = vips();
        let first = Proposal { vips: Some(&vips), ..first.proposal() };
        // Proposals that make no cluster give way to one that does.
        let mut config = match Config::create(&first) {
            Ok((config, _)) => config,
            Err(_) => created(first.function.unwrap_or(Function::Modulo)),
        };
        for change in &changes {
            let before = config;
            if let Ok((changed, table)) = config.change(&change.proposal()) {
                check_invariants(&changed, table);
                check_fields(&config, change, &changed, table);
                config = changed;
            } else {
                prop_assert_eq!(config, before);
            }
            let (same, table) = config.change(&Proposal::default()).unwrap();
            prop_assert_eq!(same, config);
            prop_assert_eq!(table, Table::Keep);
        }
    }
}
