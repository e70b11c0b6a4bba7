// SPDX-License-Identifier: GPL-2.0-only

//! Messages, files and lines as they are meant to be, one of each kind.

use logic::generation::GENERATION_MAX;
use netlink_packet_core::Emitable;
use ssi_group_comm::datagram::Session;
use ssi_group_comm::datagram::wire::{Acks, Alive, Member, Nonce, Part, Proposal, Section};
use ssi_netlink::{Attributes, Cluster};
use ssi_protocol::{
    AdminState, Body, BucketLoads, Buckets, FairShare, Heartbeat, Message, NodeId, Release, Report,
    State, Sticking, Time, ViewEntered, ViewId, ViewProposal,
};
use ssid::agent::{Facts, Field, Presence, Versions};
use ssid::packet::Packet;
use ssid_api::{Check, Wish};

/// A piece of an input.
fn piece(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length, bytes].concat()
}

fn sections() -> Vec<Section> {
    let member = |place| Member {
        place,
        session: Session([place; 16]),
    };
    let nonce = Nonce {
        to: 2,
        session: Session([1; 16]),
        number: 9,
    };
    vec![
        Section::Challenge(nonce),
        Section::Response(nonce),
        Section::Alive(Alive {
            electorate: 5,
            ring: 1 << 32,
            highest: 1 << 33,
            reaches: vec![member(0), member(2)],
            ..Alive::default()
        }),
        Section::Proposal(Proposal {
            ring: 3 << 32,
            members: vec![member(0), member(1)],
        }),
        Section::Part(Part {
            ring: 3 << 32,
            number: 1,
            is_last: true,
            bytes: b"message".to_vec(),
        }),
        Section::Acks(Acks {
            ring: 3 << 32,
            all: vec![(0, 1), (2, 7)],
        }),
        Section::Leave,
    ]
}

const ID: ViewId = ViewId {
    ring: 1,
    programs: 300,
    serial: 1,
};

fn message(number: u64, body: Body<FairShare>) -> Packet {
    Packet::Protocol(Message {
        view: ID,
        from: NodeId(2),
        number,
        body,
    })
}

/// Packets of daemons.
fn packets() -> Vec<Packet> {
    let members = vec![NodeId(1), NodeId(2)];
    let buckets = || Buckets::of(16, [0, 3, 15]);
    let sticking = Sticking {
        version: 6,
        clients: [(3 << 32) | 5].into_iter().collect(),
    };
    let bodies: Vec<Body<FairShare>> = vec![
        Body::ViewEntered(ViewEntered {
            members: members.clone(),
            generation: 4,
        }),
        Body::State(State {
            held: buckets(),
            draining: Buckets::none(16),
            former: buckets(),
            former_generation: 3,
            outside: 1875,
            generation: 4,
            admin_state: AdminState::default(),
            load: BucketLoads(vec![(5, 1000)].into()),
            memory: None,
            sticking: sticking.clone(),
        }),
        Body::Heartbeat(Heartbeat {
            stamp: Time(100_000),
            lease: 1500,
            urgent: true,
            echoes: vec![(NodeId(1), Time(1100))],
        }),
        Body::Release(Release {
            to: vec![(NodeId(1), buckets())],
            cold: true,
            sticking: vec![(NodeId(1), sticking.clone())],
        }),
        Body::Report(Report {
            generation: 4,
            owned: buckets(),
            draining: Buckets::none(16),
            sticking,
        }),
        Body::AdminState(AdminState {
            weight: 200,
            draining: true,
            unfit: false,
        }),
        Body::Load(BucketLoads(vec![(5, 1000)].into())),
    ];
    let protocol = (1..)
        .zip(bodies)
        .map(|(number, body)| message(number, body));
    let presence = Presence {
        number: 9,
        versions: Versions::only(2),
        fixed: vec![Field::new("buckets", 16), Field::secret("hash-seed", 7)],
        compared: vec![Field::new("vips", "192.0.2.10/32")],
        ..Presence::default()
    };
    let facts = Facts {
        packets: 1,
        state: "serving".into(),
        checks: vec![Check {
            name: "http".into(),
            good: false,
            text: "503".into(),
        }],
        ..Facts::default()
    };
    let mut all: Vec<Packet> = protocol.collect();
    all.extend([
        Packet::Presence(presence),
        Packet::Facts(facts),
        Packet::Unresponsive(2),
        Packet::ViewProposal(ViewProposal { id: ID, members }),
        Packet::Order {
            ticket: 300,
            to: NodeId(1),
            wish: Wish::Weight(Some(50)),
        },
        Packet::Ack(300),
    ]);
    all
}

