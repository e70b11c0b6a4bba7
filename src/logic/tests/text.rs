// SPDX-License-Identifier: GPL-2.0-only

//! Files show what they accept, a text is cut at any place, and no text does harm.

use super::{
    attribute::{
        Attribute,
        Room,
        Shown,
        FILES,
        OWNED, //
    },
    list,
    value::{
        number,
        seed, //
    },
    window::Window,
};
use crate::{
    client::ClientKey,
    config::{Config, Function, Proposal, Table},
    distribution::{
        Hash,
        BUCKETS_MAX, //
    },
    lease::Lease,
    mac::Mac,
    owned,
    refusal::Refusal,
    rules::{
        Forward,
        Mode,
        ReplyMac, //
    },
    vips::{
        Vips,
        VIPS_MAX, //
    },
    wire::{
        Attr,
        TUNABLE, //
    }, //
};
use core::{
    fmt::Write,
    net::{
        IpAddr,
        Ipv4Addr,
        Ipv6Addr, //
    },
};
use proptest::prelude::*;
use std::{
    string::{
        String,
        ToString, //
    },
    vec,
    vec::Vec, //
};

/// What sysfs has for a file that is not a long one.
const PAGE: usize = 4096;

prop_compose! {
    fn vips()(v4 in 1u8..=16, v6 in 0u8..=16) -> Vips {
        let mut vips = Vips::EMPTY;
        for last in 0..v4 {
            vips.push(Ipv4Addr::new(192, 0, 2, last).into()).unwrap();
        }
        for last in 0..v6 {
            let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0x1234, 0x5678, 0x9abc, 0xdef0, 1, last.into());
            vips.push(v6.into()).unwrap();
        }
        vips
    }
}

prop_compose! {
    fn config()(
        nodes in prop_oneof![30 => 1u32..40, 1 => 1..=BUCKETS_MAX],
        rank: u32,
        k in prop_oneof![30 => 1u32..200, 1 => 1..=BUCKETS_MAX],
        bitmap: bool,
        reply_mac in prop::sample::select(&[ReplyMac::Cluster, ReplyMac::Group, ReplyMac::Node][..]),
        key in proptest::option::of(any::<[u8; 16]>()),
        client_key in prop_oneof![
            Just(ClientKey::Source),
            Just(ClientKey::SourcePort),
            (1u32..=32, 1u32..=128).prop_map(|(v4, v6)| ClientKey::Prefix { v4, v6 }),
        ],
        master: bool,
        mode in prop::sample::select(
            &[Mode::Multicast, Mode::Forward(Forward::All), Mode::Forward(Forward::Owner)][..]
        ),
        vips in vips(),
    ) -> Config {
        Config {
            mac: Mac([2, 0x5a, 0, 1, 0xab, 0xff]),
            group_mac: Mac([3, 0x5a, 0, 1, 0xab, 0xff]),
            mode,
            reply_mac,
            function: if bitmap { Function::Bitmap } else { Function::Modulo },
            buckets: if bitmap { k } else { nodes },
            node: rank % nodes,
            nodes,
            hash: key.map_or(Hash::None, Hash::SipHash),
            client_key: match (client_key, key) {
                (ClientKey::SourcePort, None) => ClientKey::Source,
                (client_key, _) => client_key,
            },
            master,
            vips,
            ..sample()
        }
    }
}

/// The bitmap of k buckets that `random` makes.
fn bitmap(k: u32, random: &[u8]) -> Vec<u8> {
    let mut bits = vec![0; owned::len(k)];
    for m in 0..k {
        let at = (m as usize / 8) % random.len().max(1);
        let byte = random.get(at).copied().unwrap_or(0);
        bits[m as usize / 8] |= byte & (1 << (m % 8));
    }
    bits
}

fn shown(attribute: &Attribute, config: &Config, owned: &[u8]) -> String {
    let mut text = String::new();
    let cluster = Shown {
        config,
        generation: u64::MAX,
        owned,
        moving: &[],
        connections: u32::MAX,
        lease: Lease::Runs {
            left: u64::MAX,
            until: u64::MAX,
        },
        hook: "rx-handler",
        link: None,
    };
    attribute.show(&cluster, &mut text).unwrap();
    text
}

fn file(name: &str) -> &'static Attribute {
    let named = |attribute: &&Attribute| attribute.name.to_str() == Ok(name);
    FILES.iter().find(named).unwrap()
}

