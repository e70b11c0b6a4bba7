// SPDX-License-Identifier: GPL-2.0-only

//! Memory of how long the leases are that this node helps others to: a program that is started with shorter ones has to
//! wait for those before. What is longer was kept before the program began ([`Start::granted`](super::Start::granted)).

use ssi_protocol::Time;

/// It.
#[derive(Debug)]
pub struct Granted {
    /// What is kept, in ms by this node's clock.
    kept: u64,
    /// What this program grants.
    mine: u64,
    /// When what programs before this one have granted is over.
    before_until: Time,
}

impl Granted {
    /// Of a program that begins `now`, grants `mine`, and comes after others that granted `before`.
    pub fn new(before: u64, mine: u64, now: Time) -> Self {
        Self {
            kept: before.max(mine),
            mine,
            before_until: now.plus(before),
        }
    }

    /// What is to be kept from now on, if that is something else: what is shorter, when the longer is over.
    pub fn due(&mut self, now: Time) -> Option<u64> {
        let is_due = self.kept > self.mine && self.before_until <= now;
        if is_due {
            self.kept = self.mine;
        }
        is_due.then_some(self.mine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_one_is_kept_when_the_longer_is_over() {
        for before in [0, 5, 1875] {
            let mut longer = Granted::new(before, 1875, Time(100));
            assert_eq!(longer.due(Time(100)), None, "it was kept before");
            assert_eq!(longer.due(Time(9999)), None);
        }
        let mut shorter = Granted::new(10_000, 1875, Time(100));
        assert_eq!(shorter.due(Time(10_099)), None);
        assert_eq!(shorter.due(Time(10_100)), Some(1875));
        assert_eq!(shorter.due(Time(10_101)), None);
    }
}
