// SPDX-License-Identifier: GPL-2.0-only

//! Extended acknowledgement of a netlink request: a sentence and an attribute besides the error number.
//!
//! C header: [`include/linux/netlink.h`](srctree/include/linux/netlink.h)

use core::ptr::NonNull;

use kernel::{
    bindings::{
        netlink_ext_ack,
        nlattr, //
    },
    str::CStrExt, //
};

use crate::logic::refusal::Refusal;

/// A request's extended acknowledgement.
///
/// # Invariants
///
/// It lives, and nobody else writes it.
pub(super) struct Extack(NonNull<netlink_ext_ack>);

impl Extack {
    /// # Safety
    ///
    /// `extack` is null, or as the invariant requires for as long as the value is in use.
    pub(super) unsafe fn from_raw(extack: *mut netlink_ext_ack) -> Option<Self> {
        // INVARIANT: As the caller guarantees.
        NonNull::new(extack).map(Self)
    }

    /// Sets the refusal's sentence, which is read before this module can go: an acknowledgement is written in the call
    /// that brought the request, for which taking the family back waits; a dump holds the module.
    pub(super) fn set(&mut self, refusal: Refusal) {
        // SAFETY: It lives by the invariant.
        unsafe { self.0.as_mut() }._msg = refusal.sentence().as_char_ptr();
    }

    /// Sets the attribute of the request that is at fault.
    ///
    /// # Safety
    ///
    /// `attribute` is in the request that is answered.
    pub(super) unsafe fn blame(&mut self, attribute: *const nlattr) {
        // SAFETY: It lives by the invariant.
        unsafe { self.0.as_mut() }.bad_attr = attribute;
    }

    /// Sets the number of an attribute that the request misses.
    pub(super) fn miss(&mut self, number: u16) {
        // SAFETY: It lives by the invariant.
        unsafe { self.0.as_mut() }.miss_type = number;
    }

    /// Sets a copy of the refusal's sentence, or nothing where it is too long.
    pub(super) fn set_copy(&mut self, refusal: Refusal) {
        // SAFETY: As above.
        let extack = unsafe { self.0.as_mut() };
        let sentence = refusal.sentence().to_bytes_with_nul();
        let Some(buffer) = extack._msg_buf.get_mut(..sentence.len()) else {
            return;
        };
        buffer.copy_from_slice(sentence);
        extack._msg = extack._msg_buf.as_ptr();
    }
}
