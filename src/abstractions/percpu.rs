// SPDX-License-Identifier: GPL-2.0-only

//! Per-CPU values, so that counting packets shares no cache line and needs no atomic operation.
//!
//! Memory is charged to the control group of who asks, who may be an unprivileged user in a
//! namespace.
//!
//! C header: [`include/linux/percpu.h`](srctree/include/linux/percpu.h)

use core::{
    mem::{
        align_of,
        size_of, //
    },
    ptr::NonNull,
    sync::atomic::{
        AtomicU64,
        Ordering, //
    }, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        AllocError, //
    },
    bindings as k,
    cpu,
    error::Result,
    sync::Arc, //
};

/// One `T` for each CPU there may be; a clone is the same ones.
///
/// # Invariants
///
/// `ptr` is that of `memory`: it is here as well so that a packet finds it without a step more.
#[repr(C)]
pub(crate) struct PerCpu<T: Send + Sync> {
    ptr: PerCpuPtr<T>,
    memory: Arc<Memory<T>>,
}

/// Where in the CPUs' memory it is.
pub(super) struct PerCpuPtr<T>(NonNull<T>);

impl<T> PerCpuPtr<T> {
    /// This CPU's, as `PerCpu::mine`.
    ///
    /// # Safety
    ///
    /// The `PerCpu` whose place it is lives for `'a`.
    #[inline(always)]
    pub(super) unsafe fn mine<'a>(&self) -> &'a T {
        let ptr = self.of(offset());
        // SAFETY: It is this CPU's; those of all possible CPUs are made, and stay for `'a`.
        unsafe { &*ptr }
    }

    fn of(&self, offset: usize) -> *mut T {
        self.0.as_ptr().wrapping_byte_add(offset)
    }
}

// SAFETY: What it gives out are references to `T`s, which are `Sync`; who drops the last clone drops
// them, which are `Send`.
unsafe impl<T: Send + Sync> Send for PerCpu<T> {}
// SAFETY: As above.
unsafe impl<T: Send + Sync> Sync for PerCpu<T> {}

/// # Invariants
///
/// `ptr` is that of per-CPU memory which this owns; a CPU's `T` is `offset_of` that CPU bytes from
/// there. Those of the first `made` possible CPUs are made.
struct Memory<T> {
    ptr: PerCpuPtr<T>,
    made: usize,
}

// SAFETY: As for `PerCpu`.
unsafe impl<T: Send + Sync> Send for Memory<T> {}
// SAFETY: As above.
unsafe impl<T: Send + Sync> Sync for Memory<T> {}

impl<T: Send + Sync> PerCpu<T> {
    /// Makes one for each CPU by `make`.
    pub(crate) fn new(make: impl Fn() -> Result<T>) -> Result<Self> {
        let mut memory = Memory::<T>::new()?;
        for cpu in possible() {
            let ptr = memory.ptr.of(offset_of(cpu));
            // SAFETY: The place is for a `T`, this CPU's, and nobody else's yet.
            unsafe { ptr.write(make()?) };
            // INVARIANT: One more is there.
            memory.made = memory.made.saturating_add(1);
        }
        // INVARIANT: As the type requires.
        Ok(Self {
            ptr: PerCpuPtr(memory.ptr.0),
            memory: Arc::new(memory, GFP_KERNEL_ACCOUNT)?,
        })
    }

    /// This CPU's. Whoever is moved to another CPU in between still has a valid one, but may lose
    /// a count; the packet path runs with bottom halves off and is not moved.
    #[inline(always)]
    pub(crate) fn mine(&self) -> &T {
        // SAFETY: The memory stays as long as `self`, which has a reference to it.
        unsafe { self.ptr.mine() }
    }

    /// Everybody's, to add up.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let ptr = &self.memory.ptr;
        // SAFETY: By the invariants it is there, for as long as `self` has a reference to the memory.
        possible().map(|cpu| unsafe { &*ptr.of(offset_of(cpu)) })
    }

    /// Where it is.
    pub(super) fn ptr(&self) -> PerCpuPtr<T> {
        PerCpuPtr(self.ptr.0)
    }
}

