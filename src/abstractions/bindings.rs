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

use kernel::{
    bindings::*,
    ffi, //
};
use pin_init::MaybeZeroable;

// Headers of packets that are only passed on.
type iphdr = ffi::c_void;
type ipv6hdr = ffi::c_void;
type tcphdr = ffi::c_void;
// Routes, and what is asked for them.
type dst_entry = ffi::c_void;
type flowi = ffi::c_void;
// Somebody's connection, of which it knows more.
type nf_conntrack = ffi::c_void;

include!(env!("SSI_BINDINGS"));

// SAFETY: A new type around `Storage`, for which all zeros is a value.
unsafe impl<Storage: pin_init::Zeroable> pin_init::Zeroable for __BindgenBitfieldUnit<Storage> {}
