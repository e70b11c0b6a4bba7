// SPDX-License-Identifier: GPL-2.0-only

//! Bindings of the kernel's headers that `kernel::bindings` does not have.
//!
//! To be used by the wrappers in this folder only.

#![allow(
    clippy::all,
    clippy::as_underscore,
    clippy::cast_lossless,
    clippy::ptr_as_ptr,
    clippy::undocumented_unsafe_blocks,
    dead_code,
    improper_ctypes,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub
)]

pub(super) use kernel::bindings::*;

use kernel::ffi;
use pin_init::MaybeZeroable;

#[cfg(ssi_no_genl)]
pub(super) use super::older::*;

// Headers of packets that are only passed on.
type iphdr = ffi::c_void;
type ipv6hdr = ffi::c_void;
type tcphdr = ffi::c_void;
// Routes, and what is asked for them.
type dst_entry = ffi::c_void;
type flowi = ffi::c_void;
// Somebody's connection, of which it knows more.
type nf_conntrack = ffi::c_void;

// What a family may have besides, and ours has not.
#[cfg(ssi_no_genl)]
type genl_ops = ffi::c_void;
#[cfg(ssi_no_genl)]
type genl_small_ops = ffi::c_void;
// What an attribute's type may refer to, and ours does not.
#[cfg(ssi_no_genl)]
type netlink_range_validation = ffi::c_void;
#[cfg(ssi_no_genl)]
type netlink_range_validation_signed = ffi::c_void;

include!(env!("SSI_BINDINGS"));

// SAFETY: A new type around `Storage`, for which all zeros is a value.
unsafe impl<Storage: pin_init::Zeroable> pin_init::Zeroable for __BindgenBitfieldUnit<Storage> {}
