// SPDX-License-Identifier: GPL-2.0-only

//! Safe wrappers, each around one facility of the kernel. Only here is `unsafe`.

mod bindings;
pub(crate) mod bucket_table;
pub(crate) mod clock;
pub(crate) mod conntrack;
pub(crate) mod delayed_work;
pub(crate) mod device;
pub(crate) mod ehash;
mod extack;
pub(crate) mod gate;
pub(crate) mod genl;
pub(crate) mod hmac;
pub(crate) mod hook;
pub(crate) mod hrtimer;
pub(crate) mod locked;
pub(crate) mod module;
pub(crate) mod namespace;
pub(crate) mod notifier;
#[cfg(ssi_no_genl)]
mod older;
pub(crate) mod path;
pub(crate) mod percpu;
pub(crate) mod perfect_hash;
pub(crate) mod random;
pub(crate) mod rcu;
pub(crate) mod redirect;
pub(crate) mod rtnl;
pub(crate) mod skb;
pub(crate) mod sockets;
pub(crate) mod sysfs;
pub(crate) mod time_namespace;
pub(crate) mod vec;
pub(crate) mod vm_fork;
