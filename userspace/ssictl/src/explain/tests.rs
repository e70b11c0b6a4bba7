// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use crate::fake::sample;
use ssi_netlink::spec::{Function, Hash};

fn cluster(function: Function, hash: Hash) -> (Cluster, Table) {
    let mut cluster = sample(function);
    cluster.hash = hash;
    cluster.hash_seed = (hash == Hash::Siphash).then_some([7; 16]);
    let table = Table {
        name: "store".into(),
        buckets: 3,
        owned: vec![0b010],
        generation: 4,
    };
    (cluster, table)
}

fn explained(function: Function, hash: Hash, source: &str) -> Explanation {
    let (cluster, table) = cluster(function, hash);
    explain(&cluster, &table, source.parse().unwrap()).unwrap()
}

#[test]
fn served_here() {
    let e = explained(Function::Modulo, Hash::None, "10.0.0.0");
    assert_eq!((e.bucket, e.owned, e.owner), (1, true, Some(1)));
    assert_eq!((e.verdict, e.counter), ("serve", "rx-served"));
    assert_eq!(
        e.text(),
        "10.0.0.0 is in bucket 1 of 3, since 167772160 mod 3 = 1, and this node owns it by \
         function modulo.\n  \
         verdict  serve: this node's stack gets the client's packets (counter rx-served)\n  \
         node     rank 1 of 3, not the master, leaves ARP for the cluster to it\n"
    );
}

#[test]
fn served_elsewhere() {
    let e = explained(Function::Modulo, Hash::None, "10.0.0.1");
    assert_eq!((e.bucket, e.owned, e.owner), (2, false, Some(2)));
    assert_eq!((e.verdict, e.counter), ("drop", "rx-other"));
    assert!(e.why.contains("rank 2 owns it"), "{}", e.why);
}

#[test]
fn of_a_bitmap_only_the_own_part_is_known() {
    let e = explained(Function::Bitmap, Hash::None, "10.0.0.1");
    assert_eq!((e.bucket, e.owned, e.owner), (2, false, None));
    assert!(e.why.contains("this node does not own it"), "{}", e.why);
}

#[test]
fn hashed() {
    let e = explained(Function::Modulo, Hash::Siphash, "10.0.0.1");
    assert!(e.bucket < 3);
    assert!(e.why.contains("SipHash"), "{}", e.why);
}

#[test]
fn claim_10_ipv6_is_decided_by_the_modules_code() {
    let (mut cluster, table) = cluster(Function::Modulo, Hash::None);
    cluster.vips.push("2001:db8::10".parse().unwrap());
    for (source, bucket, verdict, counter) in [
        // 65,536 mod 3 is 1, so a number mod 3 is the sum of its 16-bit digits mod 3.
        ("::1:0:0:0", 1, "serve", "rx-served"),
        ("::2:0:0:0", 2, "drop", "rx-other"),
        ("2001:db8::", 2, "drop", "rx-other"),
        ("2001:db8::2", 1, "serve", "rx-served"),
    ] {
        let e = explain(&cluster, &table, source.parse().unwrap()).unwrap();
        assert_eq!((e.bucket, e.owned), (bucket, bucket == 1), "{source}");
        assert_eq!((e.verdict, e.counter), (verdict, counter), "{source}");
        let arithmetic = format!("mod 3 = {bucket}");
        assert!(e.why.contains(&arithmetic), "{}", e.why);
    }
    // The other family is served as before.
    let e = explain(&cluster, &table, "10.0.0.0".parse().unwrap()).unwrap();
    assert_eq!((e.verdict, e.counter), ("serve", "rx-served"));
}

#[test]
fn another_family_is_not_concerned() {
    let e = explained(Function::Modulo, Hash::None, "2001:db8::1");
    assert_eq!((e.verdict, e.counter), ("leave", "rx-not-vip"));
}

#[test]
fn a_seed_that_is_not_told() {
    let (mut cluster, table) = cluster(Function::Modulo, Hash::Siphash);
    cluster.hash_seed = None;
    let Err(Failure::Refused(sentence)) = explain(&cluster, &table, "10.0.0.1".parse().unwrap())
    else {
        panic!("not refused");
    };
    assert!(sentence.contains("root"), "{sentence}");
}
