// SPDX-License-Identifier: GPL-2.0-only

//! Memory of how long the leases are that this node helps others to: a program that is started with shorter ones has to
//! wait for those before.

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
    /// Of a program that begins `now`, for which `kept` was kept, and which grants `mine`.
    pub fn new(kept: u64, mine: u64, now: Time) -> Self {
        Self {
            kept,
            mine,
            before_until: now.plus(kept),
        }
    }

    /// What is to be kept from now on, if that is something else: what is longer at once, what is shorter when the
    /// longer is over.
    pub fn due(&mut self, now: Time) -> Option<u64> {
        let is_due = self.kept < self.mine || (self.kept > self.mine && self.before_until <= now);
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
    fn a_longer_one_is_kept_at_once_and_a_shorter_one_when_that_is_over() {
        let mut granted = Granted::new(0, 1875, Time(100));
        assert_eq!(granted.due(Time(100)), Some(1875));
        assert_eq!(granted.due(Time(100)), None);
        let mut longer = Granted::new(1875, 10_000, Time(100));
        assert_eq!(longer.due(Time(100)), Some(10_000));
        let mut shorter = Granted::new(10_000, 1875, Time(100));
        assert_eq!(shorter.due(Time(10_099)), None);
        assert_eq!(shorter.due(Time(10_100)), Some(1875));
        assert_eq!(Granted::new(5, 5, Time(0)).due(Time(100)), None);
    }
}
