// SPDX-License-Identifier: GPL-2.0-only

//! Why a request is refused: one sentence a person can act on, and an error number.

use core::ffi::CStr;

use super::wire::{
    cluster,
    Attr, //
};

/// The error number of a refusal, by its POSIX name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Errno {
    Invalid,
    Exists,
    NoEntry,
    NoDevice,
    Stale,
    Busy,
    NoSpace,
    NotSupported,
}

macro_rules! refusals {
    ($($name:ident: $errno:ident, $sentence:expr;)*) => {
        /// A reason to refuse a request.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Refusal {
            $(#[doc = concat!("`", stringify!($errno), "`: ", stringify!($sentence))] $name,)*
        }

        impl Refusal {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The sentence.
            pub const fn sentence(self) -> &'static CStr {
                match self {
                    $(Self::$name => $sentence,)*
                }
            }

            /// The error number.
            pub const fn errno(self) -> Errno {
                match self {
                    $(Self::$name => Errno::$errno,)*
                }
            }
        }
    };
}

refusals! {
    NameMissing: Invalid, c"give the cluster's name (attribute name)";
    NameLength: Invalid, c"a cluster's name has 1 to 15 bytes";
    NameCharacters: Invalid,
        c"a cluster's name has letters, digits, '.', '-' and '_' only and begins with no dot";
    NameTaken: Exists, c"a cluster of this name exists in this network namespace";
    NameUnknown: NoEntry, c"no cluster of this name in this network namespace";
    NetnsMissing: Invalid, c"give the network namespace's number (attribute netns)";
    NetnsUnknown: NoEntry, c"no cluster of this name in the network namespace of this number";

    DeviceMissing: Invalid, c"give the interface (attribute ifindex)";
    DeviceUnknown: NoDevice, c"no interface of this index in this network namespace";
    DeviceLoopback: Invalid, c"a loopback interface reaches no other node; choose an Ethernet one";
    DeviceNotEthernet: Invalid, c"the interface is not Ethernet";
    DeviceVrf: Invalid, c"a VRF receives no frames; put the cluster on an interface that is in it";
    DeviceTags: Invalid, c"the VLAN interface leaves its tag in frames; set its reorder_hdr on";
    DeviceFull: NoSpace, c"the interface has as many clusters as the module's parameter clusters_max allows";
    HookBusy: Busy,
        c"the interface's rx-handler is taken (bridge, bond, macvlan); use hook ingress or auto";
    HookUnsupported: Invalid,
        c"the interface allows no rx-handler (ipvlan); use hook ingress or auto";
    HookDiffers: Invalid, c"the interface's clusters use the other hook; all must use the same";

    MacLength: Invalid, c"mac has 6 bytes";
    MacGroup: Invalid, c"mac is the base form: the first bit of its first byte must be 0";
    MacForeign: Invalid,
        c"mac must be locally administered: the second bit of its first byte set, as in 02:...";
    GroupMacLength: Invalid, c"group-mac has 6 bytes";
    GroupMacUnicast: Invalid, c"group-mac is a group address: the first bit of its first byte must be 1";
    GroupMacReserved: Invalid,
        c"group-mac is broadcast or in a block of another protocol (01:80:c2, 224.0.0.x, ff02::x)";
    GroupMacForward: Invalid,
        c"in mode forward group-mac is mac with the first bit of its first byte set; leave it out";
    MacTaken: Exists, c"another cluster on this interface has this mac";
    MacOfDevice: Invalid, c"mac is the interface's own address; the cluster needs one of its own";
    MacOfCluster: Busy,
        c"a cluster on this interface has this mac; the node needs one of its own";

    VipMissing: Invalid, c"give at least one cluster address (attribute vip)";
    VipLength: Invalid, c"a cluster address has 4 bytes (IPv4) or 16 (IPv6)";
    VipUnusable: Invalid,
        c"a cluster address must be a host's: not zero, loopback, multicast, broadcast or reserved";
    VipTwice: Invalid, c"a cluster address is given twice";
    VipTaken: Exists, c"another cluster in this network namespace has one of these addresses";
    TooManyVips: NoSpace, c"a cluster has at most 32 addresses";

    ForwardUnused: Invalid, c"forward and forward-ifindex are for mode forward only";
    ForwardDeviceMissing: Invalid,
        c"mode forward needs the forward interface (attribute forward-ifindex)";
    ForwardDeviceSame: Invalid,
        c"the forward interface must be another than the cluster's, a VLAN of the nodes";
    ForwardDeviceUnknown: NoDevice, c"no interface of the index forward-ifindex in this namespace";
    ForwardDeviceUnfit: Invalid, c"the forward interface is not Ethernet, or has clusters itself";
    ForwardDeviceBusy: Busy,
        c"the rx-handler of the forward interface is taken (bridge, bond, macvlan)";
    ForwardDeviceFull: NoSpace,
        c"as many clusters forward by the interface as the module's parameter clusters_max allows";
    DeviceForwards: Busy, c"other clusters forward by this interface; choose another";

    KeyLength: Invalid, c"key has 32 bytes, or none to take it away";
    KeyUnused: Invalid, c"a key is for mode forward only, where nodes send each other messages";

    NodesMissing: Invalid, c"give the number of nodes (attribute nodes)";
    NodeMissing: Invalid, c"give this node's rank (attribute node)";
    NodesRange: Invalid, c"the number of nodes is 1 to 65536";
    NodeRange: Invalid, c"ranks run from 0 to nodes - 1";
    BucketsRange: Invalid, c"the number of buckets is 1 to 65536";
    BucketsModulo: Invalid, c"with function modulo the number of buckets is the number of nodes";
    OwnedModulo: Invalid, c"function modulo makes its own table; give function bitmap with owned";
    OwnedLength: Invalid, c"owned must have (buckets + 7) / 8 bytes and no bit past the buckets";
    OwnedMissing: Invalid, c"a whole table has buckets, owned and generation";
    SeedLength: Invalid, c"hash-seed has 16 bytes";
    SeedMissing: Invalid, c"hash siphash needs hash-seed, 16 bytes, the same on every node";
    SeedUnused: Invalid, c"hash-seed is for hash siphash only";
    MasterUnknown: Invalid, c"master is 1 (this node answers ARP) or 0";
    ModeUnknown: Invalid, Attr::Mode.values();
    ForwardUnknown: Invalid, Attr::Forward.values();
    FunctionUnknown: Invalid, Attr::Function.values();
    HashUnknown: Invalid, Attr::Hash.values();
    ReplyMacUnknown: Invalid, Attr::ReplyMac.values();
    HookUnknown: Invalid, Attr::Hook.values();
    NothingToSet: Invalid, c"nothing to change was given";
    DrainTimeRange: Invalid, c"drain-time is 0 (connections are not kept) to 604800 seconds";
    LeaseExpiryUnknown: Invalid, Attr::LeaseExpiry.values();
    ColdLength: Invalid, c"cold must have (buckets + 7) / 8 bytes and no bit past the buckets";
    SettledMissing: Invalid, c"give the buckets whose transition is to end (attribute settled)";
    SettledLength: Invalid, c"settled must have (buckets + 7) / 8 bytes and no bit past the buckets";
    LeaseMissing: Invalid,
        c"give the lease's length in milliseconds (attribute lease), or its end (lease-until)";
    LeaseRange: Invalid, c"a lease is 1 to 3600000 milliseconds; in table-set 0 is none";
    LeaseTwice: Invalid, c"give lease or lease-until, not both";
    LeaseFar: Invalid,
        c"lease-until is over an hour ahead; it is in milliseconds since boot (CLOCK_BOOTTIME)";
    LeasePast: Stale, c"lease-until is past; give a later time, or a table that owns no bucket";
    LeaseUnused: Invalid, c"this cluster has no lease to renew; give lease with table-set";
    LeaseExpired: Stale, c"the lease has run out: only a new table (table-set) brings this node back";
    GenerationStale: Stale, c"another generation of the table is in force";
    UserNamespace: NotSupported,
        c"clusters in a network of a user namespace need the module's parameter userns=1";
    NamespaceFull: NoSpace,
        c"the namespace has as many clusters as the module's parameter clusters_per_namespace allows";
    GenerationOld: Stale, c"the new generation must be greater than the one in force";
    GenerationRange: Invalid,
        c"a generation is at most 4611686018427387904 (2^62), or the next after the one in force";
}

