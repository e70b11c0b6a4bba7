// SPDX-License-Identifier: GPL-2.0-only

//! Nodes come to believe each other, and nothing that was said before is believed again.

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
struct Said {
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

impl Said {
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

    fn say(&mut self, what: What) -> Said {
        Said {
            from: self.rank,
            stamp: self.sessions.stamp(),
            what,
        }
    }

    /// All that it says in a second.
    fn second(&mut self) -> Vec<Said> {
        self.random += 1;
        self.sessions.tick(self.random);
        let mut said = vec![self.say(What::Hello)];
        loop {
            let mut ranks = [[0; 4]; CHALLENGED];
            let (nonce, count) = self.sessions.challenge(&mut ranks);
            if count == 0 {
                break;
            }
            let challenge = What::Challenge(nonce, ranks[..count].to_vec());
            said.push(self.say(challenge));
        }
        loop {
            let mut answers = [[0; 12]; ANSWERS];
            let count = self.sessions.answers(&mut answers);
            if count == 0 {
                break;
            }
            said.push(self.say(What::Response(answers[..count].to_vec())));
        }
        said.push(self.say(What::FloodProbe));
        said
    }

    fn hear(&mut self, said: &Said) -> Belief {
        self.sessions.hear(said.from, said.stamp, &said.body())
    }
}

/// Each node speaks, all others hear it: all that was said, and what each made of it.
fn second(nodes: &mut [Node]) -> Vec<(Said, Vec<(u32, Belief)>)> {
    let mut all = Vec::new();
    for speaker in 0..nodes.len() {
        for said in nodes[speaker].second() {
            let hearers = nodes.iter_mut().filter(|node| node.rank != said.from);
            let heard = hearers.map(|node| (node.rank, node.hear(&said))).collect();
            all.push((said, heard));
        }
    }
    all
}

fn cluster(count: u32, random: &mut u64) -> Vec<Node> {
    (0..count)
        .map(|rank| Node::new(rank, count, random))
        .collect()
}

fn is_well(said: &[(Said, Vec<(u32, Belief)>)]) -> bool {
    let mut beliefs = said.iter().flat_map(|(_, heard)| heard);
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
        let said = second(&mut nodes);
        assert!(is_well(&said));
        assert_eq!(said.len(), 2 * count as usize);
    }
}

#[test]
fn a_node_that_comes_back_is_believed_and_its_former_words_are_not() {
    let mut random = 0;
    let mut nodes = cluster(3, &mut random);
    let mut recorded: Vec<Said> = Vec::new();
    for _ in 0..5 {
        recorded.extend(second(&mut nodes).into_iter().map(|(said, _)| said));
    }
    nodes[1] = Node::new(1, 3, &mut random);
    for _ in 0..4 {
        recorded.extend(second(&mut nodes).into_iter().map(|(said, _)| said));
    }
    assert!(is_well(&second(&mut nodes)));
    for node in &mut nodes {
        for said in &recorded {
            let belief = node.hear(said);
            assert_ne!(belief, Belief::Taken, "{said:?} at {}", node.rank);
        }
    }
    // And all of that did not take away what the nodes know.
    assert!(second(&mut nodes).iter().all(|(said, heard)| {
        heard.iter().all(|(_, belief)| *belief == Belief::Taken) || said.from > 2
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
        for said in stranger.second() {
            assert_eq!(nodes[0].hear(&said), Belief::Unproven);
        }
        nodes[0].second();
    }
    // A rank that is not there has no slot.
    let said = Said {
        from: 2,
        ..stranger.say(What::Hello)
    };
    assert_eq!(nodes[0].hear(&said), Belief::Unproven);
    assert!(is_well(&second(&mut nodes)), "node 1 is known as before");
}

#[test]
fn a_flood_probe_that_was_kept_back_is_old() {
    let mut random = 0;
    let mut nodes = cluster(2, &mut random);
    for _ in 0..4 {
        second(&mut nodes);
    }
    let kept: Vec<Said> = nodes[0].second();
    let (flood_probe, rest) = kept.split_last().unwrap();
    assert!(rest.iter().all(|said| nodes[1].hear(said) == Belief::Taken));
    assert_eq!(nodes[1].hear(flood_probe), Belief::Taken);
    assert_eq!(nodes[1].hear(flood_probe), Belief::Replayed);
    let kept: Vec<Said> = nodes[0].second();
    let (flood_probe, rest) = kept.split_last().unwrap();
    assert!(rest.iter().all(|said| nodes[1].hear(said) == Belief::Taken));
    let next = nodes[0].second();
    assert_eq!(nodes[1].hear(&next[0]), Belief::Taken);
    assert_eq!(nodes[1].hear(flood_probe), Belief::Replayed);
}

#[test]
fn old_challenges_do_not_keep_a_node_out() {
    let mut random = 0;
    let mut nodes = cluster(2, &mut random);
    let mut recorded: Vec<Said> = Vec::new();
    for _ in 0..4 {
        recorded.extend(second(&mut nodes).into_iter().map(|(said, _)| said));
    }
    nodes = cluster(2, &mut random);
    // A capture is played into the network all the time, once around in a second.
    let well = (0..100).find(|_| {
        for said in &recorded {
            for node in &mut nodes {
                let _ = (said.from != node.rank).then(|| node.hear(said));
            }
        }
        is_well(&second(&mut nodes))
    });
    assert!(well.is_some());
}

#[derive(Clone, Debug)]
enum Step {
    /// A second passes; of what is said this part is lost.
    Second(u8),
    /// A node begins anew.
    Reboot(u32),
    /// Something that was said is said again, to this node.
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
    /// that was said before the session that is known was proven.
    #[test]
    fn nothing_is_taken_twice(steps in proptest::collection::vec(step(), 1..80)) {
        let mut random = 0;
        let mut nodes = cluster(3, &mut random);
        let mut recorded: Vec<Said> = Vec::new();
        // What each node took since it came up: sender, session, counter, flood probe or not.
        let mut taken: Vec<Vec<(u32, u64, u64)>> = vec![Vec::new(); 3];
        for step in &steps {
            match step {
                Step::Second(lost) => {
                    for speaker in 0..3usize {
                        for (at, said) in nodes[speaker].second().into_iter().enumerate() {
                            for node in &mut nodes {
                                let is_lost = (lost >> ((at + node.rank as usize) % 8)) & 1 == 1;
                                if node.rank == said.from || is_lost {
                                    continue;
                                }
                                if node.hear(&said) == Belief::Taken {
                                    let key = (said.from, said.stamp.session, said.stamp.counter);
                                    let before = &mut taken[node.rank as usize];
                                    prop_assert!(!before.contains(&key));
                                    before.push(key);
                                }
                            }
                            recorded.push(said);
                        }
                    }
                }
                Step::Reboot(rank) => {
                    nodes[*rank as usize] = Node::new(*rank, 3, &mut random);
                    taken[*rank as usize].clear();
                }
                Step::Replay(which, to) if !recorded.is_empty() => {
                    let said = &recorded[which % recorded.len()];
                    if said.from != *to && nodes[*to as usize].hear(said) == Belief::Taken {
                        let key = (said.from, said.stamp.session, said.stamp.counter);
                        let before = &mut taken[*to as usize];
                        // It was lost, and is the first of its kind: as good as late.
                        prop_assert!(!before.contains(&key), "{:?}", said);
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
