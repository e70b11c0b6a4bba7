// SPDX-License-Identifier: GPL-2.0-only

//! Checksums of received segments.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

use kernel::{
    bindings as k,
    ffi::c_int, //
};

use super::Received;
use crate::logic::sum::fold;

impl Received {
    /// Whether the checksum is right of a segment of `len` bytes that begins at `at`, where `pseudo` is the sum of
    /// its pseudo header. The device may have looked at it, or the host itself made it.
    pub(crate) fn is_sum_right(&self, at: usize, len: usize, pseudo: u32) -> bool {
        let summed = u32::from(self.headers().ip_summed());
        if summed == k::CHECKSUM_UNNECESSARY || summed == k::CHECKSUM_PARTIAL {
            return true;
        }
        let is_there = at
            .checked_add(len)
            .is_some_and(|end| end <= self.len() as usize);
        let (Ok(at), Ok(len), true) = (c_int::try_from(at), c_int::try_from(len), is_there) else {
            return false;
        };
        // SAFETY: The buffer lives and has so many bytes.
        let sum = unsafe { k::skb_checksum(self.as_raw().as_ptr(), at, len, 0) };
        // It is of numbers as they lie in memory.
        let [a, b, c, d] = sum.to_ne_bytes();
        let halves = [[a, b], [c, d]].map(u16::from_be_bytes).map(u32::from);
        fold(halves.into_iter().fold(pseudo, u32::wrapping_add)) == [0, 0]
    }
}