impl Refusal {
    /// The attributes that it may be about, the likeliest first: the first that was given is.
    pub const fn about(self) -> &'static [u16] {
        match self {
            Self::NameLength | Self::NameCharacters | Self::NameTaken | Self::NameUnknown => {
                &[cluster::NAME]
            }
            Self::NetnsUnknown => &[cluster::NETNS],
            Self::DeviceUnknown
            | Self::DeviceLoopback
            | Self::DeviceNotEthernet
            | Self::DeviceVrf
            | Self::DeviceTags
            | Self::DeviceForwards
            | Self::DeviceFull => &[cluster::IFINDEX],
            Self::HookBusy | Self::HookUnsupported | Self::HookDiffers => {
                &[cluster::HOOK, cluster::IFINDEX]
            }
            Self::HookUnknown => &[cluster::HOOK],
            // Where no MAC was given it was made of an address.
            Self::MacGroup | Self::MacForeign | Self::MacTaken | Self::MacOfDevice => {
                &[cluster::MAC, cluster::VIP]
            }
            Self::MacLength => &[cluster::MAC],
            Self::VipLength
            | Self::VipUnusable
            | Self::VipTwice
            | Self::VipTaken
            | Self::TooManyVips => &[cluster::VIP],
            Self::NodesRange => &[cluster::NODES],
            Self::NodeRange => &[cluster::NODE, cluster::NODES],
            Self::BucketsRange | Self::BucketsModulo => &[cluster::BUCKETS],
            Self::OwnedModulo | Self::OwnedLength => &[cluster::OWNED],
            Self::SeedMissing | Self::HashUnknown => &[cluster::HASH],
            Self::SeedLength | Self::SeedUnused => &[cluster::HASH_SEED],
            Self::MasterUnknown => &[cluster::MASTER],
            Self::ModeUnknown => &[cluster::MODE],
            Self::ForwardUnknown => &[cluster::FORWARD],
            Self::ForwardUnused => &[cluster::FORWARD, cluster::FORWARD_IFINDEX],
            Self::ForwardDeviceSame
            | Self::ForwardDeviceUnknown
            | Self::ForwardDeviceUnfit
            | Self::ForwardDeviceBusy
            | Self::ForwardDeviceFull => &[cluster::FORWARD_IFINDEX],
            Self::GroupMacLength
            | Self::GroupMacUnicast
            | Self::GroupMacReserved
            | Self::GroupMacForward => &[cluster::GROUP_MAC],
            Self::KeyLength | Self::KeyUnused => &[cluster::KEY],
            Self::FunctionUnknown => &[cluster::FUNCTION],
            Self::ReplyMacUnknown => &[cluster::REPLY_MAC],
            Self::DrainTimeRange => &[cluster::DRAIN_TIME],
            Self::LeaseExpiryUnknown => &[cluster::LEASE_EXPIRY],
            Self::ColdLength => &[cluster::COLD],
            Self::SettledLength => &[cluster::SETTLED],
            Self::LeaseRange | Self::LeaseUnused => &[cluster::LEASE, cluster::LEASE_UNTIL],
            Self::LeaseTwice | Self::LeaseFar | Self::LeasePast => &[cluster::LEASE_UNTIL],
            Self::GenerationStale | Self::GenerationOld | Self::GenerationRange => {
                &[cluster::GENERATION]
            }
            _ => &[],
        }
    }

    /// The attribute that it misses.
    pub const fn missing(self) -> Option<u16> {
        match self {
            Self::NameMissing => Some(cluster::NAME),
            Self::NetnsMissing => Some(cluster::NETNS),
            Self::DeviceMissing => Some(cluster::IFINDEX),
            Self::ForwardDeviceMissing => Some(cluster::FORWARD_IFINDEX),
            Self::VipMissing => Some(cluster::VIP),
            Self::NodesMissing => Some(cluster::NODES),
            Self::NodeMissing => Some(cluster::NODE),
            Self::SeedMissing => Some(cluster::HASH_SEED),
            Self::SettledMissing => Some(cluster::SETTLED),
            Self::LeaseMissing => Some(cluster::LEASE),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// But for a refusal of what is asked as a whole, each names what it is about.
    #[test]
    fn names_what_it_is_about() {
        for refusal in Refusal::ALL {
            let whole = matches!(
                refusal,
                Refusal::MacOfCluster
                    | Refusal::OwnedMissing
                    | Refusal::NothingToSet
                    | Refusal::LeaseExpired
                    | Refusal::UserNamespace
                    | Refusal::NamespaceFull
            );
            let names = !refusal.about().is_empty() || refusal.missing().is_some();
            assert_ne!(names, whole, "{refusal:?}");
        }
    }

    /// The kernel has room for 80 bytes where it keeps a copy.
    #[test]
    fn what_is_copied_is_short() {
        assert!(Refusal::MacOfCluster.sentence().to_bytes_with_nul().len() <= 80);
    }

    #[test]
    fn sentences_fit_and_differ() {
        for (i, refusal) in Refusal::ALL.iter().enumerate() {
            let text = refusal.sentence().to_str().unwrap();
            assert!((10..100).contains(&text.len()), "{text}");
            assert!(!text.ends_with('.') || text.ends_with("..."), "{text}");
            for other in &Refusal::ALL[i + 1..] {
                assert_ne!(refusal.sentence(), other.sentence());
            }
        }
    }
}
