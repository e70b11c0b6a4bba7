// SPDX-License-Identifier: GPL-2.0-only

//! What has changed since the last notification, however often: of bounded size, whatever comes.

use ssi_protocol::Buckets;

use crate::agent::Held;

/// What a node had, or has.
#[derive(Clone, Debug)]
struct State {
    owned: Buckets,
    draining: Buckets,
    master: bool,
}

impl State {
    fn of(held: &Held<'_>) -> Self {
        Self {
            owned: held.owned.clone(),
            draining: held.draining.clone(),
            master: held.master,
        }
    }
}

/// What came and went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Buckets that the node has now, and had not all the time.
    pub gained: Buckets,
    /// Those of them whose former node is dead.
    pub cold: Buckets,
    /// Buckets that it had when it was notified last, and lost since. One that came back is gained as well: another node may
    /// have served in it.
    pub lost: Buckets,
    /// Buckets that it gave away, and in which it serves no session any more.
    pub drained: Buckets,
    /// Buckets that it has, and in which sessions broke that another node had.
    pub broken: Buckets,
    /// Buckets in which it gave up what sessions there were.
    pub given_up: Buckets,
    /// Whether it has become the master, or is it no more.
    pub master: Option<bool>,
}

impl Changes {
    fn none(k: u32) -> Self {
        let none = Buckets::none(k);
        Self {
            gained: none.clone(),
            cold: none.clone(),
            lost: none.clone(),
            drained: none.clone(),
            broken: none.clone(),
            given_up: none,
            master: None,
        }
    }
}

/// The gatherer.
#[derive(Debug)]
pub struct Gathered {
    reported: State,
    now: State,
    changes: Changes,
}

impl Gathered {
    /// Nothing yet.
    pub fn new(held: &Held<'_>) -> Self {
        Self {
            reported: State::of(held),
            now: State::of(held),
            changes: Changes::none(held.owned.k()),
        }
    }

    /// Buckets that are about to be taken of a node that is dead.
    pub fn cold(&mut self, cold: &Buckets) {
        self.changes.cold.add(cold);
    }

    /// Sessions that others had in these buckets of this node's broke.
    pub fn broken(&mut self, broken: &Buckets) {
        self.changes.broken.add(broken);
    }

    /// Sessions in these buckets are given up.
    pub fn given_up(&mut self, given_up: &Buckets) {
        self.changes.given_up.add(given_up);
    }

    /// This is what there is now.
    pub fn see(&mut self, held: &Held<'_>) {
        if *held.owned == self.now.owned
            && *held.draining == self.now.draining
            && held.master == self.now.master
        {
            return;
        }
        let changes = &mut self.changes;
        let (gained, lost) = (
            held.owned.but(&self.now.owned),
            self.now.owned.but(held.owned),
        );
        changes.gained.add(&gained);
        changes.gained.take(&lost);
        changes.lost.add(&lost.and(&self.reported.owned));
        changes.cold.take(&lost);
        changes.broken.take(&lost);
        let ended = self.now.draining.but(held.draining).but(held.owned);
        changes.drained.add(&ended);
        // What was given away at once drained for no time.
        changes.drained.add(&lost.but(held.draining));
        changes.drained.take(held.draining);
        changes.drained.take(held.owned);
        self.now = State::of(held);
    }

