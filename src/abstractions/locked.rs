// SPDX-License-Identifier: GPL-2.0-only

//! A static value behind a mutex of its own.
//!
//! Rust: [`rust/kernel/sync/lock/mutex.rs`](srctree/rust/kernel/sync/lock/mutex.rs)

use core::{
    cell::UnsafeCell,
    convert::Infallible,
    mem::MaybeUninit, //
};

use pin_init::PinInit;

use kernel::{
    error::Result,
    new_mutex,
    sync::{
        lock::{
            mutex::MutexBackend,
            Guard, //
        },
        Mutex, //
    }, //
};

/// Has a value made in its place.
///
/// # Safety
///
/// Nothing is there yet, and what is made there is not moved.
unsafe fn init<T>(value: impl PinInit<T>, place: *mut T) -> Result<(), Infallible> {
    // SAFETY: As the caller guarantees.
    #[cfg(not(ssi_no_raw_init))]
    unsafe {
        value.__init(place)
    }
    // SAFETY: As above.
    #[cfg(ssi_no_raw_init)]
    unsafe {
        value.__pinned_init(place)
    }
}

/// A value that is there from `begin` on.
pub(crate) struct Locked<T>(UnsafeCell<MaybeUninit<Mutex<T>>>);

// SAFETY: Written once, in `begin`, before anybody else knows of it; a mutex is `Sync` then.
unsafe impl<T: Send> Sync for Locked<T> {}

impl<T: 'static> Locked<T> {
    /// Not there yet.
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Puts `value` there. To be called once, when the module is loaded, before `lock` is.
    pub(crate) fn begin(&'static self, value: T) -> Result {
        let place = self.0.get().cast::<Mutex<T>>();
        // SAFETY: Nobody else knows the memory yet, which is static, so that it is not moved.
        unsafe { init(new_mutex!(value, "ssi"), place) }.map_err(|never| match never {})
    }

    /// Takes the lock; may sleep. Nothing that waits for others is to be done with it.
    pub(crate) fn lock(&'static self) -> Guard<'static, T, MutexBackend> {
        // SAFETY: `begin` has put it there, and it stays.
        unsafe { &*self.0.get().cast::<Mutex<T>>() }.lock()
    }
}
