// SPDX-License-Identifier: GPL-2.0-only

//! IP packets that we make and that find their way by the routing table, but past netfilter's hooks for what the host
//! sends.
//!
//! C headers: [`include/linux/netfilter.h`](srctree/include/linux/netfilter.h),
//! [`include/net/dst.h`](srctree/include/net/dst.h)

use core::{
    mem::{
        transmute,
        ManuallyDrop, //
    },
    net::IpAddr,
    ptr::{
        null_mut,
        NonNull, //
    },
};

use kernel::{
    bindings as k,
    error::{
        code::{
            EINVAL,
            ENODEV, //
        },
        to_result,
        Result, //
    },
    ffi::{
        c_int,
        c_ulong,
        c_void, //
    }, //
};

use super::{
    super::{
        bindings as b,
        device::Device,
        rcu::Reader, //
    },
    xmit::Made,
};
use crate::logic::{
    frame::ETH_P_IP,
    frame6::ETH_P_IPV6,
    segment::IPPROTO_TCP, //
};

/// `struct flowi`: what a route is asked for.
struct Asked([u64; b::SSI_FLOWI_size.div_ceil(8)]);

impl Asked {
    /// Writes a field.
    ///
    /// # Safety
    ///
    /// At `offset` there is a `T` of plain numbers.
    unsafe fn set<T>(&mut self, offset: usize, value: T) {
        // SAFETY: As the caller guarantees; the whole is ours.
        unsafe {
            let place = self.0.as_mut_ptr().byte_add(offset);
            place.cast::<T>().write_unaligned(value);
        }
    }

    /// The way of TCP between these, by what is at interface `oif`, if it is not 0. The address family, too.
    fn new((from, to): (IpAddr, IpAddr), oif: u32) -> Result<(Self, u32, u16)> {
        let mut asked = Self([0; b::SSI_FLOWI_size.div_ceil(8)]);
        // SAFETY: `int flowic_oif`, `__u8 flowic_proto` and `__u8 flowic_flags` of `struct flowi_common`, which all
        // kinds begin with; addresses are four or sixteen bytes as they are sent.
        unsafe {
            asked.set(b::SSI_FLOWI_oif, c_int::try_from(oif).unwrap_or(0));
            asked.set(b::SSI_FLOWI_proto, IPPROTO_TCP);
            asked.set(b::SSI_FLOWI_flags, b::SSI_FLOWI_ANYSRC);
            match (from, to) {
                (IpAddr::V4(from), IpAddr::V4(to)) => {
                    asked.set(b::SSI_FLOWI4_saddr, from.octets());
                    asked.set(b::SSI_FLOWI4_daddr, to.octets());
                    Ok((asked, k::AF_INET, ETH_P_IP))
                }
                (IpAddr::V6(from), IpAddr::V6(to)) => {
                    asked.set(b::SSI_FLOWI6_saddr, from.octets());
                    asked.set(b::SSI_FLOWI6_daddr, to.octets());
                    Ok((asked, k::AF_INET6, ETH_P_IPV6))
                }
                _ => Err(EINVAL),
            }
        }
    }
}

/// A route.
///
/// # Invariants
///
/// A reference to it is ours.
struct Route(NonNull<c_void>);

impl Route {
    fn to(device: Device, asked: &mut Asked, family: u32) -> Result<Self> {
        let net = device.net().ok_or(ENODEV)?.as_raw();
        let mut route = null_mut();
        let asked = asked.0.as_mut_ptr().cast();
        // SAFETY: The namespace lives with its interface; what is asked for is whole and ours.
        to_result(unsafe { b::nf_route(net, &mut route, asked, false, family as u16) })?;
        // INVARIANT: It was taken.
        NonNull::new(route.cast()).map(Self).ok_or(ENODEV)
    }
}

impl Drop for Route {
    fn drop(&mut self) {
        // SAFETY: The reference is ours by the invariant.
        unsafe { b::dst_release(self.0.as_ptr().cast()) };
    }
}

/// `output` of `struct dst_entry`.
type Output = unsafe extern "C" fn(*mut k::net, *mut k::sock, *mut k::sk_buff) -> c_int;

impl Made {
    /// Sends an IP packet of TCP between these addresses, in answer to one that came in at `device`. Softirq.
    pub(crate) fn route(
        device: Device,
        (from, to): (IpAddr, IpAddr),
        packet: &[u8],
        reader: Reader<'_>,
    ) -> Result {
        let oif = match to {
            IpAddr::V6(to) if to.is_unicast_link_local() => device.ifindex(),
            _ => device.vrf_now(reader),
        };
        let (mut asked, family, protocol) = Asked::new((from, to), oif)?;
        let frame = Self::of(device, &[packet])?;
        let route = ManuallyDrop::new(Route::to(device, &mut asked, family)?);
        let frame = ManuallyDrop::new(frame);
        let (skb, route) = (frame.as_raw().as_ptr(), route.0.as_ptr());
        let rerouted = match family {
            k::AF_INET => (b::SSI_IPCB_flags, b::SSI_IPCB_REROUTED),
            _ => (b::SSI_IP6CB_flags, b::SSI_IP6CB_REROUTED),
        };
        let net = device.net().map_or(null_mut(), |net| net.as_raw());
        // SAFETY: The buffer is ours; `data` is at its network header, not 64 KiB from `head`. It gets our reference to
        // the route, and the flags of its family in what each layer may keep in it (`__u16 flags`), so that it has
        // passed the hooks for what is sent. The route's function takes it, whatever comes of it.
        let sent = unsafe {
            let at = (*skb).data.offset_from((*skb).head) as u16;
            let headers = (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut();
            headers.network_header = at;
            headers.protocol = protocol.to_be();
            (*skb).__bindgen_anon_3.__bindgen_anon_1._skb_refdst = route.addr() as c_ulong;
            let flags = (&raw mut (*skb).cb).byte_add(rerouted.0);
            flags.cast::<u16>().write_unaligned(rerouted.1);
            let output = route.byte_add(b::SSI_DST_output).cast::<*const c_void>();
            transmute::<*const c_void, Output>(output.read())(net, null_mut(), skb)
        };
        to_result(sent.min(0))
    }
}
