// SPDX-License-Identifier: GPL-2.0-only

//! A network interface, and the network namespace that it is in.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use core::ptr::NonNull;

use kernel::{
    error::{
        to_result,
        Result, //
    },
    ffi::{
        c_char,
        c_int,
        c_uint,
        c_ushort,
        c_void,
        CStr, //
    },
};

use super::{
    bindings,
    rcu::Reader,
    rtnl::RtnlToken, //
};
use crate::logic::mac::{
    Mac,
    LEN as MAC_LEN, //
};

/// A network namespace, to compare and to send messages in.
///
/// # Invariants
///
/// The namespace lives: it is that of a request or of an interface. Who keeps one for longer, in a list or between two
/// holds of the RTNL, compares it (`==`, `number`) and does no more until it has met the interface again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Net(NonNull<kernel::bindings::net>);

// SAFETY: Only a name for the namespace, to compare; what is read through it does not change.
unsafe impl Send for Net {}
// SAFETY: As above.
unsafe impl Sync for Net {}

impl Net {
    /// # Safety
    ///
    /// `net` lives for as long as the value is in use.
    pub(super) unsafe fn from_raw(net: *mut kernel::bindings::net) -> Option<Self> {
        // INVARIANT: As the caller guarantees.
        NonNull::new(net).map(Self)
    }

    pub(super) fn as_raw(self) -> *mut kernel::bindings::net {
        self.0.as_ptr()
    }

    /// To compare it with what may be gone.
    pub(crate) fn number(self) -> u64 {
        self.0.as_ptr().addr() as u64
    }

    /// The first one, which the kernel begins with.
    pub(super) fn first() -> Self {
        // INVARIANT: It is there as long as the kernel is.
        // SAFETY: It is a static of the kernel's, so its address is not null.
        Self(unsafe { NonNull::new_unchecked(&raw mut kernel::bindings::init_net) })
    }

    /// Whether it is the first one, which is always there.
    pub(crate) fn is_first(self) -> bool {
        self == Self::first()
    }

    /// Its number, as that of its files.
    pub(crate) fn inode(self) -> u32 {
        // SAFETY: `unsigned int inum`; it does not change.
        unsafe { self.field(bindings::SSI_NET_inum) }
    }

    /// Whether the machine's first user namespace owns it, and not one that anybody may have made.
    pub(crate) fn is_machines(self) -> bool {
        core::ptr::eq(self.owner(), &raw const kernel::bindings::init_user_ns)
    }

    /// Whether the task that runs may change its network.
    pub(crate) fn is_callers(self) -> bool {
        let capability = kernel::bindings::CAP_NET_ADMIN as c_int;
        // SAFETY: The namespace lives by the invariant, and holds its user namespace.
        unsafe { kernel::bindings::ns_capable(self.owner(), capability) }
    }

    /// The user namespace that owns it.
    fn owner(self) -> *mut kernel::bindings::user_namespace {
        // SAFETY: `struct user_namespace *user_ns`; it does not change.
        unsafe { self.field(bindings::SSI_NET_user_ns) }
    }

    /// Generic netlink's socket in it.
    pub(super) fn genl_sock(self) -> *mut kernel::bindings::sock {
        // SAFETY: `struct sock *genl_sock`; it is there for as long as the namespace.
        unsafe { self.field(bindings::SSI_NET_genl_sock) }
    }

    /// A field of `struct net`, by its offset.
    ///
    /// # Safety
    ///
    /// There is a `T` there.
    unsafe fn field<T>(self, offset: usize) -> T {
        // SAFETY: As the caller guarantees; the namespace lives by the invariant.
        unsafe { self.as_raw().byte_add(offset).cast::<T>().read() }
    }
}

