// SPDX-License-Identifier: GPL-2.0-only

//! Perfect hash map: one access for any number of keys, without a bounds check.

use kernel::{
    alloc::KVec,
    error::{
        code::EINVAL,
        Result, //
    }, //
};

use super::vec;
use crate::logic::{
    fraction::row,
    perfect_hash::PerfectHash, //
};

/// A place for each key. That what is there is the key's is for whoever looks to see.
///
/// # Invariants
///
/// There is a place at least.
pub(crate) struct PerfectHashMap<T> {
    hash: PerfectHash,
    slots: KVec<T>,
    is_whole: bool,
}

impl<T> PerfectHashMap<T> {
    /// For these keys; in places that have none is what `empty` makes. If there are too many keys, or
    /// two are the same, nothing else is there: see `is_whole`.
    pub(crate) fn new(
        pairs: impl Iterator<Item = (u64, T)>,
        keys: impl Iterator<Item = u64> + Clone,
        empty: impl Fn() -> T,
    ) -> Result<Self> {
        let whole = PerfectHash::new(keys);
        let hash = whole.unwrap_or(PerfectHash::NOTHING);
        let mut slots: KVec<T> = vec::filled(hash.slots(), empty)?;
        for (key, value) in pairs.take_while(|_| whole.is_some()) {
            if let Some(slot) = slots.get_mut(hash.slot(key)) {
                *slot = value;
            }
        }
        if slots.is_empty() {
            return Err(EINVAL);
        }
        // INVARIANT: Checked here.
        Ok(Self {
            hash,
            slots,
            is_whole: whole.is_some(),
        })
    }

    /// Whether all keys are there.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// What is in the key's place.
    #[inline(always)]
    pub(crate) fn get(&self, key: u64) -> &T {
        let slot = row(self.hash.fraction(key), self.slots.len() as u64);
        // SAFETY: The number of places is, by the invariant, above 0: so the place is below that number, whatever
        // the fraction is (`row`, whose tests show it).
        unsafe { self.slots.get_unchecked(slot as usize) }
    }
}