    /// What is new since it was taken last, if anything is.
    pub fn take(&mut self) -> Option<Changes> {
        let master = (self.now.master != self.reported.master).then_some(self.now.master);
        let mut fresh = Changes::none(self.now.owned.k());
        let changes = &mut self.changes;
        if changes.gained.is_empty()
            && changes.lost.is_empty()
            && changes.drained.is_empty()
            && changes.broken.is_empty()
            && changes.given_up.is_empty()
            && master.is_none()
        {
            return None;
        }
        // What is about to be taken, and is not yet, stays for the next.
        fresh.cold = changes.cold.but(&self.now.owned);
        let mut changes = std::mem::replace(&mut self.changes, fresh);
        changes.cold = changes.cold.and(&changes.gained);
        changes.master = master;
        self.reported = self.now.clone();
        Some(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const K: u32 = 16;

    fn some(list: &[u32]) -> Buckets {
        Buckets::of(K, list.iter().copied())
    }

    fn held<'a>(owned: &'a Buckets, draining: &'a Buckets) -> Held<'a> {
        Held {
            owned,
            draining,
            master: false,
        }
    }

    /// What is told after these states, each of buckets that are owned and that drain, from the first on.
    fn reported(states: &[(&[u32], &[u32])]) -> Option<Changes> {
        let states: Vec<_> = states.iter().map(|(o, d)| (some(o), some(d))).collect();
        let mut gathered = Gathered::new(&held(&states[0].0, &states[0].1));
        for (owned, draining) in &states {
            gathered.see(&held(owned, draining));
        }
        gathered.take()
    }

    #[test]
    fn nothing_is_told_of_nothing() {
        assert_eq!(reported(&[(&[1, 2], &[3])]), None);
        // What came and went again was never told of.
        let changes = reported(&[(&[1], &[]), (&[1, 2], &[]), (&[1], &[2]), (&[1], &[])]);
        assert_eq!(changes.unwrap().drained, some(&[2]));
    }

    #[test]
    fn what_comes_and_what_goes() {
        let changes = reported(&[(&[1, 2], &[]), (&[2, 5], &[1]), (&[2, 5, 6], &[])]).unwrap();
        assert_eq!(changes.gained, some(&[5, 6]));
        assert_eq!(changes.lost, some(&[1]));
        assert_eq!(changes.drained, some(&[1]));
        assert!(changes.cold.is_empty());
    }

    #[test]
    fn what_went_and_came_back_is_both() {
        let changes = reported(&[(&[1], &[]), (&[], &[1]), (&[1], &[])]).unwrap();
        assert_eq!((changes.gained, changes.lost), (some(&[1]), some(&[1])));
        assert!(changes.drained.is_empty());
    }

    #[test]
    fn of_a_dead_node() {
        let (none, one, both) = (some(&[]), some(&[1]), some(&[1, 2]));
        let mut gathered = Gathered::new(&held(&none, &none));
        gathered.cold(&both);
        gathered.see(&held(&one, &none));
        let first = gathered.take().unwrap();
        assert_eq!((first.gained, first.cold), (one.clone(), one));
        gathered.see(&held(&both, &none));
        assert_eq!(gathered.take().unwrap().cold, some(&[2]));
        assert_eq!(gathered.take(), None);
    }

    #[test]
    fn what_broke_is_reported_though_nothing_moves() {
        let (none, one, both) = (some(&[]), some(&[1]), some(&[1, 2]));
        let mut gathered = Gathered::new(&held(&both, &none));
        gathered.broken(&one);
        gathered.see(&held(&both, &none));
        assert_eq!(gathered.take().unwrap().broken, one);
        assert_eq!(gathered.take(), None);
        gathered.given_up(&one);
        assert_eq!(gathered.take().unwrap().given_up, one);
        // What went meanwhile is another node's business.
        gathered.broken(&both);
        gathered.see(&held(&one, &none));
        assert_eq!(gathered.take().unwrap().broken, one);
    }

    #[test]
    fn the_master() {
        let none = some(&[]);
        let mut gathered = Gathered::new(&held(&none, &none));
        let see = |gathered: &mut Gathered, master| {
            gathered.see(&Held {
                master,
                ..held(&none, &none)
            });
        };
        see(&mut gathered, true);
        assert_eq!(gathered.take().unwrap().master, Some(true));
        see(&mut gathered, false);
        see(&mut gathered, true);
        assert_eq!(gathered.take(), None);
    }

    proptest! {
        /// Whoever adds up what was told has what there is, however it was gathered.
        #[test]
        fn what_is_told_adds_up(
            states in proptest::collection::vec((any::<u16>(), any::<u16>(), any::<bool>()), 1..30),
        ) {
            let bits = |bits: u16| Buckets::of(K, (0..K).filter(|b| (bits >> b) & 1 != 0));
            let first = (bits(states[0].0), Buckets::none(K));
            let mut gathered = Gathered::new(&held(&first.0, &first.1));
            let mut known = first.0;
            let last = states.len() - 1;
            for (n, (owned, draining, taken)) in states.iter().enumerate() {
                let owned = bits(*owned);
                let draining = bits(*draining).but(&owned);
                gathered.see(&held(&owned, &draining));
                if !(*taken || n == last) {
                    continue;
                }
                if let Some(changes) = gathered.take() {
                    prop_assert!(changes.lost.within(&known));
                    prop_assert!(changes.gained.within(&owned));
                    prop_assert!(changes.drained.and(&owned).is_empty());
                    prop_assert!(changes.drained.and(&draining).is_empty());
                    known.take(&changes.lost);
                    known.add(&changes.gained);
                }
                prop_assert_eq!(&known, &owned);
            }
        }
    }
}
