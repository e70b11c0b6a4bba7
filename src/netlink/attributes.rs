// SPDX-License-Identifier: GPL-2.0-only

//! A walk over netlink attributes.

use kernel::bindings;

/// Bytes of an attribute's header: length and number, 16 bits each, host byte order.
const HEADER: usize = 4;

/// Attributes, one after the other.
///
/// Generic netlink has checked lengths already; here a wrong one just ends the walk.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let &[l0, l1, n0, n1] = self.0.first_chunk()?;
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        let number = u16::from_ne_bytes([n0, n1]) & bindings::NLA_TYPE_MASK as u16;
        let value = self.0.get(HEADER..length)?;
        let aligned = length.next_multiple_of(bindings::NLA_ALIGNTO as usize);
        self.0 = self.0.get(aligned..).unwrap_or(&[]);
        Some((number, value))
    }
}

/// A 32-bit number.
pub(super) fn number32(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_ne_bytes)
}

/// A 64-bit number.
pub(super) fn number64(value: &[u8]) -> Option<u64> {
    value.try_into().ok().map(u64::from_ne_bytes)
}

/// A string, without the NUL that closes it and what follows that.
pub(super) fn text(value: &[u8]) -> &[u8] {
    value.split(|&byte| byte == 0).next().unwrap_or(value)
}
