// SPDX-License-Identifier: GPL-2.0-only

//! What becomes of a thread with real-time scheduling that runs on without a pause.
//!
//! The kernel sends SIGXCPU at `RLIMIT_RTTIME`, which by default ends the program without a word. With this the thread alone is
//! scheduled as others are from then on, and says so.

use std::ffi::c_int;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{io, mem, ptr};

/// Threads that this happened to.
static OVERRUNS: AtomicUsize = AtomicUsize::new(0);

/// Bytes of a thread's name, the zero at its end included.
const NAME: usize = 16;
const BEFORE: &[u8] = b"the thread \"";
const AFTER: &[u8] = b"\" ran on without a pause for as long as RLIMIT_RTTIME allows: it does not run before others any more\n";
const REFUSED: &[u8] = b"\" ran on without a pause for as long as RLIMIT_RTTIME allows, and may not be made to run as others do\n";

/// How often it has happened.
pub fn count() -> usize {
    OVERRUNS.load(Relaxed)
}

/// Has it happen from now on, in all threads.
pub fn install() -> io::Result<()> {
    // SAFETY: Zero is a value of each field.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    let handler: extern "C" fn(c_int) = overrun;
    #[expect(clippy::as_conversions, reason = "the C library has it as a number")]
    let number = handler as libc::sighandler_t;
    action.sa_sigaction = number;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: The structure is a valid one, which the call only reads, and nothing is written. The handler is a function of the type
    // that there is without SA_SIGINFO, and calls only what may be called in the middle of anything.
    match unsafe { libc::sigaction(libc::SIGXCPU, &raw const action, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// In the middle of anything, in the thread that the kernel took: by preference the one that ran too long.
extern "C" fn overrun(_: c_int) {
    let parameters = libc::sched_param { sched_priority: 0 };
    // Who has no rights may not take the flag off.
    let policy = libc::SCHED_OTHER | libc::SCHED_RESET_ON_FORK;
    let mut name = [0_u8; NAME];
    // SAFETY: System calls alone, which take no lock of this program's and no memory: with a valid structure, which is only read, and
    // room for a name. The number of the last error is this thread's, and as before afterwards.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        let refused = libc::sched_setscheduler(0, policy, &raw const parameters) != 0;
        libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr());
        let length = name.iter().position(|byte| *byte == 0).unwrap_or(NAME);
        let parts = [
            part(BEFORE, BEFORE.len()),
            part(&name, length),
            match refused {
                true => part(REFUSED, REFUSED.len()),
                false => part(AFTER, AFTER.len()),
            },
        ];
        libc::writev(libc::STDERR_FILENO, parts.as_ptr(), 3);
        *errno = before;
    }
    OVERRUNS.fetch_add(1, Relaxed);
}

/// The first bytes of a text, to be written; no more than it has.
fn part(text: &[u8], length: usize) -> libc::iovec {
    libc::iovec {
        iov_base: text.as_ptr().cast_mut().cast(),
        iov_len: length.min(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_would_end_the_program_is_counted() {
        install().unwrap();
        let before = count();
        // SAFETY: No pointer.
        let policy = || unsafe { libc::sched_getscheduler(0) } & !libc::SCHED_RESET_ON_FORK;
        let was = policy();
        // SAFETY: It is taken by the handler that was installed.
        assert_eq!(unsafe { libc::raise(libc::SIGXCPU) }, 0);
        assert_eq!(count(), before + 1);
        // Who runs this when nobody else wants the processor may be refused.
        assert!([libc::SCHED_OTHER, was].contains(&policy()));
    }
}
