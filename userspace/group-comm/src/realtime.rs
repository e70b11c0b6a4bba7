// SPDX-License-Identifier: GPL-2.0-only

//! Real-time scheduling of threads by which the others know that a node lives: they run before whatever keeps its
//! processors busy.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::sys::{overrun, schedule};

/// The lowest there is: before all programs that have none, after all that have another.
const PRIORITY: i32 = 1;

static WANTED: AtomicBool = AtomicBool::new(false);

/// Threads that ask for it get it from now on.
pub fn want() {
    WANTED.store(true, Relaxed);
}

/// This thread gets it, if it is wanted. Threads and processes that it begins do not.
///
/// # Errors
///
/// The kernel does not allow it.
pub fn enter() -> io::Result<()> {
    match WANTED.load(Relaxed) {
        true => schedule::first_in_first_out(PRIORITY),
        false => Ok(()),
    }
}

/// The same for a thread that goes on as usual where it is not allowed: the program's first one has said so.
pub(crate) fn enter_if_allowed() {
    let _ = enter();
}

/// A thread that has it and runs on without a pause, until `RLIMIT_RTTIME` is reached, loses it from now on, and says so on standard
/// error. Without this the kernel ends the program.
///
/// # Errors
///
/// The kernel does not take the handler of the signal.
pub fn lose_on_overrun() -> io::Result<()> {
    overrun::install()
}

/// So many threads have lost it.
pub fn overruns() -> usize {
    overrun::count()
}
