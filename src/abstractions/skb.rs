// SPDX-License-Identifier: GPL-2.0-only

//! Socket buffers: received and sent packets.
//!
//! Reads go straight to the fields of `struct sk_buff`; the C inlines for them are not exported,
//! and a helper would cost a call.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

use core::{
    mem::MaybeUninit,
    ptr::NonNull,
    slice, //
};

use kernel::{
    bindings::{
        sk_buff,
        sk_buff__bindgen_ty_4__bindgen_ty_1 as Headers, //
    },
    error::{
        to_result,
        Result, //
    },
    ffi::c_int,
};

use super::bindings;
use crate::logic::frame::ETH_HLEN;

mod routed;
mod sum;
pub(crate) mod xmit;

/// Room for what a decision reads, where the frame's own memory does not have it in one piece.
///
/// Not set to anything first: most frames never need it.
pub(crate) struct Scratch<const N: usize>(MaybeUninit<[u8; N]>);

impl<const N: usize> Scratch<N> {
    /// Empty.
    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self(MaybeUninit::uninit())
    }
}

/// A received frame: its Ethernet header is linear and pulled, `data` is at the network header right
/// behind it (the stack takes a VLAN's tag out from between them).
///
/// # Invariants
///
/// The buffer lives and is in the stack's receive path, between `eth_type_trans` and the protocols. What is no Ethernet
/// frame's has as much room ahead of `data` nevertheless: a multicast that the host itself sends and gives to its own
/// sockets (`is_looped`), made with room for the interface's header (LL_RESERVED_SPACE), and what traffic control
/// redirects here from an interface without such headers, whose drivers leave room (NET_SKB_PAD). Of a packet at
/// PRE_ROUTING that is not known: it is looked at where `framed_to` has found the room.
pub(crate) struct Received(NonNull<sk_buff>);

impl Received {
    /// # Safety
    ///
    /// As the invariant requires, for as long as the value is in use.
    #[inline(always)]
    pub(super) unsafe fn from_raw(skb: NonNull<sk_buff>) -> Self {
        // INVARIANT: As the caller guarantees.
        Self(skb)
    }

    #[inline(always)]
    pub(super) fn as_raw(&self) -> NonNull<sk_buff> {
        self.0
    }

    #[inline(always)]
    fn raw(&self) -> &sk_buff {
        // SAFETY: The buffer lives by the invariant, and its receive path is this one.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    fn headers(&self) -> &Headers {
        // SAFETY: The union is C's `struct_group(headers, ...)`: both views are the same fields.
        unsafe { self.raw().__bindgen_anon_4.__bindgen_anon_1.as_ref() }
    }

    /// The frame's first eight bytes as they lie: destination MAC, then two of the source MAC's.
    #[inline(always)]
    pub(crate) fn destination(&self) -> u64 {
        // SAFETY: There are 14 bytes before `data` by the invariant, the MAC header's if there is one.
        let bytes = unsafe { self.raw().data.sub(ETH_HLEN).cast::<[u8; 8]>().read() };
        u64::from_ne_bytes(bytes)
    }

    /// As `destination`, of a packet that may be no Ethernet frame's, or whose frame's header may have
    /// been more than its fourteen bytes.
    #[inline(always)]
    pub(crate) fn framed_to(&self) -> Option<u64> {
        let skb = self.raw();
        let header = self.headers().mac_header;
        let ahead = skb.data.addr().wrapping_sub(skb.head.addr());
        // The mark of a header that was never set is far behind any data (skb_mac_header_was_set).
        let is_there = header != u16::MAX && usize::from(header) + ETH_HLEN <= ahead;
        // SAFETY: There are so many bytes between there and `data`.
        is_there.then(|| unsafe { skb.head.add(header.into()).cast::<u64>().read_unaligned() })
    }

    /// Whether it came out of an IPsec packet, by whose sender it was decided.
    #[inline(always)]
    pub(crate) fn is_unwrapped(&self) -> bool {
        self.raw().active_extensions & bindings::SSI_SKB_EXT_SEC_PATH != 0
    }

    /// Whether it came out of an IPsec packet that was decided on here: then it is of whoever sent that, and
    /// no other node has it. (What was deciphered ahead of us, by GRO or a device, still has the packet type
    /// of a frame to a group, or to another host.)
    #[inline(always)]
    pub(crate) fn is_decided(&self) -> bool {
        self.is_unwrapped() && self.is_to_host()
    }

