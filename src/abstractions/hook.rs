// SPDX-License-Identifier: GPL-2.0-only

//! Hooks of an interface: rx_handler, ingress and egress.
//!
//! Received ones at the rx_handler, where the interface has none yet: it is the cheapest place, but
//! exclusive; else at netfilter's netdev ingress hook. Sent ones at netfilter's netdev egress hook,
//! which sees packet sockets' frames too.
//!
//! C headers: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h),
//! [`include/linux/netfilter_netdev.h`](srctree/include/linux/netfilter_netdev.h)

use core::{
    marker::PhantomPinned,
    pin::Pin,
    ptr::NonNull, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        AllocError,
        KBox, //
    },
    bindings::sk_buff,
    error::{
        code::EINVAL,
        to_result,
        Error, //
    },
    ffi::{
        c_uint,
        c_void, //
    },
};

use super::{
    bindings,
    device::Device,
    gate::Gate,
    path::{
        AtHook,
        Path,
        ReturnCodes, //
    },
    rcu::{
        synchronize_net,
        Reader, //
    },
    rtnl::RtnlToken,
    skb::{
        device_of,
        rx_handler_data,
        Received,
        Sent, //
    },
};

/// The place where received frames are met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// The interface's rx_handler.
    RxHandler,
    /// The netfilter hook.
    Ingress,
}

/// A path at an interface, from `attach` to drop.
///
/// # Invariants
///
/// `ops` are registered netfilter hooks, except ingress where `kind` is `RxHandler`: there the
/// rx_handler is registered. All of them point to `path`, and so does `gate`, which is there where
/// `kind` is `Ingress`.
struct Hooks<P: Path> {
    path: P,
    device: Device,
    kind: Kind,
    ingress: bindings::nf_hook_ops,
    egress: bindings::nf_hook_ops,
    gate: Option<Gate<P>>,
    _pin: PhantomPinned,
}

/// A path that meets an interface's frames.
///
/// To be dropped under the RTNL, before the interface is gone.
pub(crate) struct Attached<P: Path>(Pin<KBox<Hooks<P>>>);

// SAFETY: The raw pointers in the hooks' `ops` are to the interface and to `path`, which are
// `Sync`; only the owner registers and unregisters, under the RTNL.
unsafe impl<P: Path> Send for Attached<P> {}

/// Why a path could not be attached.
pub(crate) enum AttachError {
    /// The interface's rx_handler is taken.
    Busy,
    /// The interface can have no rx_handler.
    Unsupported,
    /// Anything else.
    Other(Error),
}

impl From<Error> for AttachError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<AllocError> for AttachError {
    fn from(error: AllocError) -> Self {
        Self::Other(error.into())
    }
}

impl<P: Path> Attached<P> {
    /// Begins to show `device`'s frames to `path`. `kind` is where, or `None` for the better of
    /// those that are free.
    pub(crate) fn new(
        path: P,
        device: Device,
        kind: Option<Kind>,
        _token: RtnlToken<'_>,
    ) -> Result<Self, AttachError> {
        // SAFETY: The interface lives, and the RTNL is held.
        let busy = unsafe { bindings::netdev_is_rx_handler_busy(device.as_raw()) };
        let first = match kind {
            Some(Kind::RxHandler) if busy => return Err(AttachError::Busy),
            Some(kind) => kind,
            None if busy => Kind::Ingress,
            None => Kind::RxHandler,
        };
        // Only where its tags may be put into frames at any time are they looked for.
        let (ingress, egress): (bindings::nf_hookfn, bindings::nf_hookfn) = match device.is_vlan() {
            true => (Some(ingress::<P, true>), Some(egress::<P, true>)),
            false => (Some(ingress::<P, false>), Some(egress::<P, false>)),
        };
        let hooks = Hooks {
            path,
            device,
            kind: first,
            ingress: ops(device, bindings::nf_dev_hooks_NF_NETDEV_INGRESS, ingress),
            egress: ops(device, bindings::nf_dev_hooks_NF_NETDEV_EGRESS, egress),
            gate: None,
            _pin: PhantomPinned,
        };
        let mut pinned = KBox::pin(hooks, GFP_KERNEL_ACCOUNT)?;
        // SAFETY: Nothing is moved out of the pinned value.
        let hooks = unsafe { pinned.as_mut().get_unchecked_mut() };
        match hooks.register() {
            Ok(()) => {}
            // Some interfaces allow no rx_handler at all (IFF_NO_RX_HANDLER: ipvlan).
            Err(error) if first == Kind::RxHandler && error == EINVAL => {
                if kind.is_some() {
                    return Err(AttachError::Unsupported);
                }
                hooks.kind = Kind::Ingress;
                hooks.register()?;
            }
            Err(error) => return Err(error.into()),
        }
        // INVARIANT: Just registered, and pinned from here on.
        Ok(Self(pinned))
    }

