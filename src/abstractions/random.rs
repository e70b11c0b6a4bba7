// SPDX-License-Identifier: GPL-2.0-only

//! Random numbers.
//!
//! C header: [`include/linux/random.h`](srctree/include/linux/random.h)

/// One that nobody can guess. Any context.
pub(crate) fn number() -> u64 {
    // SAFETY: It takes a lock of this CPU's with interrupts off, and nothing else: so from any context.
    unsafe { kernel::bindings::get_random_u64() }
}
