// SPDX-License-Identifier: GPL-2.0-only

//! Cost: how often nodes plan and how much they send, by their number: counted, not timed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ssi_protocol::{
    AdminState, BucketLoads, Buckets, Clients, FairShare, Input, KernelEvent, Message, Node,
    NodeId, Output, Planner, Remembered, Setup, Situation, TableFound, Time, Timing, View, ViewId,
    Votes,
};

const BUCKETS: u32 = 1024;
/// Time goes on by so many ms.
const STEP: u64 = 50;

/// The planner, and how often it was asked.
#[derive(Clone, Debug, Default)]
struct Counted {
    planner: FairShare,
    plans: Arc<AtomicU64>,
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.planner == other.planner
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.planner.hash(state);
    }
}

impl Planner for Counted {
    type Load = BucketLoads;
    type Memory = Remembered;

    fn plan(
        &self,
        situation: &Situation<'_, BucketLoads>,
        memory: &mut Remembered,
    ) -> Vec<Option<NodeId>> {
        self.plans.fetch_add(1, Ordering::Relaxed);
        self.planner.plan(situation, memory)
    }
}

/// Nodes whose messages and commands arrive at once.
struct Cluster {
    now: u64,
    nodes: Vec<Node<Counted>>,
    owned: Vec<Buckets>,
    views: u64,
    net: VecDeque<Message<Counted>>,
    messages: u64,
    planner: Counted,
}

impl Cluster {
    fn new(nodes: u32) -> Self {
        let mut cluster = Self {
            now: 0,
            nodes: Vec::new(),
            owned: Vec::new(),
            views: 0,
            net: VecDeque::new(),
            messages: 0,
            planner: Counted::default(),
        };
        (0..nodes).for_each(|_| cluster.add());
        cluster.form();
        // Leases of programs before these are over, and all is in its place.
        cluster.run(30);
        cluster
    }

    fn add(&mut self) {
        let setup = Setup {
            me: NodeId(self.nodes.len() as u32),
            k: BUCKETS,
            timing: Timing::default(),
            granted_before: 0,
            drains_at_expiry: true,
            sticks: false,
            planner: self.planner.clone(),
            admin_state: AdminState::default(),
        };
        let found = TableFound::nothing(BUCKETS);
        self.nodes.push(Node::new(setup, found, Time(self.now)));
        self.owned.push(Buckets::none(BUCKETS));
    }

    fn form(&mut self) {
        self.views += 1;
        let members: Vec<NodeId> = self.nodes.iter().map(Node::id).collect();
        let id = ViewId {
            ring: self.views,
            programs: 0,
            serial: 0,
        };
        for n in 0..self.nodes.len() {
            let view = View {
                id,
                quorate: true,
                quorum: members.len() / 2 + 1,
                votes: Votes::default(),
                members: members.clone(),
                dead: Vec::new(),
            };
            self.feed(n, Input::View(view));
        }
        self.flush();
    }

    fn feed(&mut self, n: usize, input: Input<Counted>) {
        let outputs = self.nodes[n].handle(Time(self.now), input);
        for output in outputs {
            match output {
                Output::Send(message) => self.net.push_back(message),
                Output::Kernel(command) => {
                    let lost = match command {
                        ssi_protocol::Command::SetTable { owned, .. } => {
                            std::mem::replace(&mut self.owned[n], owned.clone()).but(&owned)
                        }
                        _ => Buckets::none(BUCKETS),
                    };
                    self.feed(n, Input::Kernel(KernelEvent::Done(Clients::default())));
                    if !lost.is_empty() {
                        self.feed(n, Input::Kernel(KernelEvent::Drained(lost)));
                    }
                }
            }
        }
    }

    fn flush(&mut self) {
        while let Some(message) = self.net.pop_front() {
            self.messages += 1;
            for n in 0..self.nodes.len() {
                self.feed(n, Input::Message(message.clone()));
            }
        }
    }

