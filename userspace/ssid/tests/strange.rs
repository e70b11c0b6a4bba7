// SPDX-License-Identifier: GPL-2.0-only

//! A peer whose numbers are at the ends of their ranges, or anything: whatever it sends, the agent goes on, and its own
//! table's generation neither wraps nor comes near its end.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use logic::generation::GENERATION_MAX;
use proptest::prelude::*;
use ssi_group_comm::memory;
use ssi_group_comm::{Group, GroupEvent};
use ssi_monitor::load::{BucketLoad, Sample};
use ssi_protocol::{
    AdminState, Body, BucketLoads, Buckets, Clients, Command, FairShare, Heartbeat, KernelEvent,
    Message, NodeId, Planner, Release, Report, State, Sticking, TableFound, Time, Timing,
    ViewEntered, ViewId, ViewProposal,
};
use ssid::agent::{
    Action, Agent, Event, Facts, Field, Names, Other, Peer, Presence, Program, Settings, Start,
    VERSION, Versions, Wishes,
};
use ssid::packet::Packet;
use ssid_api::Check;

const K: u32 = 16;
const ME: NodeId = NodeId(1);
const OTHER: NodeId = NodeId(2);

type Memory = <FairShare as Planner>::Memory;

fn settings() -> Settings {
    let peer = |id: NodeId| Peer {
        name: format!("n{id}"),
        id,
        rank: id.0 - 1,
        weight: 1,
        priority: 1,
    };
    Settings {
        cluster: "c".into(),
        me: ME,
        buckets: K,
        drains_at_expiry: true,
        sticks: true,
        timing: Timing::default(),
        patience: 1000,
        planner: FairShare::default(),
        fenced: false,
        forward: false,
        adapt: true,
        comeback: Duration::ZERO,
        interfaces: Names::new(),
        checks: Vec::new(),
        nodes: vec![peer(ME), peer(OTHER)],
        fixed: vec![Field::new("buckets", K)],
        compared: Vec::new(),
    }
}

/// The ends of a range, and what lies between.
fn number() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![
        Just(0),
        Just(1),
        Just(GENERATION_MAX / 2),
        Just(GENERATION_MAX),
        Just(u64::MAX - 1),
        Just(u64::MAX),
        any::<u64>(),
    ]
}

fn small() -> impl Strategy<Value = u32> + Clone {
    prop_oneof![
        Just(0),
        Just(1),
        Just(K),
        Just(u32::MAX - 1),
        Just(u32::MAX),
        any::<u32>()
    ]
}

fn buckets() -> impl Strategy<Value = Buckets> {
    let k = prop_oneof![4 => Just(K), 1 => 0u32..200];
    (k, proptest::collection::vec(0u32..200, 0..20)).prop_map(|(k, all)| Buckets::of(k, all))
}

fn admin_state() -> impl Strategy<Value = AdminState> {
    (small(), any::<bool>(), any::<bool>()).prop_map(|(weight, draining, unfit)| AdminState {
        weight,
        draining,
        unfit,
    })
}

fn loads() -> impl Strategy<Value = BucketLoads> {
    proptest::collection::vec((prop_oneof![0u32..K, small()], number()), 0..8)
        .prop_map(|all| BucketLoads(all.into()))
}

/// What the planner remembers, read as it comes: from numbers in the places of its fields.
fn memory() -> impl Strategy<Value = Option<Memory>> {
    let numbers = proptest::collection::vec(number(), 0..20);
    (small(), small(), small(), numbers).prop_map(|(shift, rounds, bucket, sums)| {
        let sent = (
            (Vec::<u32>::new(), true),
            Some((rounds, vec![(bucket, u32::MAX)])),
            Some((shift, sums)),
        );
        postcard::from_bytes(&postcard::to_stdvec(&sent).unwrap()).ok()
    })
}

fn sticking() -> impl Strategy<Value = Sticking> {
    let clients = proptest::collection::vec(number(), 0..3);
    (number(), clients).prop_map(|(version, clients)| Sticking {
        version,
        clients: clients.into_iter().collect(),
    })
}

fn body() -> impl Strategy<Value = Body<FairShare>> {
    let nodes =
        proptest::collection::vec((small().prop_map(NodeId), number().prop_map(Time)), 0..3);
    let given = proptest::collection::vec((small().prop_map(NodeId), buckets()), 0..3);
    prop_oneof![
        number().prop_map(|generation| Body::ViewEntered(ViewEntered {
            members: vec![ME, OTHER],
            generation
        })),
        (
            (buckets(), buckets(), buckets(), number()),
            number(),
            number(),
            admin_state(),
            loads(),
            (memory(), sticking())
        )
            .prop_map(
                |(
                    (held, draining, former, former_generation),
                    outside,
                    generation,
                    admin_state,
                    load,
                    (memory, sticking),
                )| {
                    Body::State(State {
                        held,
                        draining,
                        former,
                        former_generation,
                        outside,
                        generation,
                        admin_state,
                        load,
                        memory,
                        sticking,
                    })
                }
            ),
        (number(), number(), any::<bool>(), nodes).prop_map(
            |(stamp, lease, urgent, mut echoes)| {
                echoes.push((ME, Time(stamp)));
                Body::Heartbeat(Heartbeat {
                    stamp: Time(stamp),
                    lease,
                    urgent,
                    echoes,
                })
            }
        ),
        (given, any::<bool>(), (small().prop_map(NodeId), sticking())).prop_map(
            |(to, cold, sticking)| Body::Release(Release {
                to,
                cold,
                sticking: vec![sticking],
            })
        ),
        (number(), buckets(), buckets(), sticking()).prop_map(
            |(generation, owned, draining, sticking)| {
                Body::Report(Report {
                    generation,
                    owned,
                    draining,
                    sticking,
                })
            }
        ),
        admin_state().prop_map(Body::AdminState),
        loads().prop_map(Body::Load),
    ]
}

