// SPDX-License-Identifier: GPL-2.0-only

//! The caller's time namespace: its boot time clock may be ahead of the machine's, or behind.
//!
//! C header: [`include/linux/time_namespace.h`](srctree/include/linux/time_namespace.h)

use kernel::bindings::timespec64;

use super::bindings;

/// Nanoseconds in a millisecond.
const MILLISECOND: i64 = 1_000_000;

/// Milliseconds that the boot time clock of the task that runs is ahead of the machine's, rounded up. Process
/// context.
pub(crate) fn ahead() -> i64 {
    let task = kernel::current!().as_ptr();
    // SAFETY: The task that runs lives, and nobody else changes its namespaces. Where there are any (a task that
    // ends has none any more) they live as long, and the time namespace's offsets do not change while a task is
    // in it.
    let offset: timespec64 = unsafe {
        let namespaces = (*task).nsproxy;
        if namespaces.is_null() || (*namespaces).time_ns.is_null() {
            return 0;
        }
        (*namespaces)
            .time_ns
            .byte_add(bindings::SSI_TIME_NAMESPACE_boottime)
            .cast::<timespec64>()
            .read()
    };
    let nanoseconds = (offset.tv_nsec as i64).saturating_add(MILLISECOND - 1);
    let milliseconds = nanoseconds.div_euclid(MILLISECOND);
    offset
        .tv_sec
        .saturating_mul(1000)
        .saturating_add(milliseconds)
}
