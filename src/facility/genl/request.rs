// SPDX-License-Identifier: GPL-2.0-only

//! What somebody asks.

use core::{
    ptr::NonNull,
    slice, //
};

use kernel::{
    bindings::{
        genl_info,
        sk_buff, //
    },
    error::{
        to_result,
        Result, //
    },
    ffi::c_int, //
};

use super::{
    Failure,
    Message, //
};
use crate::facility::{
    device::Net,
    extack::Extack, //
};

/// A request.
///
/// # Invariants
///
/// `info` and the buffer live for as long as the value, and generic netlink has filled `info` in
/// and checked the message's length.
pub(crate) struct Request<'a> {
    info: &'a genl_info,
    skb: NonNull<sk_buff>,
    net: Net,
}

impl<'a> Request<'a> {
    /// # Safety
    ///
    /// As the invariant says, for `'a`.
    pub(super) unsafe fn from_raw(info: *mut genl_info, skb: *mut sk_buff) -> Option<Self> {
        // SAFETY: As the caller says; the socket that asks keeps its namespace alive.
        let (info, net) = unsafe { (&*info, Net::from_raw((*info)._net.net)?) };
        // INVARIANT: As the caller says.
        Some(Self {
            info,
            skb: NonNull::new(skb)?,
            net,
        })
    }

    /// The namespace it is made in.
    pub(crate) fn net(&self) -> Net {
        self.net
    }

    /// Its attributes, one after the other, which have passed the operation's policy.
    pub(crate) fn attributes(&self) -> &'a [u8] {
        const HEADERS: usize =
            size_of::<kernel::bindings::nlmsghdr>() + size_of::<kernel::bindings::genlmsghdr>();
        // SAFETY: The header is in the request's buffer, by the invariant, and so are the
        // `nlmsg_len` bytes that it begins.
        let message = unsafe {
            let length = (*self.info.nlhdr).nlmsg_len as usize;
            slice::from_raw_parts(self.info.nlhdr.cast::<u8>(), length)
        };
        message.get(HEADERS..).unwrap_or(&[])
    }

    /// Whether whoever asks may change the namespace's network.
    pub(crate) fn is_admins(&self) -> bool {
        let capability = kernel::bindings::CAP_NET_ADMIN as c_int;
        // SAFETY: The buffer lives by the invariant, and came from a netlink socket.
        unsafe { kernel::bindings::netlink_net_capable(self.skb.as_ptr(), capability) }
    }

    /// Answers with a message of command `command`, of at most `size` bytes of attributes.
    pub(crate) fn reply(
        &self,
        command: u8,
        size: usize,
        write: impl FnOnce(&mut Message<'_>) -> Result,
    ) -> Result {
        let skb = Message::compose(self.info.family, self.port(), command, size, |message| {
            write(message)
        })?;
        // SAFETY: The namespace lives, and while it does so does its socket; the buffer is given
        // away, whatever comes back.
        let sent = unsafe {
            kernel::bindings::netlink_unicast(
                (*self.net.as_raw()).genl_sock,
                skb.into_raw(),
                self.info.snd_portid,
                kernel::bindings::MSG_DONTWAIT as c_int,
            )
        };
        to_result(sent.min(0))
    }

    pub(super) fn port(&self) -> (u32, u32) {
        (self.info.snd_portid, self.info.snd_seq)
    }

    pub(super) fn family(&self) -> *const kernel::bindings::genl_family {
        self.info.family
    }

    /// Puts a refusal's sentence where the acknowledgement finds it.
    pub(super) fn fail(&self, failure: &Failure) -> c_int {
        if let Failure::Refused(refusal) = failure {
            // SAFETY: It lives until the acknowledgement is sent, and is this request's alone.
            if let Some(mut extack) = unsafe { Extack::from_raw(self.info.extack) } {
                extack.tell(*refusal);
            }
        }
        failure.errno()
    }
}
