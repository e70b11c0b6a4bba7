// SPDX-License-Identifier: GPL-2.0-only

//! ssi_filter: a cluster of nodes that share one IP and one MAC address, each client served by one.
//!
//! - `logic`: what is decided, without the kernel;
//! - `packet_path`: a packet's whole way; `relay`, `forwarding`, `announcer`, `trust`: between nodes;
//! - `control`: the netlink family; `registry`, `cluster`, `buckets`, `lease`, `counters`: what it configures;
//! - `abstractions`: safe wrappers of the kernel's facilities, the only place of `unsafe`.

use kernel::prelude::*;

mod abstractions;
mod announcer;
mod buckets;
mod cluster;
mod control;
mod counters;
mod forwarding;
mod lease;
mod log;
mod logic;
mod packet_path;
mod registry;
mod relay;
mod sessions;
mod sysfs;
mod trust;

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
        userns: bool {
            default: false,
            description: "Allow clusters in network namespaces of other user namespaces than the first (default off)",
        },
    },
}

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
/// notifier, whose end takes the clusters of every interface away and waits for packets.
struct Ssi {
    _control: control::Control,
    _holds: control::holds::File,
    _transitions: abstractions::delayed_work::EnabledWork,
    _walks: [abstractions::delayed_work::EnabledWork; 2],
    _copies: abstractions::vm_fork::Registration,
    _netdev_notifier: abstractions::notifier::Registration<control::NetdevNotifier>,
}

impl kernel::Module for Ssi {
    fn init(module: &'static ThisModule) -> Result<Self> {
        if !abstractions::device::is_laid_out_as_built(abstractions::rtnl::Rtnl::lock().token()) {
            pr_err!("this kernel's interfaces are not laid out as those of the kernel that the module was built for: build it for this kernel\n");
            return Err(ENOEXEC);
        }
        registry::index::begin()?;
        let transitions = control::transition_work::TRANSITION_WORK.enable();
        let walks = [&control::walk::SHARED, &control::walk::OWN]
            .map(abstractions::delayed_work::DelayedWork::enable);
        let netdev_notifier = abstractions::notifier::Registration::new()?;
        Ok(Self {
            _control: control::Control::new(module)?,
            _holds: control::holds::File::new()?,
            _transitions: transitions,
            _walks: walks,
            _copies: abstractions::vm_fork::Registration::new(control::copied::copied)?,
            _netdev_notifier: netdev_notifier,
        })
    }
}
