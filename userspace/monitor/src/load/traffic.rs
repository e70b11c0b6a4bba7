// SPDX-License-Identifier: GPL-2.0-only

//! Packets a second, from counters.

use std::collections::BTreeMap;
use std::time::Duration;

use ssi_netlink::Bucket;

use crate::load::BucketLoad;

/// What this node has served of each bucket, as it was counted at one moment.
///
/// A bucket's load is what is served of it, here and wherever else its connections still are, and not what is
/// seen: in mode forward only the master sees all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic(BTreeMap<u32, Count>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    packets: u64,
    bytes: u64,
}

impl Traffic {
    /// The kernel's counters.
    pub fn new(buckets: &[Bucket]) -> Self {
        let count = |bucket: &Bucket| Count {
            packets: bucket.served_packets,
            bytes: bucket.served_bytes,
        };
        Self(buckets.iter().map(|b| (b.bucket, count(b))).collect())
    }

    /// What was served in each second since `before`; buckets without anything are left out.
    ///
    /// `None` if no time went by, or if a counter is lower than it was: the number of buckets is another, or the
    /// module was loaded anew, and then the counters cannot be compared.
    pub fn rates(&self, before: &Self, elapsed: Duration) -> Option<Vec<BucketLoad>> {
        let lower = |(bucket, was): (&u32, &Count)| {
            let is = self.0.get(bucket).copied().unwrap_or_default();
            is.packets < was.packets || is.bytes < was.bytes
        };
        if elapsed.is_zero() || before.0.iter().any(lower) {
            return None;
        }
        let rates = self.0.iter().map(|(bucket, is)| {
            let was = before.0.get(bucket).copied().unwrap_or_default();
            BucketLoad {
                bucket: *bucket,
                packets: per_second(is.packets.saturating_sub(was.packets), elapsed),
                bytes: per_second(is.bytes.saturating_sub(was.bytes), elapsed),
                connections: 0,
            }
        });
        Some(rates.filter(|r| r.packets > 0 || r.bytes > 0).collect())
    }
}

/// Rounded up, so that a bucket with a packet every few seconds is not without load.
fn per_second(count: u64, elapsed: Duration) -> u64 {
    (u128::from(count) * Duration::from_secs(1).as_nanos())
        .checked_next_multiple_of(elapsed.as_nanos())
        .and_then(|product| product.checked_div(elapsed.as_nanos()))
        .and_then(|rate| u64::try_from(rate).ok())
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn traffic(counts: &[(u32, u64, u64)]) -> Traffic {
        let bucket = |&(bucket, served_packets, served_bytes): &(u32, u64, u64)| Bucket {
            bucket,
            // What is seen must make no difference.
            seen_packets: 1_000_000,
            seen_bytes: u64::MAX,
            served_packets,
            served_bytes,
            sessions: None,
        };
        Traffic::new(&counts.iter().map(bucket).collect::<Vec<_>>())
    }

    #[test]
    fn what_was_served_in_each_second() {
        let before = traffic(&[(3, 10, 1000), (7, 5, 50)]);
        let now = traffic(&[(3, 30, 5000), (7, 5, 50), (9, 1, 60)]);
        let rates = now.rates(&before, Duration::from_secs(2)).unwrap();
        let load = |bucket, packets, bytes| BucketLoad {
            bucket,
            packets,
            bytes,
            connections: 0,
        };
        assert_eq!(rates, [load(3, 10, 2000), load(9, 1, 30)]);
    }

    #[test]
    fn counters_that_began_anew_are_not_compared() {
        let before = traffic(&[(3, 10, 1000), (7, 5, 50)]);
        for now in [
            traffic(&[(3, 9, 2000), (7, 5, 50)]),
            traffic(&[(3, 10, 999), (7, 5, 50)]),
            traffic(&[(3, 10, 1000)]),
            traffic(&[]),
        ] {
            assert_eq!(now.rates(&before, Duration::from_secs(1)), None);
        }
        assert_eq!(before.rates(&before, Duration::ZERO), None);
    }

    fn counts() -> impl Strategy<Value = Vec<(u32, u64, u64)>> {
        proptest::collection::vec((0u32..8, any::<u64>(), any::<u64>()), 0..8)
    }

    proptest! {
        #[test]
        fn never_more_than_was_counted(before in counts(), now in counts(), millis in 1u64..10_000) {
            let (before, now) = (traffic(&before), traffic(&now));
            for rate in now.rates(&before, Duration::from_millis(millis)).unwrap_or_default() {
                let (is, was) = (now.0[&rate.bucket], before.0.get(&rate.bucket).copied().unwrap_or_default());
                prop_assert!(is.packets >= was.packets);
                let most = u128::from(is.packets - was.packets) * 1000 / u128::from(millis) + 1;
                prop_assert!(u128::from(rate.packets) <= most);
            }
        }

        #[test]
        fn a_second_gives_the_difference(was in 0u64..1 << 60, more in 0u64..1 << 60) {
            let rates = traffic(&[(1, was + more, was + more)])
                .rates(&traffic(&[(1, was, was)]), Duration::from_secs(1))
                .unwrap();
            prop_assert_eq!(rates.first().map_or(0, |rate| rate.bytes), more);
        }
    }
}
