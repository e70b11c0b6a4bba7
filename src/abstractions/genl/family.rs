// SPDX-License-Identifier: GPL-2.0-only

//! A family: its registration, its operations and how they are called, its multicast groups.

use core::{
    cell::UnsafeCell,
    ptr::NonNull, //
};

use kernel::{
    error::{
        code,
        to_result,
        Result, //
    },
    ffi::c_int,
    prelude::*, //
};

use super::{
    failure::Failure,
    message::{
        Buffer,
        Message, //
    },
    page::{
        Full,
        Page, //
    },
    policy::Policy,
    request::Request, //
};
use crate::abstractions::{
    bindings::{
        self,
        genl_family,
        genl_info,
        genl_multicast_group,
        genl_split_ops,
        genl_split_ops__bindgen_ty_1 as Callbacks,
        genl_split_ops__bindgen_ty_1__bindgen_ty_1 as DoCallbacks,
        genl_split_ops__bindgen_ty_1__bindgen_ty_2 as DumpCallbacks,
        netlink_callback,
        netlink_skb_parms,
        sk_buff, //
    },
    device::Net, //
};

/// An operation that does one thing. Process context; may sleep.
pub(crate) trait Do {
    /// Does it.
    fn run(request: &Request<'_>) -> Result<(), Failure>;
}

/// An operation that lists. Process context; may sleep.
pub(crate) trait Dump {
    /// Writes messages from `page.cursor()` on; `Full` where one more did not fit.
    fn fill(request: &Request<'_>, page: &mut Page<'_>) -> Result<Result<(), Full>, Failure>;
}

/// One entry of a family's table of operations.
#[repr(transparent)]
pub(crate) struct Operation(genl_split_ops);

// SAFETY: Never changed.
unsafe impl Sync for Operation {}

impl Operation {
    /// `D` as what command `command` does, for anybody.
    pub(crate) const fn new_do<D: Do>(command: u8, policy: &'static Policy) -> Self {
        let callbacks = Callbacks {
            __bindgen_anon_1: DoCallbacks {
                pre_doit: None,
                doit: Some(doit::<D>),
                post_doit: None,
            },
        };
        Self::new(callbacks, command, policy, bindings::GENL_CMD_CAP_DO)
    }

    /// `D` as what command `command` lists, for anybody.
    pub(crate) const fn new_dump<D: Dump>(command: u8, policy: &'static Policy) -> Self {
        let callbacks = Callbacks {
            __bindgen_anon_2: DumpCallbacks {
                start: None,
                dumpit: Some(dumpit::<D>),
                done: None,
            },
        };
        Self::new(callbacks, command, policy, bindings::GENL_CMD_CAP_DUMP)
    }

    /// For those only who have CAP_NET_ADMIN in the user namespace that owns the network
    /// namespace.
    pub(crate) const fn for_admins(mut self) -> Self {
        self.0.flags |= bindings::GENL_UNS_ADMIN_PERM as u8;
        self
    }

    /// For those only who have CAP_NET_ADMIN in the first user namespace.
    pub(crate) const fn for_machine_admins(mut self) -> Self {
        self.0.flags |= bindings::GENL_ADMIN_PERM as u8;
        self
    }

    const fn new(
        callbacks: Callbacks,
        command: u8,
        policy: &'static Policy,
        capability: u32,
    ) -> Self {
        Self(genl_split_ops {
            __bindgen_anon_1: callbacks,
            policy: policy.as_ptr(),
            maxattr: policy.highest(),
            cmd: command,
            internal_flags: 0,
            flags: capability as u8,
            validate: 0,
        })
    }
}

/// One multicast group of a family.
#[repr(transparent)]
pub(crate) struct Group(genl_multicast_group);

// SAFETY: Never changed.
unsafe impl Sync for Group {}

impl Group {
    /// A group of this name, which is cut at what the kernel has room for.
    pub(crate) const fn new(name: &CStr) -> Self {
        let mut group: genl_multicast_group = pin_init::zeroed();
        copy_name(&mut group.name, name);
        Self(group)
    }
}

/// Copies a name and its closing NUL.
const fn copy_name(into: &mut [u8], name: &CStr) {
    let bytes = name.to_bytes();
    let mut i = 0;
    while i + 1 < into.len() && i < bytes.len() {
        into[i] = bytes[i];
        i += 1;
    }
}

/// A generic netlink family.
pub(crate) struct Family(UnsafeCell<genl_family>);

// SAFETY: Changed by the kernel only, when it registers the family, under its own lock.
unsafe impl Sync for Family {}

impl Family {
    /// A family in all network namespaces, whose operations run side by side.
    pub(crate) const fn new(
        name: &CStr,
        version: u8,
        operations: &'static [Operation],
        groups: &'static [Group],
    ) -> Self {
        let mut family: genl_family = pin_init::zeroed();
        copy_name(&mut family.name, name);
        family.version = version as u32;
        family.split_ops = operations.as_ptr().cast();
        family.n_split_ops = operations.len() as u8;
        family.mcgrps = groups.as_ptr().cast();
        family.n_mcgrps = groups.len() as u8;
        Self(UnsafeCell::new(family))
    }

