// SPDX-License-Identifier: GPL-2.0-only

//! epoll.

use super::checked;
use super::owned;
use crate::outcome::Outcome;
use std::io;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::os::fd::RawFd;

/// A ready list over many sockets: `token` of each that has something to read or (if asked) can write.
pub struct Ready(OwnedFd);

impl Ready {
    pub fn new() -> Outcome<Self> {
        // SAFETY: a number only.
        owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) }, "epoll").map(Self)
    }

    pub fn add(&self, fd: RawFd, token: u64, write: bool) -> Outcome {
        let events = if write {
            libc::EPOLLIN | libc::EPOLLOUT
        } else {
            libc::EPOLLIN
        };
        let mut event = libc::epoll_event {
            events: events as u32,
            u64: token,
        };
        // SAFETY: `event` lives over the call.
        let rc =
            unsafe { libc::epoll_ctl(self.0.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &mut event) };
        checked(rc, "epoll").map(|_| ())
    }

    /// Once a connection stands, room to write is no news any more.
    pub fn only_read(&self, fd: RawFd, token: u64) -> Outcome {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: token,
        };
        // SAFETY: `event` lives over the call.
        let rc =
            unsafe { libc::epoll_ctl(self.0.as_raw_fd(), libc::EPOLL_CTL_MOD, fd, &mut event) };
        checked(rc, "epoll").map(|_| ())
    }

    pub fn wait(&self, timeout_ms: i32) -> Outcome<Vec<u64>> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 64];
        // SAFETY: pointer and length describe `events`.
        let rc =
            unsafe { libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), 64, timeout_ms) };
        if rc < 0 && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted {
            return Ok(Vec::new());
        }
        let n = checked(rc, "epoll")? as usize;
        Ok(events[..n].iter().map(|e| e.u64).collect())
    }
}