/// Of the target `wire`.
pub fn wire() -> Vec<Vec<u8>> {
    let all = sections().iter().flat_map(Section::encode).collect();
    let mut seeds: Vec<Vec<u8>> = vec![[vec![0], all].concat()];
    for packet in packets() {
        seeds.push([vec![1], packet.encode().unwrap()].concat());
    }
    let part = [
        &b"ssi\x01"[..],
        &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
        b"bytes",
    ]
    .concat();
    seeds.push(
        [
            vec![2, 0],
            piece(&part),
            vec![2],
            piece(b"message"),
            vec![1],
            piece(&part),
        ]
        .concat(),
    );
    seeds
}

/// Of the target `peer`: a group of two and of three is formed, and messages are sent in it.
pub fn peer() -> Vec<Vec<u8>> {
    // A node that is there: it speaks, is challenged, responds, and its heartbeats have whom it reaches.
    let arrives = |from: u8| vec![[13, from], [1, 0], [4, from]];
    let beats = |from: u8, reaches: u8| vec![5, from, reaches];
    let passes = |twenty_ms: u8| vec![0, 0, twenty_ms];
    let mut all = Vec::new();
    for (me, others) in [(0, vec![1]), (0, vec![1, 2]), (1, vec![0]), (2, vec![0, 1])] {
        let reaches = others
            .iter()
            .fold(1u8 << me, |all, other| all | (1 << other));
        let mut seed = vec![me];
        others
            .iter()
            .for_each(|other| seed.extend(arrives(*other).concat()));
        for _ in 0..4 {
            others
                .iter()
                .for_each(|other| seed.extend(beats(*other, reaches)));
            seed.extend(passes(6));
        }
        // The first of them proposes a ring; all say that they are in it.
        seed.extend([6, others[0], 0, 1, reaches]);
        others
            .iter()
            .for_each(|other| seed.extend([5, *other | 0x04, 0, 1, reaches]));
        seed.extend(passes(1));
        seed.extend([9, 0]);
        seed.extend(piece(b"message"));
        seed.extend([7, others[0] | 0x0c, 1]);
        seed.extend(piece(b"\x00message"));
        seed.extend([8, others[0] | 0x04, 1, 1, 1, 1]);
        seed.extend(passes(6));
        all.push(seed);
    }
    // A member claims that the last ring of all was there, and its group is formed anew, twice.
    let mut seed = [vec![0], arrives(1).concat()].concat();
    for round in 0..20 {
        seed.extend(match round {
            5 => [vec![5, 0x09], vec![0xff; 8], vec![3]].concat(),
            6 | 13 => vec![11, 1],
            _ => beats(1, 3),
        });
        seed.extend(passes(6));
    }
    all.push(seed);
    let sections: Vec<u8> = sections().iter().flat_map(Section::encode).collect();
    all.push(
        [
            vec![1, 3, 0],
            piece(&sections),
            vec![3, 9],
            piece(&sections),
        ]
        .concat(),
    );
    all
}

