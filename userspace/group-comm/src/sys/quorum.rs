// SPDX-License-Identifier: GPL-2.0-only

//! Corosync's quorum service and its votes, by libquorum and libvotequorum.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::{c_char, c_int, c_void};
use std::os::fd::RawFd;
use std::{mem, ptr};

use super::error::{Error, Result, checked};
use super::{Ring, copied, raw as cpg};

/// `quorum_model_v1_data_t`.
#[repr(C)]
struct Model {
    model: u32,
    quorum: extern "C" fn(u64, u32, Ring, u32, *const u32),
    nodelist: *const c_void,
}

/// `votequorum_callbacks_t`: none.
#[repr(C)]
struct Callbacks([*const c_void; 3]);

/// `struct votequorum_info`.
#[repr(C)]
pub struct Info {
    node: u32,
    state: u32,
    /// The node's votes.
    pub votes: u32,
    expected: u32,
    highest: u32,
    total: u32,
    /// So many votes are a quorum.
    pub quorum: u32,
    /// Settings, as bits.
    pub flags: u32,
    /// The quorum device's votes.
    pub device_votes: u32,
    device: [c_char; 255],
}

mod raw {
    use super::{Callbacks, Info, Model, c_int, c_void};

    super::super::library::functions! { c"libquorum.so.5":
        fn quorum_model_initialize(handle: *mut u64, model: u32, data: *mut Model, kind: *mut u32, context: *mut c_void);
        fn quorum_finalize(handle: u64);
        fn quorum_fd_get(handle: u64, fd: *mut c_int);
        fn quorum_dispatch(handle: u64, kind: u32);
        fn quorum_trackstart(handle: u64, flags: u32);
    }
    super::super::library::functions! { c"libvotequorum.so.8":
        fn votequorum_initialize(handle: *mut u64, callbacks: *mut Callbacks);
        fn votequorum_finalize(handle: u64);
        fn votequorum_getinfo(handle: u64, node: u32, info: *mut Info);
    }
}

const MODEL_V1: u32 = 1;
const TRACK_CHANGES: u32 = 2;

/// An event of the quorum service.
pub struct Notification {
    /// The ring it is about.
    pub ring: Ring,
    /// Whether that is quorate.
    pub quorate: bool,
    /// Its nodes.
    pub nodes: Vec<u32>,
}

thread_local! {
    /// What the callback of the dispatch that runs in this thread has reported.
    static NOTIFIED: RefCell<VecDeque<Notification>> = const { RefCell::new(VecDeque::new()) };
}

extern "C" fn notified(_: u64, quorate: u32, ring: Ring, count: u32, nodes: *const u32) {
    // SAFETY: libquorum calls this from `quorum_dispatch` with a list of that length, which stays until this returns.
    let nodes = unsafe { copied(nodes, usize::try_from(count).unwrap_or(0)) };
    let quorate = quorate != 0;
    NOTIFIED.with_borrow_mut(|all| {
        all.push_back(Notification {
            ring,
            quorate,
            nodes,
        })
    });
}

/// A connection to the quorum service, closed when this is dropped.
///
/// # Invariants
///
/// `handle` is one that `quorum_model_initialize` gave, and is finalized by `drop` only.
pub struct Quorum {
    handle: u64,
}

impl Quorum {
    /// Connects. May wait for as long as the daemon stands still, as all calls do.
    pub fn open() -> Result<Quorum> {
        let (mut handle, mut kind) = (0, 0);
        let mut model = Model {
            model: MODEL_V1,
            quorum: notified,
            nodelist: ptr::null(),
        };
        // SAFETY: Pointers to locals; the model is copied by the call, as is the null context, and may lack a callback.
        checked(unsafe {
            raw::quorum_model_initialize(
                &raw mut handle,
                MODEL_V1,
                &raw mut model,
                &raw mut kind,
                ptr::null_mut(),
            )
        })?;
        Ok(Quorum { handle })
    }

    /// Asks for events: the first tells how it is now.
    pub fn track(&self) -> Result<()> {
        // SAFETY: By the invariant of the handle.
        checked(unsafe { raw::quorum_trackstart(self.handle, TRACK_CHANGES) })
    }

    /// Readable when there is something to dispatch. It is libquorum's, and closed with this.
    pub fn fd(&self) -> Result<RawFd> {
        let mut fd: c_int = -1;
        // SAFETY: By the invariant of the handle, and a pointer to a local.
        checked(unsafe { raw::quorum_fd_get(self.handle, &raw mut fd) })?;
        Ok(fd)
    }

    /// The next event: nothing if there is nothing yet.
    pub fn next(&self) -> Result<VecDeque<Notification>> {
        // SAFETY: By the invariant of the handle. The callback runs in this call, in this thread.
        let code = unsafe { raw::quorum_dispatch(self.handle, cpg::DISPATCH_ONE_NONBLOCKING) };
        let all = NOTIFIED.with_borrow_mut(mem::take);
        match checked(code) {
            Ok(()) | Err(Error::TryAgain) => Ok(all),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Quorum {
    fn drop(&mut self) {
        // SAFETY: By the invariant of the handle, which is not used after this.
        unsafe { raw::quorum_finalize(self.handle) };
    }
}

/// A connection to votequorum, closed when this is dropped.
///
/// # Invariants
///
/// `handle` is one that `votequorum_initialize` gave, and is finalized by `drop` only.
pub struct Poll {
    handle: u64,
}

impl Poll {
    /// Connects.
    pub fn open() -> Result<Poll> {
        let (mut handle, mut none) = (0, Callbacks([ptr::null(); 3]));
        // SAFETY: Pointers to locals; the callbacks, none, are copied by the call.
        checked(unsafe { raw::votequorum_initialize(&raw mut handle, &raw mut none) })?;
        Ok(Poll { handle })
    }

    /// What it knows of a node.
    pub fn info(&self, node: u32) -> Result<Info> {
        let mut info = Info {
            node: 0,
            state: 0,
            votes: 0,
            expected: 0,
            highest: 0,
            total: 0,
            quorum: 0,
            flags: 0,
            device_votes: 0,
            device: [0; 255],
        };
        // SAFETY: By the invariant of the handle, and a pointer to a local.
        checked(unsafe { raw::votequorum_getinfo(self.handle, node, &raw mut info) })?;
        Ok(info)
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        // SAFETY: By the invariant of the handle, which is not used after this.
        unsafe { raw::votequorum_finalize(self.handle) };
    }
}

// As the headers have them, on amd64.
const _: () = assert!(
    size_of::<Info>() == 292 && size_of::<Model>() == 24 && mem::offset_of!(Model, quorum) == 8
);
