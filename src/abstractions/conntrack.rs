// SPDX-License-Identifier: GPL-2.0-only

//! Connections whose packets go elsewhere, to a container behind a published port or another local port, so that
//! no socket has their addresses: connection tracking knows them.
//!
//! There is no dependency on its module: its functions are found by name where it is loaded (`symbol_get`), and
//! it is held only while something is in transition. What is not translated is not looked at: such an
//! entry does not show whether anybody has the connection. Only the zone that packets are in by default is known.
//!
//! C headers: [`include/net/netfilter/nf_conntrack.h`](srctree/include/net/netfilter/nf_conntrack.h),
//! [`include/linux/module.h`](srctree/include/linux/module.h)

use core::{
    mem::{
        offset_of,
        transmute, //
    },
    net::{
        IpAddr,
        Ipv4Addr,
        Ipv6Addr,
        SocketAddr, //
    },
    ptr::{
        null_mut,
        NonNull, //
    },
    sync::atomic::{
        AtomicPtr,
        AtomicU64,
        Ordering, //
    }, //
};

use kernel::{
    bindings::{
        self as k,
        net, //
    },
    ffi::{
        c_int,
        c_ulong,
        c_void,
        CStr, //
    },
    str::CStrExt, //
};

use super::{
    bindings as b,
    device::{
        Device,
        Net, //
    },
    namespace::Reference,
    rcu::{
        synchronize_net,
        Reader, //
    },
    rtnl::RtnlToken, //
};
use crate::logic::{
    segment::{
        Flow,
        IPPROTO_TCP, //
    },
    transition::{
        Numbers,
        SocketState, //
    },
};

/// `struct nf_conntrack_tuple`: a connection as packets of one direction have it, all in network order.
#[derive(Clone, Copy)]
#[repr(C, align(4))]
struct Tuple {
    from: [u8; 16],
    from_port: [u8; 2],
    family: u16,
    to: [u8; 16],
    to_port: [u8; 2],
    protocol: u8,
    direction: u8,
}

const _: () = assert!(
    size_of::<Tuple>() == b::SSI_CONNTRACK_TUPLE_size
        && offset_of!(Tuple, from_port) == b::SSI_CONNTRACK_TUPLE_port
        && offset_of!(Tuple, family) == b::SSI_CONNTRACK_TUPLE_family
        && offset_of!(Tuple, to) == b::SSI_CONNTRACK_TUPLE_to
        && offset_of!(Tuple, to_port) == b::SSI_CONNTRACK_TUPLE_to_port
        && offset_of!(Tuple, protocol) == b::SSI_CONNTRACK_TUPLE_protocol
        && offset_of!(Tuple, direction) == b::SSI_CONNTRACK_TUPLE_direction
);

impl Tuple {
    /// What the client sends.
    fn of(flow: &Flow) -> Option<Self> {
        let (family, from, to) = match (flow.client, flow.vip) {
            (IpAddr::V4(from), IpAddr::V4(to)) => (k::AF_INET, padded(from), padded(to)),
            (IpAddr::V6(from), IpAddr::V6(to)) => (k::AF_INET6, from.octets(), to.octets()),
            _ => return None,
        };
        Some(Self {
            from,
            from_port: flow.client_port.to_be_bytes(),
            family: family as u16,
            to,
            to_port: flow.vip_port.to_be_bytes(),
            protocol: IPPROTO_TCP,
            direction: 0,
        })
    }

    /// Whether whoever answers is another one than whom this is to.
    fn is_translated(&self, answers: &Self) -> bool {
        (answers.from, answers.from_port) != (self.to, self.to_port)
    }

    fn sender(&self) -> SocketAddr {
        let port = u16::from_be_bytes(self.from_port);
        SocketAddr::new(self.address(&self.from), port)
    }

    fn address(&self, bytes: &[u8; 16]) -> IpAddr {
        match (u32::from(self.family) == k::AF_INET, bytes) {
            (true, &[a, b, c, d, ..]) => Ipv4Addr::new(a, b, c, d).into(),
            (false, bytes) => Ipv6Addr::from(*bytes).into(),
        }
    }
}

