// SPDX-License-Identifier: GPL-2.0-only

//! Packet sockets: frames with what the kernel knows of them.

use super::address;
use super::checked;
use super::failed;
use super::owned;
use super::set_option;
use crate::outcome::Outcome;
use std::io;
use std::mem;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::os::fd::RawFd;
use std::ptr;

/// A packet socket for one ethertype (`ETH_P_ALL`: all) on one interface (0: all).
pub fn packet_socket(ethertype: u16, ifindex: u32) -> Outcome<OwnedFd> {
    // SAFETY: numbers only. Protocol 0 receives nothing until bind names the real one.
    let rc = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    let fd = owned(rc, "packet socket")?;
    let room: libc::c_int = 128 << 20;
    set_option(
        fd.as_raw_fd(),
        libc::SOL_SOCKET,
        libc::SO_RCVBUFFORCE,
        &room,
    )?;
    // SAFETY: all-zero is a valid sockaddr_ll.
    let mut addr: libc::sockaddr_ll = unsafe { mem::zeroed() };
    addr.sll_family = libc::AF_PACKET as u16;
    addr.sll_protocol = ethertype.to_be();
    addr.sll_ifindex = ifindex as i32;
    let (at, len) = address(&addr);
    // SAFETY: `at` and `len` describe `addr`.
    checked(
        unsafe { libc::bind(fd.as_raw_fd(), at, len) },
        "packet socket",
    )?;
    Ok(fd)
}

/// What the kernel has of a frame beside its bytes.
pub struct FrameInfo {
    pub len: usize,
    pub ifindex: u32,
    /// `PACKET_HOST` and so on.
    pub pkt_type: u8,
    /// TPID and TCI of a tag that the kernel took out of the frame.
    pub vlan: Option<(u16, u16)>,
}

/// One frame, or None when there is none just now. `len` may exceed the buffer: the rest is cut.
pub fn receive_frame(fd: RawFd, buf: &mut [u8]) -> Outcome<Option<FrameInfo>> {
    let mut control = [0u64; 16];
    let mut iov = libc::iovec {
        iov_base: buf.as_mut_ptr().cast(),
        iov_len: buf.len(),
    };
    // SAFETY: all-zero is valid for both.
    let (mut addr, mut msg): (libc::sockaddr_ll, libc::msghdr) = unsafe { mem::zeroed() };
    msg.msg_name = ptr::from_mut(&mut addr).cast();
    msg.msg_namelen = mem::size_of_val(&addr) as u32;
    msg.msg_iov = &mut iov;
    msg.msg_iovlen = 1;
    msg.msg_control = control.as_mut_ptr().cast();
    msg.msg_controllen = mem::size_of_val(&control);
    // SAFETY: every pointer in `msg` is to a live local with its true length.
    let got = unsafe { libc::recvmsg(fd, &mut msg, libc::MSG_DONTWAIT | libc::MSG_TRUNC) };
    let Ok(len) = usize::try_from(got) else {
        let e = io::Error::last_os_error();
        return match e.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
            // The interface went away or down under us: what is queued still comes.
            _ if e.raw_os_error() == Some(libc::ENETDOWN) => Ok(None),
            _ => Err(format!("packet socket: {e}")),
        };
    };
    let mut vlan = None;
    // SAFETY: the kernel filled `msg`; the CMSG walk stays inside msg_controllen.
    unsafe {
        let mut c = libc::CMSG_FIRSTHDR(&msg);
        while !c.is_null() {
            if (*c).cmsg_level == libc::SOL_PACKET && (*c).cmsg_type == libc::PACKET_AUXDATA {
                let aux: libc::tpacket_auxdata = ptr::read_unaligned(libc::CMSG_DATA(c).cast());
                if aux.tp_status & libc::TP_STATUS_VLAN_VALID != 0 {
                    let tpid = if aux.tp_status & libc::TP_STATUS_VLAN_TPID_VALID != 0 {
                        aux.tp_vlan_tpid
                    } else {
                        0x8100
                    };
                    vlan = Some((tpid, aux.tp_vlan_tci));
                }
            }
            c = libc::CMSG_NXTHDR(&msg, c);
        }
    }
    Ok(Some(FrameInfo {
        len,
        ifindex: addr.sll_ifindex as u32,
        pkt_type: addr.sll_pkttype,
        vlan,
    }))
}

