// SPDX-License-Identifier: GPL-2.0-only

//! The kernel's own table of TCP connections: the only memory of which connection is whose. `ehash.rs`
//! walks it.
//!
//! C headers: [`include/net/inet_hashtables.h`](srctree/include/net/inet_hashtables.h),
//! [`include/net/inet6_hashtables.h`](srctree/include/net/inet6_hashtables.h),
//! [`include/net/tcp.h`](srctree/include/net/tcp.h)

use core::{
    net::{
        IpAddr,
        Ipv4Addr,
        Ipv6Addr,
        SocketAddr, //
    },
    ptr::NonNull, //
};

use kernel::{
    bindings::in6_addr,
    ffi::c_int, //
};

use super::{
    bindings as b,
    device::Device,
    rcu::Reader, //
};
use crate::logic::{
    segment::{
        Flow,
        TCP_LEN, //
    },
    transition::{
        Numbers, //
        SocketState,
    }, //
};

/// A socket of the table, of whatever size: `struct sock_common` is what all have.
///
/// # Invariants
///
/// It was found in the table within an RCU section that goes on, or a reference to it is held. In the section its
/// memory stays one of the same kind of socket, full, of a request or TIME_WAIT, though maybe another one's by now: each
/// kind has its slab, whose memory is no other's before a grace period is over (SLAB_TYPESAFE_BY_RCU).
pub(super) struct Socket(pub(super) NonNull<kernel::bindings::sock>);

impl Socket {
    /// Reads a field.
    ///
    /// # Safety
    ///
    /// At `offset` there is a `T` of plain numbers in a socket of this one's kind.
    unsafe fn field<T: Copy>(&self, offset: usize) -> T {
        // SAFETY: The memory is a socket's by the invariant, the field as the caller guarantees. It may
        // change meanwhile, hence volatile, as READ_ONCE.
        unsafe { self.0.as_ptr().byte_add(offset).cast::<T>().read_volatile() }
    }

    fn state(&self) -> u8 {
        // SAFETY: `volatile unsigned char skc_state`.
        unsafe { self.field(b::SSI_SOCK_state) }
    }

    /// Its namespace, to compare.
    pub(super) fn net(&self) -> u64 {
        // SAFETY: `possible_net_t skc_net` is one pointer.
        let net: *mut kernel::bindings::net = unsafe { self.field(b::SSI_SOCK_net) };
        net.addr() as u64
    }

    /// Its address here, and the other end.
    pub(super) fn ends(&self) -> (IpAddr, SocketAddr) {
        // SAFETY: `__be16 skc_dport`, two bytes as they are sent.
        let port = u16::from_be_bytes(unsafe { self.field(b::SSI_SOCK_dport) });
        let (here, there) = self.addresses();
        (here, SocketAddr::new(there, port))
    }

    fn addresses(&self) -> (IpAddr, IpAddr) {
        // SAFETY: `unsigned short skc_family`.
        let family: u16 = unsafe { self.field(b::SSI_SOCK_family) };
        if u32::from(family) == kernel::bindings::AF_INET6 {
            // SAFETY: `struct in6_addr`, sixteen bytes.
            let [here, there]: [[u8; 16]; 2] = unsafe {
                [
                    self.field(b::SSI_SOCK_rcv_saddr6),
                    self.field(b::SSI_SOCK_daddr6),
                ]
            };
            let [here, there] = [here, there].map(|bytes| Ipv6Addr::from(bytes).to_canonical());
            return (here, there);
        }
        // SAFETY: `__be32`, four bytes as they are sent.
        let [here, there]: [[u8; 4]; 2] = unsafe {
            [
                self.field(b::SSI_SOCK_rcv_saddr),
                self.field(b::SSI_SOCK_daddr),
            ]
        };
        (Ipv4Addr::from(here).into(), Ipv4Addr::from(there).into())
    }

    /// Whether both ends have closed: TIME_WAIT. The kernel has a small socket of that state
    /// too for one that nobody here uses any more and that waits for the other end's FIN.
    pub(super) fn has_ended(&self) -> bool {
        if self.state() != b::SSI_TCP_TIME_WAIT {
            return false;
        }
        // SAFETY: A socket in this state is a `struct inet_timewait_sock`, and stays one by the invariant.
        let substate: u8 = unsafe { self.field(b::SSI_TIMEWAIT_substate) };
        substate != b::SSI_TCP_FIN_WAIT2
    }