/// Of the target `agent`.
pub fn agent() -> Vec<Vec<u8>> {
    let steps: Vec<Vec<u8>> = packets()
        .iter()
        .map(|packet| [vec![2, 0], piece(&packet.encode().unwrap()[1..])].concat())
        .collect();
    let mut all: Vec<Vec<u8>> = steps.clone();
    all.push(steps.concat());
    all.push(
        [
            vec![4, 3],
            steps[0].clone(),
            steps[1].clone(),
            vec![0, 0, 100],
            steps[3].clone(),
            steps[4].clone(),
        ]
        .concat(),
    );
    all.push([vec![1, 0], piece(&[3, 0, 1, 2])].concat());
    for number in [GENERATION_MAX / 2, GENERATION_MAX, u64::MAX] {
        let members = vec![NodeId(1), NodeId(2)];
        let entered = message(
            1,
            Body::ViewEntered(ViewEntered {
                members,
                generation: number,
            }),
        );
        let beat = message(
            2,
            Body::Heartbeat(Heartbeat {
                stamp: Time(number),
                lease: number,
                urgent: true,
                echoes: vec![(NodeId(1), Time(number))],
            }),
        );
        let state = message(
            3,
            Body::State(State {
                held: Buckets::none(16),
                draining: Buckets::none(16),
                former: Buckets::none(16),
                former_generation: number,
                outside: 0,
                generation: number,
                admin_state: AdminState::default(),
                load: BucketLoads(vec![(5, number)].into()),
                memory: None,
                sticking: Sticking::default(),
            }),
        );
        let packets = [entered, state, beat]
            .map(|packet| [vec![2, 0], piece(&packet.encode().unwrap()[1..])].concat());
        all.push([packets.concat(), [0, 0, 50].repeat(6)].concat());
    }
    let evil = "\x1b]0;owned\x07\u{9b}2J\nall is well\u{202e}";
    let check = Check {
        name: evil.into(),
        good: false,
        text: evil.into(),
    };
    let facts = Packet::Facts(Facts {
        state: evil.into(),
        checks: vec![check; 2],
        trouble: vec![evil.into()],
        ..Facts::default()
    });
    all.push([vec![2, 0], piece(&facts.encode().unwrap()[1..])].concat());
    all
}

/// Of the target `file`: a static cluster, and one that ssid runs.
pub fn file() -> Vec<Vec<u8>> {
    let fixed = "name = \"web\"\nvips = [\"192.0.2.10/32\", \"2001:db8::10/128\"]\ninterface = \"eth0\"\nmaster = \"n1\"\nbuckets = 64\n\
                 hash = \"siphash\"\nhash-seed = \"000102030405060708090a0b0c0d0e0f\"\nkey = \"prefix:24,64\"\nmac = \"auto\"\n\
                 drain-time = 600\ngeneration = 3\n[[node]]\nname = \"n1\"\nrank = 0\nbuckets = \"0-31\"\n[[node]]\nname = \"n2\"\nrank = 1\n\
                 buckets = \"32-63\"\nstate = \"serving\"\n";
    let daemon = "name = \"web\"\nvips = [\"192.0.2.10/32\"]\ninterface = \"eth0\"\nmode = \"forward\"\nforward = \"owner\"\n\
                  forward-interface = \"eth1\"\nkey-file = \"/etc/ssi/key\"\ngateway = [\"192.0.2.1\"]\n[daemon]\nlease = 1500\nslack = 50\n\
                  beat = 100\npatience = 500\nport = 9463\nmetrics = \"127.0.0.1:9100\"\nlevel-at = \"22:00-06:00\"\nnotify = \"web@\"\n\
                  [[check]]\nname = \"http\"\nhttp = \"http://127.0.0.1/\"\ninterval = 2\n[[check]]\nname = \"c\"\ncommand = [\"true\"]\n\
                  [[node]]\nname = \"n1\"\nrank = 0\naddresses = [\"10.0.0.1\"]\nweight = 100\n[[node]]\nname = \"n2\"\nrank = 1\nid = 7\n\
                  addresses = [\"10.0.0.2\"]\nvotes = 2\npriority = 50\n";
    [fixed, daemon]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
}

