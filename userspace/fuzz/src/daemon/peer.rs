// SPDX-License-Identifier: GPL-2.0-only

//! A node's part of the engine, among members that have the key and send whatever they like. It neither panics nor fills its memory;
//! for what comes it sends little; its own datagrams are always such as others can read, and its groups such as programs rely on.
//!
//! An input: a byte for which node this is, and steps, each a byte and what belongs to it.

use ssi_group_comm::datagram::wire::{Acks, Alive, Member, Nonce, Part, Proposal, Section};
use ssi_group_comm::datagram::{
    Electorate, Header, Input as Event, Key, LARGEST, Output, Peer, Session, Setup, Timing,
};
use ssi_group_comm::{Group, GroupEvent};

use crate::input::{Bits, Input};

/// Steps of an input.
const STEPS: usize = 96;
/// So many datagrams go at one time, at most: parts of a window, each to one that lacks it, and what is asked and answered.
const AT_ONCE: usize = 128;
const NODES: u32 = 3;
/// And of the largest electorate that some are ready for instead.
const MOST: u32 = 5;

/// The node, and what the others know of it.
struct World {
    peer: Peer,
    key: Key,
    me: u32,
    now: u64,
    counters: [u64; 4],
    /// Its last heartbeat.
    alive: Option<Alive>,
    /// Its last challenge of each.
    asked: [Option<Nonce>; 4],
    /// Its last datagram's number.
    counter: u64,
    group: Option<Group>,
}

