// SPDX-License-Identifier: GPL-2.0-only

//! Parts of a dump.

use core::{
    marker::PhantomData,
    ptr::NonNull, //
};

use kernel::{
    error::{
        code,
        Result, //
    },
    ffi::c_int, //
};

use super::{
    message::Message,
    request::Request, //
};
use crate::abstractions::bindings::{
    self,
    genl_family,
    netlink_callback,
    sk_buff, //
};

/// A list's part has no room for one more message.
pub(crate) struct Full;

/// A part of a list being written.
///
/// # Invariants
///
/// Buffer and callback live and are ours for `'a`.
pub(crate) struct Page<'a> {
    skb: NonNull<sk_buff>,
    callback: NonNull<netlink_callback>,
    family: *const genl_family,
    port: (u32, u32),
    _buffer: PhantomData<&'a mut sk_buff>,
}

impl<'a> Page<'a> {
    /// # Safety
    ///
    /// As the invariant requires.
    pub(super) unsafe fn from_raw(
        skb: NonNull<sk_buff>,
        callback: NonNull<netlink_callback>,
        request: &Request<'a>,
    ) -> Self {
        // INVARIANT: As the caller guarantees.
        Self {
            skb,
            callback,
            family: request.family(),
            port: request.port(),
            _buffer: PhantomData,
        }
    }

    /// Where the part before this one ended; 0 at first.
    pub(crate) fn cursor(&self) -> usize {
        // SAFETY: By the invariant; the context is the operation's own and zero at first.
        unsafe { self.callback.as_ref().__bindgen_anon_1.args[0] as usize }
    }

    /// Where the next part is to begin.
    pub(crate) fn set_cursor(&mut self, cursor: usize) {
        // SAFETY: As above.
        unsafe { self.callback.as_mut().__bindgen_anon_1.args[0] = cursor as isize };
    }

    /// Sets the version of what the part lists, before its first message: where that is
    /// another than in the part before, the reader gets NLM_F_DUMP_INTR and repeats the dump.
    pub(crate) fn set_version(&mut self, version: u32) {
        // Zero is for dumps without a version.
        // SAFETY: By the invariant.
        unsafe { self.callback.as_mut() }.seq = version.max(1);
    }

    fn flags(&mut self) -> u32 {
        // SAFETY: By the invariant.
        let callback = unsafe { self.callback.as_mut() };
        let interrupted = callback.prev_seq != 0 && callback.seq != callback.prev_seq;
        callback.prev_seq = callback.seq;
        bindings::NLM_F_MULTI
            | if interrupted {
                bindings::NLM_F_DUMP_INTR
            } else {
                0
            }
    }

    /// Adds a message; `Full` where it does not fit, and then nothing of it is there.
    pub(crate) fn message(
        &mut self,
        command: u8,
        write: impl FnOnce(&mut Message<'_>) -> Result,
    ) -> Result<(), Full> {
        let flags = self.flags();
        // SAFETY: By the invariant; the family is static.
        let message = unsafe { Message::begin(self.skb, self.family, self.port, flags, command) };
        let mut message = message.ok_or(Full)?;
        match write(&mut message) {
            Ok(()) => {
                message.end();
                Ok(())
            }
            Err(_) => {
                message.cancel();
                Err(Full)
            }
        }
    }

    /// Bytes written, or an error where a single message is too long for any part.
    pub(super) fn progress(&self) -> Result<c_int> {
        // SAFETY: By the invariant.
        match unsafe { self.skb.as_ref() }.len {
            0 => Err(code::EMSGSIZE),
            length => Ok(c_int::try_from(length)?),
        }
    }
}
