// SPDX-License-Identifier: GPL-2.0-only

//! Receipt of messages.

use crate::fault::Fault;
use crate::time::LEASE_MAX;
use crate::{Body, Heartbeat, Message, Node, NodeId, Planner, Release, Time};

impl<P: Planner> Node<P> {
    /// A message arrived: of this view, of a member, and not received before, or it is ignored.
    pub(super) fn receive(&mut self, now: Time, message: Message<P>) {
        let deaf = !self.has(Fault::ReceivesOldViews);
        let twice = self.has(Fault::ReceivesTwice);
        let Some(round) = &mut self.round else {
            return;
        };
        if deaf && message.view != round.view.id {
            return;
        }
        if !round.admits(message.from, message.number) && !twice {
            return;
        }
        let from = message.from;
        match message.body {
            Body::ViewEntered(entered) => self.view_entered(now, from, entered),
            Body::State(state) => self.gather(now, from, state),
            Body::Heartbeat(beat) => self.receive_heartbeat(now, from, beat),
            other => self.learn(now, from, other),
        }
    }

    /// Whoever sends this has all states, and in the engine's order so has who receives it; else it is
    /// ignored.
    fn learn(&mut self, now: Time, from: NodeId, body: Body<P>) {
        if let Body::Release(release) = &body {
            self.take_over(now, from, release);
            self.hear_of_sticking(from, release);
        }
        if let Body::Report(report) = &body {
            self.know_sticking(from, report.sticking.clone());
            self.follow_generation(report.generation);
        }
        let planner = &self.setup.planner;
        let knowledge = self
            .round
            .as_mut()
            .and_then(|round| round.knowledge.as_mut());
        let Some(knowledge) = knowledge else {
            return;
        };
        let mut round = false;
        let plan = match body {
            Body::Release(release) => {
                knowledge.release(from, &release);
                true
            }
            Body::Report(report) => {
                knowledge.report(from, &report);
                true
            }
            Body::AdminState(admin_state) => {
                knowledge.set_admin_state(from, admin_state);
                true
            }
            Body::Load(load) => {
                round = knowledge.load(from, load);
                round
            }
            Body::ViewEntered(_) | Body::State(_) | Body::Heartbeat(_) => false,
        };
        if plan {
            knowledge.plan(planner, round);
            self.memory = knowledge.memory().clone();
        }
    }

    /// Buckets are given to this node.
    fn take_over(&mut self, now: Time, from: NodeId, release: &Release) {
        let Some(round) = &self.round else {
            return;
        };
        if round.knowledge.is_none() || from == self.setup.me {
            return;
        }
        let given = release.to.iter();
        let mine = given.filter(|(to, _)| *to == self.setup.me);
        for (_, buckets) in mine {
            if release.cold {
                self.claims.give_cold(buckets, round.clear_at.max(now));
            } else {
                self.claims.give_warm(buckets, now);
            }
        }
    }

    /// A member lives, and reports whose heartbeats it received.
    fn receive_heartbeat(&mut self, now: Time, from: NodeId, beat: Heartbeat) {
        let me = self.setup.me;
        let lease = match self.has(Fault::CountsOwnLease) {
            true => self.setup.timing.lease(),
            false => beat.lease.min(LEASE_MAX),
        };
        let granted_until = now.plus(self.surely(lease));
        let (late, alone, shorter) = (
            self.has(Fault::LeaseFromEcho),
            self.has(Fault::OwnEchoIsEnough),
            self.has(Fault::ShorterEndsLonger),
        );
        let Some(round) = &mut self.round else {
            return;
        };
        if from == me {
            if alone {
                let members = round.view.members.clone();
                members
                    .iter()
                    .for_each(|node| round.evidence.echo(*node, beat.stamp));
            }
            return;
        }
        if shorter {
            self.grants.forget_of(from);
        }
        self.grants.grant(from, granted_until);
        round.evidence.receive(from, beat.stamp);
        for (_, stamp) in beat.echoes.iter().filter(|(node, _)| *node == me) {
            if late {
                round.evidence.beat(now);
                round.evidence.echo(from, now);
            }
            round.evidence.echo(from, *stamp);
        }
        if beat.urgent {
            self.beat(now, false);
        }
    }

    /// Sends a beat if it is time.
    pub(super) fn beat_if_due(&mut self, now: Time) {
        let due = self.wake_at().is_some_and(|at| at <= now);
        if due {
            self.beat(now, self.waits_for_evidence(now));
        }
    }

    /// Asks for a lease, and grants the others theirs.
    pub(super) fn beat(&mut self, now: Time, urgent: bool) {
        if let Some(round) = &mut self.round {
            let echoes = round.evidence.beat(now);
            self.send(Body::Heartbeat(Heartbeat {
                stamp: now,
                lease: self.setup.timing.lease(),
                urgent,
                echoes,
            }));
        }
    }

    /// Whether the others' evidence is all that rights wait for.
    fn waits_for_evidence(&self, now: Time) -> bool {
        let ripe_at = self.claims.ripe_at();
        let young = self.granted().is_some_and(|granted| granted >= ripe_at);
        !self.claims.cold().is_empty() && ripe_at <= now && !young
    }

    /// When the beat was sent of which a quorum's evidence is the latest.
    pub(super) fn granted(&self) -> Option<Time> {
        let round = self.round.as_ref()?;
        round.knowledge.as_ref()?;
        let (view, me) = (&round.view, self.setup.me);
        if self.has(Fault::MinorityActs) {
            let part = crate::View {
                quorate: true,
                quorum: view.votes.sum(&view.members) / 2 + 1,
                ..view.clone()
            };
            return round.evidence.granted(&part, me);
        }
        if self.has(Fault::CountsNodes) && view.is_quorate() {
            let each_one = crate::View {
                quorum: view.members.len() / 2 + 1,
                votes: crate::Votes::default(),
                ..view.clone()
            };
            return round.evidence.granted(&each_one, me);
        }
        round.evidence.granted(view, me)
    }
}
