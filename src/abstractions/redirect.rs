// SPDX-License-Identifier: GPL-2.0-only

//! Frames of one interface that go to another: its rx_handler.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use core::ptr::NonNull;

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox, //
    },
    bindings::sk_buff,
    error::{
        to_result,
        Result, //
    }, //
};

use super::{
    bindings,
    device::Device,
    rcu::Reader,
    rtnl::RtnlToken,
    skb::{
        rx_handler_data,
        Received, //
    }, //
};

/// What becomes of a frame.
pub(crate) enum RelayVerdict {
    /// It stays where it is.
    Stay,
    /// It goes through the receive path again, as this interface's.
    To(Device),
    /// As `To`, with this destination MAC.
    As(Device, crate::logic::mac::Mac),
    /// It was for us.
    Done,
}

/// Decides on frames; called for each of the interface's in softirq, never sleeps.
pub(crate) trait Redirect: Send + Sync + 'static {
    /// A frame came in.
    fn receive(&self, frame: &Received, reader: Reader<'_>) -> RelayVerdict;
}

/// A `Redirect` at an interface.
///
/// To be dropped under the RTNL, before the interface is gone.
pub(crate) struct Redirected<R: Redirect> {
    redirect: KBox<R>,
    device: Device,
}

impl<R: Redirect> Redirected<R> {
    /// Begins to show `device`'s frames to `redirect`. `EBUSY` where its rx_handler is taken.
    pub(crate) fn new(redirect: R, device: Device, _token: RtnlToken<'_>) -> Result<Self> {
        let redirect = KBox::new(redirect, GFP_KERNEL_ACCOUNT)?;
        let data: *const R = &raw const *redirect;
        // SAFETY: The interface lives, the RTNL is held; a box's content stays where it is, and it
        // is not dropped before `drop` has unregistered it.
        to_result(unsafe {
            bindings::netdev_rx_handler_register(
                device.as_raw(),
                Some(rx_handler::<R>),
                data.cast_mut().cast(),
            )
        })?;
        Ok(Self { redirect, device })
    }

    /// What decides.
    pub(crate) fn redirect(&self) -> &R {
        &self.redirect
    }

    /// The interface.
    pub(crate) fn device(&self) -> Device {
        self.device
    }
}

impl<R: Redirect> Drop for Redirected<R> {
    fn drop(&mut self) {
        // SAFETY: Registered by us, the RTNL is held. The call waits for all frames that have found the handler
        // (`synchronize_net` is in it), so that `redirect` may go.
        unsafe { bindings::netdev_rx_handler_unregister(self.device.as_raw()) };
    }
}

/// The rx_handler. Softirq, RCU read side (`__netif_receive_skb_core`).
///
/// # Safety
///
/// To be called by the stack, for an interface where an `R` is registered.
unsafe extern "C" fn rx_handler<R: Redirect>(
    pskb: *mut *mut sk_buff,
) -> bindings::rx_handler_result_t {
    // SAFETY: The caller gives a buffer that lives.
    let skb = unsafe { NonNull::new_unchecked(*pskb) };
    // SAFETY: This is the handler, registered with a `R`.
    let redirect = unsafe { rx_handler_data::<R>(skb) };
    // SAFETY: The buffer is in the receive path, and RCU read side lasts until we return.
    let (frame, reader) = unsafe { (Received::from_raw(skb), Reader::new()) };
    let verdict = redirect.receive(&frame, reader);
    let (device, destination) = match verdict {
        RelayVerdict::Stay => return bindings::rx_handler_result_RX_HANDLER_PASS,
        RelayVerdict::To(device) => (device, None),
        RelayVerdict::As(device, destination) => (device, Some(destination)),
        RelayVerdict::Done => {
            frame.discard();
            return bindings::rx_handler_result_RX_HANDLER_CONSUMED;
        }
    };
    let Some(mut frame) = frame.detach() else {
        return bindings::rx_handler_result_RX_HANDLER_CONSUMED;
    };
    if destination.is_some_and(|mac| frame.set_destination(mac).is_err()) {
        frame.discard();
        return bindings::rx_handler_result_RX_HANDLER_CONSUMED;
    }
    frame.divert(device);
    // SAFETY: The caller takes the buffer that is there afterwards.
    unsafe { *pskb = frame.as_raw().as_ptr() };
    bindings::rx_handler_result_RX_HANDLER_ANOTHER
}
