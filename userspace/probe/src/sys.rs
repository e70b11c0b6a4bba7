// SPDX-License-Identifier: GPL-2.0-only

//! The system calls that std and socket2 do not have. `unsafe` is here and in this folder only.

pub mod packet;
pub mod ready;

use crate::outcome::Outcome;
use socket2::Domain;
use socket2::Protocol;
use socket2::Socket;
use socket2::Type;
use std::ffi::CStr;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::os::fd::FromRawFd;
use std::os::fd::OwnedFd;
use std::os::fd::RawFd;
use std::os::unix::fs::MetadataExt;
use std::ptr;

pub fn failed(what: &str) -> String {
    format!("{what}: {}", io::Error::last_os_error())
}

pub fn checked(rc: libc::c_int, what: &str) -> Outcome<libc::c_int> {
    if rc < 0 { Err(failed(what)) } else { Ok(rc) }
}

pub fn owned(rc: libc::c_int, what: &str) -> Outcome<OwnedFd> {
    let fd = checked(rc, what)?;
    // SAFETY: callers pass what the system call has returned that made it: the kernel just gave it to us, and nobody
    // else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Moves the calling thread, so it comes before any other thread starts.
pub fn enter_netns(name: &str) -> Outcome {
    let path = format!("/run/netns/{name}");
    let file = File::open(&path).map_err(|e| format!("{path}: {e}"))?;
    let which = |file: &File| file.metadata().map(|m| (m.dev(), m.ino())).ok();
    let own = File::open("/proc/self/ns/net")
        .ok()
        .and_then(|own| which(&own));
    // Who is there already needs no right to go there, as in a toolbox.
    if own.is_some() && which(&file) == own {
        return Ok(());
    }
    // SAFETY: the descriptor is open as long as `file`, and no pointer is given.
    let rc = unsafe { libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) };
    checked(rc, &format!("network namespace {name}")).map(|_| ())
}

pub fn if_index(dev: &str) -> Outcome<u32> {
    let name = CString::new(dev).map_err(|e| format!("interface {dev}: {e}"))?;
    // SAFETY: a NUL-terminated string that outlives the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(failed(&format!("interface {dev}"))),
        index => Ok(index),
    }
}

pub fn if_name(index: u32) -> String {
    let mut buf = [0u8; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the size that the call demands.
    let known = unsafe { !libc::if_indextoname(index, buf.as_mut_ptr().cast()).is_null() };
    match CStr::from_bytes_until_nul(&buf) {
        Ok(name) if known => name.to_string_lossy().into_owned(),
        _ => format!("if{index}"),
    }
}

pub fn set_option<T>(fd: RawFd, level: i32, option: i32, value: &T) -> Outcome {
    let len = mem::size_of::<T>() as libc::socklen_t;
    // SAFETY: pointer and length describe `value`.
    let rc = unsafe { libc::setsockopt(fd, level, option, ptr::from_ref(value).cast(), len) };
    checked(rc, &format!("socket option {level}/{option}")).map(|_| ())
}

/// A socket bound to an address, which need not be there yet.
pub fn bound(kind: Type, protocol: Option<Protocol>, to: SocketAddr) -> io::Result<Socket> {
    let s = Socket::new(Domain::for_address(to), kind, protocol)?;
    if to.is_ipv4() {
        s.set_freebind_v4(true)?;
    } else {
        s.set_freebind_v6(true)?;
        s.set_only_v6(true)?;
    }
    if to.port() != 0 {
        s.set_reuse_address(true)?;
    }
    s.bind(&to.into())?;
    Ok(s)
}

pub fn address<T>(addr: &T) -> (*const libc::sockaddr, libc::socklen_t) {
    (
        ptr::from_ref(addr).cast(),
        mem::size_of::<T>() as libc::socklen_t,
    )
}

/// A netlink socket whose refusals carry their sentence.
pub fn genl_socket() -> Outcome<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    // SAFETY: numbers only.
    let rc = unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_GENERIC) };
    let fd = owned(rc, "netlink socket")?;
    let on: libc::c_int = 1;
    set_option(
        fd.as_raw_fd(),
        libc::SOL_NETLINK,
        libc::NETLINK_EXT_ACK,
        &on,
    )?;
    set_option(
        fd.as_raw_fd(),
        libc::SOL_NETLINK,
        libc::NETLINK_CAP_ACK,
        &on,
    )?;
    // No request is left without an answer; if one is, that shall not hang a test.
    let patience = libc::timeval {
        tv_sec: 20,
        tv_usec: 0,
    };
    set_option(
        fd.as_raw_fd(),
        libc::SOL_SOCKET,
        libc::SO_RCVTIMEO,
        &patience,
    )?;
    // SAFETY: all-zero is a valid sockaddr_nl.
    let mut addr: libc::sockaddr_nl = unsafe { mem::zeroed() };
    addr.nl_family = libc::AF_NETLINK as u16;
    let (at, len) = address(&addr);
    // SAFETY: `at` and `len` describe `addr`.
    checked(
        unsafe { libc::bind(fd.as_raw_fd(), at, len) },
        "netlink socket",
    )?;
    Ok(fd)
}