    /// Index of the bridge's port that it came in at, if br_netfilter shows it to IP's hooks or did.
    pub(super) fn bridge_port(&self) -> Option<u32> {
        let skb = self.raw();
        if skb.active_extensions & bindings::SSI_SKB_EXT_BRIDGE_NF == 0 {
            return None;
        }
        let extensions = skb.extensions.cast::<u8>();
        // SAFETY: The bit is set, so there is a `struct nf_bridge_info` among the extensions, which
        // have its offset in units of eight bytes (skb_ext_find); the port is an `int` in it.
        let port: c_int = unsafe {
            let offset = extensions
                .add(bindings::SSI_SKB_EXT_BRIDGE_NF_offset)
                .read();
            let info = extensions.add(usize::from(offset) << 3);
            info.add(bindings::SSI_BRIDGE_NF_physinif)
                .cast::<c_int>()
                .read()
        };
        Some(port.unsigned_abs())
    }

    /// Whether its destination is a group address.
    #[inline(always)]
    pub(crate) fn is_to_group(&self) -> bool {
        // SAFETY: As in `destination`. A read of its own, so that the eight bytes there need not be kept for
        // it: they are compared under a mask, straight from memory.
        let first = unsafe { self.raw().data.sub(ETH_HLEN).read_volatile() };
        first & 1 != 0
    }

    /// Whether the host made it, and the stack gives it to the host's own sockets as well: a multicast that it
    /// sends. It has no Ethernet header then.
    #[inline(always)]
    pub(crate) fn is_looped(&self) -> bool {
        // What comes from a network is PACKET_HOST, BROADCAST, MULTICAST or OTHERHOST, the first four.
        self.headers().pkt_type() > OTHERHOST
    }

    /// EtherType, host byte order; of a frame whose tag was taken off, what the tag was before.
    #[inline(always)]
    pub(crate) fn protocol(&self) -> u16 {
        u16::from_be(self.headers().protocol)
    }

    /// Whether it belongs to a VLAN that no VLAN interface has taken it to. The ingress hook is ahead
    /// of those interfaces: there, whether it belongs to any.
    #[inline(always)]
    pub(crate) fn is_in_vlan(&self) -> bool {
        vlan(self.headers()) != 0
    }

    /// Whether a tag was taken off it, even one without a VLAN.
    #[inline(always)]
    pub(crate) fn is_tagged(&self) -> bool {
        is_tagged(self.headers())
    }

    /// Bytes from the network header on.
    #[inline(always)]
    pub(crate) fn len(&self) -> u32 {
        self.raw().len
    }

    /// The packet's first `N` bytes, if they are at hand in one piece.
    #[inline(always)]
    pub(crate) fn first<const N: usize>(&self) -> Option<&[u8; N]> {
        // SAFETY: The receive path holds the buffer, and nobody else writes its headers.
        unsafe { first(self.raw()) }
    }

    /// The packet from its network header on: all of it, or at least its first `needed` bytes.
    #[inline(always)]
    pub(crate) fn packet<'a, const N: usize>(
        &'a self,
        needed: usize,
        scratch: &'a mut Scratch<N>,
    ) -> &'a [u8] {
        // SAFETY: The receive path holds the buffer, and nobody else writes its headers.
        unsafe { linear(self.raw(), needed, scratch) }
    }

    /// Frees it. Another node's request is no packet lost, and must not look so to those who watch
    /// for that (`kfree_skb`'s tracepoint).
    pub(crate) fn discard(self) {
        // SAFETY: The receive path gave the buffer to us; nothing uses it from here on.
        unsafe { discard(self.0) };
    }

    /// Marks it as addressed to this host, which the protocols want of what they take.
    #[inline(always)]
    pub(crate) fn set_to_host(&mut self) {
        // SAFETY: The buffer lives; both views of the union are the same. Taps have had their
        // clones by now, so nobody else reads it; only the kernel's packet generator keeps a
        // reference to a buffer that it sends through here, and it leaves this field alone.
        unsafe {
            let headers = self.0.as_mut().__bindgen_anon_4.__bindgen_anon_1.as_mut();
            headers.set_pkt_type(HOST);
        }
    }
}

/// The interface that a buffer is at.
///
/// # Safety
///
/// The buffer lives.
#[inline(always)]
pub(super) unsafe fn device_of(skb: NonNull<sk_buff>) -> *mut kernel::bindings::net_device {
    // SAFETY: As the caller guarantees; both views of the union are plain pointers.
    unsafe {
        (*skb.as_ptr())
            .__bindgen_anon_1
            .__bindgen_anon_1
            .__bindgen_anon_1
            .dev
    }
}

