// SPDX-License-Identifier: GPL-2.0-only

//! Buckets in transition, and until when.
//!
//! A bucket that is owned and in this list is adopted, or was taken cold; one that is not owned drains. Times
//! are nanoseconds of a local clock that does not stop.

use super::{
    owned::owns,
    stick, //
};

/// A bucket in transition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moving {
    /// Which.
    pub bucket: u32,
    /// Whether it was taken over from a node that serves its connections no more.
    pub is_cold: bool,
    /// It lasts at least until then: a handshake of which no socket knows, for its sequence number
    /// is a cookie, ends in this time.
    pub at_least: u64,
    /// It ends then.
    pub until: u64,
}

const SECOND: u64 = 1_000_000_000;
/// How long each transition lasts at least.
const AT_LEAST: u64 = 2 * SECOND;
/// How long connections that clients of a bucket taken cold had are reset: as long as a client may
/// keep silent that knows how to find out by itself (keepalives, renewals of leases) and more.
const COLD: u64 = 600 * SECOND;

/// A change of the table.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The bitmap before.
    pub before: &'a [u8],
    /// The bitmap from now on, as long.
    pub after: &'a [u8],
    /// What was in transition before, in rising order.
    pub moving: &'a [Moving],
    /// Buckets that nobody drains, as their node is gone.
    pub cold: &'a [u8],
    /// Those that this node has had itself, until its lease was over: what there is on them is its own.
    pub lapsed: &'a [u8],
    /// The time.
    pub now: u64,
    /// How long connections may stay, in seconds; 0: not at all.
    pub drain_time: u32,
}

impl Change<'_> {
    /// What is in transition afterwards, in rising order.
    pub fn moving(&self) -> impl Iterator<Item = Moving> + '_ {
        let mut old = self.moving.iter().copied().peekable();
        let bytes = u32::try_from(self.after.len()).unwrap_or(u32::MAX);
        let buckets = 0..bytes.saturating_mul(8);
        buckets.filter_map(move |bucket| {
            let was = old.next_if(|moving| moving.bucket == bucket);
            let is_owned = owns(self.after, bucket);
            let has_changed = owns(self.before, bucket) != is_owned;
            let is_adopted = was.is_some_and(|was| !was.is_cold);
            match has_changed {
                // Nobody drains it: its node is gone, or keeps nothing.
                _ if is_owned && owns(self.cold, bucket) && (has_changed || is_adopted) => {
                    (!owns(self.lapsed, bucket)).then(|| self.take_cold(bucket))
                }
                true if is_owned && self.drain_time == 0 => Some(self.take_cold(bucket)),
                true => self.begin(bucket, is_owned),
                false => was,
            }
        })
    }

    fn begin(&self, bucket: u32, is_owned: bool) -> Option<Moving> {
        if self.drain_time == 0 {
            return None;
        }
        let time = u64::from(self.drain_time) * SECOND;
        // Whoever adopts begins later, and ends later still than the one who drains, though his
        // clock be slower by a part in 64.
        let longer = match is_owned {
            true => time / 64 + SECOND,
            false => 0,
        };
        Some(Moving {
            bucket,
            is_cold: false,
            at_least: self.now.saturating_add(AT_LEAST),
            until: self.now.saturating_add((time + longer).max(AT_LEAST)),
        })
    }

    fn take_cold(&self, bucket: u32) -> Moving {
        Moving {
            bucket,
            is_cold: true,
            at_least: self.now.saturating_add(AT_LEAST),
            until: self.now.saturating_add(COLD),
        }
    }
}

/// Lets those that began at the time `then` begin `now`.
pub fn begin_later(moving: &mut [Moving], then: u64, now: u64) {
    let later = now.saturating_sub(then);
    for moving in moving {
        if moving.at_least == then.saturating_add(AT_LEAST) {
            moving.at_least = moving.at_least.saturating_add(later);
            moving.until = moving.until.saturating_add(later);
        }
    }
}

/// Clients that stuck to buckets that drain stick no more, by the lists before and after: a handshake of theirs, of which no
/// socket knows, ends in the time from `now` on.
pub fn let_go(moving: &mut [Moving], before: &[u64], after: &[u64], now: u64) {
    for moving in moving {
        if stick::has_bucket(before, moving.bucket) && !stick::has_bucket(after, moving.bucket) {
            moving.at_least = now.saturating_add(AT_LEAST);
        }
    }
}

/// Whether its bucket is taken over from a node that drains it, where `owned` is the bitmap.
pub fn is_adopting(moving: &Moving, owned: &[u8]) -> bool {
    owns(owned, moving.bucket) && !moving.is_cold
}

/// Whether its bucket is given away, where `owned` is the bitmap.
pub fn is_draining(moving: &Moving, owned: &[u8]) -> bool {
    !owns(owned, moving.bucket)
}

/// Whether one is over. `found_empty` is when the walk of the socket table began that found no
/// connection in a draining bucket.
///
/// A walk takes its time, and a connection may come into a chain that it has left behind, but only as
/// long as something that came before the drain may still end in one: so the walk counts that began
/// after that.
pub fn is_over(moving: &Moving, now: u64, found_empty: Option<u64>) -> bool {
    now >= moving.until || found_empty.is_some_and(|began| began >= moving.at_least)
}

#[cfg(test)]
#[path = "tests/moving.rs"]
mod tests;