/// Something that the other node sends, but for the view and the number of what belongs to one.
#[derive(Clone, Debug)]
enum Input {
    Protocol(Body<FairShare>),
    Packet(Packet),
}

fn input() -> impl Strategy<Value = Input> {
    let facts = (number(), number(), small()).prop_map(|(packets, bytes, part)| {
        Packet::Facts(Facts {
            packets,
            bytes,
            connections: part,
            cpu: part,
            pressure: part,
            stall: part,
            full_weight: part,
            ..Facts::default()
        })
    });
    let form =
        (number(), number(), number(), small()).prop_map(|(ring, programs, serial, node)| {
            let id = ViewId {
                ring,
                programs,
                serial,
            };
            Packet::ViewProposal(ViewProposal {
                id,
                members: vec![NodeId(node)],
            })
        });
    prop_oneof![
        8 => body().prop_map(Input::Protocol),
        1 => facts.prop_map(Input::Packet),
        1 => form.prop_map(Input::Packet),
        1 => presence().prop_map(|presence| Input::Packet(Packet::Presence(presence))),
        1 => small().prop_map(|node| Input::Packet(Packet::Unresponsive(node))),
        1 => number().prop_map(|ticket| Input::Packet(Packet::Ack(ticket))),
    ]
}

fn presence() -> impl Strategy<Value = Presence> {
    let byte = || prop_oneof![Just(0), Just(VERSION), Just(u8::MAX), any::<u8>()];
    let fixed = prop_oneof![
        2 => Just(settings().fixed),
        1 => number().prop_map(|number| vec![Field::new("buckets", number)]),
    ];
    (number(), byte(), byte(), fixed, small(), number()).prop_map(
        |(number, oldest, newest, fixed, node, theirs)| Presence {
            number,
            versions: Versions { oldest, newest },
            fixed,
            compared: vec![Field::new("vips", number)],
            others: vec![Other {
                node,
                program: Program {
                    number: theirs,
                    terms: None,
                },
            }],
        },
    )
}

/// One agent, a kernel that does what it is ordered, and an engine that returns its own messages.
struct World {
    agent: Agent,
    now: u64,
    generation: u64,
    tables: u32,
    number: u64,
}

impl World {
    fn new() -> Self {
        let mut world = Self::alone();
        world.packet(&Packet::Presence(Presence {
            number: 9,
            fixed: settings().fixed,
            ..Presence::default()
        }));
        world
    }

    /// The other's program has not announced its presence.
    fn alone() -> Self {
        let start = Start {
            settings: settings(),
            wishes: Wishes::default(),
            found: TableFound::nothing(K),
            master: false,
            number: 7,
            granted: 0,
        };
        let mut world = Self {
            agent: Agent::new(start, memory::Memory::KIND, Time(1000)),
            now: 1000,
            generation: 0,
            tables: 0,
            number: 0,
        };
        let group = Group {
            ring: 1,
            members: vec![ME.0, OTHER.0],
            quorate: true,
            quorum: 1,
            votes: BTreeMap::new(),
            dead: Vec::new(),
        };
        world.handle(Event::Engine(GroupEvent::Group(group)));
        world
    }

    fn handle(&mut self, event: Event) {
        let mut events = vec![event];
        // Bounded: what the agent sends to itself asks for more, but not for ever.
        for _ in 0..1000 {
            let Some(event) = events.pop() else {
                return;
            };
            self.now += 1;
            for action in self.agent.handle(Time(self.now), event) {
                match action {
                    Action::Send(bytes) => {
                        events.insert(0, Event::Engine(GroupEvent::Message { from: ME.0, bytes }))
                    }
                    Action::Kernel(command) => events.insert(0, self.kernel(&command)),
                    _ => {}
                }
            }
        }
        panic!("the agent does not come to rest");
    }

    fn kernel(&mut self, command: &Command) -> Event {
        if let Command::SetTable { generation, .. } = command {
            logic::generation::check(*generation, self.generation)
                .expect("the kernel refuses a table");
            self.generation = *generation;
            self.tables += 1;
        }
        Event::Kernel(KernelEvent::Done(Clients::default()))
    }

    fn packet(&mut self, packet: &Packet) {
        self.bytes(packet.encode().unwrap());
    }

