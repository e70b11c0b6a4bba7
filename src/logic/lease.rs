// SPDX-License-Identifier: GPL-2.0-only

//! Terms of leases: what a request asks for, and what is shown.
//!
//! Times are nanoseconds since boot, those included in which the machine slept; requests have
//! milliseconds of the same clock.

use super::refusal::Refusal;

/// The longest lease, in milliseconds: an hour.
const MAX: u32 = 3_600_000;
/// In nanoseconds.
const MILLISECOND: u64 = 1_000_000;

/// The lease that a request asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// There shall be none: the node serves always.
    Always,
    /// It runs so long from the moment on at which the request came, which is until then.
    For(u64),
    /// It runs until then, whenever the request came.
    Until(u64),
}

/// How long a node may serve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Term {
    /// Without a lease.
    Always,
    /// Until then.
    Until(u64),
    /// No longer.
    Over,
}

/// A lease for those who look at it, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lease {
    /// There is none.
    None,
    /// It runs.
    Runs {
        /// What is left of it, rounded down.
        left: u64,
        /// When it ends, rounded up: at that time it surely has.
        until: u64,
    },
    /// It has run out.
    Expired,
}

impl Asked {
    /// Of the attributes `lease` and `lease-until`, at the moment `now` at which they came.
    pub fn new(lease: Option<u32>, until: Option<u64>, now: u64) -> Result<Option<Self>, Refusal> {
        match (lease, until) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(Refusal::LeaseTwice),
            (Some(0), None) => Ok(Some(Self::Always)),
            (Some(milliseconds), None) if milliseconds > MAX => Err(Refusal::LeaseRange),
            (Some(milliseconds), None) => Ok(Some(Self::For(end(milliseconds, now)))),
            (None, Some(until)) => {
                let until = until.saturating_mul(MILLISECOND);
                match until > end(MAX, now) {
                    true => Err(Refusal::LeaseFar),
                    false => Ok(Some(Self::Until(until))),
                }
            }
        }
    }

    /// Until when a lease shall run on, at the time `now`.
    pub fn renewal(self, now: u64) -> Result<u64, Refusal> {
        match self {
            Self::Always => Err(Refusal::LeaseRange),
            Self::Until(until) if until <= now => Err(Refusal::LeasePast),
            Self::For(until) | Self::Until(until) => Ok(until),
        }
    }

    /// What becomes of it with a table that is put in force at the time `now`. Who gives everything
    /// away may do so at any time.
    pub fn term(self, owns_nothing: bool, now: u64) -> Result<Term, Refusal> {
        match self {
            Self::Always => Ok(Term::Always),
            Self::For(until) | Self::Until(until) if until > now => Ok(Term::Until(until)),
            Self::For(_) | Self::Until(_) if owns_nothing => Ok(Term::Over),
            // Too short for this machine. It ends at once, as any other does at its end.
            Self::For(until) => Ok(Term::Until(until)),
            Self::Until(_) => Err(Refusal::LeasePast),
        }
    }
}

/// A time of the caller's clock, which is so many milliseconds ahead of the machine's, by the machine's.
pub fn to_machines(until: u64, ahead: i64) -> u64 {
    until.saturating_add_signed(ahead.saturating_neg())
}

impl Lease {
    /// The same by a clock that is so many milliseconds ahead of the machine's.
    pub fn by_clock(self, ahead: i64) -> Self {
        match self {
            Self::Runs { left, until } => Self::Runs {
                left,
                until: until.saturating_add_signed(ahead),
            },
            other => other,
        }
    }

    /// One that ends at `until`, at the time `now`.
    pub fn running(until: u64, now: u64) -> Self {
        Self::Runs {
            left: until.saturating_sub(now) / MILLISECOND,
            until: until.div_ceil(MILLISECOND),
        }
    }
}

fn end(milliseconds: u32, now: u64) -> u64 {
    now.saturating_add(u64::from(milliseconds) * MILLISECOND)
}

#[cfg(test)]
#[path = "tests/lease.rs"]
mod tests;