fn session(node: u32, run: u8) -> Session {
    let mut bytes = [run; 16];
    bytes[15] = u8::try_from(node % 256).unwrap();
    Session(bytes)
}

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let me = u32::from(input.u8()) % NODES + 1;
    let key = Key::new(&[7; 16], "fuzz").unwrap();
    let setup = Setup {
        me,
        electorate: Electorate::new((1..=NODES).collect()).unwrap(),
        session: session(me, 0),
        key: key.clone(),
        timing: Timing {
            beat: 100,
            patience: 500,
        },
    };
    let mut world = World {
        peer: Peer::new(setup).unwrap(),
        key,
        me,
        now: 1000,
        counters: [1; 4],
        alive: None,
        asked: [None; 4],
        counter: 0,
        group: None,
    };
    world.handle(Event::Interface(true));
    world.handle(Event::Tick);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        world.step(&mut input);
    }
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        let what = input.u8();
        // From another node, one that does not count with it, or this one's own number.
        let mut bits = Bits(input.u8());
        let from = u32::from(bits.two()) + 1;
        match what % 14 {
            0 => self.pass(u64::from(input.u8()) * 20),
            1 => self.pass(50),
            2 => self.handle(Event::Datagram(input.piece().to_vec())),
            3 => self.datagram(from, &mut bits, input.piece()),
            4 => self.respond(from),
            5 => self.alive(from, &mut bits, input),
            6 => self.section(from, &Section::Proposal(self.proposal(&mut bits, input))),
            7 => {
                let part = Part {
                    ring: self.ring(bits.one(), input),
                    number: input.u8().into(),
                    is_last: bits.one(),
                    bytes: input.piece().to_vec(),
                };
                self.section(from, &Section::Part(part));
            }
            8 => {
                let acks = Acks {
                    ring: self.ring(bits.one(), input),
                    all: (0..4).map(|place| (place, input.u8().into())).collect(),
                };
                self.section(from, &Section::Acks(acks));
            }
            9 => self.handle(Event::Send(input.piece().to_vec())),
            10 => self.handle(Event::Interface(bits.one())),
            11 => self.handle(match bits.two() {
                0 => Event::Lost,
                1 => Event::Frames,
                _ => Event::Silent(bits.one()),
            }),
            12 => {
                let others = Electorate::new((1..=u32::from(input.u8()) % MOST + 1).collect());
                self.handle(Event::Elect(others.ok().filter(|_| bits.one())));
            }
            _ => self.section(from, &Section::Leave),
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.handle(Event::Tick);
    }

    /// Sealed, with the next number or any.
    fn datagram(&mut self, from: u32, bits: &mut Bits, sections: &[u8]) {
        let place = usize::try_from(from % 4).unwrap();
        self.counters[place] += 1;
        let header = Header {
            from,
            session: session(from, u8::from(bits.one())),
            counter: match bits.one() {
                true => u64::MAX - self.counters[place],
                false => self.counters[place],
            },
        };
        let bytes = self.key.seal(&header, sections);
        self.handle(match bits.one() {
            true => Event::OnInterface(bytes),
            false => Event::Datagram(bytes),
        });
    }

    fn section(&mut self, from: u32, section: &Section) {
        self.datagram(from, &mut Bits(0), &section.encode());
    }

    /// As a node that is there responds.
    fn respond(&mut self, from: u32) {
        let asked = self.asked[usize::try_from(from % 4).unwrap()];
        let number = asked.map_or(1, |nonce| nonce.number);
        let nonce = Nonce {
            to: self.me,
            session: session(self.me, 0),
            number,
        };
        self.section(from, &Section::Response(nonce));
    }

    /// Members of these bits: this node's session is as it is, the others' are their first ones.
    fn members(&self, bits: u8) -> Vec<Member> {
        let all = (0u8..).zip(1..=NODES);
        let all = all.filter(|(place, _)| bits & (1 << place) != 0);
        all.map(|(place, node)| Member {
            place,
            session: session(node, 0),
        })
        .collect()
    }

    /// This node's ring, or any.
    fn ring(&self, is_mine: bool, input: &mut Input<'_>) -> u64 {
        let mine = self.alive.as_ref().map_or(0, |alive| alive.ring);
        match is_mine {
            true => mine,
            false => mine.saturating_add(u64::from(input.u16()) << 24),
        }
    }

    fn proposal(&self, bits: &mut Bits, input: &mut Input<'_>) -> Proposal {
        Proposal {
            ring: self.ring(bits.one(), input),
            members: self.members(input.u8()),
        }
    }

    /// A heartbeat like this node's own, but for what is another's.
    fn alive(&mut self, from: u32, bits: &mut Bits, input: &mut Input<'_>) {
        let Some(mut alive) = self.alive.clone() else {
            return;
        };
        if bits.one() {
            alive.ring = self.ring(bits.one(), input);
            alive.highest = alive.highest.max(alive.ring);
        }
        if bits.one() {
            alive.highest = input.u64();
        }
        if bits.one() {
            (alive.next, alive.before) = (input.u8().into(), input.u8().into());
        }
        let reaches = self.members(input.u8());
        self.section(from, &Section::Alive(Alive { reaches, ..alive }));
    }

    fn handle(&mut self, event: Event) {
        let outputs = self.peer.handle(self.now, event);
        let mut sent = 0;
        for output in outputs {
            match output {
                Output::Datagram { to, bytes } => {
                    sent += 1;
                    self.sent(to, &bytes);
                }
                Output::Event(event) => self.happened(event),
                Output::CutOff(_) => {}
            }
        }
        assert!(sent <= AT_ONCE, "{sent} datagrams at one time");
        let _ = self.peer.wake_at();
        assert!(
            self.peer
                .reached()
                .all(|node| (1..=MOST).contains(&node) && node != self.me)
        );
    }

    /// Others can read it, and it is none that they had.
    fn sent(&mut self, to: Option<u32>, bytes: &[u8]) {
        assert!(bytes.len() <= LARGEST);
        assert!(to.is_none_or(|to| to != self.me));
        let (header, sections) = self.key.open(bytes).unwrap();
        assert_eq!(
            (header.from, header.session),
            (self.me, session(self.me, 0))
        );
        assert!(header.counter > self.counter);
        self.counter = header.counter;
        let all = Section::decode_all(sections);
        let written: Vec<u8> = all.iter().flat_map(Section::encode).collect();
        assert_eq!(written, sections);
        for section in all {
            match section {
                Section::Alive(alive) => self.alive = Some(alive),
                Section::Challenge(nonce) => {
                    self.asked[usize::try_from(nonce.to % 4).unwrap()] = Some(nonce);
                }
                _ => {}
            }
        }
    }

    fn happened(&mut self, event: GroupEvent) {
        match event {
            GroupEvent::Group(group) => {
                let is_own = group.members.contains(&self.me) || group.members.is_empty();
                assert!(is_own && group.members.iter().all(|node| (1..=MOST).contains(node)));
                assert!(group.members.is_sorted_by(|a, b| a < b));
                // Nobody confirms that a node is dead here.
                let nodes = self.peer.electorate().nodes().len();
                assert!(group.dead.is_empty() && group.quorum == nodes / 2 + 1);
                assert_eq!(group.quorate, group.members.len() >= group.quorum);
                if let Some(before) = &self.group {
                    assert!(group.ring >= before.ring);
                    assert!(group.ring > before.ring || group.members == before.members);
                }
                self.group = Some(group);
            }
            GroupEvent::Message { from, .. } => {
                let members = self.group.iter().flat_map(|group| group.members.iter());
                assert!(members.into_iter().any(|member| *member == from));
            }
            _ => {}
        }
    }
}
