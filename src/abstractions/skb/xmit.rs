// SPDX-License-Identifier: GPL-2.0-only

//! Received frames that go on to another interface or another node, and frames that we make.
//!
//! C headers: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h),
//! [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use core::{
    mem::ManuallyDrop,
    ptr::NonNull,
    slice,
    sync::atomic::{
        AtomicI32,
        Ordering, //
    }, //
};

use kernel::{
    bindings::{
        self as k,
        sk_buff, //
    },
    error::{
        code::{
            EMSGSIZE,
            ENOMEM, //
        },
        to_result,
        Result, //
    },
    ffi::c_uint,
};

use super::{
    super::{
        bindings,
        device::Device, //
    },
    discard,
    Received,
    HOST, //
};
use crate::logic::{
    frame::ETH_HLEN,
    mac::{
        Mac,
        LEN as MAC_LEN, //
    }, //
};

const HEADER: c_uint = ETH_HLEN as c_uint;

/// A frame that is ours alone: taken from the stack, or a copy. It can be sent on or discarded, but not
/// given back to the stack as what a hook was shown (`RxVerdict::pass`), since it may be another buffer.
///
/// # Invariants
///
/// The buffer is laid out as that of a `Received`, and has no reference but ours.
pub(crate) struct Detached(Received);

impl Received {
    /// The frame's source MAC.
    pub(crate) fn source(&self) -> Mac {
        let offset = usize::from(self.headers().mac_header) + MAC_LEN;
        // SAFETY: The MAC header's 14 bytes are there, before `data`, by the invariant.
        Mac(unsafe { self.raw().head.add(offset).cast::<[u8; MAC_LEN]>().read() })
    }

    /// Whether it came to its interface's own MAC.
    pub(crate) fn is_to_host(&self) -> bool {
        self.headers().pkt_type() == HOST
    }

    /// Whether nobody else has a reference to the buffer. The packet generator is who keeps one.
    fn is_own(&self) -> bool {
        let skb = self.as_raw();
        // SAFETY: The buffer lives; its count is an `atomic_t`, as other CPUs change it.
        let users = unsafe { AtomicI32::from_ptr(&raw mut (*skb.as_ptr()).users.refs.counter) };
        users.load(Ordering::Acquire) == 1
    }

    /// This buffer for us alone, or a clone of it in its place; `None`, and it is gone, where there
    /// is no memory.
    pub(crate) fn detach(self) -> Option<Detached> {
        let skb = self.as_raw();
        if self.is_own() {
            // INVARIANT: Just looked at.
            return Some(Detached(self));
        }
        // SAFETY: The buffer lives. What is given back is our reference to it.
        let clone = unsafe {
            let clone = k::skb_clone(skb.as_ptr(), k::GFP_ATOMIC);
            discard(skb);
            clone
        };
        // INVARIANT: A clone is laid out as its original, and new.
        NonNull::new(clone).map(|clone| Detached(Self(clone)))
    }

    /// The IPv4 packet whose last missing part this is. `None`, and the part is kept, as long as the
    /// stack keeps parts (`net.ipv4.ipfrag_time`), while others are missing. A buffer that somebody shares is gone:
    /// it could not be put together in place, and the stack goes on with this one or none.
    pub(crate) fn defrag(self, device: Device) -> Option<Self> {
        let Some(net) = device.net().filter(|_| self.is_own()) else {
            self.discard();
            return None;
        };
        let skb = self.as_raw();
        let user = bindings::SSI_IP_DEFRAG_USER;
        // SAFETY: The buffer lives and is ours alone, the namespace lives with its interface. What
        // comes back is the same buffer, as it is ours alone, or it is not ours any more.
        let whole = unsafe { bindings::ip_check_defrag(net.as_raw(), skb.as_ptr(), user) };
        let whole = NonNull::new(whole)?;
        if whole != skb {
            // SAFETY: What came back is ours, and nobody waits for it.
            unsafe { lose(whole) };
            return None;
        }
        // INVARIANT: It is in the receive path as its parts were.
        Some(Self(whole))
    }

    /// Another buffer with this frame, to be sent on.
    pub(crate) fn copy(&self) -> Option<Detached> {
        // SAFETY: The buffer lives.
        let clone = unsafe { k::skb_clone(self.as_raw().as_ptr(), k::GFP_ATOMIC) };
        // INVARIANT: As in `detach`.
        NonNull::new(clone).map(|clone| Detached(Self(clone)))
    }
}

impl Detached {
    pub(in crate::abstractions) fn as_raw(&self) -> NonNull<sk_buff> {
        self.0.as_raw()
    }

    /// Frees it, as `Received::discard`.
    pub(in crate::abstractions) fn discard(self) {
        self.0.discard();
    }

    /// Gives it another destination MAC.
    pub(crate) fn set_destination(&mut self, destination: Mac) -> Result {
        let skb = self.as_raw().as_ptr();
        // SAFETY: The buffer is in the receive path: its Ethernet header is right before `data`.
        unsafe { k::skb_push(skb, HEADER) };
        // SAFETY: The buffer lives and is the caller's own.
        let result = to_result(unsafe { k::skb_ensure_writable(skb, HEADER) });
        if result.is_ok() {
            // SAFETY: The call has seen to it that the header is linear and nobody else's.
            unsafe { (*skb).data.cast::<[u8; MAC_LEN]>().write(destination.0) };
        }
        // SAFETY: Takes back what was pushed.
        unsafe { k::skb_pull(skb, HEADER) };
        result
    }

