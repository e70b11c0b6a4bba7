// SPDX-License-Identifier: GPL-2.0-only

//! The RTNL, the lock of all network configuration, and what it guards of ours.
//!
//! C header: [`include/linux/rtnetlink.h`](srctree/include/linux/rtnetlink.h)

use core::{
    cell::UnsafeCell,
    marker::PhantomData, //
};

use kernel::types::NotThreadSafe;

use super::bindings;

/// Evidence that the RTNL is held, for as long as `'a`.
#[derive(Clone, Copy)]
pub(crate) struct RtnlToken<'a>(PhantomData<&'a ()>, NotThreadSafe);

/// The RTNL, held by this task.
///
/// # Invariants
///
/// While it exists the RTNL is held, and no other `Rtnl` is in use.
pub(crate) struct Rtnl {
    locked_here: bool,
    _not_send: NotThreadSafe,
}

impl Rtnl {
    /// Takes the lock; may sleep.
    pub(crate) fn lock() -> Self {
        // SAFETY: All callers are in process context, hold no lock that nests inside the RTNL, and have no other `Rtnl`,
        // for which this would wait for ever.
        unsafe { bindings::rtnl_lock() };
        // INVARIANT: Just taken; it is exclusive.
        Self {
            locked_here: true,
            _not_send: NotThreadSafe,
        }
    }

    /// Takes the lock if nobody has it.
    pub(crate) fn try_lock() -> Option<Self> {
        // SAFETY: As in `lock`; it does not wait.
        if unsafe { bindings::rtnl_trylock() } == 0 {
            return None;
        }
        // INVARIANT: As in `lock`.
        Some(Self {
            locked_here: true,
            _not_send: NotThreadSafe,
        })
    }

    /// Evidence of it.
    pub(crate) fn token(&mut self) -> RtnlToken<'_> {
        RtnlToken(PhantomData, NotThreadSafe)
    }

    /// The RTNL that a caller of ours took.
    ///
    /// # Safety
    ///
    /// It is held by this task until the value is dropped, and no `Rtnl` of ours is in use.
    pub(super) unsafe fn held_by_caller() -> Self {
        // INVARIANT: As the caller guarantees.
        Self {
            locked_here: false,
            _not_send: NotThreadSafe,
        }
    }
}

impl Drop for Rtnl {
    fn drop(&mut self) {
        if self.locked_here {
            // SAFETY: Taken in `lock` or `try_lock`.
            unsafe { bindings::rtnl_unlock() };
        }
    }
}

/// A value that the RTNL guards.
pub(crate) struct RtnlLocked<T>(UnsafeCell<T>);

// SAFETY: The value is reached only through `get`, by the one holder of the RTNL.
unsafe impl<T: Send> Sync for RtnlLocked<T> {}

impl<T> RtnlLocked<T> {
    /// Puts `value` under the RTNL's guard.
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The value, and evidence for what else wants the lock.
    pub(crate) fn get<'a>(&'a self, _rtnl: &'a mut Rtnl) -> (&'a mut T, RtnlToken<'a>) {
        // SAFETY: There is one `Rtnl` in use (its invariant), and it is borrowed for as long as
        // the reference lives.
        let value = unsafe { &mut *self.0.get() };
        (value, RtnlToken(PhantomData, NotThreadSafe))
    }
}
