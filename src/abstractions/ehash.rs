// SPDX-License-Identifier: GPL-2.0-only

//! A walk over the kernel's table of TCP connections, in pieces, without a lock.
//!
//! Chains are read under RCU, as the kernel's own lookup reads them. A socket that ends while it is
//! looked at may be in another chain the next moment, so that the walk goes on there; that chain ends
//! by another number, and the one that was left is read again. A handshake becomes a connection, and
//! a connection TIME_WAIT, in one step and in its place: the walk meets the one or the other.
//!
//! C header: [`include/net/inet_hashtables.h`](srctree/include/net/inet_hashtables.h)

use core::{
    net::{
        IpAddr,
        SocketAddr, //
    },
    ptr::NonNull, //
};

use kernel::{
    bindings::{
        self as k,
        hlist_nulls_node as Node, //
    },
    ffi::c_void, //
};

use super::{
    bindings as b,
    device::Net,
    namespace::Reference,
    rcu,
    rtnl::RtnlToken,
    sockets::Socket, //
};

/// Most chains of a piece.
pub(crate) const CHAINS_AT_ONCE: u32 = 512;
/// A piece ends with the chain in which it has met so many sockets.
pub(crate) const SOCKETS_AT_ONCE: u32 = 4096;
/// How often a chain is read again from which sockets were moved away meanwhile.
const TRIES: u32 = 16;
/// So many sockets of a chain are counted when it has been read whole, so that none of them is counted
/// twice. Chains are shorter, as a rule by far.
const AT_ONCE: usize = 32;

/// A table.
///
/// # Invariants
///
/// `chains` has `mask + 1` heads. It is the table that namespaces share, which stays, or it goes with
/// the namespace that `owner` refers to.
pub(crate) struct Table {
    chains: *const *const Node,
    mask: u32,
    owner: Option<Reference>,
}

/// A piece of a walk.
pub(crate) struct Piece {
    /// The chain to go on with.
    pub(crate) next: Option<u32>,
    /// Chains it had.
    pub(crate) chains: u32,
    /// Sockets that were met in them.
    pub(crate) sockets: u32,
    /// Whether all chains were read whole.
    pub(crate) is_whole: bool,
}

/// Whether connections in `net`, an interface's namespace, are in a table of its own.
pub(crate) fn is_own(net: Net, _token: RtnlToken<'_>) -> bool {
    // SAFETY: The namespace has an interface and the RTNL is held: so its table is there.
    unsafe {
        table(net.as_raw())
            .byte_add(b::SSI_INET_HASHINFO_pernet)
            .cast::<bool>()
            .read()
    }
}

/// The `struct inet_hashinfo` of a namespace.
///
/// # Safety
///
/// The namespace is there.
unsafe fn table(net: *const k::net) -> *const c_void {
    // SAFETY: As the caller guarantees; the field, a pointer, is set before there are interfaces, and stays.
    unsafe {
        net.byte_add(b::SSI_NET_hashinfo)
            .cast::<*const c_void>()
            .read()
    }
}

impl Table {
    /// The one that namespaces share which have none of their own.
    pub(crate) fn shared() -> Self {
        // SAFETY: The first namespace and its table are there always.
        unsafe { Self::of(&raw const k::init_net, None) }
    }

    /// The one of its own that a namespace has.
    pub(crate) fn own(owner: Reference) -> Self {
        let net = owner.net().as_raw();
        // SAFETY: The reference holds the namespace, and that its table.
        unsafe { Self::of(net, Some(owner)) }
    }

    /// # Safety
    ///
    /// `net` and its table stay as long as `owner` does, or for ever.
    unsafe fn of(net: *const k::net, owner: Option<Reference>) -> Self {
        // SAFETY: As the caller guarantees; the fields of `struct inet_hashinfo` do not change.
        unsafe {
            let table = table(net);
            // INVARIANT: The mask is that of the heads; the owner is as the caller guarantees.
            Self {
                chains: table
                    .byte_add(b::SSI_INET_HASHINFO_ehash)
                    .cast::<*const *const Node>()
                    .read(),
                mask: table
                    .byte_add(b::SSI_INET_HASHINFO_ehash_mask)
                    .cast::<u32>()
                    .read(),
                owner,
            }
        }
    }

    /// Whether nobody has a use for it any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.owner.as_ref().is_some_and(Reference::is_last)
    }

    /// Reads the chains from `from` on, a bounded number, in one RCU section. `find` is asked for each
    /// connection, TIME_WAIT left out, by its namespace, its address here and its other end, and
    /// `count` gets the answers, once for each that was there all the time. Process context.
    pub(crate) fn piece<T: Copy>(
        &self,
        from: u32,
        mut find: impl FnMut(u64, IpAddr, SocketAddr) -> Option<T>,
        mut count: impl FnMut(T),
    ) -> Piece {
        let last = self.mask.min(from.saturating_add(CHAINS_AT_ONCE - 1));
        rcu::read(|_| {
            let mut piece = Piece {
                next: None,
                chains: 0,
                sockets: 0,
                is_whole: true,
            };
            for slot in from..=last {
                // SAFETY: `slot` is at most `mask`, and an RCU section is open.
                let is_whole =
                    unsafe { self.chain(slot, &mut piece.sockets, &mut find, &mut count) };
                piece.is_whole &= is_whole;
                piece.chains = piece.chains.saturating_add(1);
                piece.next = slot.checked_add(1).filter(|next| *next <= self.mask);
                if piece.sockets >= SOCKETS_AT_ONCE {
                    break;
                }
            }
            piece
        })
    }

    /// Reads one chain. Whether it was read whole.
    ///
    /// # Safety
    ///
    /// `slot` is at most `mask`, and an RCU section is open.
    unsafe fn chain<T: Copy>(
        &self,
        slot: u32,
        sockets: &mut u32,
        find: &mut impl FnMut(u64, IpAddr, SocketAddr) -> Option<T>,
        count: &mut impl FnMut(T),
    ) -> bool {
        for _ in 0..TRIES {
            let mut found = [None; AT_ONCE];
            let mut places = found.iter_mut();
            // SAFETY: There is such a chain (`struct hlist_nulls_head`, one pointer), as the caller
            // guarantees; volatile, as READ_ONCE.
            let mut node = unsafe { self.chains.add(slot as usize).read_volatile() };
            // The end is an odd number: which chain it is the end of.
            while node.addr() & 1 == 0 {
                // `wrapping_byte_sub` is container_of.
                let socket = node.cast::<k::sock>().cast_mut();
                let Some(socket) = NonNull::new(socket.wrapping_byte_sub(b::SSI_SOCK_nulls_node))
                else {
                    return false;
                };
                // INVARIANT: In the table, in an RCU section.
                let socket = Socket(socket);
                *sockets = sockets.saturating_add(1);
                if !socket.has_ended() {
                    let (here, there) = socket.ends();
                    if let Some(one) = find(socket.net(), here, there) {
                        match places.next() {
                            Some(place) => *place = Some(one),
                            None => count(one),
                        }
                    }
                }
                // SAFETY: A node in the table has a next one; freed ones keep theirs for the section.
                node = unsafe { (&raw const (*node).next).read_volatile() };
            }
            if node.addr() >> 1 == slot as usize {
                found.into_iter().flatten().for_each(count);
                return true;
            }
        }
        false
    }
}
