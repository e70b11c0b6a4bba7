// SPDX-License-Identifier: GPL-2.0-only

//! Why a request is refused: one sentence a person can act on, and an error number.

use core::ffi::CStr;

use super::wire::Attr;

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
    ($($name:ident: $errno:ident, $sentence:literal;)*) => {
        /// A reason to refuse a request.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Refusal {
            $(#[doc = concat!("`", stringify!($errno), "`: ", stringify!($sentence))] $name,)*
            /// `Invalid`: the value of an attribute that the specification has a rule for.
            Value(Attr),
        }

        impl Refusal {
            const NAMED: &'static [Self] = &[$(Self::$name),*];

            /// The sentence.
            pub const fn sentence(self) -> &'static CStr {
                match self {
                    $(Self::$name => $sentence,)*
                    Self::Value(attr) => match attr.rule() {
                        Some(rule) => rule,
                        None => c"the value of an attribute is no number",
                    },
                }
            }

            /// The error number.
            pub const fn errno(self) -> Errno {
                match self {
                    $(Self::$name => Errno::$errno,)*
                    Self::Value(_) => Errno::Invalid,
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

    MacGroup: Invalid, c"mac is the base form: the first bit of its first byte must be 0";
    MacForeign: Invalid,
        c"mac must be locally administered: the second bit of its first byte set, as in 02:...";
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

    NodesMissing: Invalid, c"give the number of nodes (attribute nodes)";
    NodeMissing: Invalid, c"give this node's rank (attribute node)";
    NodeRange: Invalid, c"ranks run from 0 to nodes - 1";
    BucketsModulo: Invalid, c"with function modulo the number of buckets is the number of nodes";
    OwnedModulo: Invalid, c"function modulo makes its own table; give function bitmap with owned";
    OwnedLength: Invalid, c"owned must have (buckets + 7) / 8 bytes and no bit past the buckets";
    OwnedMissing: Invalid, c"a whole table has buckets, owned and generation";
    SeedMissing: Invalid, c"hash siphash needs hash-seed, 16 bytes, the same on every node";
    SeedUnused: Invalid, c"hash-seed is for hash siphash only";
    PrefixUnused: Invalid, c"prefix4 and prefix6 are for client-key prefix only";
    PortUnhashed: Invalid,
        c"client-key source-port needs hash siphash: unhashed, the even ports of most clients are one node's";
    MasterUnknown: Invalid, c"master is 1 (this node answers ARP) or 0";
    NothingToSet: Invalid, c"nothing to change was given";
    ColdLength: Invalid, c"cold must have (buckets + 7) / 8 bytes and no bit past the buckets";
    StickingList: Invalid,
        c"sticking is a list of at most 8000 clients of these buckets, in rising order, each once";
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
    /// Every reason.
    pub fn all() -> impl Iterator<Item = Self> {
        let ruled = Attr::ALL.iter().filter(|attr| attr.rule().is_some());
        let values = ruled.map(|attr| Self::Value(*attr));
        Self::NAMED.iter().copied().chain(values)
    }

    /// The attributes that it may be about, the likeliest first: the first that was given is.
    pub fn about(self) -> &'static [Attr] {
        match self {
            Self::Value(attr) => Attr::ALL
                .get(attr as usize)
                .map_or(&[], core::slice::from_ref),
            Self::NameLength | Self::NameCharacters | Self::NameTaken | Self::NameUnknown => {
                &[Attr::Name]
            }
            Self::NetnsUnknown => &[Attr::Netns],
            Self::DeviceUnknown
            | Self::DeviceLoopback
            | Self::DeviceNotEthernet
            | Self::DeviceVrf
            | Self::DeviceTags
            | Self::DeviceForwards
            | Self::DeviceFull => &[Attr::Ifindex],
            Self::HookBusy | Self::HookUnsupported | Self::HookDiffers => {
                &[Attr::Hook, Attr::Ifindex]
            }
            // Where no MAC was given it was made of an address.
            Self::MacGroup | Self::MacForeign | Self::MacTaken | Self::MacOfDevice => {
                &[Attr::Mac, Attr::Vip]
            }
            Self::VipLength
            | Self::VipUnusable
            | Self::VipTwice
            | Self::VipTaken
            | Self::TooManyVips => &[Attr::Vip],
            Self::NodeRange => &[Attr::Node, Attr::Nodes],
            Self::BucketsModulo => &[Attr::Buckets],
            Self::OwnedModulo | Self::OwnedLength => &[Attr::Owned],
            Self::SeedMissing => &[Attr::Hash],
            Self::SeedUnused => &[Attr::HashSeed],
            Self::PrefixUnused => &[Attr::Prefix4, Attr::Prefix6],
            Self::PortUnhashed => &[Attr::ClientKey, Attr::Hash],
            Self::MasterUnknown => &[Attr::Master],
            Self::ForwardUnused => &[Attr::Forward, Attr::ForwardIfindex],
            Self::ForwardDeviceSame
            | Self::ForwardDeviceUnknown
            | Self::ForwardDeviceUnfit
            | Self::ForwardDeviceBusy
            | Self::ForwardDeviceFull => &[Attr::ForwardIfindex],
            Self::GroupMacUnicast | Self::GroupMacReserved | Self::GroupMacForward => {
                &[Attr::GroupMac]
            }
            Self::KeyLength => &[Attr::Key],
            Self::ColdLength => &[Attr::Cold],
            Self::StickingList => &[Attr::Sticking],
            Self::SettledLength => &[Attr::Settled],
            Self::LeaseRange | Self::LeaseUnused => &[Attr::Lease, Attr::LeaseUntil],
            Self::LeaseTwice | Self::LeaseFar | Self::LeasePast => &[Attr::LeaseUntil],
            Self::GenerationStale | Self::GenerationOld | Self::GenerationRange => {
                &[Attr::Generation]
            }
            _ => &[],
        }
    }

    /// The attribute that it misses.
    pub const fn missing(self) -> Option<Attr> {
        match self {
            Self::NameMissing => Some(Attr::Name),
            Self::NetnsMissing => Some(Attr::Netns),
            Self::DeviceMissing => Some(Attr::Ifindex),
            Self::ForwardDeviceMissing => Some(Attr::ForwardIfindex),
            Self::VipMissing => Some(Attr::Vip),
            Self::NodesMissing => Some(Attr::Nodes),
            Self::NodeMissing => Some(Attr::Node),
            Self::SeedMissing => Some(Attr::HashSeed),
            Self::SettledMissing => Some(Attr::Settled),
            Self::LeaseMissing => Some(Attr::Lease),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// But for a refusal of what is asked as a whole, each names what it is about.
    #[test]
    fn names_what_it_is_about() {
        for refusal in Refusal::all() {
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
        let all: Vec<_> = Refusal::all().collect();
        for (i, refusal) in all.iter().enumerate() {
            let text = refusal.sentence().to_str().unwrap();
            assert!((10..100).contains(&text.len()), "{text}");
            assert!(!text.ends_with('.') || text.ends_with("..."), "{text}");
            for other in &all[i + 1..] {
                assert_ne!(refusal.sentence(), other.sentence());
            }
        }
    }
}
