// SPDX-License-Identifier: GPL-2.0-only

//! What is found by a key with one look, however many keys there are, and without a check.

use kernel::{
    alloc::KVec,
    error::{
        code::EINVAL,
        Result, //
    }, //
};

use super::vec;
use crate::logic::spread::Spread;

/// A place for each key. That what is there is the key's is for whoever looks to see.
///
/// # Invariants
///
/// There is a place at least.
pub(crate) struct Lookup<T> {
    spread: Spread,
    places: KVec<T>,
    is_whole: bool,
}

impl<T> Lookup<T> {
    /// For these keys; in places that have none is what `empty` makes. If there are too many keys, or
    /// two are the same, nothing else is there: see `is_whole`.
    pub(crate) fn new(
        pairs: impl Iterator<Item = (u64, T)>,
        keys: impl Iterator<Item = u64> + Clone,
        empty: impl Fn() -> T,
    ) -> Result<Self> {
        let whole = Spread::new(keys);
        let spread = whole.unwrap_or(Spread::NOTHING);
        let mut places: KVec<T> = vec::filled(spread.places(), empty)?;
        for (key, value) in pairs.take_while(|_| whole.is_some()) {
            if let Some(place) = places.get_mut(spread.place(key)) {
                *place = value;
            }
        }
        if places.is_empty() {
            return Err(EINVAL);
        }
        // INVARIANT: Checked here.
        Ok(Self {
            spread,
            places,
            is_whole: whole.is_some(),
        })
    }

    /// Whether all keys are there.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// What is in the key's place.
    #[inline(always)]
    pub(crate) fn look(&self, key: u64) -> &T {
        let fraction = u128::from(self.spread.fraction(key));
        let place = (fraction * self.places.len() as u128) >> 64;
        // SAFETY: The fraction is below 2^64 and the number of places, by the invariant, above 0: so
        // the place is below that number.
        unsafe { self.places.get_unchecked(place as usize) }
    }
}