/// What was registered with the rx_handler that is running.
///
/// # Safety
///
/// To be called in an rx_handler, which is registered with a `T`, for its buffer.
#[inline(always)]
pub(super) unsafe fn rx_handler_data<'a, T>(skb: NonNull<sk_buff>) -> &'a T {
    // SAFETY: `skb->dev` is the interface that the handler is registered at, and while its
    // rx_handler is set, so is the data that was registered with it (netdev_rx_handler_register);
    // it stays for the RCU read side that the handler runs in.
    unsafe {
        let device = (*skb.as_ptr())
            .__bindgen_anon_1
            .__bindgen_anon_1
            .__bindgen_anon_1
            .dev;
        let data = device.byte_add(bindings::SSI_NET_DEVICE_rx_handler_data);
        &*data.cast::<*const T>().read()
    }
}

/// The VLAN of an accelerated tag; 0 where there is none, or where the tag is a priority only, as
/// the stack has it (IEEE 802.1Q, 9.6).
#[inline(always)]
fn vlan(headers: &Headers) -> u16 {
    // SAFETY: Both views of the union are plain numbers; it is zero where there is no tag.
    let tag = unsafe { &headers.__bindgen_anon_2.__bindgen_anon_1 };
    tag.vlan_tci & VLAN_VID_MASK
}

/// `VLAN_VID_MASK` of `include/linux/if_vlan.h`.
const VLAN_VID_MASK: u16 = 0x0fff;

/// Whether there is an accelerated tag, of whatever VLAN (skb_vlan_tag_present).
#[inline(always)]
fn is_tagged(headers: &Headers) -> bool {
    // SAFETY: As in `vlan`.
    unsafe { headers.__bindgen_anon_2.vlan_all != 0 }
}

/// `PACKET_HOST`.
const HOST: u8 = bindings::PACKET_HOST as u8;
/// `PACKET_OTHERHOST`.
const OTHERHOST: u8 = bindings::PACKET_OTHERHOST as u8;

/// The first `N` bytes of `skb` from `data` on, if they are in one piece.
///
/// # Safety
///
/// As `linear`.
#[inline(always)]
unsafe fn first<const N: usize>(skb: &sk_buff) -> Option<&[u8; N]> {
    // With signs one comparison is enough: less than `N` bytes in all are less than none that are not
    // linear. (`data_len` is part of `len`, which is below 2 GiB.)
    let is_at_hand = (skb.len as i32).wrapping_sub(N as i32) >= skb.data_len as i32;
    // SAFETY: `len - data_len` bytes from `data` on are linear (skb_headlen).
    is_at_hand.then(|| unsafe { &*skb.data.cast::<[u8; N]>() })
}

/// The first bytes of `skb` from `data` on: all it has, or at least `needed`.
///
/// # Safety
///
/// `skb` lives and its bytes are not written for as long as the slice lives.
#[inline(always)]
unsafe fn linear<'a, const N: usize>(
    skb: &'a sk_buff,
    needed: usize,
    scratch: &'a mut Scratch<N>,
) -> &'a [u8] {
    let in_one_piece = skb.len.wrapping_sub(skb.data_len) as usize;
    if skb.data_len == 0 || in_one_piece >= needed {
        // SAFETY: `len - data_len` bytes from `data` on are linear (skb_headlen).
        return unsafe { slice::from_raw_parts(skb.data, in_one_piece) };
    }
    gather(skb, needed, scratch)
}

#[cold]
#[inline(never)]
fn gather<'a, const N: usize>(
    skb: &sk_buff,
    needed: usize,
    scratch: &'a mut Scratch<N>,
) -> &'a [u8] {
    let wanted = needed.min(skb.len as usize).min(N);
    let into = scratch.0.as_mut_ptr().cast::<u8>();
    // SAFETY: `scratch` has room for `wanted` bytes, a small number. The function checks the offset
    // and length against the buffer's and leaves `skb` as it is.
    let result = unsafe { kernel::bindings::skb_copy_bits(skb, 0, into.cast(), wanted as c_int) };
    match result {
        // SAFETY: Just written.
        0 => unsafe { slice::from_raw_parts(into, wanted) },
        _ => &[],
    }
}

/// A frame about to leave: `data` is at its Ethernet header.
///
/// # Invariants
///
/// The buffer lives and is ours alone, in the device's transmit path before its queue.
pub(crate) struct Sent(NonNull<sk_buff>);

impl Sent {
    /// # Safety
    ///
    /// As the invariant requires, for as long as the value is in use.
    #[inline(always)]
    pub(super) unsafe fn from_raw(skb: NonNull<sk_buff>) -> Self {
        // INVARIANT: As the caller guarantees.
        Self(skb)
    }