/// What setting a file changes a configuration into.
fn set(
    attribute: &Attribute,
    text: &[u8],
    config: &Config,
) -> Result<(Config, Option<Vec<u8>>), Refusal> {
    let mut bits = vec![0xff; owned::len(config.buckets)];
    let mut room = Room::new(&mut bits);
    let (changed, table) = config.change(&attribute.set(text, config, &mut room)?)?;
    match table {
        Table::Given(bits) => Ok((changed, Some(bits.to_vec()))),
        _ => Ok((changed, None)),
    }
}

proptest! {
    #[test]
    fn claim_14_what_is_shown_sets_the_same(config in config()) {
        for attribute in FILES.iter().filter(|attribute| attribute.is_tunable()) {
            let text = shown(attribute, &config, &[]);
            let secret_of_nothing = attribute.secret && config.hash == Hash::None;
            let expected = match secret_of_nothing {
                true => Err(Refusal::Value(Attr::HashSeed)),
                false => Ok((config, None)),
            };
            prop_assert_eq!(set(attribute, text.as_bytes(), &config), expected, "{:?}", text);
        }
    }

    #[test]
    fn one_line_that_fits_into_a_page(config in config()) {
        for attribute in &FILES {
            let text = shown(attribute, &config, &[]);
            prop_assert!(text.len() < PAGE, "{:?} has {}", attribute.name, text.len());
            prop_assert!(text.len() > 1);
            prop_assert_eq!(text.find('\n'), Some(text.len() - 1));
        }
    }

    #[test]
    fn claim_11_a_list_is_its_bitmap(config in config(), random: Vec<u8>) {
        let config = Config { function: Function::Bitmap, ..config };
        let bits = bitmap(config.buckets, &random);
        let text = shown(&OWNED, &config, &bits);
        prop_assert_eq!(set(&OWNED, text.as_bytes(), &config), Ok((config, Some(bits))));
        let modulo = Config { function: Function::Modulo, buckets: config.nodes, ..config };
        prop_assert_eq!(set(&OWNED, b"all", &modulo), Err(Refusal::OwnedModulo));
    }

    #[test]
    fn any_text(config in config(), text: Vec<u8>, near in "[-,0-9a-f: ]{0,40}") {
        for attribute in FILES.iter().chain([&OWNED]) {
            for text in [text.as_slice(), near.as_bytes()] {
                if let Ok((changed, owned)) = set(attribute, text, &config) {
                    prop_assert!(attribute.is_tunable());
                    let bits = owned.unwrap_or_default();
                    prop_assert!(bits.is_empty() || owned::is_whole(&bits, changed.buckets));
                }
            }
        }
    }

    #[test]
    fn a_window_is_a_part_of_the_text(
        pieces in proptest::collection::vec("[a-zü]{0,9}", 0..20),
        from in 0usize..120,
        room in 0usize..60,
    ) {
        let whole = pieces.concat();
        let mut page = vec![0xa5; room];
        let mut window = Window::new(from, &mut page);
        let full = pieces.iter().try_for_each(|piece| window.write_str(piece)).is_err();
        let taken = window.taken();
        let expected = whole.as_bytes().get(from..).unwrap_or(&[]);
        let fits = expected.len().min(room);
        prop_assert_eq!(taken, fits);
        prop_assert_eq!(&page[..taken], &expected[..fits]);
        prop_assert!(page[taken..].iter().all(|byte| *byte == 0xa5));
        prop_assert_eq!(full, expected.len() > room);
    }
}

/// The longest list there can be, and the longest line.
#[test]
fn the_longest() {
    let mut vips = Vips::EMPTY;
    for last in 0..VIPS_MAX as u16 {
        let vip = Ipv6Addr::new(
            0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xff00,
        );
        let vip = Ipv6Addr::from_bits((vip.to_bits() | u128::from(last)) & !(1 << 127));
        vips.push(IpAddr::V6(vip)).unwrap();
    }
    let config = Config {
        function: Function::Bitmap,
        buckets: BUCKETS_MAX,
        nodes: BUCKETS_MAX,
        vips,
        ..sample()
    };
    assert_eq!(
        shown(file("vips"), &config, &[]).len(),
        VIPS_MAX * (8 * 4 + 7 + 1)
    );
    for (every, length) in [(2, 191_053), (3, 254_738)] {
        let bits: Vec<u8> = (0..8192u32)
            .map(|at| {
                (0..8).fold(0, |byte, bit| {
                    byte | (u8::from((at * 8 + bit) % every != every - 1) << bit)
                })
            })
            .collect();
        let text = shown(&OWNED, &config, &bits);
        assert_eq!(text.len(), length, "{every}");
        assert_eq!(
            set(&OWNED, text.as_bytes(), &config),
            Ok((config, Some(bits)))
        );
    }
}

