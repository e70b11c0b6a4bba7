// SPDX-License-Identifier: GPL-2.0-only

//! Netlink messages that are sent.

use core::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::NonNull, //
};

use kernel::{
    error::{
        code,
        to_result,
        Result, //
    },
    ffi::{
        c_int,
        c_void, //
    },
};

use crate::abstractions::bindings::{
    self,
    genl_family,
    nlattr,
    sk_buff, //
};

/// Bytes of the longest attribute: its length in the message, a `u16`, is with its header, and `nla_put` does not look.
const LONGEST: u16 = u16::MAX - size_of::<nlattr>() as u16;

/// A whole message in a buffer of its own.
pub(super) struct Buffer(NonNull<sk_buff>);

impl Buffer {
    pub(super) fn into_raw(self) -> *mut sk_buff {
        ManuallyDrop::new(self).0.as_ptr()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: The buffer is ours.
        unsafe { bindings::nlmsg_free(self.0.as_ptr()) };
    }
}

/// A message being written.
///
/// # Invariants
///
/// The buffer lives, is ours for `'a`, and `header` is the generic netlink header's end in it.
pub(crate) struct Message<'a> {
    skb: NonNull<sk_buff>,
    header: NonNull<c_void>,
    pad: c_int,
    _buffer: PhantomData<&'a mut sk_buff>,
}

impl Message<'_> {
    /// Begins a message at the end of `skb`; `None` where it has no room.
    ///
    /// # Safety
    ///
    /// The buffer lives and is ours for as long as the value; so does the family.
    pub(super) unsafe fn begin(
        skb: NonNull<sk_buff>,
        family: *const genl_family,
        (portid, seq): (u32, u32),
        flags: u32,
        command: u8,
    ) -> Option<Self> {
        // SAFETY: As the caller guarantees.
        let header = unsafe {
            bindings::genlmsg_put(skb.as_ptr(), portid, seq, family, flags as c_int, command)
        };
        // INVARIANT: As the caller guarantees, and as `genlmsg_put` returns.
        Some(Self {
            skb,
            header: NonNull::new(header)?,
            pad: 0,
            _buffer: PhantomData,
        })
    }

    /// Writes a message into a buffer of its own.
    pub(super) fn compose(
        family: *const genl_family,
        port: (u32, u32),
        command: u8,
        size: usize,
        write: impl FnOnce(&mut Message<'_>) -> Result,
    ) -> Result<Buffer> {
        let flags = bindings::GFP_KERNEL_ACCOUNT;
        // SAFETY: Only wants numbers.
        let skb = unsafe { bindings::genlmsg_new(size, flags) };
        let buffer = Buffer(NonNull::new(skb).ok_or(code::ENOMEM)?);
        // SAFETY: The buffer is ours; families are static.
        let message = unsafe { Message::begin(buffer.0, family, port, 0, command) };
        let mut message = message.ok_or(code::EMSGSIZE)?;
        write(&mut message)?;
        message.end();
        Ok(buffer)
    }

    pub(super) fn end(self) {
        // SAFETY: By the invariant.
        unsafe { bindings::genlmsg_end(self.skb.as_ptr(), self.header.as_ptr()) };
    }

    pub(super) fn cancel(self) {
        // SAFETY: By the invariant.
        unsafe { bindings::genlmsg_cancel(self.skb.as_ptr(), self.header.as_ptr()) };
    }

    /// Sets the attribute that fills up before 64-bit numbers.
    pub(crate) fn pad_with(&mut self, attribute: u16) {
        self.pad = c_int::from(attribute);
    }

    /// Bytes.
    pub(crate) fn put(&mut self, attribute: u16, bytes: &[u8]) -> Result {
        let length = u16::try_from(bytes.len())?;
        if length > LONGEST {
            return Err(code::EMSGSIZE);
        }
        // SAFETY: The buffer is ours by the invariant, `length` bytes are readable.
        to_result(unsafe {
            bindings::nla_put(
                self.skb.as_ptr(),
                c_int::from(attribute),
                c_int::from(length),
                bytes.as_ptr().cast(),
            )
        })
    }

    /// 8 bits.
    pub(crate) fn put_u8(&mut self, attribute: u16, value: u8) -> Result {
        self.put(attribute, &[value])
    }

    /// 32 bits.
    pub(crate) fn put_u32(&mut self, attribute: u16, value: u32) -> Result {
        self.put(attribute, &value.to_ne_bytes())
    }

    /// 64 bits, aligned.
    pub(crate) fn put_u64(&mut self, attribute: u16, value: u64) -> Result {
        // SAFETY: As in `put`.
        to_result(unsafe {
            bindings::nla_put_64bit(
                self.skb.as_ptr(),
                c_int::from(attribute),
                size_of::<u64>() as c_int,
                (&raw const value).cast(),
                self.pad,
            )
        })
    }

    /// Attributes inside an attribute.
    pub(crate) fn nest(
        &mut self,
        attribute: u16,
        pad: u16,
        write: impl FnOnce(&mut Self) -> Result,
    ) -> Result {
        // SAFETY: The buffer is ours by the invariant.
        let start = unsafe { self.skb.as_ref() }.tail;
        self.put(attribute | bindings::NLA_F_NESTED as u16, &[])?;
        let outer = core::mem::replace(&mut self.pad, c_int::from(pad));
        let result = write(self);
        self.pad = outer;
        // SAFETY: As above.
        let skb = unsafe { self.skb.as_ref() };
        let length = u16::try_from(skb.tail.saturating_sub(start))?;
        // SAFETY: `put` has written an attribute's header there, aligned to four bytes.
        unsafe {
            let header = skb.head.add(start as usize).cast::<nlattr>();
            (*header).nla_len = length;
        }
        result
    }
}
