// SPDX-License-Identifier: GPL-2.0-only

//! The first loopback interface as its fields show it: by it the offsets are checked that the module was built with.

/// `ARPHRD_LOOPBACK`.
const LOOPBACK: u16 = 772;
/// `IFF_LOOPBACK`.
const IS_LOOPBACK: u32 = 1 << 3;
/// Its index, and that of no other.
pub const INDEX: u32 = 1;

/// What is read where the fields should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loopback {
    /// `ifindex`.
    pub index: u32,
    /// `type`.
    pub kind: u16,
    /// `addr_len`.
    pub address_length: u8,
    /// `flags`.
    pub flags: u32,
    /// Whether `nd_net` is the first namespace.
    pub is_in_first_net: bool,
}

impl Loopback {
    /// Whether this is the loopback interface, of which all is known.
    pub fn is_it(self) -> bool {
        self.index == INDEX
            && self.kind == LOOPBACK
            && self.address_length == 6
            && self.flags & IS_LOOPBACK != 0
            && self.is_in_first_net
    }
}

#[cfg(test)]
#[path = "tests/layout.rs"]
mod tests;