    fn as_raw(&self) -> *mut genl_family {
        self.0.get()
    }

    /// Registers it.
    pub(crate) fn register(&'static self, module: &'static ThisModule) -> Result<Registration> {
        // SAFETY: Not registered yet, so nobody else looks at it.
        let family = unsafe { &mut *self.as_raw() };
        family.module = module.as_ptr();
        family.set_netnsok(1);
        family.set_parallel_ops(1);
        // SAFETY: The family and all it points to are static.
        to_result(unsafe { bindings::genl_register_family(self.as_raw()) })?;
        Ok(Registration(self))
    }
}

/// A registered family. Its drop waits for the operations that run.
pub(crate) struct Registration(&'static Family);

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: Registered in `register`. It fails only for a family that was not.
        unsafe { bindings::genl_unregister_family(self.0.as_raw()) };
    }
}

/// Called for a request. Process context, no lock of netlink's (`parallel_ops`).
///
/// # Safety
///
/// To be called by generic netlink, with a request that has passed `D`'s policy.
unsafe extern "C" fn doit<D: Do>(skb: *mut sk_buff, info: *mut genl_info) -> c_int {
    // SAFETY: Both live until we return.
    let Some(request) = (unsafe { Request::from_raw(info, skb) }) else {
        return code::EINVAL.to_errno();
    };
    match D::run(&request) {
        Ok(()) => 0,
        Err(failure) => request.fail(&failure),
    }
}

/// Called for each part of a list. Process context, the socket's dump lock held.
///
/// # Safety
///
/// As `doit`, with a buffer for the answer.
unsafe extern "C" fn dumpit<D: Dump>(skb: *mut sk_buff, callback: *mut netlink_callback) -> c_int {
    let (Some(skb), Some(callback)) = (NonNull::new(skb), NonNull::new(callback)) else {
        return code::EINVAL.to_errno();
    };
    // SAFETY: Generic netlink keeps its `genl_dumpit_info` in `data` until the dump is done, and
    // the request's buffer in `skb`.
    let request = unsafe {
        let data: *mut bindings::genl_dumpit_info = (*callback.as_ptr()).data.cast();
        Request::from_raw(&raw mut (*data).info, (*callback.as_ptr()).skb)
    };
    let Some(request) = request else {
        return code::EINVAL.to_errno();
    };
    // SAFETY: Both live until we return, and are ours until then.
    let mut page = unsafe { Page::from_raw(skb, callback, &request) };
    let written = match D::fill(&request, &mut page) {
        Ok(Ok(())) => Ok(0),
        Ok(Err(Full)) => page.progress(),
        Err(failure) => return request.fail(&failure),
    };
    match written {
        Ok(length) => length,
        Err(error) => error.to_errno(),
    }
}

/// An event, written and not sent yet.
pub(crate) struct Event(Buffer);

impl Family {
    /// Writes an event.
    pub(crate) fn event(
        &self,
        command: u8,
        size: usize,
        write: impl FnOnce(&mut Message<'_>) -> Result,
    ) -> Result<Event> {
        Message::compose(self.as_raw(), (0, 0), command, size, write).map(Event)
    }

    /// Sends it to the listeners of the family's group number `group` in `net`, if any.
    pub(crate) fn multicast(&self, net: Net, group: u32, event: Event) {
        let skb = event.0.into_raw();
        // SAFETY: The family is registered, so its offset is set and is no other family's: `netlink::notify` looks at
        // EVENTS_WANTED, under the RTNL, which goes back before the family does. The namespace lives and with it its socket; the buffer is ours until it is given away, and
        // its control block is netlink's. That nobody listens is an error that concerns nobody.
        unsafe {
            let group = (*self.as_raw()).mcgrp_offset.wrapping_add(group);
            // The group is in the control block for listeners of several groups, as `nlmsg_multicast()` does.
            let control: *mut netlink_skb_parms = (&raw mut (*skb).cb).cast();
            (*control).dst_group = group;
            bindings::netlink_broadcast(
                net.genl_sock(),
                skb,
                0,
                group,
                bindings::GFP_KERNEL_ACCOUNT,
            );
        }
    }
}
