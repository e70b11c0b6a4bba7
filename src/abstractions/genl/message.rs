// SPDX-License-Identifier: GPL-2.0-only

//! Netlink messages that are sent: answers, parts of dumps, events.

use core::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::NonNull, //
};

use kernel::{
    bindings::{
        genl_family,
        netlink_callback,
        netlink_skb_parms,
        nlattr,
        sk_buff, //
    },
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

use super::{
    Family,
    Request, //
};
use crate::abstractions::device::Net;

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
        unsafe { kernel::bindings::nlmsg_free(self.0.as_ptr()) };
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
    unsafe fn begin(
        skb: NonNull<sk_buff>,
        family: *const genl_family,
        (portid, seq): (u32, u32),
        flags: u32,
        command: u8,
    ) -> Option<Self> {
        // SAFETY: As the caller guarantees.
        let header = unsafe {
            kernel::bindings::genlmsg_put(
                skb.as_ptr(),
                portid,
                seq,
                family,
                flags as c_int,
                command,
            )
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
        let flags = kernel::bindings::GFP_KERNEL_ACCOUNT;
        // SAFETY: Only wants numbers.
        let skb = unsafe { kernel::bindings::genlmsg_new(size, flags) };
        let buffer = Buffer(NonNull::new(skb).ok_or(code::ENOMEM)?);
        // SAFETY: The buffer is ours; families are static.
        let message = unsafe { Message::begin(buffer.0, family, port, 0, command) };
        let mut message = message.ok_or(code::EMSGSIZE)?;
        write(&mut message)?;
        message.end();
        Ok(buffer)
    }

    fn end(self) {
        // SAFETY: By the invariant.
        unsafe { kernel::bindings::genlmsg_end(self.skb.as_ptr(), self.header.as_ptr()) };
    }

    fn cancel(self) {
        // SAFETY: By the invariant.
        unsafe { kernel::bindings::genlmsg_cancel(self.skb.as_ptr(), self.header.as_ptr()) };
    }

    /// Sets the attribute that fills up before 64-bit numbers.
    pub(crate) fn pad_with(&mut self, attribute: u16) {
        self.pad = c_int::from(attribute);
    }

    /// Bytes.
    pub(crate) fn put(&mut self, attribute: u16, bytes: &[u8]) -> Result {
        let length = u16::try_from(bytes.len())?;
        // SAFETY: The buffer is ours by the invariant, `length` bytes are readable.
        to_result(unsafe {
            kernel::bindings::nla_put(
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
            kernel::bindings::nla_put_64bit(
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
        self.put(attribute | kernel::bindings::NLA_F_NESTED as u16, &[])?;
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
        kernel::bindings::NLM_F_MULTI
            | if interrupted {
                kernel::bindings::NLM_F_DUMP_INTR
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

/// An event, written and not sent yet.
pub(crate) struct Event(Buffer);

impl Family {
    /// Writes an event.
    pub(crate) fn event(
        &self,
        command: u8,
        size: usize,
        write: impl FnOnce(&mut Message<'_>) -> Result,
    ) -> Result<Event> {
        Message::compose(self.as_raw(), (0, 0), command, size, write).map(Event)
    }

    /// Sends it to the listeners of the family's group number `group` in `net`, if any.
    pub(crate) fn multicast(&self, net: Net, group: u32, event: Event) {
        let skb = event.0.into_raw();
        // SAFETY: The caller ensures that the family is registered, so its offset is set;
        // the namespace lives and with it its socket; the buffer is ours until it is given away, and
        // its control block is netlink's. That nobody listens is an error that concerns nobody.
        unsafe {
            let group = (*self.as_raw()).mcgrp_offset.wrapping_add(group);
            // The group is in the control block for listeners of several groups, as `nlmsg_multicast()` does.
            let control: *mut netlink_skb_parms = (&raw mut (*skb).cb).cast();
            (*control).dst_group = group;
            kernel::bindings::netlink_broadcast(
                (*net.as_raw()).genl_sock,
                skb,
                0,
                group,
                kernel::bindings::GFP_KERNEL_ACCOUNT,
            );
        }
    }
}