    /// Gives it to another interface, which the caller makes the stack go on with.
    pub(in crate::abstractions) fn divert(&mut self, device: Device) {
        let skb = self.as_raw().as_ptr();
        // SAFETY: The buffer lives; both views of the union are plain pointers.
        unsafe {
            (*skb)
                .__bindgen_anon_1
                .__bindgen_anon_1
                .__bindgen_anon_1
                .dev = device.as_raw()
        };
    }

    /// Sends it on by `device`, from its MAC to `destination`, and is done with it. Whether it went:
    /// it does not where it is too long for the interface, or that is down.
    ///
    /// What this host has made of the frame is taken off: marks, timestamps, connection tracking.
    pub(crate) fn send_on(self, device: Device, destination: Mac) -> bool {
        let skb = self.as_raw();
        if self.prepare(device, destination).is_err() {
            // SAFETY: The buffer is ours.
            unsafe { lose(skb) };
            return false;
        }
        // SAFETY: The buffer is ours and whole, `data` at its Ethernet header, and lives no longer
        // than the call.
        unsafe { bindings::__dev_queue_xmit(skb.as_ptr().cast(), core::ptr::null_mut()) == 0 }
    }

    fn prepare(mut self, device: Device, destination: Mac) -> Result {
        let source = device.mac_now();
        self.divert(device);
        let skb = self.as_raw().as_ptr();
        // SAFETY: As in `set_destination`; the buffer is our own. Scrubbing takes off what is the
        // receiving interface's, and changes no byte of the frame.
        unsafe {
            k::skb_scrub_packet(skb, true);
            k::skb_push(skb, HEADER);
            // A priority that came beside the frame belongs to the interface that it came in at.
            (*skb)
                .__bindgen_anon_4
                .__bindgen_anon_1
                .as_mut()
                .__bindgen_anon_2
                .vlan_all = 0;
            if !bindings::is_skb_forwardable(device.as_raw(), skb.cast_const().cast()) {
                return Err(EMSGSIZE);
            }
            to_result(k::skb_ensure_writable(skb, HEADER))?;
            let header = (*skb).data.cast::<[[u8; MAC_LEN]; 2]>();
            header.write([destination.0, source.0]);
            // A sum over the whole packet that the receiving device made is no use to a sending one.
            let headers = (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut();
            if u32::from(headers.ip_summed()) == k::CHECKSUM_COMPLETE {
                headers.set_ip_summed(k::CHECKSUM_NONE as u8);
            }
        }
        Ok(())
    }
}

/// Gives back a buffer that should have gone on: a packet lost, for those who watch for that.
///
/// # Safety
///
/// As `discard`.
unsafe fn lose(skb: NonNull<sk_buff>) {
    let reason = k::skb_drop_reason_SKB_DROP_REASON_NOT_SPECIFIED;
    // SAFETY: As the caller guarantees; there is no socket.
    unsafe { k::sk_skb_reason_drop(core::ptr::null(), skb.as_ptr(), reason) };
}

/// A frame that we made, of bytes from its Ethernet header on.
pub(crate) struct Made(NonNull<sk_buff>);

impl Made {
    /// Of `len` bytes, to be sent by `device`; any context.
    fn new(device: Device, len: usize) -> Result<Self> {
        // SAFETY: The interface lives. `GFP_ATOMIC`: timers make frames.
        let skb =
            unsafe { k::__netdev_alloc_skb(device.as_raw().cast(), len as c_uint, k::GFP_ATOMIC) };
        NonNull::new(skb).map(Self).ok_or(ENOMEM)
    }

    /// Of `parts`, one behind the other.
    pub(super) fn of(device: Device, parts: &[&[u8]]) -> Result<Self> {
        let longer = |len: usize, part: &&[u8]| len.saturating_add(part.len());
        let len = parts.iter().fold(0, longer);
        let frame = Self::new(device, len)?;
        let skb = frame.0.as_ptr();
        // SAFETY: `len` bytes were asked for, and nobody else has the buffer. They are not set to anything yet, and
        // are only written to here, all of them.
        let mut room =
            unsafe { slice::from_raw_parts_mut(k::skb_put(skb, len as c_uint).cast(), len) };
        for part in parts {
            // The parts are as long as the room together.
            let (to, rest) = core::mem::take(&mut room)
                .split_at_mut_checked(part.len())
                .ok_or(ENOMEM)?;
            to.copy_from_slice(part);
            room = rest;
        }
        Ok(frame)
    }

    /// The buffer.
    pub(super) fn as_raw(&self) -> NonNull<sk_buff> {
        self.0
    }

    /// Sends `parts`, one behind the other, by `device` as a frame of EtherType `ethertype`.
    pub(crate) fn send(device: Device, ethertype: u16, parts: &[&[u8]]) -> Result {
        let frame = Self::of(device, parts)?;
        let skb = frame.0.as_ptr();
        // SAFETY: The buffer is ours; the offsets are of its own `data`, not 64 KiB from `head`.
        unsafe {
            let at = (*skb).data.offset_from((*skb).head) as u16;
            let headers = (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut();
            headers.mac_header = at;
            headers.network_header = at.wrapping_add(ETH_HLEN as u16);
            headers.protocol = ethertype.to_be();
        }
        let frame = ManuallyDrop::new(frame);
        // SAFETY: The buffer is ours and lives no longer than the call.
        let sent =
            unsafe { bindings::__dev_queue_xmit(frame.0.as_ptr().cast(), core::ptr::null_mut()) };
        // A full queue has dropped it, which the queue's own counters count.
        to_result(sent.min(0))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // SAFETY: The buffer is ours, and was not sent.
        unsafe { discard(self.0) };
    }
}
