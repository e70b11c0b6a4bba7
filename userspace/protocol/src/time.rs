// SPDX-License-Identifier: GPL-2.0-only

//! A node's own monotonic clock, and how long leases and waits are on it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest lease that a kernel takes, in ms.
pub(crate) const LEASE_MAX: u64 = 3_600_000;

/// A moment on one node's monotonic clock, in ms. Another node's clock has nothing to do with it.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Time(pub u64);

impl Time {
    /// The moment `ms` later.
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The moment `ms` earlier, or the clock's beginning.
    pub const fn minus(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// How many ms there are from here to `later`; 0 if it is past.
    pub const fn until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0)
    }
}

/// How long a lease is, and what clocks and timers may be wrong by. The drift is the same on all nodes; their leases may
/// differ.
///
/// With d the drift, a lease of `lease` ms on the slowest clock is over when
/// `lease × (1 + d) / (1 − d)` ms have passed on the fastest, or on several of the fastest one after the
/// other. See
/// `Documentation/design/0012-protocol.md` for why that is enough.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timing {
    lease: u64,
    slack: u64,
    drift: u64,
    beat: u64,
}

/// Why times do not go together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimingError {
    /// A clock would stand still or go backwards.
    Drift(u64),
    /// A lease would be over before it could be renewed.
    Lease {
        /// The lease, ms.
        lease: u64,
        /// The least that it has to be, ms.
        least: u64,
    },
}

impl fmt::Display for TimingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drift(drift) => {
                write!(f, "clocks cannot drift by {drift} ‰: give less than 1000")
            }
            Self::Lease { lease, least } => write!(
                f,
                "a lease of {lease} ms ends before it can be renewed: give {least} ms or more"
            ),
        }
    }
}

impl std::error::Error for TimingError {}

impl Timing {
    /// Checks times that go together.
    ///
    /// - `lease`, ms: so long a node may serve after it sent the beat that its lease rests on. By two
    ///   beats and `slack` more than the engine needs to form a new membership, or every change of it
    ///   is a gap.
    /// - `slack`, ms: so much later than ordered the kernel may stop, and 2 for clocks that are read
    ///   in whole ms.
    /// - `drift`, ‰: so much faster or slower than real time a node's clock may go.
    /// - `beat`, ms: so often a node asks for its lease anew.
    ///
    /// # Errors
    ///
    /// [`TimingError`]: what is wrong.
    pub const fn new(lease: u64, slack: u64, drift: u64, beat: u64) -> Result<Self, TimingError> {
        if drift >= 1000 {
            return Err(TimingError::Drift(drift));
        }
        let least = slack.saturating_add(beat.saturating_mul(2));
        if lease < least || lease == 0 {
            return Err(TimingError::Lease { lease, least });
        }
        Ok(Self {
            lease,
            slack,
            drift,
            beat,
        })
    }

    /// How long a lease is on its holder's clock.
    pub const fn lease(&self) -> u64 {
        self.lease
    }

    /// How much earlier than the lease's end the kernel is ordered to stop.
    pub const fn slack(&self) -> u64 {
        self.slack
    }

    /// By how many ‰ clocks may go wrong.
    pub const fn drift(&self) -> u64 {
        self.drift
    }

    /// How long it is between two beats.
    pub const fn beat(&self) -> u64 {
        self.beat
    }

    /// How long one clock has to count until another has surely counted `ms`.
    pub const fn surely(&self, ms: u64) -> u64 {
        ms.saturating_mul(1000 + self.drift)
            .div_ceil(1000 - self.drift)
    }

    /// How long a lease is on whichever clock counts most.
    pub const fn surely_over(&self) -> u64 {
        self.surely(self.lease)
    }
}

impl Default for Timing {
    /// For Corosync with a token of 500 ms, which needs 1.1 s for a new membership; by then the message that
    /// a lease rests on is up to two beats older. 1 % is what a clock that nobody steers may go wrong by
    /// (`Documentation/design/0020-clock.md`).
    fn default() -> Self {
        Self {
            lease: 1500,
            slack: 50,
            drift: 10,
            beat: 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_does_not_go_together() {
        assert_eq!(
            Timing::new(3000, 50, 1000, 200),
            Err(TimingError::Drift(1000))
        );
        let refused = Timing::new(400, 1, 10, 200);
        assert_eq!(
            refused,
            Err(TimingError::Lease {
                lease: 400,
                least: 401
            })
        );
        assert!(Timing::new(401, 1, 10, 200).is_ok());
        assert!(Timing::new(0, 0, 0, 0).is_err());
    }

    proptest! {
        #[test]
        fn the_fastest_clock_waits_for_the_slowest(ms in 0u64..100_000, drift in 0u64..1000) {
            let timing = Timing::new(3000, 50, drift, 200).unwrap();
            // Real time that passes is waited / (1 + d) at least, and ms / (1 - d) at most.
            prop_assert!(timing.surely(ms) * (1000 - drift) >= ms * (1000 + drift));
        }
    }
}