/// Of the target `control`.
pub fn control() -> Vec<Vec<u8>> {
    [
        "\x00\"status\"",
        "\x00{\"watch\":{\"heat\":true}}",
        "\x00{\"order\":{\"node\":\"n1\",\"wish\":{\"drain\":60}}}",
        "\x00{\"confirm-dead\":{\"node\":\"n2\"}}",
        "\x01\"done\"",
        "\x01{\"refused\":\"why\"}",
        "\x01{\"heat\":{\"owners\":[0,null],\"load\":[7,0]}}",
        "\x01{\"event\":{\"at\":1,\"kind\":\"k\",\"text\":\"t\"}}",
        "\x01{\"status\":{\"cluster\":\"web\",\"nodes\":[{\"name\":\"n1\"}],\"quorate\":true}}",
        "\x05grün \x1b[2J \u{9b}31m \u{202e}\u{2028}end",
    ]
    .map(|line| line.as_bytes().to_vec())
    .to_vec()
}

/// Of the target `netlink`.
pub fn netlink() -> Vec<Vec<u8>> {
    let cluster = Cluster {
        name: "web".into(),
        mac: [2, 0x5a, 0, 0, 0, 1],
        hash_seed: Some([7; 16]),
        vips: vec![[192, 0, 2, 10].into()],
        lease_until: Some(1 << 40),
        ..Cluster::default()
    };
    let attributes = Attributes::from(&cluster);
    let mut bytes = vec![0; attributes.buffer_len()];
    attributes.emit(&mut bytes);
    (1u8..12).map(|op| [&[op], &bytes[..]].concat()).collect()
}

/// Of the target `import`: what tells the formats apart, and a little of each.
pub fn import() -> Vec<Vec<u8>> {
    [
        "\x00<cib><resources><clone id=\"c\"><primitive id=\"vip\" class=\"ocf\" type=\"IPaddr2\"><instance_attributes id=\"p\"><nvpair id=\"d\" \
         name=\"ip\" value=\"192.0.2.10\"/></instance_attributes></primitive></clone></resources></cib>",
        "\x01node 1: n1\nprimitive vip IPaddr2 \\\n\tparams ip=192.0.2.10 nic=\"eth0:1\" clusterip_hash=sourceip\nclone c vip \\\n\tmeta \
         clone-max=2 globally-unique=true\n",
        "\x02pcs resource create vip IPaddr2 ip=192.0.2.10 nic=eth0 clone clone-max=2 globally-unique=true\n",
        "\x03*filter\n-A INPUT -d 192.0.2.10/32 -i eth1 -j CLUSTERIP --new --hashmode sourceip --clustermac 03:00:5E:00:00:20 --total-nodes \
         2 --local-node 2 --hash-init 0\nCOMMIT\n",
        "\x04table inet mangle {\n\tchain pre {\n\t\tiifname \"eth0\" ip daddr 192.0.2.10 jhash ip saddr mod 3 seed 0xdeadbeef != { 1, 2 } \
         drop\n\t}\n}\n",
        "\x05Cluster 192.0.2.10\r\nHostPriority = 2\r\nClusterIPAddress = 192.0.2.10\r\nPortRules\r\n  Virtual IP addr   Start  End   Protocol  \
         Mode  Priority Load Affinity\r\n  ALL 80 80 TCP Multiple 50 None\r\n",
        "\x06\nName : web\nIPAddress : 192.0.2.10\nSubnetMask : 255.255.255.0\nMode : IgmpMulticast\n\nName State Interface HostID\n---- \
         ----- --------- ------\nw1 Converged Ethernet 1\n\nStartPort : 0\nEndPort : 65535\nAffinity : Network\n",
        "\x07vrrp_script web {\n script \"/usr/bin/pgrep nginx\"\n interval 2\n}\nvrrp_instance VI_1 {\n interface eth0\n virtual_ipaddress \
         {\n 192.0.2.10/24 dev eth0\n }\n track_script { web }\n}\nvirtual_server 192.0.2.10 80 {\n real_server 10.0.0.1 80 { weight 2 }\n}\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
