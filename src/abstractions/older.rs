// SPDX-License-Identifier: GPL-2.0-only

//! What the kernel crate of older kernels (before 7.3) does not have: functions of generic netlink that are inline in C.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

use core::{
    mem::size_of,
    ptr::{
        null,
        null_mut, //
    },
};

use kernel::{
    bindings::{
        self as k,
        gfp_t,
        nlmsghdr,
        sk_buff, //
    },
    ffi::{
        c_int,
        c_void, //
    },
};

/// `NUMA_NO_NODE`: memory of whichever node.
const ANY_NODE: c_int = -1;
/// `NLMSG_ALIGNTO`.
const ALIGNED: usize = 4;
/// That of netlink, and that of generic netlink (`GENL_HDRLEN`).
const HEADERS: usize = size_of::<nlmsghdr>() + 4;

/// A buffer with room for a message of so many bytes behind its headers; null if there is no memory.
///
/// # Safety
///
/// `flags` suits the context.
pub(super) unsafe fn genlmsg_new(payload: usize, flags: gfp_t) -> *mut sk_buff {
    let size = payload.saturating_add(HEADERS + ALIGNED - 1) & !(ALIGNED - 1);
    match u32::try_from(size) {
        // SAFETY: As the caller guarantees.
        Ok(size) => unsafe { k::__alloc_skb(size, flags, 0, ANY_NODE) },
        Err(_) => null_mut(),
    }
}

/// The netlink header of a message.
///
/// # Safety
///
/// `header` is what `genlmsg_put` returned: its headers are right before that.
unsafe fn begin(header: *mut c_void) -> *mut nlmsghdr {
    // SAFETY: As the caller guarantees.
    unsafe { header.byte_sub(HEADERS).cast() }
}

/// Ends a message: writes its length.
///
/// # Safety
///
/// The buffer is the caller's, and `header` what `genlmsg_put` returned for it.
pub(super) unsafe fn genlmsg_end(skb: *mut sk_buff, header: *mut c_void) {
    // SAFETY: As the caller guarantees; the message reaches to the tail, an offset from the head on 64-bit kernels.
    unsafe {
        let message = begin(header);
        let end = (*skb).head.addr().wrapping_add((*skb).tail as usize);
        (*message).nlmsg_len = end.wrapping_sub(message.addr()) as u32;
    }
}

/// Takes a message off the buffer's end again.
///
/// # Safety
///
/// As `genlmsg_end`.
pub(super) unsafe fn genlmsg_cancel(skb: *mut sk_buff, header: *mut c_void) {
    // SAFETY: As the caller guarantees; the message begins in the buffer's data.
    unsafe {
        let before = begin(header).addr().wrapping_sub((*skb).data.addr());
        k::skb_trim(skb, before as u32);
    }
}

/// Frees a buffer.
///
/// # Safety
///
/// It is the caller's.
pub(super) unsafe fn nlmsg_free(skb: *mut sk_buff) {
    // SAFETY: As the caller guarantees.
    unsafe {
        k::sk_skb_reason_drop(
            null(),
            skb,
            k::skb_drop_reason_SKB_DROP_REASON_NOT_SPECIFIED,
        )
    };
}
