// SPDX-License-Identifier: GPL-2.0-only

//! Notifier of interfaces that go.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use core::{
    marker::PhantomData,
    pin::Pin, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox, //
    },
    bindings::notifier_block,
    error::{
        to_result,
        Result, //
    },
    ffi::{
        c_int,
        c_ulong,
        c_void, //
    },
};

use super::{
    bindings,
    device::Device,
    extack::Extack,
    rtnl::Rtnl, //
};
use crate::logic::{
    mac::Mac,
    refusal::Refusal, //
};

/// The receiver of notifications.
pub(crate) trait Listener: 'static {
    /// `device` is deleted or leaves its namespace. Process context, under the RTNL; may sleep.
    fn gone(device: Device, rtnl: &mut Rtnl);
    /// Whether `device` may become another type of interface, as a bond does with its first
    /// slave. As `gone`.
    fn may_change_type(device: Device, rtnl: &mut Rtnl) -> bool;
    /// Whether `device` may have `mac` as its own address. As `gone`.
    fn may_have_mac(device: Device, mac: Mac, rtnl: &mut Rtnl) -> Result<(), Refusal>;
}

/// A registered notifier of interfaces in all namespaces.
///
/// Registering and unregistering call `gone` for no, and for every, interface that there is.
pub(crate) struct Registration<L: Listener>(Pin<KBox<Block>>, PhantomData<L>);

struct Block(notifier_block);

// SAFETY: After registration only the kernel touches the block, under its own lock.
unsafe impl Send for Block {}
// SAFETY: As above.
unsafe impl Sync for Block {}

impl<L: Listener> Registration<L> {
    /// Registers; takes the RTNL itself.
    pub(crate) fn new() -> Result<Self> {
        let block = Block(notifier_block {
            notifier_call: Some(notified::<L>),
            next: core::ptr::null_mut(),
            priority: 0,
        });
        let mut pinned = KBox::pin(block, GFP_KERNEL_ACCOUNT)?;
        let raw = &raw mut pinned.as_mut().get_mut().0;
        // SAFETY: The block stays where it is until it is unregistered in `drop`.
        to_result(unsafe { bindings::register_netdevice_notifier(raw) })?;
        Ok(Self(pinned, PhantomData))
    }
}

impl<L: Listener> Drop for Registration<L> {
    fn drop(&mut self) {
        let raw = &raw mut self.0.as_mut().get_mut().0;
        // SAFETY: It was registered in `new`. The call fails only for a block that was not.
        unsafe { bindings::unregister_netdevice_notifier(raw) };
    }
}

/// What `notifier_from_errno(-EBUSY)` is (`include/linux/notifier.h`).
const REFUSED: c_int = kernel::bindings::NOTIFY_STOP_MASK as c_int
    | (kernel::bindings::NOTIFY_OK + kernel::bindings::EBUSY) as c_int;

/// Called for each event of an interface. Process context, under the RTNL.
///
/// # Safety
///
/// To be called by the chain of `register_netdevice_notifier`.
unsafe extern "C" fn notified<L: Listener>(
    _block: *mut notifier_block,
    event: c_ulong,
    info: *mut c_void,
) -> c_int {
    const GONE: c_ulong = bindings::netdev_cmd_NETDEV_UNREGISTER as c_ulong;
    const TYPE: c_ulong = bindings::netdev_cmd_NETDEV_PRE_TYPE_CHANGE as c_ulong;
    const ADDRESS: c_ulong = bindings::netdev_cmd_NETDEV_PRE_CHANGEADDR as c_ulong;
    if matches!(event, GONE | TYPE | ADDRESS) {
        // SAFETY: Notifiers of this chain get a `struct netdev_notifier_info`, and its interface
        // lives until they have returned.
        let device = unsafe {
            let info: *const bindings::netdev_notifier_info = info.cast();
            Device::from_raw((*info).dev)
        };
        // SAFETY: This chain is called under the RTNL; nothing that we call under it deletes an
        // interface, so that no `Rtnl` of ours is in use further up.
        let mut rtnl = unsafe { Rtnl::held_by_caller() };
        match device {
            Some(device) if event == GONE => L::gone(device, &mut rtnl),
            Some(device) if event == ADDRESS => {
                // SAFETY: This event's information is of that type.
                let new = unsafe { new_mac(device, info) };
                if let Some(Err(refusal)) = new.map(|mac| L::may_have_mac(device, mac, &mut rtnl)) {
                    // SAFETY: As above; whoever asked waits for us.
                    unsafe { explain(info, refusal) };
                    return REFUSED;
                }
            }
            Some(device) if !L::may_change_type(device, &mut rtnl) => return REFUSED,
            _ => {}
        }
    }
    kernel::bindings::NOTIFY_DONE as c_int
}

/// The address that `device` is about to get, if it is Ethernet.
///
/// # Safety
///
/// `info` is of NETDEV_PRE_CHANGEADDR.
unsafe fn new_mac(device: Device, info: *mut c_void) -> Option<Mac> {
    if !device.is_ethernet() {
        return None;
    }
    let info: *const bindings::netdev_notifier_pre_changeaddr_info = info.cast();
    // SAFETY: As the caller guarantees; `dev_addr` points to as many bytes as the interface's address has,
    // six in an Ethernet interface.
    Some(Mac(unsafe { (*info).dev_addr.cast::<[u8; 6]>().read() }))
}

/// Gives the reason to whoever asked for the change.
///
/// # Safety
///
/// `info` is an event's, which has not returned yet.
unsafe fn explain(info: *mut c_void, refusal: Refusal) {
    let info: *const bindings::netdev_notifier_info = info.cast();
    // SAFETY: As the caller guarantees; the acknowledgement is null or the request's that is being done.
    if let Some(mut extack) = unsafe { Extack::from_raw((*info).extack) } {
        extack.set_copy(refusal);
    }
}
