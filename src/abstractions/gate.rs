// SPDX-License-Identifier: GPL-2.0-only

//! Second hook for received packets, where their protocols take them: netfilter's PRE_ROUTING of
//! the namespace for IPv4 and IPv6, and ARP's own hook.
//!
//! It is behind the netdev ingress hook, and needs nothing of what that has left on a packet. Frames
//! that never met that hook meet this one: those that traffic control took away and put back behind
//! it (ifb), those of another port of the same bridge.
//!
//! C headers: [`include/linux/netfilter.h`](srctree/include/linux/netfilter.h),
//! [`include/linux/netfilter_bridge.h`](srctree/include/linux/netfilter_bridge.h)

use core::{
    marker::PhantomPinned,
    ptr::NonNull, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox, //
    },
    bindings::sk_buff,
    error::{
        code::EINVAL,
        to_result,
        Result, //
    },
    ffi::{
        c_uint,
        c_void, //
    },
};

use super::{
    bindings,
    device::Device,
    path::{
        Arrival,
        AtHook,
        Path, //
    },
    rcu::{
        synchronize_net,
        Reader, //
    },
    skb::Received, //
};

/// What the hooks are registered with.
struct Seat<P: Path> {
    path: NonNull<P>,
    device: Device,
}

/// The second look of a path, while it is registered.
///
/// # Invariants
///
/// `hooks` are registered with `seat`, in the namespace of its interface, until `unregister`.
pub(super) struct Gate<P: Path> {
    seat: KBox<Seat<P>>,
    hooks: KBox<[bindings::nf_hook_ops; HOOKS]>,
    _pin: PhantomPinned,
}

const HOOKS: usize = 3;

impl<P: Path> Gate<P> {
    /// Begins to show packets to `path`.
    ///
    /// # Safety
    ///
    /// `path` stays where it is until packets have been waited for after `unregister`, and so does
    /// `device` stay registered. The value is not dropped before.
    pub(super) unsafe fn new(path: *const P, device: Device) -> Result<Self> {
        let path = NonNull::new(path.cast_mut()).ok_or(EINVAL)?;
        let seat = KBox::new(Seat { path, device }, GFP_KERNEL_ACCOUNT)?;
        let data: *const Seat<P> = &raw const *seat;
        let hook = |pf: c_uint, hooknum: c_uint| bindings::nf_hook_ops {
            hook: Some(gate::<P>),
            priv_: data.cast_mut().cast(),
            // Numbers of `enum`s that are below ten.
            pf: pf as u8,
            hooknum,
            // Ahead of defragmentation and connection tracking.
            priority: i32::MIN,
            ..pin_init::zeroed()
        };
        let pre_routing = bindings::nf_inet_hooks_NF_INET_PRE_ROUTING;
        let hooks = [
            hook(bindings::NFPROTO_IPV4, pre_routing),
            hook(bindings::NFPROTO_IPV6, pre_routing),
            hook(bindings::NFPROTO_ARP, bindings::NF_ARP_IN),
        ];
        let hooks = KBox::new(hooks, GFP_KERNEL_ACCOUNT)?;
        let net = device.net().ok_or(EINVAL)?;
        // SAFETY: A box's content stays where it is; the namespace lives with its interface.
        let result = to_result(unsafe {
            bindings::nf_register_net_hooks(net.as_raw(), hooks.as_ptr(), HOOKS as c_uint)
        });
        // The first of them may have been registered for a moment, and packets be in them that look at `seat`, which
        // goes here, and at `path`, which goes next.
        result.inspect_err(|_| synchronize_net())?;
        // INVARIANT: Just registered.
        Ok(Self {
            seat,
            hooks,
            _pin: PhantomPinned,
        })
    }

    /// Ends it. Packets may be in the path until they have been waited for.
    pub(super) fn unregister(&self) {
        if let Some(net) = self.seat.device.net() {
            // SAFETY: Registered by the invariant; the owner calls this once.
            unsafe {
                bindings::nf_unregister_net_hooks(
                    net.as_raw(),
                    self.hooks.as_ptr(),
                    HOOKS as c_uint,
                )
            };
        }
    }
}

/// The hooks. Softirq mostly, bottom halves off, RCU read side (`nf_hook`).
///
/// # Safety
///
/// To be called by netfilter, `data` being the registered `Seat<P>`.
unsafe extern "C" fn gate<P: Path>(
    data: *mut c_void,
    skb: *mut sk_buff,
    state: *const bindings::nf_hook_state,
) -> c_uint {
    // SAFETY: `priv` is the seat that was registered, and its path lives; both are freed a grace
    // period after the hooks are unregistered. The buffer and the state live.
    let (seat, skb, state) = unsafe {
        let seat = &*data.cast::<Seat<P>>();
        (seat, NonNull::new_unchecked(skb), &*state)
    };
    // SAFETY: As above; RCU read side lasts until we return. The buffer is in the receive path, ours
    // alone (`skb_share_check` in each of the protocols), with `data` at its network header; that an
    // Ethernet header is before it is what `framed_to` looks for first.
    let (path, frame, reader) =
        unsafe { (seat.path.as_ref(), Received::from_raw(skb), Reader::new()) };
    // SAFETY: The interface that a packet came in at lives as long as it is under way.
    let taken_at = unsafe { Device::from_raw(state.in_) };
    let arrival = Arrival::new(frame, seat.device, taken_at, reader);
    path.gate::<AtHook>(arrival, reader).0
}