fn sample() -> Config {
    let mut vips = Vips::EMPTY;
    vips.push(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10))).unwrap();
    vips.push("2001:db8::10".parse().unwrap()).unwrap();
    Config {
        mac: Mac::auto(vips.lowest().unwrap()),
        group_mac: Mac::auto(vips.lowest().unwrap()).group(),
        mode: Mode::Multicast,
        reply_mac: ReplyMac::Cluster,
        function: Function::Bitmap,
        buckets: 21,
        node: 1,
        nodes: 3,
        hash: Hash::None,
        master: true,
        vips,
        ..Config::create(&Proposal {
            node: Some(1),
            nodes: Some(3),
            vips: Some(&vips),
            ..Proposal::default()
        })
        .unwrap()
        .0
    }
}

#[test]
fn each_name_can_be_written_and_read() {
    let vips = sample().vips;
    let forward = Config {
        mode: Mode::Forward(Forward::All),
        vips,
        ..sample()
    };
    for (attr, name) in TUNABLE {
        // A hash wants a key besides, and the port a hash.
        let names = attr.names().filter(|_| attr != Attr::Hash).unwrap_or(&[]);
        for text in names.iter().filter(|name| **name != "source-port") {
            let (config, _) = set(file(name.to_str().unwrap()), text.as_bytes(), &forward).unwrap();
            assert_eq!(
                shown(file(name.to_str().unwrap()), &config, &[]),
                text.to_string() + "\n"
            );
        }
    }
}

#[test]
fn what_a_cluster_shows() {
    let config = Config {
        hash: Hash::SipHash(core::array::from_fn(|at| at as u8)),
        client_key: ClientKey::Prefix { v4: 20, v6: 56 },
        ..sample()
    };
    for (name, expected) in [
        ("mode", "multicast"),
        ("mac", "02:5a:c0:00:02:0a"),
        ("group_mac", "03:5a:c0:00:02:0a"),
        ("reply_mac", "cluster"),
        ("function", "bitmap"),
        ("buckets", "21"),
        ("lease", "18446744073709551615"),
        ("lease_until", "18446744073709551615"),
        ("connections", "4294967295"),
        ("node", "1"),
        ("nodes", "3"),
        ("hash", "siphash"),
        ("hash_seed", "000102030405060708090a0b0c0d0e0f"),
        ("client_key", "prefix"),
        ("prefix4", "20"),
        ("prefix6", "56"),
        ("master", "1"),
        ("vips", "192.0.2.10 2001:db8::10"),
        ("generation", "18446744073709551615"),
        ("hook", "rx-handler"),
    ] {
        let text = shown(file(name), &config, &[]);
        assert_eq!(text, expected.to_string() + "\n", "{name}");
    }
    let owned = shown(&OWNED, &config, &[0x8f, 0, 0x1f]);
    assert_eq!(owned, "0-3,7,16-20\n");
    assert_eq!(shown(&OWNED, &config, &[0; 3]), "none\n");
}

#[test]
fn lists() {
    let parse = |text: &str| {
        let mut bits = [0xff; 3];
        list::parse(text.as_bytes(), &sample(), &mut bits).map(|()| bits)
    };
    for (text, bits) in [
        ("none", [0, 0, 0]),
        ("all", [0xff, 0xff, 0x1f]),
        ("0-20", [0xff, 0xff, 0x1f]),
        ("mod", [0b1001_0010, 0b0010_0100, 0b0000_1001]),
        ("0-3,7,16-20", [0x8f, 0, 0x1f]),
        // In any order and twice, as ssictl takes them.
        ("20,7-9,8", [0x80, 0x03, 0x10]),
        ("007", [0x80, 0, 0]),
    ] {
        assert_eq!(parse(text), Some(bits), "{text}");
    }
    for bad in [
        "",
        ",",
        "1,",
        ",1",
        "-",
        "1-",
        "-1",
        "3-1",
        "1-2-3",
        "a",
        "0x1",
        "+1",
        "1 ,2",
        "21",
        "0-21",
        "4294967296",
        "4294967295",
        "None",
        "1\n2",
        "0-3,4294967297",
    ] {
        assert_eq!(parse(bad), None, "{bad:?}");
    }
}

