// SPDX-License-Identifier: GPL-2.0-only

//! Which programs are in the group: each says a random number of its own.

use std::collections::BTreeMap;

/// Leads from one random number to another one.
const STEP: u64 = 6_364_136_223_846_793_005;

/// The numbers of the group's programs.
#[derive(Debug)]
pub struct Hellos {
    mine: u64,
    heard: BTreeMap<u32, u64>,
}

impl Hellos {
    /// Of a program with this number, which has heard nobody yet.
    pub fn new(mine: u64) -> Self {
        Self {
            mine,
            heard: BTreeMap::new(),
        }
    }

    /// This program's number.
    pub fn mine(&self) -> u64 {
        self.mine
    }

    /// This program was out of the group. What it comes back to is another set of programs, even if nobody else has seen
    /// it go: no view is entered twice.
    pub fn renew(&mut self) {
        self.mine = self.mine.wrapping_mul(STEP).wrapping_add(1);
    }

    /// The group is these nodes'. Who is none of them is forgotten: a program that comes to its node later is
    /// another. Who is keeps its number, as it may have said hello before this group was told here.
    pub fn stay(&mut self, members: &[u32]) {
        self.heard.retain(|node, _| members.contains(node));
    }

    /// A node's program said its number.
    pub fn hear(&mut self, node: u32, number: u64) {
        self.heard.insert(node, number);
    }

    /// Tells this set of programs from any other, on each of their nodes the same; `None` before all have said hello.
    pub fn programs(&self, members: &[u32]) -> Option<u64> {
        let mut numbers = members.iter().map(|node| self.heard.get(node));
        numbers.try_fold(0u64, |sum, number| Some(sum.wrapping_add(*number?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_comes_anew_makes_another_set() {
        let mut hellos = Hellos::new(10);
        hellos.stay(&[1, 2]);
        hellos.hear(1, 10);
        assert_eq!(hellos.programs(&[1, 2]), None);
        hellos.hear(2, 20);
        let both = hellos.programs(&[1, 2]);
        assert!(both.is_some());
        hellos.stay(&[1]);
        assert_ne!(hellos.programs(&[1]), both);
        hellos.stay(&[1, 2]);
        assert_eq!(hellos.programs(&[1, 2]), None, "the old one is forgotten");
        hellos.hear(2, 21);
        assert_ne!(hellos.programs(&[1, 2]), both);
    }

    #[test]
    fn a_program_that_was_out_is_another() {
        let mut hellos = Hellos::new(10);
        hellos.renew();
        assert_ne!(hellos.mine(), 10);
    }
}