    /// Whether its device puts a VLAN tag on it.
    #[inline(always)]
    pub(crate) fn is_in_vlan(&self) -> bool {
        // SAFETY: The buffer lives by the invariant; both views of the union are the same.
        vlan(unsafe { self.0.as_ref().__bindgen_anon_4.__bindgen_anon_1.as_ref() }) != 0
    }

    /// Whether its device puts a tag on it, even one without a VLAN.
    #[inline(always)]
    pub(crate) fn is_tagged(&self) -> bool {
        // SAFETY: As in `is_in_vlan`.
        is_tagged(unsafe { self.0.as_ref().__bindgen_anon_4.__bindgen_anon_1.as_ref() })
    }

    /// The frame's first `N` bytes, if they are at hand in one piece.
    #[inline(always)]
    pub(crate) fn start<const N: usize>(&mut self) -> Option<Start<'_, N>> {
        // SAFETY: As in `frame`.
        unsafe { first::<N>(self.0.as_ref()) }?;
        // INVARIANT: There are so many.
        Some(Start(self))
    }

    /// The frame: all of it, or at least its first `needed` bytes.
    #[inline(always)]
    pub(crate) fn frame<'a, const N: usize>(
        &'a self,
        needed: usize,
        scratch: &'a mut Scratch<N>,
    ) -> &'a [u8] {
        // SAFETY: The buffer lives by the invariant; `write` wants it exclusively.
        unsafe { linear(self.0.as_ref(), needed, scratch) }
    }

    /// Whether its checksum is there, and not left to the device.
    pub(crate) fn is_summed(&self) -> bool {
        // SAFETY: The buffer lives by the invariant; both views of the union are the same.
        let headers = unsafe { self.0.as_ref().__bindgen_anon_4.__bindgen_anon_1.as_ref() };
        u32::from(headers.ip_summed()) != kernel::bindings::CHECKSUM_PARTIAL
    }

    /// Makes the first `len` bytes the frame's own, so that `write` may change them.
    #[inline(always)]
    pub(crate) fn make_writable(&mut self, len: usize) -> Result<Writable<'_>> {
        let wanted = len.try_into()?;
        // SAFETY: The buffer lives and is ours by the invariant.
        to_result(unsafe { kernel::bindings::skb_ensure_writable(self.0.as_ptr(), wanted) })?;
        // SAFETY: The call has seen to it that `len` bytes from `data` on are linear and shared
        // with no other buffer; the slice borrows `self`, so nothing moves them.
        Ok(Writable(unsafe {
            slice::from_raw_parts_mut(self.0.as_ref().data, len)
        }))
    }
}

/// The beginning of a frame about to leave, in one piece.
///
/// # Invariants
///
/// The buffer has `N` linear bytes from `data` on.
pub(crate) struct Start<'a, const N: usize>(&'a mut Sent);

impl<'a, const N: usize> Start<'a, N> {
    /// The bytes.
    #[inline(always)]
    pub(crate) fn bytes(&self) -> &[u8; N] {
        // SAFETY: By the invariants they are there; `own` wants them exclusively.
        unsafe { &*self.0 .0.as_ref().data.cast::<[u8; N]>() }
    }

    /// The bytes to write to, if no other buffer has them as well.
    #[inline(always)]
    pub(crate) fn own(self) -> Option<&'a mut [u8; N]> {
        // SAFETY: The buffer lives by the invariant of `Sent`.
        let skb = unsafe { self.0 .0.as_ref() };
        // SAFETY: By the invariants they are there. No other buffer has them, and this one is
        // borrowed for as long as they are.
        (skb.cloned() == 0).then(|| unsafe { &mut *skb.data.cast::<[u8; N]>() })
    }
}

/// The beginning of a frame, writable.
pub(crate) struct Writable<'a>(&'a mut [u8]);

impl Writable<'_> {
    /// Writes `bytes` at `offset`; what lies outside is left out.
    #[inline(always)]
    pub(crate) fn put<const N: usize>(&mut self, offset: usize, bytes: &[u8; N]) {
        let place = self
            .0
            .get_mut(offset..)
            .and_then(|rest| rest.first_chunk_mut());
        if let Some(place) = place {
            *place = *bytes;
        }
    }
}

/// Gives a buffer back.
///
/// # Safety
///
/// A reference to it is the caller's.
unsafe fn discard(skb: NonNull<sk_buff>) {
    // SAFETY: As the caller guarantees.
    unsafe { kernel::bindings::consume_skb(skb.as_ptr()) };
}
