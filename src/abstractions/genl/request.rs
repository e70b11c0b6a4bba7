// SPDX-License-Identifier: GPL-2.0-only

//! Generic netlink requests.

use core::{
    ptr::NonNull,
    slice, //
};

use kernel::{
    error::{
        to_result,
        Result, //
    },
    ffi::c_int, //
};

use super::{
    failure::Failure,
    message::Message, //
};
use crate::{
    abstractions::{
        bindings::{
            self,
            genl_info,
            nlattr,
            sk_buff, //
        },
        device::Net,
        extack::Extack, //
    },
    logic::wire::Attr, //
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
    /// As the invariant requires, for `'a`.
    pub(super) unsafe fn from_raw(info: *mut genl_info, skb: *mut sk_buff) -> Option<Self> {
        // SAFETY: As the caller guarantees; the socket that asks keeps its namespace alive.
        let (info, net) = unsafe { (&*info, Net::from_raw((*info)._net.net)?) };
        // INVARIANT: As the caller guarantees.
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
        const HEADERS: usize = size_of::<bindings::nlmsghdr>() + size_of::<bindings::genlmsghdr>();
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
        let capability = bindings::CAP_NET_ADMIN as c_int;
        // SAFETY: The buffer lives by the invariant, and came from a netlink socket.
        unsafe { bindings::netlink_net_capable(self.skb.as_ptr(), capability) }
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
            bindings::netlink_unicast(
                self.net.genl_sock(),
                skb.into_raw(),
                self.info.snd_portid,
                bindings::MSG_DONTWAIT as c_int,
            )
        };
        to_result(sent.min(0))
    }

    pub(super) fn port(&self) -> (u32, u32) {
        (self.info.snd_portid, self.info.snd_seq)
    }

    pub(super) fn family(&self) -> *const bindings::genl_family {
        self.info.family
    }

    /// Puts a refusal where the acknowledgement finds it: its sentence, and what it is about.
    pub(super) fn fail(&self, failure: &Failure) -> c_int {
        if let Failure::Refused(refusal) = failure {
            // SAFETY: It lives until the acknowledgement is sent, and is this request's alone.
            if let Some(mut extack) = unsafe { Extack::from_raw(self.info.extack) } {
                extack.set(*refusal);
                if let Some(attribute) = self.one_of(refusal.about()) {
                    // SAFETY: It is in this request.
                    unsafe { extack.blame(attribute) };
                }
                if let Some(attr) = refusal.missing() {
                    extack.miss(attr.number());
                }
            }
        }
        failure.errno()
    }

    /// Where the first of these attributes is that the request has; none where it has that several
    /// times, since which of them is not known.
    fn one_of(&self, attrs: &[Attr]) -> Option<*const nlattr> {
        attrs
            .iter()
            .map(|attr| self.places(attr.number()))
            .find(|places| places[0].is_some())
            .and_then(|places| match places {
                [one, None] => one,
                _ => None,
            })
    }

    /// The first two places of the attributes of this number.
    fn places(&self, number: u16) -> [Option<*const nlattr>; 2] {
        const HEADER: usize = size_of::<nlattr>();
        let mut places = [None; 2];
        let mut rest = self.attributes();
        // Each turn takes a header off `rest` at least.
        while let Some(&[l0, l1, n0, n1]) = rest.first_chunk::<HEADER>() {
            let length = usize::from(u16::from_ne_bytes([l0, l1])).max(HEADER);
            if u16::from_ne_bytes([n0, n1]) & bindings::NLA_TYPE_MASK as u16 == number {
                let place = Some(rest.as_ptr().cast());
                match places {
                    [None, _] => places[0] = place,
                    _ => places[1] = place,
                }
            }
            let aligned = length.next_multiple_of(bindings::NLA_ALIGNTO as usize);
            rest = rest.get(aligned..).unwrap_or(&[]);
        }
        places
    }
}
