// SPDX-License-Identifier: GPL-2.0-only

//! Nodes come to accept each other, and no message is accepted a second time.

use super::{
    super::{
        announcement::{
            Challenge,
            Response, //
        },
        mac::Mac,
    },
    *, //
};
use crate::announcement::{
    fields::Fields,
    Addresses,
    Hello, //
};
use crate::config::Function;
use crate::rules::{
    Forward,
    ReplyMac, //
};
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

/// A message as whoever records the network has it.
#[derive(Clone, Debug)]
struct Sent {
    from: u32,
    stamp: Stamp,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Hello,
    FloodProbe,
    Challenge(u64, Vec<[u8; 4]>),
    Response(Vec<[u8; 12]>),
}

impl Sent {
    fn body(&self) -> Body<'_> {
        match &self.what {
            What::Hello => Body::Hello(Hello {
                nodes: 3,
                buckets: 3,
                function: Function::Modulo,
                siphash: false,
                forward: Forward::All,
                reply_mac: ReplyMac::Cluster,
                node_mac: Mac([0; 6]),
                generation: 1,
                addresses: Addresses::new(&[]),
                fields: Fields::default(),
            }),
            What::FloodProbe => Body::FloodProbe,
            What::Challenge(nonce, ranks) => Body::Challenge(Challenge::new(*nonce, ranks)),
            What::Response(answers) => Body::Response(Response::new(answers)),
        }
    }
}

/// A node: random numbers are counted, which makes them differ as random ones do.
struct Node {
    rank: u32,
    sessions: Sessions<Vec<Slot>>,
    random: u64,
}

impl Node {
    fn new(rank: u32, nodes: u32, random: &mut u64) -> Self {
        *random += 1_000_000;
        let slots = vec![Slot::default(); nodes as usize];
        Self {
            rank,
            sessions: Sessions::new(rank, *random, *random + 1, slots),
            random: *random + 1,
        }
    }

    fn make(&mut self, what: What) -> Sent {
        Sent {
            from: self.rank,
            stamp: self.sessions.stamp(),
            what,
        }
    }

    /// All that it sends in a second.
    fn second(&mut self) -> Vec<Sent> {
        self.random += 1;
        self.sessions.tick(self.random);
        let mut sent = vec![self.make(What::Hello)];
        loop {
            let mut ranks = [[0; 4]; CHALLENGED];
            let (nonce, count) = self.sessions.challenge(&mut ranks);
            if count == 0 {
                break;
            }
            let challenge = What::Challenge(nonce, ranks[..count].to_vec());
            sent.push(self.make(challenge));
        }
        loop {
            let mut answers = [[0; 12]; ANSWERS];
            let count = self.sessions.answers(&mut answers);
            if count == 0 {
                break;
            }
            sent.push(self.make(What::Response(answers[..count].to_vec())));
        }
        sent.push(self.make(What::FloodProbe));
        sent
    }

    fn receive(&mut self, sent: &Sent) -> Belief {
        self.sessions.receive(sent.from, sent.stamp, &sent.body())
    }
}

/// Each node sends, all others receive it: all that was sent, and what each made of it.
fn second(nodes: &mut [Node]) -> Vec<(Sent, Vec<(u32, Belief)>)> {
    let mut all = Vec::new();
    for speaker in 0..nodes.len() {
        for sent in nodes[speaker].second() {
            let receivers = nodes.iter_mut().filter(|node| node.rank != sent.from);
            let received = receivers
                .map(|node| (node.rank, node.receive(&sent)))
                .collect();
            all.push((sent, received));
        }
    }
    all
}

fn cluster(count: u32, random: &mut u64) -> Vec<Node> {
    (0..count)
        .map(|rank| Node::new(rank, count, random))
        .collect()
}

fn is_well(sent: &[(Sent, Vec<(u32, Belief)>)]) -> bool {
    let mut beliefs = sent.iter().flat_map(|(_, received)| received);
    beliefs.all(|(_, belief)| *belief == Belief::Taken)
}

#[test]
fn nodes_believe_each_other_within_three_seconds() {
    let mut random = 0;
    for count in [2, 3, 70] {
        let mut nodes = cluster(count, &mut random);
        assert!(!is_well(&second(&mut nodes)));
        let needed = (1..10).find(|_| is_well(&second(&mut nodes)));
        assert!(
            needed.is_some_and(|seconds| seconds <= 3),
            "{needed:?} with {count}"
        );
        // Nobody asks any more.
        let sent = second(&mut nodes);
        assert!(is_well(&sent));
        assert_eq!(sent.len(), 2 * count as usize);
    }
}

#[test]
fn a_node_that_comes_back_is_believed_and_its_former_messages_are_not() {
    let mut random = 0;
    let mut nodes = cluster(3, &mut random);
    let mut recorded: Vec<Sent> = Vec::new();
    for _ in 0..5 {
        recorded.extend(second(&mut nodes).into_iter().map(|(sent, _)| sent));
    }
    nodes[1] = Node::new(1, 3, &mut random);
    for _ in 0..4 {
        recorded.extend(second(&mut nodes).into_iter().map(|(sent, _)| sent));
    }
    assert!(is_well(&second(&mut nodes)));
    for node in &mut nodes {
        for sent in &recorded {
            let belief = node.receive(sent);
            assert_ne!(belief, Belief::Taken, "{sent:?} at {}", node.rank);
        }
    }
    // And all of that did not take away what the nodes know.
    assert!(second(&mut nodes).iter().all(|(sent, received)| {
        received.iter().all(|(_, belief)| *belief == Belief::Taken) || sent.from > 2
    }));
}

