// SPDX-License-Identifier: GPL-2.0-only

//! RCU-protected values: packets read them without a lock, and they are replaced whole.
//!
//! C header: [`include/linux/rcupdate.h`](srctree/include/linux/rcupdate.h)

use core::{
    marker::PhantomData,
    sync::atomic::{
        AtomicPtr,
        Ordering, //
    },
};

use kernel::{
    alloc::KBox,
    types::NotThreadSafe, //
};

use super::{
    bindings,
    rtnl::RtnlToken, //
};

/// Evidence of an RCU read-side critical section that lasts for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(PhantomData<&'a ()>, NotThreadSafe);

impl Reader<'_> {
    /// Of a section that somebody else opened.
    ///
    /// # Safety
    ///
    /// The section lasts for at least `'a`.
    pub(super) unsafe fn new() -> Self {
        Self(PhantomData, NotThreadSafe)
    }
}

/// Opens one for as long as `f` runs. Any context; `f` does not sleep.
pub(crate) fn read<R>(f: impl FnOnce(Reader<'_>) -> R) -> R {
    let _guard = kernel::sync::rcu::read_lock();
    f(Reader(PhantomData, NotThreadSafe))
}

/// Waits until every packet that is under way now has left the packet path. Sleeps.
pub(crate) fn synchronize_net() {
    // SAFETY: Callers are in process context. It is quick where the RTNL is held.
    unsafe { bindings::synchronize_net() };
}

/// A value under RCU.
///
/// # Invariants
///
/// The pointer is that of a `KBox<T>` which this owns.
pub(crate) struct RcuBox<T: Send + Sync>(AtomicPtr<T>);

impl<T: Send + Sync> RcuBox<T> {
    /// Publishes the first value.
    pub(crate) fn new(value: KBox<T>) -> Self {
        // INVARIANT: It was a box.
        Self(AtomicPtr::new(KBox::into_raw(value)))
    }

    /// The value in force.
    #[inline(always)]
    pub(crate) fn read<'a>(&'a self, _reader: Reader<'a>) -> &'a T {
        // Acquire pairs with the release in `replace`; on x86 it costs nothing.
        let value = self.0.load(Ordering::Acquire);
        // SAFETY: By the invariant it is a live box's; `replace` frees no value before all readers
        // that may have it are gone, and `'a` ends before this reader is.
        unsafe { &*value }
    }

    /// Puts `value` into force, waits until no packet meets the old one any more, and drops that.
    pub(crate) fn replace(&self, value: KBox<T>) {
        let old = self.0.swap(KBox::into_raw(value), Ordering::AcqRel);
        synchronize_net();
        // SAFETY: By the invariant it was a box's; it is no longer published, and the readers that
        // still found it are gone.
        drop(unsafe { KBox::from_raw(old) });
    }
}

/// A value under RCU that need not be there: a static's, where the RTNL orders those who write.
///
/// # Invariants
///
/// The pointer is null, or that of a `KBox<T>` which this owns.
pub(crate) struct RcuOption<T: Send + Sync>(AtomicPtr<T>);

impl<T: Send + Sync> RcuOption<T> {
    /// Nothing.
    pub(crate) const fn empty() -> Self {
        // INVARIANT: Null.
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }

    /// The value in force.
    pub(crate) fn read<'a>(&'a self, _reader: Reader<'a>) -> Option<&'a T> {
        let value = self.0.load(Ordering::Acquire);
        // SAFETY: As in `RcuBox::read`.
        unsafe { value.as_ref() }
    }

    /// As `RcuBox::replace`.
    pub(crate) fn replace(&self, value: Option<KBox<T>>, _token: RtnlToken<'_>) {
        let new = value.map_or(core::ptr::null_mut(), KBox::into_raw);
        let old = self.0.swap(new, Ordering::AcqRel);
        if old.is_null() {
            return;
        }
        synchronize_net();
        // SAFETY: As in `RcuBox::replace`.
        drop(unsafe { KBox::from_raw(old) });
    }
}

impl<T: Send + Sync> Drop for RcuBox<T> {
    fn drop(&mut self) {
        // SAFETY: By the invariant; with `&mut self` there is no reader.
        drop(unsafe { KBox::from_raw(*self.0.get_mut()) });
    }
}
