// SPDX-License-Identifier: GPL-2.0-only

//! Declarations of `/usr/include/corosync/cpg.h`, as far as they are used. For the parent module only.

use std::ffi::{c_char, c_int, c_void};

use super::name::{Address, Ring};

pub const MODEL_V1: u32 = 1;
pub const DELIVER_INITIAL_TOTEM_CONF: u32 = 1;
pub const DISPATCH_ONE_NONBLOCKING: u32 = 4;
pub const TYPE_AGREED: u32 = 2;
pub const NAME_LENGTH: usize = 128;

#[repr(C)]
pub struct Name {
    pub length: u32,
    pub value: [u8; NAME_LENGTH],
}

#[repr(C)]
pub struct Model {
    pub model: u32,
    pub deliver: extern "C" fn(u64, *const Name, u32, u32, *mut c_void, usize),
    pub confchg: extern "C" fn(
        u64,
        *const Name,
        *const Address,
        usize,
        *const Address,
        usize,
        *const Address,
        usize,
    ),
    pub totem_confchg: extern "C" fn(u64, Ring, u32, *const u32),
    pub flags: u32,
}

#[repr(C)]
pub struct IoVec {
    pub base: *const c_void,
    pub length: usize,
}

super::library::functions! { c"libcpg.so.4":
    fn cpg_model_initialize(handle: *mut u64, model: u32, data: *mut Model, context: *mut c_void);
    fn cpg_finalize(handle: u64);
    fn cpg_fd_get(handle: u64, fd: *mut c_int);
    fn cpg_local_get(handle: u64, node: *mut u32);
    fn cpg_max_atomic_msgsize_get(handle: u64, size: *mut u32);
    fn cpg_join(handle: u64, group: *const Name);
    fn cpg_mcast_joined(handle: u64, guarantee: u32, iovec: *const IoVec, count: u32);
    fn cpg_dispatch(handle: u64, kind: u32);
}

// `Name` has a C char array there.
const _: () =
    assert!(size_of::<c_char>() == 1 && size_of::<Name>() == 132 && size_of::<Ring>() == 16);