pub fn send(fd: RawFd, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: pointer and length describe `bytes`.
    let sent = unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), 0) };
    if sent < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

pub fn receive(fd: RawFd, buf: &mut [u8], flags: i32) -> io::Result<usize> {
    // SAFETY: pointer and length describe `buf`.
    let got = unsafe { libc::recv(fd, buf.as_mut_ptr().cast(), buf.len(), flags) };
    usize::try_from(got).map_err(|_| io::Error::last_os_error())
}

/// SIGTERM and SIGINT as something to poll.
pub fn end_signal() -> Outcome<OwnedFd> {
    // SAFETY: the set is initialised by sigemptyset before it is read.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGTERM);
        libc::sigaddset(&mut set, libc::SIGINT);
        checked(
            libc::sigprocmask(libc::SIG_BLOCK, &set, ptr::null_mut()),
            "signals",
        )?;
        owned(libc::signalfd(-1, &set, libc::SFD_CLOEXEC), "signals")
    }
}

/// Waits until one of the descriptors is readable; returns which are.
pub fn poll(fds: &[RawFd], timeout_ms: i32) -> Outcome<Vec<bool>> {
    let mut set: Vec<_> = fds
        .iter()
        .map(|&fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        })
        .collect();
    // SAFETY: pointer and length describe `set`.
    let rc = unsafe { libc::poll(set.as_mut_ptr(), set.len() as libc::nfds_t, timeout_ms) };
    if rc < 0 && io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
        return Err(failed("poll"));
    }
    Ok(set.iter().map(|p| rc > 0 && p.revents != 0).collect())
}

/// Goes to the background: prints the child's pid, and only the child returns.
/// Sockets are bound before this, so whoever reads the pid knows that the probe is ready.
pub fn detach() -> Outcome {
    // SAFETY: no other thread exists yet, so no lock stays held in the child.
    match checked(unsafe { libc::fork() }, "fork")? {
        0 => {
            let null = File::options().read(true).write(true).open("/dev/null");
            let null = null.map_err(|e| format!("/dev/null: {e}"))?;
            // SAFETY: numbers only. What was 0 and 1 is closed, which nobody owns: std's handles only name them.
            unsafe {
                libc::setsid();
                libc::dup2(null.as_raw_fd(), 0);
                libc::dup2(null.as_raw_fd(), 1);
            }
            Ok(())
        }
        pid => {
            println!("{pid}");
            std::process::exit(0);
        }
    }
}

pub fn terminate(pid: i32) -> Outcome<Option<OwnedFd>> {
    // SAFETY: numbers only.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as libc::c_int;
    if fd < 0 {
        return Ok(None);
    }
    let fd = owned(fd, "pidfd")?;
    let (raw, no_details) = (fd.as_raw_fd(), ptr::null::<libc::siginfo_t>());
    // SAFETY: the descriptor is open, and null is for a signal as kill sends it. If the process has ended meanwhile,
    // that is refused, and it has ended, as was wanted; a new one with its number is left alone.
    unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            raw,
            libc::SIGTERM,
            no_details,
            0,
        )
    };
    Ok(Some(fd))
}

/// One socket a source, or many: more than the usual 1,024.
pub fn raise_file_limit() {
    const FILES: libc::rlim_t = 1 << 18;
    let limit = libc::rlimit {
        rlim_cur: FILES,
        rlim_max: FILES,
    };
    // SAFETY: the pointer is to a live local. A failure shows when a socket cannot be made.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
}

/// Whether the kernel is done with a TCP connection: no segment of the other side is due any more.
pub fn tcp_is_closed(fd: RawFd) -> Outcome<bool> {
    // The state is the first byte of struct tcp_info; TCP_CLOSE is 7 in linux/tcp_states.h.
    let mut state = 0u8;
    let mut len = mem::size_of_val(&state) as libc::socklen_t;
    let into = ptr::from_mut(&mut state).cast();
    // SAFETY: pointer and length describe `state`.
    let rc = unsafe { libc::getsockopt(fd, libc::IPPROTO_TCP, libc::TCP_INFO, into, &mut len) };
    checked(rc, "TCP information").map(|_| state == 7)
}
