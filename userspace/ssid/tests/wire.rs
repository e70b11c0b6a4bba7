// SPDX-License-Identifier: GPL-2.0-only

//! Packets as bytes, as releases with version 2 of packets write them: each reads the others'. What has no tags (0025 in
//! `Documentation/design/`) does not change without another version.

#![allow(clippy::unwrap_used)]

use ssi_protocol::{
    AdminState, Body, BucketLoads, Buckets, FairShare, Heartbeat, Message, NodeId, Planner,
    Release, Report, State, Sticking, Time, ViewEntered, ViewId, ViewProposal,
};
use ssid::agent::{Facts, Field, Other, Presence, Program, Terms, VERSION, Versions};
use ssid::packet::Packet;
use ssid_api::{Check, Wish};

const ID: ViewId = ViewId {
    ring: 7,
    programs: 300,
    serial: 1,
};

fn message(body: Body<FairShare>) -> Packet {
    Packet::Protocol(Message {
        view: ID,
        from: NodeId(3),
        number: 9,
        body,
    })
}

fn buckets() -> Buckets {
    Buckets::of(70, [0, 69])
}

fn admin_state() -> AdminState {
    AdminState {
        weight: 200,
        draining: true,
        unfit: false,
    }
}

fn sticking() -> Sticking {
    Sticking {
        version: 6,
        clients: [(69 << 32) | 5].into_iter().collect(),
    }
}

fn loads() -> BucketLoads {
    BucketLoads(vec![(5, 1000)].into())
}

/// What the planner remembers, read as it comes.
fn memory() -> Option<<FairShare as Planner>::Memory> {
    let sent = (
        (Vec::<u32>::new(), true),
        Some((2u32, vec![(5u32, 9u32)])),
        Some((4u32, vec![(6u32, 8u32)])),
        Some((3u32, vec![7u64])),
        vec![(3u32, (3u32, vec![40u64]))],
    );
    postcard::from_bytes(&postcard::to_stdvec(&sent).unwrap()).ok()
}

fn presence() -> Presence {
    Presence {
        number: u64::MAX,
        versions: Versions::only(2),
        fixed: vec![Field::new("buckets", 60), Field::secret("hash-seed", 7)],
        compared: vec![Field::new("vips", "192.0.2.10/32")],
        others: vec![Other {
            node: 2,
            program: Program {
                number: 1,
                terms: Some(Terms {
                    fixed: 5,
                    versions: Versions::only(2),
                }),
            },
        }],
    }
}

fn facts() -> Facts {
    Facts {
        packets: 1,
        state: "serving".into(),
        checks: vec![Check {
            name: "http".into(),
            good: true,
            text: "200".into(),
        }],
        ..Facts::default()
    }
}

/// Each kind of packet, and how it is written.
fn all() -> Vec<(Packet, &'static str)> {
    let members = vec![NodeId(1), NodeId(3)];
    vec![
        (Packet::Unresponsive(2), "020102"),
        (
            Packet::ViewProposal(ViewProposal {
                id: ID,
                members: members.clone(),
            }),
            "020207ac0201020103",
        ),
        (
            message(Body::ViewEntered(ViewEntered {
                members,
                generation: 4,
            })),
            "020307ac020103090002010304",
        ),
        (
            message(Body::State(State {
                held: buckets(),
                draining: Buckets::none(70),
                former: buckets(),
                former_generation: 3,
                outside: 1875,
                generation: 4,
                admin_state: admin_state(),
                load: loads(),
                memory: memory(),
                sticking: sticking(),
            })),
            "020307ac020103090146020120460200004602012003d30e04c80101000105e80701000101020105090104010608010301070103030128060185808080d008",
        ),
        (
            message(Body::Heartbeat(Heartbeat {
                stamp: Time(100_000),
                lease: 1500,
                urgent: true,
                echoes: vec![(NodeId(1), Time(6))],
            })),
            "020307ac0201030902a08d06dc0b01010106",
        ),
        (
            message(Body::Release(Release {
                to: vec![(NodeId(1), buckets())],
                cold: true,
                sticking: vec![(NodeId(1), sticking())],
            })),
            "020307ac0201030903010146020120010101060185808080d008",
        ),
        (
            message(Body::Report(Report {
                generation: 4,
                owned: buckets(),
                draining: Buckets::none(70),
                sticking: sticking(),
            })),
            "020307ac0201030904044602012046020000060185808080d008",
        ),
        (
            message(Body::AdminState(admin_state())),
            "020307ac0201030905c8010100",
        ),
        (message(Body::Load(loads())), "020307ac02010309060105e807"),
        (
            Packet::Order {
                ticket: 300,
                to: NodeId(2),
                wish: Wish::Weight(Some(50)),
            },
            "0205ac0202030132",
        ),
        (Packet::Ack(300), "0206ac02"),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| {
        let digits = format!("{byte:02x}");
        text + &digits
    })
}

#[test]
fn claim_14_packets_stay_as_they_are() {
    assert_eq!(VERSION, 2, "write what the new version looks like");
    for (packet, written) in all() {
        let bytes = packet.encode().unwrap();
        assert_eq!(hex(&bytes), written, "{packet:?}");
        assert_eq!(Packet::decode(&bytes), Ok(packet));
    }
}

/// What has tags may get more of them; those that are there stay.
#[test]
fn claim_14_tags_stay_as_they_are() {
    let tagged = |place: u8, text: &str| {
        let bytes = postcard::to_extend(text.as_bytes(), vec![VERSION, place]).unwrap();
        Packet::decode(&bytes)
    };
    let written = r#"{"number":18446744073709551615,"versions":{"oldest":2,"newest":2},
        "fixed":[{"name":"buckets","value":"60","secret":false},
            {"name":"hash-seed","value":"0000000000000007","secret":true}],
        "compared":[{"name":"vips","value":"192.0.2.10/32","secret":false}],
        "others":[{"node":2,"program":{"number":1,"terms":{"fixed":5,"versions":{"oldest":2,"newest":2}}}}]}"#;
    assert_eq!(tagged(0, written), Ok(Packet::Presence(presence())));
    let written =
        r#"{"packets":1,"state":"serving","checks":[{"name":"http","good":true,"text":"200"}]}"#;
    assert_eq!(tagged(4, written), Ok(Packet::Facts(facts())));
}
