// SPDX-License-Identifier: GPL-2.0-only

//! Delayed work of the kernel's work queues, in process context.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)

use core::{
    cell::UnsafeCell,
    mem::MaybeUninit,
    sync::atomic::{
        AtomicBool,
        Ordering::Relaxed, //
    }, //
};

use kernel::{
    bindings as k,
    ffi::{
        c_int,
        c_ulong, //
    },
    static_lock_class,
    str::CStrExt,
    sync::SetOnce, //
};

/// What is done: at most once at a time, may sleep.
pub(crate) struct DelayedWork {
    work: UnsafeCell<MaybeUninit<k::delayed_work>>,
    run: SetOnce<fn()>,
    is_cancelled: AtomicBool,
}

// SAFETY: The work is the kernel's to change, which guards it.
unsafe impl Sync for DelayedWork {}

/// A work that can be scheduled. Dropping this cancels it, waits for it, and disables it.
pub(crate) struct EnabledWork(&'static DelayedWork);

impl DelayedWork {
    /// Not scheduled before `enable`.
    pub(crate) const fn new() -> Self {
        Self {
            work: UnsafeCell::new(MaybeUninit::zeroed()),
            run: SetOnce::new(),
            is_cancelled: AtomicBool::new(false),
        }
    }

    /// From now on it may be scheduled, and does `does`. To be called once, before `schedule` is.
    pub(crate) fn enable(&'static self, does: fn()) -> EnabledWork {
        self.run.populate(does);
        let work = self.work.get().cast::<k::delayed_work>();
        // SAFETY: Nobody else knows the memory yet, which is static. The name and keys live as long.
        unsafe {
            k::init_work_with_key(
                &raw mut (*work).work,
                Some(run),
                false,
                c"ssi".as_char_ptr(),
                static_lock_class!().as_ptr(),
            );
            k::timer_init_key(
                &raw mut (*work).timer,
                Some(k::delayed_work_timer_fn),
                k::TIMER_IRQSAFE,
                c"ssi".as_char_ptr(),
                static_lock_class!().as_ptr(),
            );
        }
        EnabledWork(self)
    }

    /// Asks for it, in so many milliseconds; sooner if it was asked for already. Any context.
    pub(crate) fn schedule(&'static self, milliseconds: u32) {
        let delay: c_ulong = kernel::time::msecs_to_jiffies(milliseconds);
        let cpu = k::wq_misc_consts_WORK_CPU_UNBOUND as c_int;
        // SAFETY: `enable` has set it up; the queue is there always. One that is disabled is left.
        unsafe {
            // Not bound to a CPU: whatever else is queued on this one does not wait for a long one.
            let queue = (&raw const k::system_dfl_long_wq).read();
            let work = self.work.get().cast::<k::delayed_work>();
            match milliseconds {
                0 => k::mod_delayed_work_on(cpu, queue, work, 0),
                _ => k::queue_delayed_work_on(cpu, queue, work, delay),
            }
        };
    }
}

impl DelayedWork {
    /// Whether somebody waits for its end, so that what takes long is to be given up.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Relaxed)
    }
}

/// Lets others run that want this CPU. Process context; no lock is held but mutexes.
pub(crate) fn resched() {
    // SAFETY: The task's state is that it runs, so it goes on by itself; that it may sleep is the caller's business.
    unsafe { k::schedule() };
}

impl Drop for EnabledWork {
    fn drop(&mut self) {
        self.0.is_cancelled.store(true, Relaxed);
        // SAFETY: `enable` has set it up. Process context, and no lock is held that the work takes.
        unsafe { k::disable_delayed_work_sync(self.0.work.get().cast()) };
    }
}

/// # Safety
///
/// To be called by the work queue with the `work` of a `DelayedWork`.
unsafe extern "C" fn run(work: *mut k::work_struct) {
    // SAFETY: The work is the first field of the delayed work, and that of a `DelayedWork`.
    let delayed: &'static DelayedWork = unsafe {
        let work = kernel::container_of!(work, k::delayed_work, work);
        let cell = work.cast::<UnsafeCell<MaybeUninit<k::delayed_work>>>();
        &*kernel::container_of!(cell, DelayedWork, work)
    };
    if let Some(does) = delayed.run.copy() {
        does();
    }
}
