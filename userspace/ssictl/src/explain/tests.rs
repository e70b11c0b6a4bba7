// SPDX-License-Identifier: GPL-2.0-only

use ssi_cluster::fake::{sample, sample_peer, sample_table};

use super::*;
use ssi_netlink::spec::{self, Forward, Function, Hash};

fn cluster(function: Function, hash: Hash) -> (Cluster, Table) {
    let mut cluster = sample(function);
    cluster.hash = hash;
    cluster.hash_seed = (hash == Hash::Siphash).then_some([7; 16]);
    let table = Table {
        sticking: vec![1 << 32],
        ..sample_table()
    };
    (cluster, table)
}

/// One as it is given, with or without its port.
fn client(text: &str) -> Client {
    let source: source::Source = text.parse().unwrap();
    source.with(None).unwrap()
}

fn explained(function: Function, hash: Hash, source: &str) -> Explanation {
    let (cluster, table) = cluster(function, hash);
    explain(&cluster, &table, &[], client(source)).unwrap()
}

#[test]
fn a_bucket_in_transition_is_explained() {
    let source = client("10.0.0.0");
    for (draining, adopting, part) in [
        (0b010, 0, "draining: TCP connections that this node has"),
        (0, 0b010, "adopting: TCP connections that this node has not"),
    ] {
        let (cluster, mut table) = cluster(Function::Bitmap, Hash::None);
        table.draining = vec![draining];
        table.adopting = vec![adopting];
        let e = explain(&cluster, &table, &[], source).unwrap();
        assert!(e.text().contains(part), "{}", e.text());
    }
    assert!(
        !explained(Function::Modulo, Hash::None, "10.0.0.0")
            .text()
            .contains("moves")
    );
}

#[test]
fn served_here() {
    let e = explained(Function::Modulo, Hash::None, "10.0.0.0");
    assert_eq!((e.bucket, e.owned, e.owner), (1, true, Some(1)));
    assert_eq!((e.verdict, e.counter), ("serve", Some("rx-served")));
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
    assert_eq!((e.verdict, e.counter), ("drop", Some("rx-other")));
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
fn claim_11_of_other_keys_their_port_or_network_is_explained() {
    let (mut cluster, table) = cluster(Function::Bitmap, Hash::Siphash);
    cluster.client_key = spec::ClientKey::SourcePort;
    cluster.vips.push("2001:db8::10".parse().unwrap());
    for address in ["10.0.0.1", "[2001:db8::1]"] {
        let of = |port: u16| {
            explain(&cluster, &table, &[], client(&format!("{address}:{port}"))).unwrap()
        };
        let buckets: std::collections::BTreeSet<u32> = (700..720).map(|p| of(p).bucket).collect();
        assert_eq!(buckets.len(), 3);
        for port in 700..720 {
            let e = of(port);
            // The verdict is of the module's own code, by a packet.
            assert_eq!(e.verdict, if e.bucket == 1 { "serve" } else { "drop" });
            assert!(
                e.why.starts_with(&format!("{address}:{port} is in bucket")),
                "{}",
                e.why
            );
        }
    }
    let Err(Failure::Usage(sentence)) = explain(&cluster, &table, &[], client("10.0.0.1")) else {
        panic!("not refused");
    };
    assert!(sentence.contains("--port"), "{sentence}");

    (cluster.client_key, cluster.hash) = (spec::ClientKey::Prefix, Hash::None);
    let e = explain(&cluster, &table, &[], client("10.0.1.77")).unwrap();
    // 10.0.1 is 655361, which is 2 mod 3.
    assert_eq!((e.bucket, e.verdict), (2, "drop"));
    let why = "10.0.1.77, as all of its /24, is in bucket 2 of 3, since 655361 mod 3 = 2";
    assert!(e.why.starts_with(why), "{}", e.why);
}

#[test]
fn a_port_is_given_once() {
    let source: source::Source = "10.0.0.1:700".parse().unwrap();
    assert_eq!(source.with(Some(700)).unwrap().port, Some(700));
    assert!(source.with(Some(701)).is_err());
    assert!("10.0.0.1:".parse::<source::Source>().is_err());
    assert!(source::port("65536").is_err() && source::port("-1").is_err());
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
        let e = explain(&cluster, &table, &[], client(source)).unwrap();
        assert_eq!((e.bucket, e.owned), (bucket, bucket == 1), "{source}");
        assert_eq!((e.verdict, e.counter), (verdict, Some(counter)), "{source}");
        let arithmetic = format!("mod 3 = {bucket}");
        assert!(e.why.contains(&arithmetic), "{}", e.why);
    }
    // The other family is served as before.
    let e = explain(&cluster, &table, &[], client("10.0.0.0")).unwrap();
    assert_eq!((e.verdict, e.counter), ("serve", Some("rx-served")));
}