impl<T: Send + Sync> Clone for PerCpu<T> {
    fn clone(&self) -> Self {
        // INVARIANT: As `self`.
        Self {
            ptr: self.ptr(),
            memory: self.memory.clone(),
        }
    }
}

impl<T> Memory<T> {
    fn new() -> Result<Self> {
        let flags = k::GFP_KERNEL_ACCOUNT;
        // SAFETY: Callers are in process context; the memory is `free_percpu`'s to free.
        let first = unsafe { k::pcpu_alloc_noprof(size_of::<T>(), align_of::<T>(), false, flags) };
        // INVARIANT: Just made, and nothing in it yet.
        Ok(Self {
            ptr: PerCpuPtr(NonNull::new(first.cast()).ok_or(AllocError)?),
            made: 0,
        })
    }
}

impl<T> Drop for Memory<T> {
    fn drop(&mut self) {
        for cpu in possible().take(self.made) {
            // SAFETY: By the invariant it is there; nobody reads it any more.
            unsafe { self.ptr.of(offset_of(cpu)).drop_in_place() };
        }
        // SAFETY: By the invariant.
        unsafe { k::free_percpu(self.ptr.0.as_ptr().cast()) };
    }
}

/// The CPUs that there may be. Which these are is known from the kernel's start on.
fn possible() -> impl Iterator<Item = usize> {
    let mask = &raw const k::__cpu_possible_mask;
    (0..cpu::nr_cpu_ids() as usize).filter(move |cpu| {
        // SAFETY: The mask has a bit for each CPU below `nr_cpu_ids`, in `usize`s, and does not change.
        let bits = unsafe { mask.cast::<usize>().add(cpu / usize::BITS as usize).read() };
        (bits >> (cpu % usize::BITS as usize)) & 1 != 0
    })
}

/// How many there may be.
pub(crate) fn count() -> usize {
    possible().fold(0, |count: usize, _| count.saturating_add(1))
}

/// How far a possible CPU's per-CPU memory is from its addresses.
#[cfg(CONFIG_SMP)]
fn offset_of(cpu: usize) -> usize {
    let offsets = &raw const k::__per_cpu_offset;
    // SAFETY: The array has each CPU's, which the kernel sets when it starts.
    unsafe { offsets.cast::<usize>().add(cpu).read() }
}

#[cfg(not(CONFIG_SMP))]
fn offset_of(_cpu: usize) -> usize {
    0
}

/// The same of this CPU.
#[cfg(all(CONFIG_X86_64, CONFIG_SMP, not(CONFIG_UML)))]
#[inline(always)]
fn offset() -> usize {
    let offset: usize;
    // SAFETY: Reads this CPU's copy of the exported per-CPU variable `this_cpu_off`, as the C macro
    // `this_cpu_ptr()` does (arch/x86/include/asm/percpu.h); a call of a helper would cost as much as
    // the rest of counting. Nobody writes it, so that once is enough.
    unsafe {
        core::arch::asm!(
            "mov {offset}, gs:[rip + {this}]",
            offset = out(reg) offset,
            this = sym k::this_cpu_off,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    offset
}

#[cfg(not(all(CONFIG_X86_64, CONFIG_SMP, not(CONFIG_UML))))]
#[inline(always)]
fn offset() -> usize {
    offset_of(cpu::CpuId::current().as_u32() as usize)
}

/// A counter with one writer at a time: a CPU's own, with bottom halves off. With PREEMPT_RT those run in threads that
/// others on the CPU may interrupt, so that there adding is one step.
#[repr(transparent)]
pub(crate) struct LocalCounter(AtomicU64);

impl LocalCounter {
    /// At zero.
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds; atomic as a whole only where it must be.
    #[inline(always)]
    pub(crate) fn add(&self, n: u64) {
        if cfg!(CONFIG_PREEMPT_RT) {
            self.0.fetch_add(n, Ordering::Relaxed);
            return;
        }
        let sum = self.0.load(Ordering::Relaxed).wrapping_add(n);
        self.0.store(sum, Ordering::Relaxed);
    }

    /// The count so far.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
