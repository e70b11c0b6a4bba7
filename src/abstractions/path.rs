// SPDX-License-Identifier: GPL-2.0-only

//! A packet path, as the hooks call it: what they show to it, and what it returns.

use core::marker::PhantomData;

use kernel::ffi::c_uint;

use super::{
    bindings,
    device::Device,
    rcu::Reader,
    skb::{
        Received,
        Sent, //
    }, //
};

/// What the packet path wants of the kernel with a frame about to leave.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum TxVerdict {
    /// Go on with the frame.
    Accept = bindings::NF_ACCEPT,
    /// Free it.
    Drop = bindings::NF_DROP,
}

/// The verdict on a received frame, as the return code of the hook that met it.
///
/// It is the return code itself, and no enum: each exit of the path returns at once, and the exits do not
/// meet again in a match.
pub(crate) struct RxVerdict<C>(pub(super) c_uint, PhantomData<C>);

/// The return codes of a hook for received frames.
pub(crate) trait ReturnCodes {
    /// The stack goes on with it.
    const PASS: c_uint;
    /// It is gone.
    const CONSUMED: c_uint;
}

impl<C: ReturnCodes> RxVerdict<C> {
    /// The stack goes on with it. It has it already: a `Received` is never another buffer than the one that
    /// the hook was shown.
    #[inline(always)]
    pub(crate) fn pass(_frame: Received) -> Self {
        Self(C::PASS, PhantomData)
    }

    /// It is gone.
    #[inline(always)]
    pub(crate) fn consumed() -> Self {
        Self(C::CONSUMED, PhantomData)
    }
}

/// A packet path: called for every frame, in softirq or with bottom halves off; never sleeps.
pub(crate) trait Path: Send + Sync + 'static {
    /// A frame came in. What nearly all frames see is to be inlined, and the rest jumped to: then it
    /// needs no stack.
    fn receive<C: ReturnCodes>(&self, frame: Received, reader: Reader<'_>) -> RxVerdict<C>;
    /// A frame came in with a VLAN's tag in its header, of which it is no Ethernet header of 14 bytes. As
    /// `receive`.
    fn receive_tagged<C: ReturnCodes>(&self, frame: Received, reader: Reader<'_>) -> RxVerdict<C>;
    /// A packet that came in is about to be taken by its protocol, whether `receive` has had it or
    /// not. As `receive`; called where that is at the ingress hook only, which can be passed by.
    fn gate<C: ReturnCodes>(&self, arrival: Arrival<'_>, reader: Reader<'_>) -> RxVerdict<C>;
    /// A frame is about to leave. As `receive`.
    fn send(&self, frame: Sent, reader: Reader<'_>) -> TxVerdict;
    /// A frame is about to leave with a VLAN's tag in its header. As `send`.
    fn send_tagged(&self, frame: Sent, reader: Reader<'_>) -> TxVerdict;
}

/// One of netfilter's hooks.
pub(super) enum AtHook {}

impl ReturnCodes for AtHook {
    const PASS: c_uint = bindings::NF_ACCEPT;
    const CONSUMED: c_uint = bindings::NF_STOLEN;
}

/// How many interfaces lie on each other at most (`MAX_NEST_DEV`).
const NESTED: usize = 8;

/// A packet that its protocol is about to take.
pub(crate) struct Arrival<'a> {
    frame: Received,
    /// The interface whose frames these might be.
    device: Device,
    /// Where the protocol has it from.
    taken_at: Option<Device>,
    reader: Reader<'a>,
}

impl<'a> Arrival<'a> {
    pub(super) fn new(
        frame: Received,
        device: Device,
        taken_at: Option<Device>,
        reader: Reader<'a>,
    ) -> Self {
        Self {
            frame,
            device,
            taken_at,
            reader,
        }
    }

    /// The destination MAC of the frame that it came in and two bytes more, as `Received` has it, if
    /// that was an Ethernet frame.
    #[inline(always)]
    pub(crate) fn destination(&self) -> Option<u64> {
        self.frame.framed_to()
    }

    /// Whether it came in at the interface: as its own, or as that of the bridge or bond that the
    /// interface is a port of. What br_netfilter shows ahead of the bridge has its port.
    pub(crate) fn is_here(&self) -> bool {
        if self.taken_at == Some(self.device) {
            return true;
        }
        if let Some(port) = self.frame.bridge_port() {
            return port == self.device.ifindex();
        }
        let mut upper = self.device.upper_now(self.reader);
        for _ in 0..NESTED {
            match upper {
                Some(device) if Some(device) == self.taken_at => return true,
                Some(device) => upper = device.upper_now(self.reader),
                None => break,
            }
        }
        false
    }

    /// The packet.
    pub(crate) fn packet(&self) -> &Received {
        &self.frame
    }

    /// The packet.
    pub(crate) fn into_packet(self) -> Received {
        self.frame
    }
}
