// SPDX-License-Identifier: GPL-2.0-only

//! The key that the nodes of a cluster share.

use core::fmt;

/// Its bytes: as many as HMAC-SHA256 makes good use of.
pub const LEN: usize = 32;

/// A key's id is the first four bytes of the tag of this, big-endian.
pub const ID_OF: &[u8] = b"ssi key id";

/// A key. What is printed of it is no part of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; LEN]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
