// SPDX-License-Identifier: GPL-2.0-only

//! Places: a set of nodes, each named by its place in the electorate, the nodes in order of numbers.

use std::fmt;

/// So many nodes an electorate has at most.
pub const MOST: usize = 32;

/// A set of places below [`MOST`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Places(u32);

impl Places {
    /// No place.
    pub const NONE: Places = Places(0);

    /// From bits, the lowest for place 0.
    pub const fn from_bits(bits: u32) -> Places {
        Places(bits)
    }

    /// Its bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    fn bit(place: u8) -> u32 {
        1u32.checked_shl(place.into()).unwrap_or(0)
    }

    /// With this place.
    pub fn with(self, place: u8) -> Places {
        Places(self.0 | Places::bit(place))
    }

    /// Without it.
    pub fn without(self, place: u8) -> Places {
        Places(self.0 & !Places::bit(place))
    }

    /// Whether it is there.
    pub fn has(self, place: u8) -> bool {
        self.0 & Places::bit(place) != 0
    }

    /// What both have.
    pub const fn and(self, other: Places) -> Places {
        Places(self.0 & other.0)
    }

    /// What one of them has.
    pub const fn or(self, other: Places) -> Places {
        Places(self.0 | other.0)
    }

    /// How many.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// All, the lowest first.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let lowest = u8::try_from(left.trailing_zeros()).ok()?;
            left &= left.wrapping_sub(1);
            (u32::from(lowest) < u32::BITS).then_some(lowest)
        })
    }

    /// Whether the lowest that one of two has and the other has not is here.
    pub fn is_lower_than(self, other: Places) -> bool {
        let differs = self.0 ^ other.0;
        let lowest = differs & differs.wrapping_neg();
        self.0 & lowest != 0
    }
}

impl FromIterator<u8> for Places {
    fn from_iter<I: IntoIterator<Item = u8>>(places: I) -> Places {
        places.into_iter().fold(Places::NONE, Places::with)
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
