// SPDX-License-Identifier: GPL-2.0-only

//! A node's daemon beside a member that sends whatever it likes, or a release that is older or newer. It comes to rest, gives its kernel
//! tables that this takes, says little, keeps little, and shows nothing of others that a terminal would obey.
//!
//! An input: steps, each a byte and what belongs to it. A packet is what `Packet::decode` reads behind the version; of the protocol's
//! messages view and number can be made such as count.

use std::collections::BTreeMap;
use std::time::Duration;

use ssi_group_comm::{Group, GroupEvent, memory};
use ssi_monitor::load::{BucketLoad, Sample};
use ssi_protocol::{Clients, Command, FairShare, KernelEvent, NodeId, TableFound, Time, Timing};
use ssid::agent::{
    Action, Agent, Event, Field, Names, Peer, Presence, Settings, Start, VERSION, Wishes,
};
use ssid::packet::Packet;

use crate::input::{Bits, Input};

const K: u32 = 16;
const ME: NodeId = NodeId(1);
const OTHER: NodeId = NodeId(2);
/// Steps of an input.
const STEPS: usize = 32;
/// Of one thing that happens there follow so many others at most: packets to itself, commands and answers.
const FOLLOW: usize = 1000;
/// So many lines of a log may one step be worth, however many things follow.
const LINES: usize = 64;
/// A status is no longer than this: texts of others are cut.
const STATUS: usize = 400_000;

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

fn group(ring: u64, is_alone: bool) -> Event {
    let members = if is_alone {
        vec![ME.0]
    } else {
        vec![ME.0, OTHER.0]
    };
    Event::Engine(GroupEvent::Group(Group {
        ring,
        members,
        quorate: true,
        quorum: 1,
        votes: BTreeMap::new(),
        dead: Vec::new(),
    }))
}

/// The daemon, a kernel that does what it is ordered, and an engine that returns what it sends.
struct World {
    agent: Agent,
    now: u64,
    generation: u64,
    number: u64,
    ring: u64,
    lines: usize,
}

/// The target.
pub fn run(bytes: &[u8]) {
    let start = Start {
        settings: settings(),
        wishes: Wishes::default(),
        found: TableFound::nothing(K),
        master: false,
        number: 7,
        granted: 0,
    };
    let mut world = World {
        agent: Agent::new(start, memory::Memory::KIND, Time(1000)),
        now: 1000,
        generation: 0,
        number: 0,
        ring: 1,
        lines: 0,
    };
    world.handle(group(1, false));
    world.packet(&Packet::Presence(Presence {
        number: 9,
        fixed: settings().fixed,
        ..Presence::default()
    }));
    let mut input = Input::new(bytes);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        world.step(&mut input);
    }
    world.look();
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        let (what, mut bits) = (input.u8(), Bits(input.u8()));
        self.lines = 0;
        match what % 6 {
            0 => self.pass(u64::from(input.u8()) * 20),
            1 => self.came(input.piece().to_vec()),
            2 | 3 => self.meant(&mut bits, input.piece()),
            4 => {
                self.ring += u64::from(bits.one());
                self.handle(group(self.ring, bits.one()));
            }
            _ => self.look(),
        }
        self.pass(120);
    }

    /// Of the version that is spoken, whether it can be read or not. What is of the protocol counts in the view.
    fn meant(&mut self, bits: &mut Bits, bytes: &[u8]) {
        let mut whole = vec![VERSION];
        whole.extend(bytes);
        let Ok(mut packet) = Packet::decode(&whole) else {
            return self.came(whole);
        };
        let view = self.agent.node().view().map(|view| view.id);
        if let (Packet::Protocol(message), Some(view)) = (&mut packet, view) {
            message.view = if bits.one() { message.view } else { view };
            message.from = if bits.one() { message.from } else { OTHER };
            if !bits.one() {
                self.number += 1;
                message.number = self.number;
            }
        }
        self.packet(&packet);
    }

    fn packet(&mut self, packet: &Packet) {
        self.came(packet.encode().unwrap());
    }

    fn came(&mut self, bytes: Vec<u8>) {
        let from = OTHER.0;
        self.handle(Event::Engine(GroupEvent::Message { from, bytes }));
    }

    fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.handle(Event::Tick);
        let load = BucketLoad {
            bucket: 3,
            packets: u64::MAX,
            bytes: u64::MAX,
            ..BucketLoad::default()
        };
        self.handle(Event::Sample(Sample {
            buckets: vec![load],
            ..Sample::default()
        }));
    }

    fn handle(&mut self, event: Event) {
        let mut events = vec![event];
        for _ in 0..FOLLOW {
            let Some(event) = events.pop() else {
                return;
            };
            self.now += 1;
            for action in self.agent.handle(Time(self.now), event) {
                match action {
                    Action::Send(bytes) => {
                        assert!(bytes.len() < 1 << 20, "{} bytes", bytes.len());
                        assert!(Packet::decode(&bytes).is_ok());
                        events.insert(0, Event::Engine(GroupEvent::Message { from: ME.0, bytes }));
                    }
                    Action::Kernel(command) => events.insert(0, self.kernel(&command)),
                    Action::Notice(notice) => {
                        self.lines += 1;
                        assert!(self.lines <= LINES, "a line more: {}", notice.text);
                        shown(&notice.text);
                    }
                    _ => {}
                }
            }
        }
        panic!("the daemon does not come to rest");
    }

    fn kernel(&mut self, command: &Command) -> Event {
        if let Command::SetTable { generation, .. } = command {
            logic::generation::check(*generation, self.generation)
                .expect("the kernel refuses a table");
            self.generation = *generation;
        }
        Event::Kernel(KernelEvent::Done(Clients::default()))
    }

    /// What people see.
    fn look(&mut self) {
        let status = self.agent.status(Time(self.now));
        let text = serde_json::to_string(&status).unwrap();
        assert!(text.len() < STATUS, "{} bytes", text.len());
        for sentence in &status.trouble {
            shown(sentence);
        }
        for node in &status.nodes {
            shown(&node.state);
            node.checks.iter().for_each(|check| shown(&check.text));
        }
        let heat = self.agent.heat();
        assert!(heat.load.len() <= usize::try_from(K).unwrap());
    }
}

/// No terminal obeys it.
fn shown(text: &str) {
    let is_obeyed = |c: char| c.is_control() || ('\u{200b}'..='\u{202e}').contains(&c);
    assert!(!text.contains(is_obeyed), "{text:?}");
}