/// Whether the fields of an interface are where the module was built to find them, as far as one shows it of
/// which all is known: the first namespace's loopback interface.
pub(crate) fn is_laid_out_as_built(token: RtnlToken<'_>) -> bool {
    const LOOPBACK_IFINDEX: u32 = 1;
    let net = Net::first();
    let Some(lo) = Device::by_index(net, LOOPBACK_IFINDEX, token) else {
        return false;
    };
    // SAFETY: `unsigned short type`; where it is another field it is one of the interface all the same.
    let kind: c_ushort = unsafe { lo.field(bindings::SSI_NET_DEVICE_type) };
    // SAFETY: `unsigned char addr_len`; as above.
    let length: u8 = unsafe { lo.field(bindings::SSI_NET_DEVICE_addr_len) };
    lo.ifindex() == LOOPBACK_IFINDEX
        && u32::from(kind) == bindings::ARPHRD_LOOPBACK
        && usize::from(length) == MAC_LEN
        && lo.is_loopback()
        && lo.net() == Some(net)
}

/// A network interface.
///
/// # Invariants
///
/// It is registered, or its `NETDEV_UNREGISTER` has not yet returned from our notifier: what keeps
/// a `Device` lets go of it there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Device(NonNull<kernel::bindings::net_device>);

// SAFETY: Only a name for the interface; what is read or changed through it is guarded by the RTNL
// or does not change while it is registered.
unsafe impl Send for Device {}
// SAFETY: As above.
unsafe impl Sync for Device {}

impl Device {
    /// The interface of this index in `net`.
    pub(crate) fn by_index(net: Net, ifindex: u32, _token: RtnlToken<'_>) -> Option<Self> {
        let ifindex = c_int::try_from(ifindex).ok()?;
        // SAFETY: The namespace lives by `Net`'s invariant, and the RTNL is held.
        let device = unsafe { bindings::__dev_get_by_index(net.as_raw(), ifindex) };
        // INVARIANT: It was found under the RTNL, so it is registered.
        NonNull::new(device).map(Self)
    }

    /// # Safety
    ///
    /// `device` is as the type's invariant requires.
    pub(super) unsafe fn from_raw(device: *mut kernel::bindings::net_device) -> Option<Self> {
        // INVARIANT: As the caller guarantees.
        NonNull::new(device).map(Self)
    }

    pub(super) fn as_raw(self) -> *mut kernel::bindings::net_device {
        self.0.as_ptr()
    }

    /// Reads the field at `offset`.
    ///
    /// # Safety
    ///
    /// `offset` is that of a field of type `T` that is valid to read now.
    unsafe fn field<T: Copy>(self, offset: usize) -> T {
        // SAFETY: The interface lives by the type's invariant; the field is as the caller guarantees.
        unsafe { self.0.as_ptr().byte_add(offset).cast::<T>().read() }
    }

    /// Its directory in sysfs.
    pub(super) fn kobject(self) -> *mut kernel::bindings::kobject {
        // SAFETY: `struct device dev` is part of the interface, and so is its kobject.
        unsafe {
            self.0
                .as_ptr()
                .byte_add(bindings::SSI_NET_DEVICE_kobj)
                .cast()
        }
    }

    /// Its index in its namespace.
    pub(crate) fn ifindex(self) -> u32 {
        // SAFETY: `int ifindex` does not change while the interface is registered.
        let index: c_int = unsafe { self.field(bindings::SSI_NET_DEVICE_ifindex) };
        index.unsigned_abs()
    }

    /// Its namespace.
    pub(crate) fn net(self) -> Option<Net> {
        // SAFETY: `possible_net_t nd_net` is one pointer; it changes only after
        // `NETDEV_UNREGISTER`. The namespace lives while an interface is in it.
        unsafe { Net::from_raw(self.field(bindings::SSI_NET_DEVICE_nd_net)) }
    }

    /// Whether it is a loopback interface.
    pub(crate) fn is_loopback(self) -> bool {
        // SAFETY: `unsigned int flags`; others may change meanwhile, but this one is set before the interface is
        // registered and stays.
        let flags: c_uint = unsafe { self.field(bindings::SSI_NET_DEVICE_flags) };
        flags & kernel::bindings::net_device_flags_IFF_LOOPBACK != 0
    }