    fn run(&mut self, seconds: u64) {
        for step in 1..=seconds * 1000 / STEP {
            self.now += STEP;
            for n in 0..self.nodes.len() {
                if step % (1000 / STEP) == 0 {
                    let loads = self.owned[n].iter().map(|bucket| (bucket, 100));
                    let loads = BucketLoads(loads.collect());
                    self.feed(n, Input::Load(loads));
                }
                self.feed(n, Input::Tick);
            }
            self.flush();
        }
    }

    /// What each node plans and sends on average while something happens.
    fn counted(&mut self, act: impl FnOnce(&mut Self)) -> (f64, f64) {
        self.planner.plans.store(0, Ordering::Relaxed);
        self.messages = 0;
        act(self);
        let nodes = self.nodes.len() as f64;
        let plans = self.planner.plans.load(Ordering::Relaxed) as f64;
        (plans / nodes, self.messages as f64 / nodes)
    }
}

#[test]
fn claim_13_each_node_plans_once_a_second_whatever_their_number() {
    for nodes in [2, 4, 8, 16] {
        let (plans, messages) = Cluster::new(nodes).counted(|cluster| cluster.run(10));
        println!(
            "{nodes} nodes, each second: {} plans, {} messages each",
            plans / 10.0,
            messages / 10.0
        );
        assert_eq!(plans, 10.0, "{nodes} nodes");
        // Ten beats and a load.
        assert!(
            (100.0..=112.0).contains(&messages),
            "{nodes} nodes: {messages}"
        );
    }
}

/// When a node comes each plans no more than twice for a bucket that moves, and sends less than 8 bytes for it.
#[test]
fn claim_14_a_join_takes_some_plans_for_each_node() {
    for nodes in [2, 4, 8, 16] {
        let mut cluster = Cluster::new(nodes);
        let (plans, messages) = cluster.counted(|cluster| {
            cluster.add();
            cluster.form();
        });
        println!("{nodes} nodes and another: {plans} plans, {messages} messages each");
        let share = BUCKETS / (nodes + 1);
        let got = cluster.owned[nodes as usize].len();
        assert!((share..=share + 1).contains(&got), "{nodes} nodes: {got}");
        assert!(
            plans <= f64::from(2 * (share + nodes + 1)),
            "{nodes} nodes: {plans}"
        );
        assert!(messages <= f64::from(share), "{nodes} nodes: {messages}");
    }
}

/// The planner alone: a join takes as many plans as its moves fill the limit, and each moves what it may.
#[test]
fn claim_14_a_join_takes_as_many_plans_as_the_limit_asks_for() {
    for nodes in [16, 64, 256] {
        let planner = Counted::default();
        let admin_state = AdminState::default();
        let none = BucketLoads::default();
        let mut memory = Remembered::default();
        let mut holders: Vec<Option<NodeId>> = (0..65_536)
            .map(|bucket| Some(NodeId(bucket % nodes)))
            .collect();
        let mut moves = 0;
        loop {
            let wanted = planner.plan(
                &Situation {
                    k: 65_536,
                    members: (0..=nodes)
                        .map(|node| (NodeId(node), admin_state, &none))
                        .collect(),
                    holders: &holders,
                    targets: &holders,
                    moving: Buckets::none(65_536),
                    round: false,
                },
                &mut memory,
            );
            let moved = wanted.iter().zip(&holders).filter(|(a, b)| a != b).count() as u64;
            holders = wanted;
            moves += moved;
            if moved == 0 {
                break;
            }
        }
        let share = u64::from(65_536 / (nodes + 1));
        let plans = planner.plans.load(Ordering::Relaxed);
        println!("{nodes} nodes and another: {moves} moves in {plans} plans");
        assert!((share..=share + 1).contains(&moves), "{moves} of {share}");
        assert_eq!(plans, moves.div_ceil(64) + 1);
    }
}