#[test]
fn another_family_is_not_concerned() {
    let e = explained(Function::Modulo, Hash::None, "2001:db8::1");
    assert_eq!((e.verdict, e.counter), ("leave", Some("rx-not-vip")));
}

#[test]
fn a_seed_that_is_not_shown() {
    let (mut cluster, table) = cluster(Function::Modulo, Hash::Siphash);
    cluster.hash_seed = None;
    let Err(Failure::Refused(sentence)) = explain(&cluster, &table, &[], client("10.0.0.1")) else {
        panic!("not refused");
    };
    assert!(sentence.contains("root"), "{sentence}");
}

#[test]
fn ipv6_is_no_matter_of_arp() {
    let e = explained(Function::Modulo, Hash::None, "2001:db8::1");
    let last = e.text().lines().last().unwrap_or_default().to_owned();
    assert!(
        last.ends_with("leaves neighbour discovery for the cluster to it"),
        "{last}"
    );
}

#[test]
fn claim_3_a_client_of_another_node_is_forwarded() {
    let owner = Peer {
        forward_mac: Some([6, 0, 0, 0, 1, 2]),
        age: 1,
        ..sample_peer(2)
    };
    let silent = Peer { age: 9, ..owner };
    let strange = Peer {
        agrees: false,
        ..owner
    };
    for (function, forward, peer, to) in [
        (
            Function::Modulo,
            Forward::All,
            owner,
            "all nodes, at 03:5a:c0:00:02:0a",
        ),
        (
            Function::Modulo,
            Forward::Owner,
            owner,
            "rank 2, at 06:00:00:00:01:02",
        ),
        (
            Function::Modulo,
            Forward::Owner,
            silent,
            "all nodes, at 03:5a:c0:00:02:0a",
        ),
        (
            Function::Modulo,
            Forward::Owner,
            strange,
            "all nodes, at 03:5a:c0:00:02:0a",
        ),
        (
            Function::Bitmap,
            Forward::Owner,
            owner,
            "the node that claims the bucket",
        ),
    ] {
        let (mut cluster, table) = cluster(function, Hash::None);
        cluster.mode = Mode::Forward;
        cluster.forward = Some(forward);
        cluster.flooded = Some(false);
        let explained = |cluster: &Cluster, source: &str| {
            explain(cluster, &table, &[peer], client(source)).unwrap()
        };
        let e = explained(&cluster, "10.0.0.1");
        assert_eq!((e.verdict, e.counter), ("forward", Some("rx-forwarded")));
        assert!(
            e.text().contains(&format!("forward: sent on to {to}")),
            "{}",
            e.text()
        );

        cluster.flooded = Some(true);
        let e = explained(&cluster, "10.0.0.1");
        assert_eq!((e.verdict, e.counter), ("drop", Some("rx-flooded")));
        assert_eq!(e.forward_to, None);
        cluster.master = true;
        assert_eq!(explained(&cluster, "10.0.0.1").verdict, "forward");
        assert_eq!(explained(&cluster, "10.0.0.0").verdict, "serve");
    }
}

#[test]
fn what_is_no_client_is_refused() {
    let (mut cluster, _) = cluster(Function::Modulo, Hash::None);
    cluster.vips.push("2001:db8::10".parse().unwrap());
    for (address, part) in [
        ("192.0.2.10", "own address"),
        ("2001:db8::10", "own address"),
        ("0.0.0.0", "no host's"),
        ("::", "no host's"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("127.0.0.1", "never leaves"),
    ] {
        match is_client(&cluster, address.parse().unwrap()) {
            Err(Failure::Usage(sentence)) => assert!(sentence.contains(part), "{sentence}"),
            other => panic!("{address}: {other:?}"),
        }
    }
    assert_eq!(is_client(&cluster, "198.51.100.7".parse().unwrap()), Ok(()));
}

#[test]
fn a_member_serves_itself() {
    // By its bucket it would be another node's.
    let e = explained(Function::Modulo, Hash::None, "10.0.0.1").of_this_node();
    assert_eq!((e.owned, e.verdict, e.counter), (true, "serve", None));
    let text = e.text();
    assert!(
        text.contains("a member serves itself") && text.contains("(nothing is counted)"),
        "{text}"
    );
}
