// SPDX-License-Identifier: GPL-2.0-only

//! System calls that take packet sockets' own structures. `unsafe` is here only.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

fn checked(status: libc::c_int) -> io::Result<()> {
    match status {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn index(ifindex: u32) -> io::Result<libc::c_int> {
    libc::c_int::try_from(ifindex).map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn length<T>() -> io::Result<libc::socklen_t> {
    libc::socklen_t::try_from(size_of::<T>()).map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// Binds a packet socket to an interface and an EtherType.
pub fn bind(fd: &OwnedFd, ifindex: u32, kind: u16) -> io::Result<()> {
    // SAFETY: The structure has numbers only, for which all zeroes is a value.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = u16::try_from(libc::AF_PACKET).unwrap_or_default();
    address.sll_protocol = kind.to_be();
    address.sll_ifindex = index(ifindex)?;
    let length = length::<libc::sockaddr_ll>()?;
    // SAFETY: Pointer and length describe `address`, which the call only reads.
    checked(unsafe { libc::bind(fd.as_raw_fd(), ptr::from_ref(&address).cast(), length) })
}

/// The Ethernet address of the interface that a packet socket is bound to.
pub fn address(fd: &OwnedFd) -> io::Result<[u8; 6]> {
    // SAFETY: As in `bind`.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    let mut length = length::<libc::sockaddr_ll>()?;
    // SAFETY: Pointer and length describe `address` and `length`, which the call writes.
    checked(unsafe {
        libc::getsockname(
            fd.as_raw_fd(),
            ptr::from_mut(&mut address).cast(),
            &raw mut length,
        )
    })?;
    let bytes = address.sll_addr.first_chunk().copied();
    bytes.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Lets the interface take in frames to every group address, while the socket is open.
pub fn receive_all_groups(fd: &OwnedFd, ifindex: u32) -> io::Result<()> {
    let request = libc::packet_mreq {
        mr_ifindex: index(ifindex)?,
        mr_type: u16::try_from(libc::PACKET_MR_ALLMULTI).unwrap_or_default(),
        mr_alen: 0,
        mr_address: [0; 8],
    };
    let length = length::<libc::packet_mreq>()?;
    // SAFETY: Pointer and length describe `request`, which the call only reads.
    checked(unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_ADD_MEMBERSHIP,
            ptr::from_ref(&request).cast(),
            length,
        )
    })
}

/// Lets a packet socket have only frames that come in, untagged, of these EtherTypes.
pub fn only_incoming(fd: &OwnedFd, kinds: [u16; 2]) -> io::Result<()> {
    // Loads of the kernel's own (SKF_AD_OFF) and their answers.
    const PACKET_TYPE: u32 = 0xffff_f000 + 4;
    const VLAN_TAG: u32 = 0xffff_f000 + 48;
    const OUTGOING: u32 = 4;
    const LOAD: u16 = 0x20;
    const LOAD_HALF: u16 = 0x28;
    const EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let [first, second] = kinds.map(u32::from);
    let mut steps = [
        step(LOAD, 0, 0, PACKET_TYPE),
        step(EQUAL, 6, 0, OUTGOING),
        step(LOAD, 0, 0, VLAN_TAG),
        step(EQUAL, 0, 4, 0),
        step(LOAD_HALF, 0, 0, 12),
        step(EQUAL, 1, 0, first),
        step(EQUAL, 0, 1, second),
        step(RETURN, 0, 0, u32::MAX),
        step(RETURN, 0, 0, 0),
    ];
    let program = libc::sock_fprog {
        len: u16::try_from(steps.len()).unwrap_or_default(),
        filter: steps.as_mut_ptr(),
    };
    let length = length::<libc::sock_fprog>()?;
    // SAFETY: Pointer and length describe `program`, whose steps live until the call has read both.
    checked(unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            ptr::from_ref(&program).cast(),
            length,
        )
    })
}
