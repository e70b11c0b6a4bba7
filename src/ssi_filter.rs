// SPDX-License-Identifier: GPL-2.0-only

//! ssi_filter: a cluster of nodes that share one IP and one MAC address, each client served by one.
//!
//! From the lowest layer to the highest; none imports from one above it:
//! - `logic`: what is decided, without the kernel;
//! - `abstractions`: safe wrappers of the kernel's facilities, the only place of `unsafe`;
//! - `datapath`: a packet's whole way, and what it meets;
//! - `cluster`: clusters as they are configured, and how they change;
//! - `netlink`, `sysfs`: how userspace configures and sees them.

use kernel::{
    alloc::flags::GFP_KERNEL_ACCOUNT,
    prelude::*,
    sync::Arc, //
};

mod abstractions;
mod cluster;
mod datapath;
mod log;
mod logic;
mod netlink;
mod parameters;
mod sysfs;

use abstractions::{
    conntrack,
    delayed_work::EnabledWork,
    device::{
        self,
        Device, //
    },
    hook::Kind,
    notifier,
    rtnl::Rtnl,
    vm_fork, //
};
use cluster::{
    agreement_work,
    copied,
    holds,
    netdev::NetdevNotifier,
    observer::{
        self,
        ClusterObserver,
        Subject,
        View, //
    },
    registry::index,
    transition_work,
    walk,
    Cluster, //
};

/// The module; the type and the "off" of what is on or off differ among kernels (parameters.rs).
macro_rules! ssi_module {
    ($switch:ident, $off:literal) => {
        module! {
            type: Ssi,
            name: "ssi_filter",
            authors: ["The ssi developers"],
            description: "Single system image: one IP and one MAC address for a cluster of nodes",
            license: "GPL v2",
            params: {
                clusters_max: u32 {
                    default: 64,
                    description: "Most clusters on one interface (default 64)",
                },
                clusters_per_namespace: u32 {
                    default: 512,
                    description: "Most clusters in one network namespace (default 512)",
                },
                userns: $switch {
                    default: $off,
                    description: "Allow clusters in network namespaces of other user namespaces than the first (default off)",
                },
            },
        }
    };
}
#[cfg(not(ssi_no_bool_parameters))]
ssi_module!(bool, false);
#[cfg(ssi_no_bool_parameters)]
ssi_module!(u8, 0);

// Counts, times and generations have 64 bits and are read and written whole.
#[cfg(not(CONFIG_64BIT))]
compile_error!("ssi_filter is for 64-bit kernels");

/// The version, for `modinfo` and `/sys/module`; the `module!` macro has no field for it.
#[used(compiler)]
#[link_section = ".modinfo"]
static VERSION: [u8; 14] = *b"version=0.2.0\0";

/// The loaded module.
///
/// Fields are dropped in the order of their declaration: first requests end, then delayed work, then the
/// notifier, whose end takes the clusters of every interface away and waits for packets, and what those looked into.
struct Ssi {
    _family: netlink::Registration,
    _holds: holds::File,
    _transitions: EnabledWork,
    _agreement: EnabledWork,
    _walks: [EnabledWork; 2],
    _copies: vm_fork::Registration,
    _netdev_notifier: notifier::Registration<NetdevNotifier>,
    _conntrack: conntrack::Held,
}

impl kernel::Module for Ssi {
    fn init(module: &'static ThisModule) -> Result<Self> {
        if !device::is_laid_out_as_built(Rtnl::lock().token()) {
            pr_err!("this kernel's interfaces are not laid out as those of the kernel that the module was built for: build it for this kernel\n");
            return Err(ENOEXEC);
        }
        abstractions::module::begin(module);
        index::begin()?;
        observer::observe(&Userspace);
        // From the family on there may be clusters, that is before all else is there: where that fails, this is dropped
        // last, as otherwise at unloading.
        let conntrack = conntrack::Held;
        let transitions = transition_work::enable();
        let agreement = agreement_work::enable();
        let walks = walk::enable();
        let netdev_notifier = notifier::Registration::new()?;
        Ok(Self {
            _family: netlink::Registration::new(module)?,
            _holds: holds::File::new()?,
            _transitions: transitions,
            _agreement: agreement,
            _walks: walks,
            _copies: vm_fork::Registration::new(copied::copied)?,
            _netdev_notifier: netdev_notifier,
            _conntrack: conntrack,
        })
    }
}

/// Userspace sees clusters in sysfs, and gets their events by netlink.
struct Userspace;

impl ClusterObserver for Userspace {
    fn show(&self, device: Device, hook: Kind, cluster: Arc<Cluster>) -> Result<KBox<dyn View>> {
        let files = sysfs::Files::new(device, hook, cluster)?;
        Ok(KBox::new(files, GFP_KERNEL_ACCOUNT)? as KBox<dyn View>)
    }

    fn notify(&self, command: u8, subject: &Subject, reason: u32) {
        netlink::notify::notify(command, subject, reason);
    }

    fn drained(&self, subject: &Subject, drained: &[u8], reason: u32) {
        netlink::notify::notify_drained(subject, drained, reason);
    }
}