    /// The path.
    pub(crate) fn path(&self) -> &P {
        &self.0.path
    }

    /// The interface.
    pub(crate) fn device(&self) -> Device {
        self.0.device
    }

    /// Where received frames are met.
    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }
}

impl<P: Path> Drop for Attached<P> {
    fn drop(&mut self) {
        // SAFETY: Nothing is moved out of the pinned value.
        unsafe { self.0.as_mut().get_unchecked_mut() }.unregister();
    }
}

impl<P: Path> Hooks<P> {
    fn register(&mut self) -> Result<(), Error> {
        let path: *const P = &raw const self.path;
        self.ingress.priv_ = path.cast_mut().cast();
        self.egress.priv_ = path.cast_mut().cast();
        self.register_ingress()?;
        // SAFETY: `ops` stay where they are until `unregister`, and name a registered interface.
        let result = unsafe { bindings::nf_register_net_hook(self.net(), &raw const self.egress) };
        to_result(result).inspect_err(|_| {
            self.unregister_ingress();
            synchronize_net();
        })
    }

    fn unregister(&mut self) {
        // SAFETY: Registered in `register`.
        unsafe { bindings::nf_unregister_net_hook(self.net(), &raw const self.egress) };
        self.unregister_ingress();
        // Taking the rx_handler off waits for all packets, egress's among them; no other call above does.
        if self.kind == Kind::Ingress {
            synchronize_net();
        }
    }

    fn register_ingress(&mut self) -> Result<(), Error> {
        if self.kind == Kind::Ingress {
            // First what is behind, so that there is no moment in which something passes both.
            // SAFETY: `path` stays where it is until `unregister` has waited, and so does the gate;
            // its interface is registered for as long.
            self.gate = Some(unsafe { Gate::new(&raw const self.path, self.device) }?);
        }
        let result = to_result(match self.kind {
            // SAFETY: The interface lives, the RTNL is held, `path` stays until `unregister`.
            Kind::RxHandler => unsafe {
                bindings::netdev_rx_handler_register(
                    self.device.as_raw(),
                    match self.device.is_vlan() {
                        true => Some(rx_handler::<P, true>),
                        false => Some(rx_handler::<P, false>),
                    },
                    self.ingress.priv_,
                )
            },
            // SAFETY: As for egress.
            Kind::Ingress => unsafe {
                bindings::nf_register_net_hook(self.net(), &raw const self.ingress)
            },
        });
        result.inspect_err(|_| {
            if let Some(gate) = &self.gate {
                gate.unregister();
                synchronize_net();
            }
        })
    }

    fn unregister_ingress(&mut self) {
        match self.kind {
            // SAFETY: Registered by us, the RTNL is held.
            Kind::RxHandler => unsafe {
                bindings::netdev_rx_handler_unregister(self.device.as_raw())
            },
            // SAFETY: Registered by us.
            Kind::Ingress => unsafe {
                bindings::nf_unregister_net_hook(self.net(), &raw const self.ingress)
            },
        }
        if let Some(gate) = &self.gate {
            gate.unregister();
        }
    }

    fn net(&self) -> *mut kernel::bindings::net {
        self.device
            .net()
            .map_or(core::ptr::null_mut(), |net| net.as_raw())
    }
}

fn ops(device: Device, hooknum: c_uint, hook: bindings::nf_hookfn) -> bindings::nf_hook_ops {
    bindings::nf_hook_ops {
        hook,
        dev: device.as_raw(),
        pf: bindings::NFPROTO_NETDEV as u8,
        hooknum,
        // Ahead of nftables' and everybody else's: what is not ours to answer is not to be tracked.
        priority: i32::MIN,
        ..pin_init::zeroed()
    }
}