    fn bytes(&mut self, bytes: Vec<u8>) {
        self.handle(Event::Engine(GroupEvent::Message {
            from: OTHER.0,
            bytes,
        }));
    }

    fn receive(&mut self, input: Input) {
        let body = match input {
            Input::Packet(packet) => return self.packet(&packet),
            Input::Protocol(body) => body,
        };
        let Some(view) = self.agent.node().view().map(|view| view.id) else {
            return;
        };
        self.number += 1;
        let number = self.number;
        self.packet(&Packet::Protocol(Message {
            view,
            from: OTHER,
            number,
            body,
        }));
    }

    fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.handle(Event::Tick);
        let buckets = vec![BucketLoad {
            bucket: 3,
            packets: u64::MAX,
            bytes: u64::MAX,
            ..BucketLoad::default()
        }];
        self.handle(Event::Sample(Sample {
            buckets,
            ..Sample::default()
        }));
        let _ = self.agent.status(Time(self.now));
        let _ = self.agent.heat();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn a_peers_numbers_do_no_harm(all in proptest::collection::vec(input(), 1..60)) {
        let mut world = World::new();
        for input in all {
            world.receive(input);
            world.pass(120);
        }
    }
}

/// That the above shows something: the agent comes to act with such a peer, and gives its kernel tables.
#[test]
fn the_greatest_generation_of_a_peer_is_not_followed() {
    for (theirs, follows) in [
        (GENERATION_MAX / 2, true),
        (GENERATION_MAX, false),
        (u64::MAX, false),
    ] {
        let mut world = World::new();
        let none = || Buckets::none(K);
        world.receive(Input::Protocol(Body::ViewEntered(ViewEntered {
            members: vec![ME, OTHER],
            generation: theirs,
        })));
        world.receive(Input::Protocol(Body::State(State {
            held: none(),
            draining: none(),
            former: none(),
            former_generation: 0,
            outside: 0,
            generation: theirs,
            admin_state: AdminState::default(),
            load: BucketLoads::default(),
            memory: None,
            sticking: Sticking::default(),
        })));
        for _ in 0..100 {
            world.pass(100);
        }
        assert!(world.tables > 0, "the agent gave its kernel no table");
        assert_eq!(world.generation > theirs, follows, "{}", world.generation);
        assert!(world.generation < GENERATION_MAX);
    }
}

/// Whom nobody can read, or who has another file, is left out and keeps nobody from serving.
#[test]
fn claim_14_who_cannot_be_read_is_left_out() {
    let newer = Packet::Presence(Presence {
        number: 9,
        versions: Versions::only(VERSION + 1),
        fixed: settings().fixed,
        ..Presence::default()
    });
    let others = Packet::Presence(Presence {
        number: 9,
        fixed: vec![Field::new("buckets", 64)],
        ..Presence::default()
    });
    let speaks = "n2 is left out: it speaks version 3 of ssid's language, and the others 2: upgrade one of the two";
    for (bytes, sentence) in [
        (vec![VERSION + 1, 0, 1, 2], speaks),
        (newer.encode().unwrap(), speaks),
        (
            others.encode().unwrap(),
            "n2 is left out: buckets is 64 there and 16 here",
        ),
    ] {
        let mut world = World::alone();
        world.bytes(bytes);
        for _ in 0..100 {
            world.pass(100);
        }
        let status = world.agent.status(Time(world.now));
        assert!(
            status.trouble.iter().any(|text| text == sentence),
            "{:?}",
            status.trouble
        );
        assert_eq!(
            (status.unserved, status.nodes[1].state.as_str()),
            (0, "left-out")
        );
        assert!(world.tables > 0, "nothing is served");
    }
}

/// What a node sends of itself and of its file is text here: no terminal obeys it, and none of it is long.
#[test]
fn what_a_peer_says_is_text_and_short() {
    let evil = "\x1b]0;owned\x07\u{9b}2J\nn1: all is well\u{202e}";
    let check = Check {
        name: evil.into(),
        good: false,
        text: evil.repeat(100),
    };
    let facts = Facts {
        state: evil.into(),
        version: evil.into(),
        checks: vec![check; 300],
        trouble: vec![evil.repeat(100); 300],
        ..Facts::default()
    };
    let presence = Packet::Presence(Presence {
        number: 9,
        fixed: settings().fixed,
        compared: vec![Field::new(evil, evil.repeat(100))],
        ..Presence::default()
    });
    let mut world = World::new();
    world.packet(&presence);
    world.packet(&Packet::Facts(facts));
    let status = world.agent.status(Time(world.now));
    assert!(
        status
            .trouble
            .iter()
            .any(|text| text.contains("all is well"))
            && status.nodes[1].checks[0].text.contains("all is well")
            && status.nodes[1].state.contains("owned"),
        "nothing of it came: {status:?}"
    );
    let shown = format!("{}", serde_json::to_value(&status).unwrap());
    let is_obeyed = |c: char| c.is_control() || c == '\u{202e}';
    assert!(
        !shown.contains(is_obeyed) && !shown.contains("\\u00"),
        "{shown}"
    );
    assert!(shown.len() < 400_000, "{} bytes", shown.len());
}