/// Frames received and lost since the last call.
pub fn packet_statistics(fd: RawFd) -> Outcome<(u32, u32)> {
    // SAFETY: all-zero is valid.
    let mut stats: libc::tpacket_stats = unsafe { mem::zeroed() };
    let mut len = mem::size_of_val(&stats) as libc::socklen_t;
    let into = ptr::from_mut(&mut stats).cast();
    // SAFETY: pointer and length describe `stats`.
    let rc = unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            into,
            &mut len,
        )
    };
    checked(rc, "packet statistics")?;
    Ok((stats.tp_packets, stats.tp_drops))
}

/// Frames sent or received by one system call.
const TOGETHER: usize = 64;
/// Bytes kept of each frame that is received: headers.
const KEPT: usize = 128;

fn message(iov: &mut libc::iovec, name: *mut libc::sockaddr_ll) -> libc::mmsghdr {
    // SAFETY: all-zero is valid.
    let mut header: libc::mmsghdr = unsafe { mem::zeroed() };
    header.msg_hdr.msg_iov = iov;
    header.msg_hdr.msg_iovlen = 1;
    header.msg_hdr.msg_name = name.cast();
    if !name.is_null() {
        header.msg_hdr.msg_namelen = mem::size_of::<libc::sockaddr_ll>() as u32;
    }
    header
}

/// Sends all of them, in order.
pub fn send_frames(fd: RawFd, frames: &[Vec<u8>]) -> Outcome {
    for chunk in frames.chunks(TOGETHER) {
        let part = |frame: &Vec<u8>| libc::iovec {
            iov_base: frame.as_ptr().cast_mut().cast(),
            iov_len: frame.len(),
        };
        let mut parts: Vec<_> = chunk.iter().map(part).collect();
        let mut messages: Vec<_> = parts
            .iter_mut()
            .map(|p| message(p, ptr::null_mut()))
            .collect();
        let mut sent = 0;
        while sent < messages.len() {
            let rest = &mut messages[sent..];
            // SAFETY: pointer and length describe `rest`; what it points to is only read, and lives in `frames`
            // and `parts`.
            let rc = unsafe { libc::sendmmsg(fd, rest.as_mut_ptr(), rest.len() as u32, 0) };
            match usize::try_from(rc) {
                Ok(n) => sent += n,
                Err(_) if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(failed("sending frames")),
            }
        }
    }
    Ok(())
}

/// Room for what one system call receives.
pub struct Batch {
    bytes: Vec<[u8; KEPT]>,
    from: Vec<libc::sockaddr_ll>,
    lengths: Vec<usize>,
}

impl Batch {
    pub fn new() -> Self {
        // SAFETY: all-zero is a valid sockaddr_ll.
        let nobody: libc::sockaddr_ll = unsafe { mem::zeroed() };
        Self {
            bytes: vec![[0; KEPT]; TOGETHER],
            from: vec![nobody; TOGETHER],
            lengths: vec![0; TOGETHER],
        }
    }

    /// The first `got` frames: the interface of each, and its first bytes.
    pub fn frames(&self, got: usize) -> impl Iterator<Item = (u32, &[u8])> {
        let all = self.from.iter().zip(&self.bytes).zip(&self.lengths);
        all.take(got)
            .map(|((from, bytes), len)| (from.sll_ifindex as u32, &bytes[..*len]))
    }
}

/// How many frames were there, 0 if none is just now; the rest of a long one is cut.
pub fn receive_frames(fd: RawFd, batch: &mut Batch) -> Outcome<usize> {
    let part = |bytes: &mut [u8; KEPT]| libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: KEPT,
    };
    let mut parts: Vec<_> = batch.bytes.iter_mut().map(part).collect();
    let each = parts.iter_mut().zip(&mut batch.from);
    let mut messages: Vec<_> = each.map(|(p, from)| message(p, from)).collect();
    let (to, len, now) = (
        messages.as_mut_ptr(),
        messages.len() as u32,
        libc::MSG_DONTWAIT,
    );
    // SAFETY: pointer and length describe `messages`, which points into `batch` and `parts`; no time limit is given.
    let rc = unsafe { libc::recvmmsg(fd, to, len, now, ptr::null_mut()) };
    let Ok(got) = usize::try_from(rc) else {
        let e = io::Error::last_os_error();
        return match e.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(0),
            _ => Err(format!("packet socket: {e}")),
        };
    };
    for (len, message) in batch.lengths.iter_mut().zip(&messages[..got]) {
        *len = (message.msg_len as usize).min(KEPT);
    }
    Ok(got)
}