/// The rx_handler. Softirq, RCU read side (`__netif_receive_skb_core`).
///
/// # Safety
///
/// To be called by the stack, for an interface where a `P` is registered; if `VLAN`, a VLAN's.
unsafe extern "C" fn rx_handler<P: Path, const VLAN: bool>(
    pskb: *mut *mut sk_buff,
) -> bindings::rx_handler_result_t {
    // SAFETY: The caller gives a buffer that lives.
    let skb = unsafe { NonNull::new_unchecked(*pskb) };
    // SAFETY: This is the handler, registered with a `P`.
    let path = unsafe { rx_handler_data::<P>(skb) };
    // SAFETY: The buffer is in the receive path, and RCU read side lasts until we return.
    let (frame, reader) = unsafe { (Received::from_raw(skb), Reader::new()) };
    // SAFETY: The interface is a VLAN's, as the caller guarantees.
    if VLAN && unsafe { keeps_its_tag(skb) } {
        return path.receive_tagged::<AtRxHandler>(frame, reader).0;
    }
    path.receive::<AtRxHandler>(frame, reader).0
}

/// Whether the buffer's VLAN interface has its tag in its frames (`reorder_hdr off`), whose change
/// is not notified.
///
/// # Safety
///
/// The buffer lives and is at a VLAN interface.
#[inline(always)]
unsafe fn keeps_its_tag(skb: NonNull<sk_buff>) -> bool {
    // SAFETY: The interface of a buffer in its path lives.
    let device = unsafe { Device::from_raw(device_of(skb)) };
    // SAFETY: It is a VLAN interface, as the caller guarantees.
    device.is_some_and(|device| unsafe { device.vlan_keeps_its_tag() })
}

enum AtRxHandler {}

impl ReturnCodes for AtRxHandler {
    const PASS: c_uint = bindings::rx_handler_result_RX_HANDLER_PASS;
    const CONSUMED: c_uint = bindings::rx_handler_result_RX_HANDLER_CONSUMED;
}

/// The netdev ingress hook. Softirq, RCU read side (`nf_hook_ingress`).
///
/// # Safety
///
/// To be called by netfilter, `data` being the registered `P`; if `VLAN`, for a VLAN interface.
unsafe extern "C" fn ingress<P: Path, const VLAN: bool>(
    data: *mut c_void,
    skb: *mut sk_buff,
    _state: *const bindings::nf_hook_state,
) -> c_uint {
    // SAFETY: `priv` is the path that was registered; it is freed a grace period after the hook is
    // unregistered. The buffer lives.
    let (path, skb) = unsafe { (&*data.cast::<P>(), NonNull::new_unchecked(skb)) };
    // SAFETY: The buffer is in the receive path, and RCU read side lasts until we return.
    let (frame, reader) = unsafe { (Received::from_raw(skb), Reader::new()) };
    // SAFETY: As in `rx_handler`.
    if VLAN && unsafe { keeps_its_tag(skb) } {
        return path.receive_tagged::<AtHook>(frame, reader).0;
    }
    path.receive::<AtHook>(frame, reader).0
}

/// The netdev egress hook. Bottom halves off, RCU read side (`nf_hook_egress`).
///
/// # Safety
///
/// As `ingress`.
unsafe extern "C" fn egress<P: Path, const VLAN: bool>(
    data: *mut c_void,
    skb: *mut sk_buff,
    _state: *const bindings::nf_hook_state,
) -> c_uint {
    // SAFETY: As in `ingress`.
    let (path, skb) = unsafe { (&*data.cast::<P>(), NonNull::new_unchecked(skb)) };
    // SAFETY: The transmit path owns the buffer here, and RCU read side lasts until we return.
    let (frame, reader) = unsafe { (Sent::from_raw(skb), Reader::new()) };
    // SAFETY: As in `rx_handler`.
    if VLAN && unsafe { keeps_its_tag(skb) } {
        return path.send_tagged(frame, reader) as c_uint;
    }
    path.send(frame, reader) as c_uint
}
