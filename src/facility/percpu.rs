// SPDX-License-Identifier: GPL-2.0-only

//! A value a CPU, so that counting packets shares no cache line and needs no atomic operation.
//!
//! C header: [`include/linux/percpu.h`](srctree/include/linux/percpu.h), whose allocator this does
//! not use: it has 32 KiB at most for one object, and the buckets' counters are more. Memory is
//! charged to the control group of who asks, who may be an unprivileged user in a namespace.

use core::sync::atomic::{
    AtomicU64,
    Ordering, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVec, //
    },
    cpu,
    error::Result, //
};

/// One `T` for each CPU there may be.
pub(crate) struct PerCpu<T>(KVec<KBox<T>>);

impl<T> PerCpu<T> {
    /// Makes one for each CPU by `make`.
    pub(crate) fn new(make: impl Fn() -> Result<T>) -> Result<Self> {
        let cpus = cpu::nr_cpu_ids() as usize;
        let mut all = KVec::with_capacity(cpus, GFP_KERNEL_ACCOUNT)?;
        for _ in 0..cpus {
            all.push(KBox::new(make()?, GFP_KERNEL_ACCOUNT)?, GFP_KERNEL_ACCOUNT)?;
        }
        Ok(Self(all))
    }

    /// This CPU's. Whoever is moved to another CPU in between still has a valid one, but may lose
    /// a count; the packet path runs with bottom halves off and is not moved.
    #[inline(always)]
    pub(crate) fn mine(&self, here: Here) -> Option<&T> {
        self.0.get(here.0 as usize).map(|own| &**own)
    }

    /// Everybody's, to add up.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|own| &**own)
    }
}

/// The CPU this runs on.
#[derive(Clone, Copy)]
pub(crate) struct Here(u32);

impl Here {
    /// Asks which one.
    #[inline(always)]
    pub(crate) fn now() -> Self {
        Self(number())
    }
}

#[cfg(all(CONFIG_X86_64, CONFIG_SMP, not(CONFIG_UML)))]
#[inline(always)]
fn number() -> u32 {
    let id: u32;
    // SAFETY: Reads this CPU's copy of the exported per-CPU variable `cpu_number`, as the C macro
    // `raw_smp_processor_id()` does (arch/x86/include/asm/smp.h). A call of the helper that
    // `kernel::cpu` has would cost as much as the rest of counting.
    unsafe {
        core::arch::asm!(
            "mov {id:e}, gs:[rip + {number}]",
            id = out(reg) id,
            number = sym kernel::bindings::cpu_number,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    id
}

#[cfg(not(all(CONFIG_X86_64, CONFIG_SMP, not(CONFIG_UML))))]
#[inline(always)]
fn number() -> u32 {
    cpu::CpuId::current().as_u32()
}

/// A counter with one writer at a time: a CPU's own.
#[repr(transparent)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// At zero.
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds; not atomic as a whole.
    #[inline(always)]
    pub(crate) fn add(&self, n: u64) {
        let sum = self.0.load(Ordering::Relaxed).wrapping_add(n);
        self.0.store(sum, Ordering::Relaxed);
    }

    /// The count so far.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
