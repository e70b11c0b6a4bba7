// SPDX-License-Identifier: GPL-2.0-only

//! Corosync's libraries, scheduling, and a signal. `unsafe` is here only. This file has process groups, by libcpg.
//!
//! The crate `rust-corosync` links the libraries, so that nothing would run without them, and lacks a flag: without
//! `DELIVER_INITIAL_TOTEM_CONF` a program that joins does not learn the ring that its first membership belongs to.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::os::fd::RawFd;
use std::{mem, ptr, slice};

pub mod cmap;
mod error;
mod library;
mod name;
pub mod overrun;
pub mod quorum;
mod raw;
pub mod schedule;

use error::checked;
pub use error::{Error, Result};

pub use name::{Address, Ring};
use raw::{IoVec, Model, Name};

/// A name of a group that is none.
const NAME_TOO_LONG: Error = Error::Other(13);

/// An event of a group.
#[derive(PartialEq, Eq, Debug)]
pub enum Event {
    /// A program sent this.
    Message(Address, Vec<u8>),
    /// The programs of the group are these. With whether a node came or went, and so [`Event::Ring`] follows.
    Members(Vec<Address>, bool),
    /// The ring is this one from here on.
    Ring(Ring),
}

thread_local! {
    /// What the callbacks of the dispatch that runs in this thread have reported.
    static EVENTS: RefCell<VecDeque<Event>> = const { RefCell::new(VecDeque::new()) };
}

fn emit(event: Event) {
    EVENTS.with_borrow_mut(|events| events.push_back(event));
}

/// Copies a list of libcpg.
///
/// # Safety
///
/// `list` has `length` valid values, or is not looked at because `length` is 0.
unsafe fn copied<T: Copy>(list: *const T, length: usize) -> Vec<T> {
    if list.is_null() || length == 0 {
        return Vec::new();
    }
    // SAFETY: Not null and of that length, as the caller guarantees.
    unsafe { slice::from_raw_parts(list, length) }.to_vec()
}

extern "C" fn deliver(
    _: u64,
    _: *const Name,
    node: u32,
    pid: u32,
    message: *mut c_void,
    length: usize,
) {
    // SAFETY: libcpg calls this from `cpg_dispatch` with a message of that length, which stays until this returns.
    let bytes = unsafe { copied(message.cast_const().cast::<u8>(), length) };
    emit(Event::Message(
        Address {
            node,
            pid,
            reason: 0,
        },
        bytes,
    ));
}

#[allow(clippy::too_many_arguments)]
extern "C" fn confchg(
    _: u64,
    _: *const Name,
    members: *const Address,
    member_count: usize,
    left: *const Address,
    left_count: usize,
    joined: *const Address,
    joined_count: usize,
) {
    // SAFETY: libcpg calls this from `cpg_dispatch` with lists of those lengths, which stay until this returns.
    let [members, left, joined] = unsafe {
        [
            copied(members, member_count),
            copied(left, left_count),
            copied(joined, joined_count),
        ]
    };
    let by_node = left.iter().chain(&joined).any(Address::is_by_node);
    emit(Event::Members(members, by_node));
}

extern "C" fn totem_confchg(_: u64, ring: Ring, _: u32, _: *const u32) {
    emit(Event::Ring(ring));
}

/// A connection to libcpg, closed when this is dropped.
///
/// # Invariants
///
/// `handle` is one that `cpg_model_initialize` gave, and is finalized by `drop` only.
pub struct Cpg {
    handle: u64,
}

impl Cpg {
    /// Connects. May wait for as long as the daemon stands still.
    pub fn open() -> Result<Cpg> {
        let (mut handle, mut model) = (
            0,
            Model {
                model: raw::MODEL_V1,
                deliver,
                confchg,
                totem_confchg,
                flags: raw::DELIVER_INITIAL_TOTEM_CONF,
            },
        );
        // SAFETY: Both pointers are to values that outlive the call; the model is copied by it, as is the null context.
        checked(unsafe {
            raw::cpg_model_initialize(
                &raw mut handle,
                raw::MODEL_V1,
                &raw mut model,
                ptr::null_mut(),
            )
        })?;
        Ok(Cpg { handle })
    }

    /// Readable when there is something to dispatch. It is libcpg's, and closed with this.
    pub fn fd(&self) -> Result<RawFd> {
        let mut fd: c_int = -1;
        // SAFETY: By the invariant of the handle, and a pointer to a local.
        checked(unsafe { raw::cpg_fd_get(self.handle, &raw mut fd) })?;
        Ok(fd)
    }

    /// This node's number.
    pub fn local(&self) -> Result<u32> {
        let mut node = 0;
        // SAFETY: By the invariant of the handle, and a pointer to a local.
        checked(unsafe { raw::cpg_local_get(self.handle, &raw mut node) })?;
        Ok(node)
    }

    /// Bytes of the largest message that libcpg takes in one piece.
    pub fn largest(&self) -> Result<usize> {
        let mut size = 0;
        // SAFETY: By the invariant of the handle, and a pointer to a local.
        checked(unsafe { raw::cpg_max_atomic_msgsize_get(self.handle, &raw mut size) })?;
        usize::try_from(size).map_err(|_| Error::Library)
    }

    /// Joins a group.
    pub fn join(&self, group: &str) -> Result<()> {
        let mut name = Name {
            length: 0,
            value: [0; raw::NAME_LENGTH],
        };
        // One byte stays zero: what reads names as C strings finds an end.
        let room = name
            .value
            .get_mut(..group.len())
            .filter(|_| group.len() < raw::NAME_LENGTH);
        room.ok_or(NAME_TOO_LONG)?.copy_from_slice(group.as_bytes());
        name.length = u32::try_from(group.len()).map_err(|_| NAME_TOO_LONG)?;
        // SAFETY: By the invariant of the handle, and a pointer to a local.
        checked(unsafe { raw::cpg_join(self.handle, &raw const name) })
    }

    /// Sends to the group.
    pub fn send(&self, bytes: &[u8]) -> Result<()> {
        let iovec = IoVec {
            base: bytes.as_ptr().cast(),
            length: bytes.len(),
        };
        // SAFETY: By the invariant of the handle; one element, which describes `bytes`, which the call only reads.
        checked(unsafe {
            raw::cpg_mcast_joined(self.handle, raw::TYPE_AGREED, &raw const iovec, 1)
        })
    }

    /// The group's next event: nothing if there is nothing yet.
    pub fn next(&self) -> Result<VecDeque<Event>> {
        // SAFETY: By the invariant of the handle. The callbacks run in this call, in this thread.
        let code = unsafe { raw::cpg_dispatch(self.handle, raw::DISPATCH_ONE_NONBLOCKING) };
        let events = EVENTS.with_borrow_mut(mem::take);
        match checked(code) {
            // "Nothing there" has had this name since libcpg 1.
            Ok(()) | Err(Error::TryAgain) => Ok(events),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Cpg {
    fn drop(&mut self) {
        // SAFETY: By the invariant of the handle, which is not used after this. An error means that the daemon is gone;
        // libcpg has freed its side all the same.
        unsafe { raw::cpg_finalize(self.handle) };
    }
}
