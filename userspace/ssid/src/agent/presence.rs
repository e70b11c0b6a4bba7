// SPDX-License-Identifier: GPL-2.0-only

//! Presence of programs in the group: each announces a random number of its own, and what it knows of the others'.
//!
//! All of it comes in the engine's order, so all programs come to the same set in the same place. Whoever proposes
//! something for a set has received all of its numbers, and has sent them before to who has just joined.

use std::collections::BTreeMap;

/// Leads from one random number to another one.
const STEP: u64 = 6_364_136_223_846_793_005;

/// More nodes than any group has: numbers that are passed on for others find no room.
const MOST: usize = 1024;

/// A node's number, as far as known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Number {
    /// Its program has sent it.
    Own(u64),
    /// Another has passed it on, or that there is none.
    Reported(u64),
}

impl Number {
    fn value(self) -> u64 {
        match self {
            Self::Own(number) | Self::Reported(number) => number,
        }
    }
}

/// The numbers of the group's programs.
#[derive(Debug)]
pub struct Presences {
    mine: u64,
    known: BTreeMap<u32, Number>,
}

impl Presences {
    /// Of a program with this number, which has received nothing yet.
    pub fn new(mine: u64) -> Self {
        Self {
            mine,
            known: BTreeMap::new(),
        }
    }

    /// This program's number.
    pub fn mine(&self) -> u64 {
        self.mine
    }

    /// All numbers that are known.
    pub fn all(&self) -> Vec<(u32, u64)> {
        let known = self.known.iter();
        known
            .map(|(node, number)| (*node, number.value()))
            .collect()
    }

    /// This program was out of the group. What it comes back to is another set of programs, even if nobody else has seen
    /// it go: no view is entered twice.
    pub fn renew(&mut self) {
        self.mine = self.mine.wrapping_mul(STEP).wrapping_add(1);
    }

    /// The group is these nodes'. Who is none of them is forgotten: a program that comes to its node later is
    /// another. Who is keeps its number, as it may have announced its presence before this group arrived here.
    pub fn stay(&mut self, members: &[u32]) {
        self.known.retain(|node, _| members.contains(node));
    }

    /// A node's program sent its number, and the others' that it knows. What their own programs send counts for more.
    pub fn receive(&mut self, node: u32, number: u64, others: &[(u32, u64)]) {
        self.known.insert(node, Number::Own(number));
        for (node, number) in others {
            self.note(*node, *number);
        }
    }

    /// Somebody else reports this of a node.
    fn note(&mut self, node: u32, number: u64) {
        if self.known.len() < MOST {
            self.known.entry(node).or_insert(Number::Reported(number));
        }
    }

    /// A node's program sends nothing: until it does it is the one without a number.
    pub fn pass_over(&mut self, node: u32) {
        self.note(node, 0);
    }

    /// Those whose number is not known.
    pub fn missing<'a>(&'a self, members: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        let members = members.iter().copied();
        members.filter(|node| !self.known.contains_key(node))
    }

    /// Distinguishes this set of programs from any other, on each of their nodes the same; `None` before all are known.
    pub fn programs(&self, members: &[u32]) -> Option<u64> {
        let mut numbers = members.iter().map(|node| self.known.get(node));
        numbers.try_fold(0u64, |sum, number| Some(sum.wrapping_add(number?.value())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_comes_anew_makes_another_set() {
        let mut presences = Presences::new(10);
        presences.stay(&[1, 2]);
        presences.receive(1, 10, &[]);
        assert_eq!(presences.programs(&[1, 2]), None);
        presences.receive(2, 20, &[]);
        let both = presences.programs(&[1, 2]);
        assert!(both.is_some());
        presences.stay(&[1]);
        assert_ne!(presences.programs(&[1]), both);
        presences.stay(&[1, 2]);
        assert_eq!(
            presences.programs(&[1, 2]),
            None,
            "the old one is forgotten"
        );
        presences.receive(2, 21, &[]);
        assert_ne!(presences.programs(&[1, 2]), both);
    }

    #[test]
    fn a_program_that_was_out_is_another() {
        let mut presences = Presences::new(10);
        presences.renew();
        assert_ne!(presences.mine(), 10);
    }

    #[test]
    fn who_is_silent_is_known_by_the_others() {
        let mut presences = Presences::new(10);
        presences.receive(1, 10, &[(3, 30)]);
        presences.receive(2, 20, &[(3, 31), (1, 11)]);
        assert_eq!(presences.all(), [(1, 10), (2, 20), (3, 30)]);
        presences.receive(3, 32, &[]);
        assert_eq!(presences.all(), [(1, 10), (2, 20), (3, 32)]);
    }

    #[test]
    fn what_is_passed_on_is_bounded() {
        let mut presences = Presences::new(10);
        let many: Vec<(u32, u64)> = (0..100_000).map(|node| (node, 1)).collect();
        presences.receive(200_000, 20, &many);
        (300_000..400_000).for_each(|node| presences.pass_over(node));
        assert_eq!(presences.all().len(), MOST);
        // A program's own message counts all the same.
        presences.receive(500_000, 30, &[]);
        assert!(presences.all().contains(&(500_000, 30)));
        presences.stay(&[500_000]);
        presences.receive(1, 10, &[(2, 20)]);
        assert_eq!(presences.all(), [(1, 10), (2, 20), (500_000, 30)]);
    }

    #[test]
    fn who_never_sent_anything_is_passed_over_until_it_does() {
        let mut presences = Presences::new(10);
        presences.receive(1, 10, &[]);
        assert_eq!(presences.missing(&[1, 2]).collect::<Vec<_>>(), [2]);
        presences.pass_over(1);
        presences.pass_over(2);
        assert_eq!(presences.programs(&[1, 2]), Some(10));
        presences.receive(2, 20, &[]);
        assert_eq!(presences.programs(&[1, 2]), Some(30));
    }
}
