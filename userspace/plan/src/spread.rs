// SPDX-License-Identifier: GPL-2.0-only

//! Dealing out evenly: neighbouring buckets are neighbouring addresses, which often come together.

use std::cmp::Ordering;

/// Places of `needs`, each as often as its number, as evenly mixed as can be.
///
/// With equal needs that is 0, 1, 2, …, 0, 1, 2, …, the table of plain modulo.
pub fn deal(needs: &[u32]) -> Vec<usize> {
    let mut turns: Vec<Turn> = Vec::new();
    for (place, need) in needs.iter().enumerate() {
        turns.extend((0..*need).map(|turn| Turn {
            at: 2 * u64::from(turn) + 1,
            of: 2 * u64::from(*need),
            place,
        }));
    }
    turns.sort_unstable();
    turns.into_iter().map(|turn| turn.place).collect()
}

/// `count` of `items`, as evenly spaced as can be; all if there are no more.
pub fn sample<T: Copy>(items: &[T], count: usize) -> Vec<T> {
    let mut chosen = Vec::with_capacity(count);
    let mut sum = 0;
    for item in items {
        sum += count;
        if sum >= items.len() {
            sum -= items.len();
            chosen.push(*item);
        }
    }
    chosen.truncate(count);
    chosen
}

/// One turn of a place: at the middle of its part of the whole, `at / of`.
#[derive(PartialEq, Eq)]
struct Turn {
    at: u64,
    of: u64,
    place: usize,
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> Ordering {
        // Each factor is below 2^18.
        (self.at * other.of)
            .cmp(&(other.at * self.of))
            .then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
