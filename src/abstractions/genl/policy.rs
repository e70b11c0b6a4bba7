// SPDX-License-Identifier: GPL-2.0-only

//! Netlink policies: which attributes a request may have, and of what type.
//!
//! Ranges are not in it: the kernel's error for a number out of range gives no reason, ours does.

use crate::{
    abstractions::bindings,
    logic::wire::ATTR_MAX, //
};

/// Attributes of a policy, by number.
const ROOM: usize = ATTR_MAX + 1;

/// The kind of an attribute.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// 8 bits.
    U8,
    /// 32 bits, host byte order.
    U32,
    /// 64 bits, host byte order.
    U64,
    /// Bytes closed by a NUL.
    String,
    /// Bytes.
    Binary,
    /// Attributes.
    Nest(&'static Policy),
}

/// A policy: attributes that are not in it are refused.
///
/// # Invariants
///
/// `highest < ROOM`.
pub(crate) struct Policy {
    entries: [bindings::nla_policy; ROOM],
    highest: u32,
}

// SAFETY: Never changed.
unsafe impl Sync for Policy {}

impl Policy {
    /// A policy of these attributes, by number. Evaluated at build time.
    pub(crate) const fn new(attributes: &[(u16, Kind)]) -> Self {
        let mut entries = [const { pin_init::zeroed::<bindings::nla_policy>() }; ROOM];
        let mut highest = 0;
        let mut i = 0;
        while i < attributes.len() {
            let (number, kind) = attributes[i];
            entries[number as usize] = entry(kind);
            if number as u32 > highest {
                highest = number as u32;
            }
            i += 1;
        }
        // INVARIANT: A greater number would have failed the build, at the assignment above.
        Self { entries, highest }
    }

    pub(super) const fn as_ptr(&'static self) -> *const bindings::nla_policy {
        self.entries.as_ptr()
    }

    pub(super) const fn highest(&self) -> u32 {
        self.highest
    }
}

const fn entry(kind: Kind) -> bindings::nla_policy {
    let mut entry: bindings::nla_policy = pin_init::zeroed();
    entry.type_ = match kind {
        Kind::U8 => bindings::NLA_U8,
        Kind::U32 => bindings::NLA_U32,
        Kind::U64 => bindings::NLA_U64,
        Kind::String => bindings::NLA_NUL_STRING,
        Kind::Binary => bindings::NLA_BINARY,
        Kind::Nest(_) => bindings::NLA_NESTED,
    } as u8;
    if let Kind::Nest(policy) = kind {
        entry.len = policy.highest as u16;
        entry.__bindgen_anon_1.nested_policy = policy.as_ptr();
    }
    entry
}
