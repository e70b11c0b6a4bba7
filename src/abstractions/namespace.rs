// SPDX-License-Identifier: GPL-2.0-only

//! A reference to a network namespace: while it is there the namespace is not taken apart.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)

use kernel::{
    error::from_err_ptr,
    ffi::c_int, //
};

use super::{
    bindings as k,
    device::Net,
    rtnl::RtnlToken, //
};

/// The reference.
///
/// # Invariants
///
/// One reference to the namespace is this value's. It is never the first namespace, which is not
/// counted.
pub(crate) struct Reference(Net);

// SAFETY: The counter is atomic, and whoever gives the last reference back may be anybody in process
// context.
unsafe impl Send for Reference {}

impl Reference {
    /// A reference to `net`, an interface's, if it is not being taken apart and not the first one.
    pub(crate) fn new(net: Net, _token: RtnlToken<'_>) -> Option<Self> {
        if net.as_raw() == &raw mut k::init_net {
            return None;
        }
        // SAFETY: The namespace's memory is there while it has an interface, and under the RTNL that
        // stays. It takes a reference, unless there is none any more.
        let ns = unsafe { k::get_net_ns(net.as_raw().byte_add(k::SSI_NET_ns).cast()) };
        // INVARIANT: It has just been taken.
        from_err_ptr(ns).ok().map(|_| Self(net))
    }

    /// The namespace.
    pub(super) fn net(&self) -> Net {
        self.0
    }

    /// Whether nobody else has a reference, so that the namespace goes when this one does.
    pub(crate) fn is_last(&self) -> bool {
        // SAFETY: The namespace is there by the invariant; `refcount_t` is one `int`. It may change
        // meanwhile, hence volatile.
        let count = unsafe {
            let count = self.0.as_raw().byte_add(k::SSI_NET_ns_ref);
            count.cast::<c_int>().read_volatile()
        };
        count <= 1
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let net = self.0.as_raw();
        // SAFETY: As `put_net`: it gives the reference back that is ours by the invariant. The last
        // one's giver has the namespace taken apart, by a work queue.
        unsafe {
            let count = net.byte_add(k::SSI_NET_ns_ref);
            if k::refcount_dec_and_test(count.cast()) {
                k::__put_net(net);
            }
        }
    }
}