fn padded(address: Ipv4Addr) -> [u8; 16] {
    let [a, b, c, d] = address.octets();
    [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// `struct nf_conntrack_zone`: the one by default.
#[repr(C)]
struct Zone {
    id: u16,
    flags: u8,
    dir: u8,
}

const _: () = assert!(size_of::<Zone>() == b::SSI_CONNTRACK_ZONE_size);

static ZONE: Zone = Zone {
    id: 0,
    flags: 0,
    dir: b::SSI_CONNTRACK_ZONE_dir,
};

/// An entry of the table, `struct nf_conn`.
///
/// # Invariants
///
/// A reference to it is held, or the lock of its chain.
struct Entry(NonNull<c_void>);

impl Entry {
    /// # Safety
    ///
    /// At `offset` there is a `T` of plain numbers.
    unsafe fn field<T: Copy>(&self, offset: usize) -> T {
        // SAFETY: The entry is there by the invariant, the field as the caller guarantees. It may change
        // meanwhile, hence volatile, as READ_ONCE.
        unsafe { self.0.as_ptr().byte_add(offset).cast::<T>().read_volatile() }
    }

    /// Its tuple of one direction: 0 is that of who began it.
    fn tuple(&self, direction: usize) -> Tuple {
        let at = match direction {
            0 => b::SSI_CONNTRACK_hashes,
            _ => b::SSI_CONNTRACK_hashes + b::SSI_CONNTRACK_HASH_size,
        };
        // SAFETY: `tuplehash` has two, each with its tuple, which do not change once it is in the table.
        unsafe { self.field(at + b::SSI_CONNTRACK_HASH_tuple) }
    }

    /// TCP's state.
    fn state(&self) -> u8 {
        // SAFETY: `u_int8_t state` of a TCP entry.
        unsafe { self.field(b::SSI_CONNTRACK_state) }
    }

    /// Whether segments of it may still come.
    fn is_open(&self) -> bool {
        // SAFETY: `u32 timeout`, in jiffies; the clock is the kernel's own.
        let left = unsafe {
            let until: u32 = self.field(b::SSI_CONNTRACK_timeout);
            until.wrapping_sub((&raw const k::jiffies).read_volatile() as u32)
        };
        let is_over = matches!(
            self.state(),
            b::SSI_CONNTRACK_NONE | b::SSI_CONNTRACK_TIME_WAIT | b::SSI_CONNTRACK_CLOSE
        );
        (1..1 << 31).contains(&left) && !is_over
    }

    /// What was seen of a direction's sender: the end of what it sent, where the other's window ends for it, and
    /// its own largest window; none where that is not tracked.
    fn seen(&self, direction: usize) -> Option<[u32; 3]> {
        let at = match direction {
            0 => b::SSI_CONNTRACK_seen,
            _ => b::SSI_CONNTRACK_seen + b::SSI_CONNTRACK_SEEN_size,
        };
        // SAFETY: `unsigned long status`.
        let status: c_ulong = unsafe { self.field(b::SSI_CONNTRACK_status) };
        // SAFETY: `struct ip_ct_tcp_state seen[2]` of a TCP entry; the fields are `u_int32_t`.
        let [end, limit, window]: [u32; 3] = unsafe {
            [
                self.field(at + b::SSI_CONNTRACK_SEEN_end),
                self.field(at + b::SSI_CONNTRACK_SEEN_maxend),
                self.field(at + b::SSI_CONNTRACK_SEEN_maxwin),
            ]
        };
        // What goes by the flow table is not seen.
        let is_tracked = window != 0 && status & c_ulong::from(b::SSI_CONNTRACK_OFFLOAD) == 0;
        is_tracked.then_some([end, limit, window])
    }

    /// As the state of a socket, if it is the client who sends in this direction.
    fn socket_state(&self, direction: usize) -> SocketState {
        let (client, here) = (self.seen(direction), self.seen(1 - direction));
        let ahead = |end: u32, limit: u32| match limit.wrapping_sub(end) {
            ahead @ 0..0x8000_0000 => ahead,
            _ => 0,
        };
        let (next, window) = match client {
            Some([end, limit, _]) => (end, ahead(end, limit)),
            None => (0, u32::MAX),
        };
        match self.state() {
            b::SSI_CONNTRACK_NONE | b::SSI_CONNTRACK_CLOSE => SocketState::Nothing,
            b::SSI_CONNTRACK_TIME_WAIT => SocketState::TimeWait { next, window },
            _ => SocketState::Connection(Numbers {
                next,
                window,
                unacknowledged: here.map_or(0, |[end, ..]| end),
                written: here.map_or(0, |[end, ..]| end),
                offered: match (client, here) {
                    (Some([_, _, window]), Some(_)) => window,
                    _ => u32::MAX,
                },
            }),
        }
    }
}

/// `nf_conntrack_find_get`.
type Find = unsafe extern "C" fn(*mut net, *const Zone, *const Tuple) -> *mut c_void;
const FIND: &CStr = c"nf_conntrack_find_get";
/// `nf_ct_iterate_cleanup_net`.
type Iterate = unsafe extern "C" fn(
    Option<unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int>,
    *const b::nf_ct_iter_data,
);
const ITERATE: &CStr = c"nf_ct_iterate_cleanup_net";

/// The function that finds an entry, while the module is held.
static HELD: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

/// How often somebody wanted it held.
static WANTED: AtomicU64 = AtomicU64::new(0);

/// How often somebody wanted it held by now.
pub(crate) fn wanted() -> u64 {
    WANTED.load(Ordering::Relaxed)
}

/// Holds the module from now on, if it is loaded. Packets look into its table then.
pub(crate) fn hold(_token: RtnlToken<'_>) {
    WANTED.fetch_add(1, Ordering::Relaxed);
    if HELD.load(Ordering::Relaxed).is_null() {
        // SAFETY: A constant string. What is found is held.
        let find = unsafe { b::__symbol_get(FIND.as_char_ptr()) };
        HELD.store(find, Ordering::Release);
    }
}

/// Lets the module go, if nobody has wanted it since `wanted` was so much.
pub(crate) fn let_go(since: u64, _token: RtnlToken<'_>) {
    if wanted() == since {
        release();
    }
}

/// No cluster is there any more, nor anybody who makes one: lets the module go when it is dropped.
pub(crate) struct Held;

impl Drop for Held {
    fn drop(&mut self) {
        release();
    }
}

fn release() {
    if HELD.load(Ordering::Relaxed).is_null() {
        return;
    }
    HELD.store(null_mut(), Ordering::Release);
    synchronize_net();
    // SAFETY: It was held, and the packets are gone that have found it.
    unsafe { b::__symbol_put(FIND.as_char_ptr()) };
}

/// What is known of a translated connection of packets that come in at `device`. Any context.
pub(crate) fn lookup(device: Device, flow: &Flow, _reader: Reader<'_>) -> SocketState {
    let held = HELD.load(Ordering::Acquire);
    let (Some(net), Some(tuple), false) = (device.net(), Tuple::of(flow), held.is_null()) else {
        return SocketState::Nothing;
    };
    // SAFETY: It is this function's address, whose type is checked where the bindings are made. The module is
    // held as long as a reader may have found it.
    let found = unsafe {
        let find = transmute::<*mut c_void, Find>(held);
        find(net.as_raw(), &ZONE, &tuple)
    };
    let Some(found) = NonNull::new(found) else {
        return SocketState::Nothing;
    };
    // SAFETY: What is found is one of an entry's two `struct nf_conntrack_tuple_hash`, and its tuple has the direction.
    let (direction, entry) = unsafe {
        let tuple = found.byte_add(b::SSI_CONNTRACK_HASH_tuple).cast::<Tuple>();
        let direction = usize::from(tuple.read().direction != 0);
        let before = b::SSI_CONNTRACK_hashes + direction * b::SSI_CONNTRACK_HASH_size;
        (direction, found.byte_sub(before))
    };
    // INVARIANT: A reference was taken.
    let entry = Entry(entry);
    let state = match tuple.is_translated(&entry.tuple(1 - direction)) {
        true => entry.socket_state(direction),
        false => SocketState::Nothing,
    };
    // SAFETY: Gives the reference back, as nf_ct_put; `struct nf_conntrack`, which the function wants, begins an entry
    // (bindings_helper.h has that checked).
    unsafe {
        let count = entry.0.as_ptr().byte_add(b::SSI_CONNTRACK_use);
        if k::refcount_dec_and_test(count.cast()) {
            b::nf_conntrack_destroy(entry.0.as_ptr());
        }
    }
    state
}

/// The table, to be walked. Holds the module.
pub(crate) struct Table(Iterate);

impl Table {
    /// It, if the module is loaded.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: As in `hold` and `lookup`.
        unsafe {
            let iterate = NonNull::new(b::__symbol_get(ITERATE.as_char_ptr()))?;
            Some(Self(transmute::<NonNull<c_void>, Iterate>(iterate)))
        }
    }

    /// Shows each translated connection of a namespace that is open: its address here, and its other end. Process
    /// context; `show` is called under a lock.
    pub(crate) fn each(&self, of: &Reference, mut show: impl FnMut(IpAddr, SocketAddr)) {
        self.each_in(of.net(), &mut show);
    }

    /// The same of the first namespace, which stays.
    pub(crate) fn each_of_first(&self, mut show: impl FnMut(IpAddr, SocketAddr)) {
        self.each_in(Net::first(), &mut show);
    }

    fn each_in<F: FnMut(IpAddr, SocketAddr)>(&self, net: Net, show: &mut F) {
        let data = b::nf_ct_iter_data {
            net: net.as_raw(),
            data: (&raw mut *show).cast(),
            portid: 0,
            report: 0,
        };
        // SAFETY: The namespace is there, the module is held, and what is shown to lives as long as the call.
        unsafe { (self.0)(Some(each::<F>), &data) };
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: It was held.
        unsafe { b::__symbol_put(ITERATE.as_char_ptr()) };
    }
}

/// # Safety
///
/// To be called by `nf_ct_iterate_cleanup_net` with what `each_in` gave.
unsafe extern "C" fn each<F: FnMut(IpAddr, SocketAddr)>(
    entry: *mut c_void,
    data: *mut c_void,
) -> c_int {
    // SAFETY: As the caller guarantees; it calls one after the other.
    let show = unsafe { &mut *data.cast::<F>() };
    // INVARIANT: The caller has the lock of its chain.
    if let Some(entry) = NonNull::new(entry).map(Entry) {
        let [began, answers] = [entry.tuple(0), entry.tuple(1)];
        if began.protocol == IPPROTO_TCP && entry.is_open() {
            if began.is_translated(&answers) {
                show(began.address(&began.to), began.sender());
            } else if answers.is_translated(&began) {
                show(answers.address(&answers.to), answers.sender());
            }
        }
    }
    // It stays.
    0
}