#[test]
fn refusals() {
    for (name, text, refusal) in [
        ("mode", "multicast", Refusal::NothingToSet),
        ("mac", "02:00:00:00:00:01", Refusal::NothingToSet),
        ("group_mac", "03:00:00:00:00:01", Refusal::NothingToSet),
        ("generation", "7", Refusal::NothingToSet),
        ("hook", "ingress", Refusal::NothingToSet),
        ("reply_mac", "", Refusal::Value(Attr::ReplyMac)),
        ("reply_mac", "Node", Refusal::Value(Attr::ReplyMac)),
        ("function", "bitmap modulo", Refusal::Value(Attr::Function)),
        ("buckets", "", Refusal::Value(Attr::Buckets)),
        ("buckets", "0", Refusal::Value(Attr::Buckets)),
        ("buckets", "65537", Refusal::Value(Attr::Buckets)),
        ("buckets", "4294967297", Refusal::Value(Attr::Buckets)),
        ("node", "-1", Refusal::Value(Attr::Node)),
        ("node", "3", Refusal::NodeRange),
        ("nodes", "0", Refusal::Value(Attr::Nodes)),
        ("nodes", "1", Refusal::NodeRange),
        ("nodes", "4 4", Refusal::Value(Attr::Nodes)),
        ("hash", "siphash", Refusal::SeedMissing),
        ("hash", "0", Refusal::Value(Attr::Hash)),
        ("hash_seed", "00", Refusal::Value(Attr::HashSeed)),
        ("hash_seed", "none", Refusal::Value(Attr::HashSeed)),
        (
            "hash_seed",
            "0x0102030405060708090a0b0c0d0e0f",
            Refusal::Value(Attr::HashSeed),
        ),
        ("client_key", "source-port", Refusal::PortUnhashed),
        (
            "client_key",
            "prefix:24,64",
            Refusal::Value(Attr::ClientKey),
        ),
        ("prefix4", "24", Refusal::PrefixUnused),
        ("prefix6", "64", Refusal::PrefixUnused),
        ("master", "2", Refusal::MasterUnknown),
        ("master", "on", Refusal::MasterUnknown),
        ("vips", "", Refusal::VipMissing),
        ("vips", "192.0.2.10/24", Refusal::VipUnusable),
        ("vips", "192.0.2.10,192.0.2.11", Refusal::VipUnusable),
        ("vips", "127.0.0.1", Refusal::VipUnusable),
        ("vips", "192.0.2.1 192.0.2.1", Refusal::VipTwice),
    ] {
        let result = set(file(name), text.as_bytes(), &sample());
        assert_eq!(result, Err(refusal), "{name} {text:?}");
    }
}

#[test]
fn white_space_around_is_no_part_of_a_value() {
    let config = sample();
    let (changed, _) = set(file("nodes"), b" 7\n", &config).unwrap();
    assert_eq!(changed, Config { nodes: 7, ..config });
    let vips = b"  2001:db8::1 \n 192.0.2.1\t";
    let (changed, _) = set(file("vips"), vips, &config).unwrap();
    let mut expected = Vips::EMPTY;
    expected.push("192.0.2.1".parse().unwrap()).unwrap();
    expected.push("2001:db8::1".parse().unwrap()).unwrap();
    assert_eq!(changed.vips, expected);
}

#[test]
fn a_seed_brings_its_hash() {
    let key = core::array::from_fn(|at| 0xf0 + at as u8);
    let text = b"F0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    let (changed, _) = set(file("hash_seed"), text, &sample()).unwrap();
    assert_eq!(changed.hash, Hash::SipHash(key));
    let (changed, _) = set(file("hash"), b"none", &changed).unwrap();
    assert_eq!(changed.hash, Hash::None);
    assert_eq!(seed(&[b'0'; 31]), Err(Refusal::Value(Attr::HashSeed)));
}

#[test]
fn numbers() {
    for (text, expected) in [
        ("0", Some(0)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("00000000000000000001", Some(1)),
        ("+1", None),
        ("-1", None),
        ("1.", None),
        ("1 ", None),
        ("", None),
        ("٣", None),
    ] {
        assert_eq!(number(text.as_bytes()), expected, "{text:?}");
    }
}