    /// Whether it has Ethernet frames.
    pub(crate) fn is_ethernet(self) -> bool {
        // SAFETY: `unsigned short type`, which changes under the RTNL only, as all callers have it, and not while
        // clusters are there (`may_change_type`).
        let kind: c_ushort = unsafe { self.field(bindings::SSI_NET_DEVICE_type) };
        // SAFETY: `unsigned char addr_len`; as above.
        let length: u8 = unsafe { self.field(bindings::SSI_NET_DEVICE_addr_len) };
        u32::from(kind) == bindings::ARPHRD_ETHER && usize::from(length) == MAC_LEN
    }

    /// What kind of virtual interface it is, as `ip link add … type KIND` has it.
    fn is_kind(&self, name: &CStr) -> bool {
        // SAFETY: `const struct rtnl_link_ops *rtnl_link_ops` is set before the interface is
        // registered and stays.
        let ops: *const c_void = unsafe { self.field(bindings::SSI_NET_DEVICE_rtnl_link_ops) };
        let Some(ops) = NonNull::new(ops.cast_mut()) else {
            return false;
        };
        // SAFETY: Interfaces of these operations are gone before they are; `kind` is a field of
        // this type at this offset.
        let mut kind: *const c_char =
            unsafe { ops.byte_add(bindings::SSI_RTNL_LINK_OPS_kind).cast().read() };
        !kind.is_null()
            && name.to_bytes_with_nul().iter().all(|byte| {
                // SAFETY: It is a constant string of the module that made the interface, and all bytes
                // before this one are as in `name`: its end is not among them.
                let is_same = unsafe { kind.cast::<u8>().read() } == *byte;
                kind = kind.wrapping_add(1);
                is_same
            })
    }

    /// Whether it is a VRF, which gives packets a routing table and receives no frames.
    pub(crate) fn is_vrf(&self, _token: RtnlToken<'_>) -> bool {
        self.is_kind(c"vrf")
    }

    /// Index of the VRF that it is in now; 0: none.
    pub(crate) fn vrf_now(self, _reader: Reader<'_>) -> u32 {
        // SAFETY: The interface lives, and an RCU section is open.
        let upper = unsafe { bindings::netdev_master_upper_dev_get_rcu(self.as_raw()) };
        // INVARIANT: It was found in an RCU section, for which it stays.
        match NonNull::new(upper).map(Self) {
            Some(upper) if upper.is_kind(c"vrf") => upper.ifindex(),
            _ => 0,
        }
    }

    /// The interface that its frames go on as now, if it is a port: of a bridge, of a bond. A VRF has
    /// no frames.
    pub(crate) fn upper_now(self, _reader: Reader<'_>) -> Option<Self> {
        // SAFETY: As in `vrf_now`.
        let upper = unsafe { bindings::netdev_master_upper_dev_get_rcu(self.as_raw()) };
        // INVARIANT: As in `vrf_now`.
        let upper = NonNull::new(upper).map(Self);
        upper.filter(|upper| !upper.is_kind(c"vrf"))
    }

    /// Whether it is a VLAN's.
    pub(super) fn is_vlan(&self) -> bool {
        self.is_kind(c"vlan")
    }

    /// Whether it is a VLAN interface whose frames have the tag in them (`reorder_hdr off`).
    pub(crate) fn keeps_its_tag(&self, _token: RtnlToken<'_>) -> bool {
        // SAFETY: Just looked at.
        self.is_vlan() && unsafe { self.vlan_keeps_its_tag() }
    }

    /// The same of one that is known to be a VLAN's, as it is now.
    ///
    /// # Safety
    ///
    /// It is a VLAN interface.
    #[inline(always)]
    pub(super) unsafe fn vlan_keeps_its_tag(&self) -> bool {
        // SAFETY: The private part of such an interface is a `struct vlan_dev_priv` with `u16 flags`, which
        // may change meanwhile: hence volatile, as READ_ONCE.
        let flags: c_ushort = unsafe {
            self.0
                .as_ptr()
                .byte_add(bindings::SSI_NET_DEVICE_priv + bindings::SSI_VLAN_DEV_PRIV_flags)
                .cast::<c_ushort>()
                .read_volatile()
        };
        c_uint::from(flags) & bindings::vlan_flags_VLAN_FLAG_REORDER_HDR == 0
    }

