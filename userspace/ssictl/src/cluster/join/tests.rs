// SPDX-License-Identifier: GPL-2.0-only

use std::collections::VecDeque;

use clap::Parser as _;
use logic::announcement::fields::Fields;
use logic::announcement::{
    Addresses, Body, ETH_P_SSI, Header, Hello, Response, Stamp, Tag, address, answer, read, write,
};
use logic::mac::Mac as WireMac;
use ssi_cluster::fake::Fake;
use ssi_netlink::packet::Frame;
use ssi_netlink::spec::Forward;

use super::*;
use crate::args::{Args, ClusterVerb, Verb};
use crate::cluster::tests::fails_without_a_trace;
use crate::value::Key;

const BASE: [u8; 6] = [2, 0x5a, 192, 0, 2, 10];
const OTHER: [u8; 6] = [2, 0x5a, 192, 0, 2, 20];
const JOIN: &str = "cluster join web --dev eth0 --vlan 7 --rank 1 --insecure";
const MINE: [u8; 6] = [6, 0, 0, 0, 0, 9];
/// The session of nodes that are there.
const NOW: u64 = 77;
const KEY: Key = Key([0x5a; 32]);

/// A hello of a cluster of three nodes, as changed.
fn hello(base: [u8; 6], node: u8, change: impl Fn(&mut Hello<'_>)) -> Frame {
    hello_in(base, node, None, change)
}

/// The same with the tag of a key, in a session.
fn hello_in(
    base: [u8; 6],
    node: u8,
    tagged: Option<(Key, u64)>,
    change: impl Fn(&mut Hello<'_>),
) -> Frame {
    let vips = ["10.0.0.100", "2001:db8::10"].map(|vip| address(vip.parse().unwrap()));
    let vips = vips.concat();
    let mut hello = Hello {
        nodes: 3,
        buckets: 1024,
        function: Function::Bitmap,
        siphash: false,
        forward: Forward::Owner,
        reply_mac: ReplyMac::Node,
        node_mac: WireMac([6, 0, 0, 0, 0, node]),
        generation: 4,
        addresses: Addresses::new(&vips),
        fields: Fields::default(),
    };
    change(&mut hello);
    frame_of(base, node, tagged, &Body::Hello(hello))
}

/// A frame of node `node`.
fn frame_of(base: [u8; 6], node: u8, tagged: Option<(Key, u64)>, body: &Body<'_>) -> Frame {
    let source = [6, 0, 0, 0, 0, node];
    let header = Header {
        base: WireMac(base),
        node: node.into(),
        master: node == 0,
        flooded: None,
        sequence: 1,
        stamp: Stamp {
            session: tagged.map_or(0, |(_, session)| session),
            counter: 1,
        },
    };
    let group = WireMac(base).group();
    let tag = tagged.map(|(key, _)| move |covered: &[&[u8]; 6]| -> Tag { key.tag(covered) });
    let addresses = (group, WireMac(source));
    let mut payload = write(&header, body, addresses, tag, |pieces| pieces.concat());
    // What Ethernet pads short frames with.
    payload.resize(payload.len().max(200), 0xff);
    Frame {
        destination: group.0,
        source,
        payload,
    }
}

/// A hello of a node that has the key, in a session.
fn tagged(node: u8, session: u64) -> Frame {
    hello_in(BASE, node, Some((KEY, session)), |_| ())
}

fn plain(base: [u8; 6], node: u8) -> Frame {
    hello(base, node, |_| ())
}

fn receiving(frames: impl IntoIterator<Item = Frame>) -> Fake {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    fake.frames = VecDeque::from_iter(frames);
    fake
}

fn run(fake: &mut Fake, line: &str) -> Result<Joined, Failure> {
    let arguments = std::iter::once("ssictl").chain(line.split_whitespace());
    match Args::try_parse_from(arguments).unwrap().verb.unwrap() {
        Verb::Cluster { verb: Some(verb) } => match *verb {
            ClusterVerb::Join(join) => learn(fake, &join),
            _ => panic!("{line} is no join"),
        },
        _ => panic!("{line} is of no cluster"),
    }
}

#[track_caller]
fn refuses(fake: &mut Fake, line: &str, sentence: &str) {
    let before = fake.state.clone();
    match run(fake, line) {
        Err(Failure::Refused(refusal)) => assert!(refusal.contains(sentence), "{refusal}"),
        _ => panic!("not refused: {line}"),
    }
    assert_eq!(fake.state, before, "{line}");
}

#[test]
fn claim_2_a_node_learns_address_and_mac_of_the_master() {
    let strange = Frame {
        destination: [0; 6],
        source: [0; 6],
        payload: vec![0; 60],
    };
    let mut fake = receiving([strange, plain(BASE, 2), plain(BASE, 0)]);
    let joined = run(&mut fake, JOIN).unwrap();
    assert_eq!(
        fake.steps,
        [
            "make eth0.7",
            "set up #100, ssi web",
            "listen at #100",
            "create web",
            "bind 10.0.0.100",
            "bind 2001:db8::10"
        ]
    );
    assert_eq!(
        (joined.master_mac.as_str(), joined.master_node),
        ("06:00:00:00:00:00", 0)
    );
    let (cluster, owned) = &fake.state.clusters["web"];
    assert_eq!((cluster.node, cluster.nodes, cluster.buckets), (1, 3, 1024));
    assert_eq!((cluster.mac, cluster.master), (BASE, false));
    assert_eq!(cluster.forward, Some(Forward::Owner));
    assert_eq!(cluster.reply_mac, ReplyMac::Node);
    assert_eq!(owned[0], 0b1001_0010);
    assert_eq!(
        fake.addresses(),
        ["10.0.0.1/24", "10.0.0.100/32", "2001:db8::10/128"]
    );
    // It waits until every node has had its turn.
    assert_eq!(fake.now, Duration::from_millis(1500));
}

#[test]
fn what_is_given_comes_first() {
    let mut fake = receiving([plain(BASE, 0)]);
    let more = "--reply-mac cluster --owned 0-9 --prefix 24 --prefix6 64 --hook ingress";
    run(&mut fake, &format!("{JOIN} {more}")).unwrap();
    let (cluster, owned) = &fake.state.clusters["web"];
    assert_eq!(
        (cluster.reply_mac, cluster.hook),
        (ReplyMac::Cluster, Hook::Ingress)
    );
    assert_eq!(owned[..3], [0xff, 3, 0]);
    assert_eq!(
        fake.addresses(),
        ["10.0.0.1/24", "10.0.0.100/24", "2001:db8::10/64"]
    );
}

#[test]
fn join_fails_without_a_trace() {
    let fake = receiving([plain(BASE, 0), plain(BASE, 2)]);
    fails_without_a_trace(&fake, JOIN);
}

#[test]
fn nobody_is_seen() {
    let mut fake = receiving([]);
    refuses(&mut fake, JOIN, "eth0.7: no node was seen within 5 s");
    assert_eq!(fake.now, Duration::from_secs(5));
    let mut fake = receiving([]);
    refuses(&mut fake, &format!("{JOIN} --timeout 60"), "within 60 s");
    assert_eq!(fake.now, Duration::from_secs(60));
    refuses(
        &mut receiving([plain(BASE, 2)]),
        JOIN,
        "is seen, but no master",
    );
}

/// What the nodes that are there answer to a challenge: node 0 and node 2, in their session.
fn nodes_answer(frame: &[u8]) -> Vec<Frame> {
    let (ethernet, payload) = frame.split_at(14);
    assert_eq!(ethernet[..6], WireMac(BASE).group().0);
    assert_eq!(
        ethernet[6..],
        [&MINE[..], &ETH_P_SSI.to_be_bytes()].concat()
    );
    let message = read(payload).unwrap();
    let (to, from) = (WireMac(BASE).group(), WireMac(MINE));
    assert!(message.is_tagged(to, from, |covered, tag| KEY.is_tag(covered, tag)));
    let Body::Challenge(challenge) = message.body else {
        panic!("{message:?}");
    };
    let asked = [0, 2].into_iter().filter(|node| challenge.is_for(*node));
    let nonce = [answer(message.header.node, challenge.nonce)];
    let response = Body::Response(Response::new(&nonce));
    asked
        .map(|node| {
            frame_of(
                BASE,
                u8::try_from(node).unwrap(),
                Some((KEY, NOW)),
                &response,
            )
        })
        .collect()
}

/// A file with the key, and the line that joins with it.
fn with_key(name: &str) -> (std::path::PathBuf, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = std::env::temp_dir().join(format!("ssi-join-{}-{name}", std::process::id()));
    std::fs::write(&path, "5a".repeat(32)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let option = format!("--key-file {}", path.display());
    (path, JOIN.replace("--insecure", &option))
}

#[test]
fn who_has_the_key_and_is_there_is_believed() {
    let (path, join) = with_key("believed");
    // Somebody else claims to be master, and what the master announced a year ago is repeated.
    let forged = plain(BASE, 0);
    let other = hello_in(BASE, 0, Some((Key([1; 32]), NOW)), |_| ());
    let old = hello_in(BASE, 0, Some((KEY, NOW - 1)), |hello| hello.nodes = 2);
    let frames = [
        forged,
        other,
        old.clone(),
        tagged(0, NOW),
        tagged(2, NOW),
        old,
    ];
    let mut fake = receiving(frames);
    fake.echo = Some(nodes_answer);
    let joined = run(&mut fake, &join).unwrap();
    assert_eq!((joined.master_node, joined.nodes), (0, 3));
    assert_eq!(fake.state.clusters["web"].0.key_id, Some(KEY.id()));

    // A node that was seen and has not answered is none.
    let mut fake = receiving([tagged(0, NOW), tagged(1, NOW)]);
    fake.echo = Some(nodes_answer);
    run(&mut fake, &join).unwrap();
    std::fs::remove_file(path).unwrap();
}

#[test]
fn who_has_no_key_or_is_not_there_is_not_believed() {
    let (path, join) = with_key("not-believed");
    for frames in [
        vec![plain(BASE, 0)],
        vec![hello_in(BASE, 0, Some((Key([1; 32]), NOW)), |_| ())],
        vec![tagged(0, NOW - 1), tagged(2, NOW - 1)],
    ] {
        let mut fake = receiving(frames);
        fake.echo = Some(nodes_answer);
        refuses(&mut fake, &join, "no node was seen within 5 s");
    }
    let strange = "1 messages had no tag of this key";
    refuses(&mut receiving([plain(BASE, 0)]), &join, strange);
    // Nobody answers.
    refuses(&mut receiving([tagged(0, NOW)]), &join, "no node was seen");
    // This one would not be believed by those with a key.
    refuses(&mut receiving([tagged(0, NOW)]), JOIN, "give --key-file");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn believing_without_a_key_takes_an_option() {
    let join = JOIN.replace(" --insecure", "");
    let failure = run(&mut receiving([plain(BASE, 0)]), &join);
    assert!(matches!(failure, Err(Failure::Usage(usage)) if usage.contains("--key-file")));
}

#[test]
fn several_clusters() {
    let both = || receiving([plain(BASE, 0), plain(OTHER, 0)]);
    refuses(
        &mut both(),
        JOIN,
        "several clusters are seen, 02:5a:c0:00:02:0a (10.0.0.100, 2001:db8::10), \
         02:5a:c0:00:02:14 (10.0.0.100, 2001:db8::10); choose one by --mac",
    );
    let mut fake = both();
    run(&mut fake, &format!("{JOIN} --mac 02:5a:c0:00:02:14")).unwrap();
    assert_eq!(fake.state.clusters["web"].0.mac, OTHER);
    refuses(
        &mut both(),
        &format!("{JOIN} --mac 02:5a:c0:00:02:1e"),
        "--mac 02:5a:c0:00:02:1e: not seen on eth0.7, but 02:5a:c0:00:02:0a",
    );
}

#[test]
fn what_does_not_fit() {
    refuses(
        &mut receiving([plain(BASE, 0), plain(BASE, 1)]),
        JOIN,
        "--rank 1: the node 06:00:00:00:00:01",
    );
    let line = JOIN.replace("--rank 1", "--rank 3");
    refuses(
        &mut receiving([plain(BASE, 0)]),
        &line,
        "--rank 3: the cluster has 3 nodes",
    );
    let hashed = || receiving([hello(BASE, 0, |hello| hello.siphash = true)]);
    refuses(&mut hashed(), JOIN, "give --hash-seed");
    let seed = "--hash-seed 000102030405060708090a0b0c0d0e0f";
    run(&mut hashed(), &format!("{JOIN} {seed}")).unwrap();
    refuses(
        &mut receiving([plain(BASE, 0)]),
        &format!("{JOIN} {seed}"),
        "does not hash",
    );
    let mut fake = receiving([plain(BASE, 0)]);
    run(&mut fake, JOIN).unwrap();
    refuses(
        &mut fake,
        JOIN,
        "web: a cluster of this name exists here already",
    );
}

#[test]
fn prints_what_it_learnt() {
    let joined = run(&mut receiving([plain(BASE, 0)]), JOIN).unwrap();
    assert_eq!(
        joined.text(),
        "web: rank 1 of 3, as the master announces on eth0.7\n  \
         master       06:00:00:00:00:00, rank 0\n  \
         mac          02:5a:c0:00:02:0a\n  \
         addresses    10.0.0.100/32\n               2001:db8::10/128\n  \
         buckets      1024 (function bitmap), hash none, key source\n  \
         forward      owner\n  \
         reply-mac    node\n"
    );
    assert_eq!(ETH_P_SSI, 0x88b5);
    crate::json_tests::shows(&joined, "cluster join NAME");
}