#[test]
fn who_was_never_there_is_not_believed() {
    let mut random = 0;
    let mut nodes = cluster(2, &mut random);
    for _ in 0..4 {
        second(&mut nodes);
    }
    // Whoever has the key, which nobody outside has, but no ear: all but a guess of the nonce.
    let mut stranger = Node::new(1, 2, &mut random);
    for _ in 0..10 {
        for sent in stranger.second() {
            assert_eq!(nodes[0].receive(&sent), Belief::Unproven);
        }
        nodes[0].second();
    }
    // A rank that is not there has no slot.
    let sent = Sent {
        from: 2,
        ..stranger.make(What::Hello)
    };
    assert_eq!(nodes[0].receive(&sent), Belief::Unproven);
    assert!(is_well(&second(&mut nodes)), "node 1 is known as before");
}

#[test]
fn a_flood_probe_that_was_kept_back_is_old() {
    let mut random = 0;
    let mut nodes = cluster(2, &mut random);
    for _ in 0..4 {
        second(&mut nodes);
    }
    let kept: Vec<Sent> = nodes[0].second();
    let (flood_probe, rest) = kept.split_last().unwrap();
    assert!(rest
        .iter()
        .all(|sent| nodes[1].receive(sent) == Belief::Taken));
    assert_eq!(nodes[1].receive(flood_probe), Belief::Taken);
    assert_eq!(nodes[1].receive(flood_probe), Belief::Replayed);
    let kept: Vec<Sent> = nodes[0].second();
    let (flood_probe, rest) = kept.split_last().unwrap();
    assert!(rest
        .iter()
        .all(|sent| nodes[1].receive(sent) == Belief::Taken));
    let next = nodes[0].second();
    assert_eq!(nodes[1].receive(&next[0]), Belief::Taken);
    assert_eq!(nodes[1].receive(flood_probe), Belief::Replayed);
}

#[test]
fn old_challenges_do_not_keep_a_node_out() {
    let mut random = 0;
    let mut nodes = cluster(2, &mut random);
    let mut recorded: Vec<Sent> = Vec::new();
    for _ in 0..4 {
        recorded.extend(second(&mut nodes).into_iter().map(|(sent, _)| sent));
    }
    nodes = cluster(2, &mut random);
    // A capture is played into the network all the time, once around in a second.
    let well = (0..100).find(|_| {
        for sent in &recorded {
            for node in &mut nodes {
                let _ = (sent.from != node.rank).then(|| node.receive(sent));
            }
        }
        is_well(&second(&mut nodes))
    });
    assert!(well.is_some());
}

#[derive(Clone, Debug)]
enum Step {
    /// A second passes; of what is sent this part is lost.
    Second(u8),
    /// A node begins anew.
    Reboot(u32),
    /// Something that was sent is sent again, to this node.
    Replay(usize, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop_oneof![Just(0u8), any::<u8>()].prop_map(Step::Second),
        1 => (0u32..3).prop_map(Step::Reboot),
        6 => (any::<usize>(), 0u32..3).prop_map(|(which, to)| Step::Replay(which, to)),
    ]
}

proptest! {
    /// Whatever is lost and replayed, nothing is taken twice by a node that stays up, and nothing is taken
    /// that was sent before the session that is known was proven.
    #[test]
    fn nothing_is_taken_twice(steps in proptest::collection::vec(step(), 1..80)) {
        let mut random = 0;
        let mut nodes = cluster(3, &mut random);
        let mut recorded: Vec<Sent> = Vec::new();
        // What each node took since it came up: sender, session, counter, flood probe or not.
        let mut taken: Vec<Vec<(u32, u64, u64)>> = vec![Vec::new(); 3];
        for step in &steps {
            match step {
                Step::Second(lost) => {
                    for speaker in 0..3usize {
                        for (at, sent) in nodes[speaker].second().into_iter().enumerate() {
                            for node in &mut nodes {
                                let is_lost = (lost >> ((at + node.rank as usize) % 8)) & 1 == 1;
                                if node.rank == sent.from || is_lost {
                                    continue;
                                }
                                if node.receive(&sent) == Belief::Taken {
                                    let key = (sent.from, sent.stamp.session, sent.stamp.counter);
                                    let before = &mut taken[node.rank as usize];
                                    prop_assert!(!before.contains(&key));
                                    before.push(key);
                                }
                            }
                            recorded.push(sent);
                        }
                    }
                }
                Step::Reboot(rank) => {
                    nodes[*rank as usize] = Node::new(*rank, 3, &mut random);
                    taken[*rank as usize].clear();
                }
                Step::Replay(which, to) if !recorded.is_empty() => {
                    let sent = &recorded[which % recorded.len()];
                    if sent.from != *to && nodes[*to as usize].receive(sent) == Belief::Taken {
                        let key = (sent.from, sent.stamp.session, sent.stamp.counter);
                        let before = &mut taken[*to as usize];
                        // It was lost, and is the first of its kind: as good as late.
                        prop_assert!(!before.contains(&key), "{:?}", sent);
                        before.push(key);
                    }
                }
                Step::Replay(..) => {}
            }
        }
        // The network is well again: so are the nodes.
        for _ in 0..4 {
            second(&mut nodes);
        }
        prop_assert!(is_well(&second(&mut nodes)));
    }
}