    /// Of a socket in `state`, which is neither a request's nor TIME_WAIT. They change meanwhile: who
    /// compares allows for it.
    fn numbers(&self, state: u8) -> Numbers {
        // SAFETY: A socket in any other state is a `struct tcp_sock`, and stays one, as a reference to it is
        // held; the fields are `u32`.
        let [next, window, unacknowledged, written, offered] = unsafe {
            [
                self.field(b::SSI_TCP_SOCK_rcv_nxt),
                self.field(b::SSI_TCP_SOCK_rcv_wnd),
                self.field(b::SSI_TCP_SOCK_snd_una),
                self.field(b::SSI_TCP_SOCK_write_seq),
                self.field(b::SSI_TCP_SOCK_max_window),
            ]
        };
        Numbers {
            next,
            window: match state {
                b::SSI_TCP_SYN_SENT => u32::MAX,
                _ => window,
            },
            unacknowledged,
            written,
            offered,
        }
    }

    fn socket_state(&self) -> SocketState {
        match self.state() {
            b::SSI_TCP_NEW_SYN_RECV => SocketState::Request {
                // SAFETY: A socket in this state is a `struct tcp_request_sock`.
                isn: unsafe { self.field(b::SSI_REQUEST_snt_isn) },
            },
            b::SSI_TCP_TIME_WAIT => SocketState::TimeWait {
                // SAFETY: A socket in this state is a `struct tcp_timewait_sock`.
                next: unsafe { self.field(b::SSI_SOCK_tw_rcv_nxt) },
                // SAFETY: As above.
                window: unsafe { self.field(b::SSI_TIMEWAIT_rcv_wnd) },
            },
            state => SocketState::Connection(self.numbers(state)),
        }
    }
}

/// What the table has for a connection of packets that come in at `device`. Any context.
pub(crate) fn lookup(device: Device, flow: &Flow, reader: Reader<'_>) -> SocketState {
    let Some(net) = device.net() else {
        return SocketState::Nothing;
    };
    // A socket may be bound to the interface, or to the VRF that it is in.
    let (dif, sdif) = (index(device.ifindex()), index(device.vrf_now(reader)));
    let socket = match (flow.client, flow.vip) {
        // SAFETY: The namespace lives with its interface, and an RCU section is open.
        (IpAddr::V4(client), IpAddr::V4(vip)) => unsafe {
            b::__inet_lookup_established(
                net.as_raw(),
                u32::from_ne_bytes(client.octets()),
                flow.client_port.to_be(),
                u32::from_ne_bytes(vip.octets()),
                flow.vip_port,
                dif,
                sdif,
            )
        },
        // SAFETY: As above; it reads both addresses.
        (IpAddr::V6(client), IpAddr::V6(vip)) => unsafe {
            b::__inet6_lookup_established(
                net.as_raw(),
                &in6(client),
                flow.client_port.to_be(),
                &in6(vip),
                flow.vip_port,
                dif,
                sdif,
            )
        },
        _ => return SocketState::Nothing,
    };
    let Some(socket) = NonNull::new(socket) else {
        return SocketState::Nothing;
    };
    // INVARIANT: The lookup took a reference.
    let found = Socket(socket).socket_state();
    // SAFETY: Gives the reference back.
    unsafe { b::sock_gen_put(socket.as_ptr()) };
    found
}

fn index(ifindex: u32) -> c_int {
    c_int::try_from(ifindex).unwrap_or(0)
}

fn in6(address: Ipv6Addr) -> in6_addr {
    let mut bound = in6_addr::default();
    bound.in6_u.u6_addr8 = address.octets();
    bound
}

/// Whether `packet`, an IP packet of `net` with the TCP header at `at`, acknowledges a SYN cookie of
/// this node. By chance some other acknowledgement does, one of half a milliard. Any context.
pub(crate) fn is_cookie(device: Device, packet: &[u8], at: usize) -> bool {
    let Some(net) = device.net() else {
        return false;
    };
    // SAFETY: The namespace lives; `u8 sysctl_tcp_syncookies` is a number that an administrator may change.
    let cookies = unsafe {
        let field = net.as_raw().byte_add(b::SSI_NET_syncookies);
        field.cast::<u8>().read_volatile()
    };
    let has_header = at
        .checked_add(TCP_LEN)
        .is_some_and(|end| end <= packet.len());
    if cookies == 0 || !has_header {
        return false;
    }
    let ip = packet.as_ptr();
    // SAFETY: The TCP header is within the packet, as just checked.
    let tcp = unsafe { ip.add(at) };
    let mss = match packet.first().map(|byte| byte >> 4) {
        // SAFETY: Both headers are there without their options, and it reads no more.
        Some(4) if at >= 20 => unsafe { b::__cookie_v4_check(ip.cast(), tcp.cast()) },
        // SAFETY: As above.
        Some(6) if at >= 40 => unsafe { b::__cookie_v6_check(ip.cast(), tcp.cast()) },
        _ => 0,
    };
    mss != 0
}
