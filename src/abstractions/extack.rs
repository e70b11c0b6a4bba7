// SPDX-License-Identifier: GPL-2.0-only

//! Where the kernel keeps what a refused request is told besides an error number.
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
    /// `extack` is null, or as the invariant says for as long as the value is in use.
    pub(super) unsafe fn from_raw(extack: *mut netlink_ext_ack) -> Option<Self> {
        // INVARIANT: As the caller says.
        NonNull::new(extack).map(Self)
    }

    /// Tells the refusal's sentence, to be read before this module can go.
    pub(super) fn tell(&mut self, refusal: Refusal) {
        // SAFETY: It lives by the invariant.
        unsafe { self.0.as_mut() }._msg = refusal.sentence().as_char_ptr();
    }

    /// Tells which attribute of the request is at fault.
    ///
    /// # Safety
    ///
    /// `attribute` is in the request that is answered.
    pub(super) unsafe fn blame(&mut self, attribute: *const nlattr) {
        // SAFETY: It lives by the invariant.
        unsafe { self.0.as_mut() }.bad_attr = attribute;
    }

    /// Tells the number of an attribute that the request misses.
    pub(super) fn miss(&mut self, number: u16) {
        // SAFETY: It lives by the invariant.
        unsafe { self.0.as_mut() }.miss_type = number;
    }

    /// Tells a copy of the refusal's sentence, or nothing where it is too long.
    pub(super) fn tell_copy(&mut self, refusal: Refusal) {
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
