// SPDX-License-Identifier: GPL-2.0-only

//! From one view to the next.

use crate::fault::Fault;
use crate::round::Round;
use crate::{Body, Buckets, Knowledge, Node, NodeId, Planner, State, Time, View, ViewEntered};

impl<P: Planner> Node<P> {
    /// The engine announced a view. From here on the one before counts for nothing: its messages are
    /// ignored, its beats are not echoed, its rights are gone unless they were claims.
    pub(super) fn enter(&mut self, now: Time, view: View) {
        if !view.has(self.setup.me) {
            self.round = None;
            return;
        }
        let is_same = self.view().is_some_and(|old| old.id == view.id);
        if !is_same {
            self.claims.carry_over();
        }
        self.outlast(now, &view.dead);
        let same = self.round.as_mut().filter(|_| is_same);
        if let Some(round) = same {
            round.view.quorate = view.quorate;
            round.view.quorum = view.quorum;
            round.view.votes = view.votes;
            round.view.dead = view.dead;
            return;
        }
        if self.has(Fault::GrantsEndWithView) {
            self.grants.forget();
        }
        let entered = ViewEntered {
            members: view.members.clone(),
            generation: self.generation,
        };
        self.round = Some(Round::new(view));
        self.send(Body::ViewEntered(entered));
        if self.has(Fault::StatesBeforeAllAreHere) {
            self.bring(now);
        }
    }

    /// These are dead, for some of which that is news: they may have had leases until now that nobody of this view helped them to, as
    /// they acted without it. Their kernels, if these go on, stop when such a lease is over.
    fn outlast(&mut self, now: Time, dead: &[NodeId]) {
        let is_news = dead.iter().any(|node| !self.dead.contains(node));
        self.dead = dead.to_vec();
        if !is_news || self.has(Fault::TakesFromDeadAtOnce) {
            return;
        }
        let until = now.plus(self.surely(self.setup.timing.lease()));
        self.grants.suppose(until);
        self.claims.wait(until);
        if let Some(round) = &mut self.round {
            round.clear_at = round.clear_at.max(until);
        }
    }

    /// A member has entered the view, so it has left the one before. With the last of them it is
    /// time to state what one brings along: nobody can gain anything in a former view any more.
    pub(super) fn view_entered(&mut self, now: Time, from: NodeId, entered: ViewEntered) {
        let Some(round) = &mut self.round else {
            return;
        };
        if round.view.members != entered.members {
            return;
        }
        let met = round.here.insert(from, entered.generation).is_none();
        if met && round.all_here() && !self.has(Fault::StatesBeforeAllAreHere) {
            self.bring(now);
        }
    }

    fn bring(&mut self, now: Time) {
        let Some(round) = &self.round else {
            return;
        };
        let mut held = self.claims.warm().clone();
        if self.has(Fault::HidesClaims) {
            held = held.and(self.kernel.owned());
        }
        let (former, former_generation) = self.kernel.former().clone();
        let state = State {
            held,
            draining: self.kernel.draining().clone(),
            former,
            former_generation,
            outside: self.grants.outside(&round.view, now),
            generation: self.generation,
            admin_state: self.setup.admin_state,
            load: self.load.clone(),
            sticking: self.kernel.sticking().clone(),
            memory: (round.eldest() == Some(self.setup.me)).then(|| self.memory.clone()),
        };
        self.send(Body::State(state));
    }

    /// What a member brings along arrived. With the last of them the view begins to act.
    pub(super) fn gather(&mut self, now: Time, from: NodeId, state: State<P>) {
        let clear_at = if self.has(Fault::TakesColdAtOnce) {
            Time(0)
        } else {
            // A faster clock than the sender's has counted more there already, and so is right here too.
            now.plus(state.outside)
        };
        let Some(round) = &mut self.round else {
            return;
        };
        if round.knowledge.is_some() || state.held.k() != self.setup.k {
            return;
        }
        let generation = state.generation;
        round.clear_at = round.clear_at.max(clear_at);
        let sticking = state.sticking.clone();
        round.states.insert(from, state);
        let complete = round.is_complete();
        self.know_sticking(from, sticking);
        self.follow_generation(generation);
        if complete {
            self.establish(now);
        }
    }

    fn establish(&mut self, now: Time) {
        let Some(round) = &mut self.round else {
            return;
        };
        let me = self.setup.me;
        let states = round.states.iter().map(|(node, state)| (*node, state));
        let knowledge = Knowledge::gather(&self.setup.planner, self.setup.k, states);
        self.memory = knowledge.memory().clone();

        let mine = knowledge.held_by(me);
        let mut anothers = self.claims.warm().clone();
        anothers.add(self.claims.cold());
        anothers.take(&mine);
        // Never so, unless the engine or an operator broke the rules: then one of two gives way.
        self.claims.give_up(&anothers);
        let held = round.states.get(&me).map(|state| &state.held);
        let orphans = held.map_or_else(|| Buckets::none(self.setup.k), |held| mine.but(held));
        self.claims.give_cold(&orphans, round.clear_at);
        round.knowledge = Some(knowledge);

        let brought = round.states.remove(&me);
        round.states.clear();
        if let Some(brought) = brought {
            if brought.admin_state != self.setup.admin_state {
                self.send(Body::AdminState(self.setup.admin_state));
            }
            if brought.load != self.load {
                self.send(Body::Load(self.load.clone()));
            }
        }
        self.beat(now, true);
    }
}