    /// Whether it is a bridge.
    fn is_bridge(&self) -> bool {
        self.is_kind(c"bridge")
    }

    /// Its own address, if it is Ethernet.
    pub(crate) fn mac(self, _token: RtnlToken<'_>) -> Option<Mac> {
        if !self.is_ethernet() {
            return None;
        }
        // SAFETY: `const unsigned char *dev_addr` points to `addr_len` bytes, six in an Ethernet
        // interface; the RTNL guards them.
        let address: *const [u8; MAC_LEN] =
            unsafe { self.field(bindings::SSI_NET_DEVICE_dev_addr) };
        // SAFETY: As above.
        Some(Mac(unsafe { address.read() }))
    }

    /// Its own address as it is now, whatever changes it meanwhile. For Ethernet interfaces.
    pub(crate) fn mac_now(self) -> Mac {
        // SAFETY: As in `mac`, but that a change may be under way: then some bytes are the old
        // address's and some the new one's, as with the kernel's own senders.
        Mac(unsafe {
            let address: *const [u8; MAC_LEN] = self.field(bindings::SSI_NET_DEVICE_dev_addr);
            address.read_volatile()
        })
    }

    /// Switches off that the interface merges segments by itself (LRO): what it makes of them cannot be
    /// sent on, nor distinguished from what the client sent. As with bridges, it stays off when the cluster goes.
    pub(crate) fn disable_lro(self, _token: RtnlToken<'_>) {
        // SAFETY: The interface is registered by the type's invariant, and the RTNL is held.
        unsafe { bindings::dev_disable_lro(self.as_raw()) };
    }

    /// Lets frames to the unicast address `mac` in (counted: each call wants one of
    /// `leave_unicast`).
    pub(crate) fn join_unicast(self, mac: Mac, _token: RtnlToken<'_>) -> Result {
        // SAFETY: As in `join_group`.
        to_result(unsafe { bindings::dev_uc_add(self.as_raw(), mac.0.as_ptr()) })
    }

    /// Takes one `join_unicast` back.
    pub(crate) fn leave_unicast(self, mac: Mac, _token: RtnlToken<'_>) {
        // SAFETY: As in `join_group`. It fails only where the address is not in the list.
        unsafe { bindings::dev_uc_del(self.as_raw(), mac.0.as_ptr()) };
    }

    /// Lets frames to the group address `group` in (counted: each call wants one of
    /// `leave_group`).
    ///
    /// A bridge that snoops and has a querier ignores filters of addresses: what no IGMP or MLD
    /// report asked for it gives to its own host only in the mode that wants all multicast.
    pub(crate) fn join_group(self, group: Mac, _token: RtnlToken<'_>) -> Result {
        // SAFETY: The interface is Ethernet where clusters are, so it reads six bytes.
        to_result(unsafe { bindings::dev_mc_add(self.as_raw(), group.0.as_ptr()) })?;
        if !self.is_bridge() {
            return Ok(());
        }
        // SAFETY: The interface lives and the RTNL is held.
        to_result(unsafe { bindings::dev_set_allmulti(self.as_raw(), 1) }).inspect_err(|_| {
            // SAFETY: As above.
            unsafe { bindings::dev_mc_del(self.as_raw(), group.0.as_ptr()) };
        })
    }

    /// Takes one `join_group` back.
    pub(crate) fn leave_group(self, group: Mac, _token: RtnlToken<'_>) {
        if self.is_bridge() {
            // SAFETY: As in `join_group`. It fails only where the count would overflow.
            unsafe { bindings::dev_set_allmulti(self.as_raw(), -1) };
        }
        // SAFETY: As in `join_group`. It fails only where the address is not in the list.
        unsafe { bindings::dev_mc_del(self.as_raw(), group.0.as_ptr()) };
    }
}
