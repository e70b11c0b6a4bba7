// SPDX-License-Identifier: GPL-2.0-only

//! Scheduling of the calling thread.

use std::io;

/// Real-time by this priority, first in, first out. Threads and processes that it begins are scheduled as usual.
pub fn first_in_first_out(priority: i32) -> io::Result<()> {
    let parameters = libc::sched_param {
        sched_priority: priority,
    };
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // SAFETY: The structure is a valid one, which the call only reads; 0 is the calling thread.
    match unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
