// SPDX-License-Identifier: GPL-2.0-only

//! A static value behind a mutex of its own.
//!
//! Rust: [`rust/kernel/sync/lock/mutex.rs`](srctree/rust/kernel/sync/lock/mutex.rs)

use core::{
    cell::UnsafeCell,
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
        unsafe { new_mutex!(value, "ssi").__init(place) }.map_err(|never| match never {})
    }

    /// Takes the lock; may sleep. Nothing that waits for others is to be done with it.
    pub(crate) fn lock(&'static self) -> Guard<'static, T, MutexBackend> {
        // SAFETY: `begin` has put it there, and it stays.
        unsafe { &*self.0.get().cast::<Mutex<T>>() }.lock()
    }
}
