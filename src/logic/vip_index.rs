// SPDX-License-Identifier: GPL-2.0-only

//! Hash table from a network namespace and an address to a number: open addressing, in memory that
//! the caller has.
//!
//! Whoever makes many clusters chooses the addresses, so the hash has a seed that nobody knows.

use core::net::IpAddr;

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    net: u64,
    address: u128,
}

impl Key {
    /// `address` in the namespace that `net` is a name of.
    pub fn new(net: u64, address: IpAddr) -> Self {
        let address = match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        Self {
            net,
            address: address.to_bits(),
        }
    }

    fn hash(&self, seed: u64) -> u64 {
        let parts = [
            self.net,
            (self.address >> 64) as u64,
            self.address as u64, //
        ];
        parts.iter().fold(seed, |hash, part| mixed(hash ^ part))
    }
}

/// The last steps of SplitMix64.
fn mixed(part: u64) -> u64 {
    let mut z = part.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A place for a key and its number.
#[derive(Clone, Copy, Debug)]
pub struct Slot(Option<(Key, u32)>);

impl Slot {
    /// Nothing.
    pub const FREE: Self = Self(None);
}

/// Slots for so many keys: twice as many, a power of two.
pub fn slots(keys: usize) -> Option<usize> {
    keys.max(1).checked_mul(2)?.checked_next_power_of_two()
}

/// The slots' numbers in the order in which a key may have them.
fn places(length: usize, seed: u64, key: &Key) -> impl Iterator<Item = usize> {
    let first = key.hash(seed) as usize;
    let mask = length.wrapping_sub(1);
    (0..length).map(move |step| first.wrapping_add(step) & mask)
}

/// Puts a key in, unless it is there. Whether there was room.
pub fn insert(slots: &mut [Slot], seed: u64, key: Key, number: u32) -> bool {
    for at in places(slots.len(), seed, &key) {
        match slots.get_mut(at) {
            Some(Slot(Some((known, _)))) if *known != key => {}
            Some(Slot(Some(_))) => return true,
            Some(slot) => {
                *slot = Slot(Some((key, number)));
                return true;
            }
            None => return false,
        }
    }
    false
}

/// A key's number.
pub fn find(slots: &[Slot], seed: u64, key: Key) -> Option<u32> {
    for at in places(slots.len(), seed, &key) {
        match slots.get(at)? {
            Slot(Some((known, number))) if *known == key => return Some(*number),
            Slot(Some(_)) => {}
            Slot(None) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{
        collections::BTreeMap,
        vec, //
    };

    #[test]
    fn an_ipv4_mapped_address_is_the_ipv4_address() {
        let key = |text: &str| Key::new(1, text.parse().unwrap());
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("::192.0.2.1"), key("192.0.2.1"));
        assert_ne!(Key::new(2, "192.0.2.1".parse().unwrap()), key("192.0.2.1"));
    }

    #[test]
    fn no_room_and_nothing_there() {
        let key = |net| Key::new(net, "192.0.2.1".parse().unwrap());
        assert_eq!(find(&[], 0, key(1)), None);
        assert!(!insert(&mut [], 0, key(1), 1));
        let mut slots = [Slot::FREE; 2];
        assert!(insert(&mut slots, 0, key(1), 1) && insert(&mut slots, 0, key(2), 2));
        assert!(!insert(&mut slots, 0, key(3), 3));
        assert_eq!(find(&slots, 0, key(2)), Some(2));
        assert_eq!(find(&slots, 0, key(3)), None);
    }

    #[test]
    fn so_many_slots() {
        assert_eq!(
            [0, 1, 2, 3, 1000].map(slots).map(Option::unwrap),
            [2, 2, 4, 8, 2048]
        );
        assert_eq!(slots(usize::MAX), None);
    }

    proptest! {
        #[test]
        fn as_a_map(
            keys in prop::collection::vec((0u64..4, any::<u16>()), 0..200),
            others in prop::collection::vec((0u64..4, any::<u16>()), 0..50),
            seed: u64,
        ) {
            let key = |(net, low): (u64, u16)| {
                Key::new(net, IpAddr::from([10, 0, (low >> 8) as u8, low as u8]))
            };
            let mut table = vec![Slot::FREE; slots(keys.len()).unwrap()];
            let mut map = BTreeMap::new();
            for (number, at) in keys.iter().zip(0..) {
                prop_assert!(insert(&mut table, seed, key(*number), at));
                map.entry(*number).or_insert(at);
            }
            for one in keys.iter().chain(&others) {
                prop_assert_eq!(find(&table, seed, key(*one)), map.get(one).copied());
            }
        }
    }
}
