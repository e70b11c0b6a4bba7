// SPDX-License-Identifier: GPL-2.0-only

//! Formats that are read, and how they are told apart.

use std::str::FromStr;

use ssi_netlink::Unknown;

use crate::import::found::Found;
use crate::import::{cib, crm, iptables, keepalived, nft, nlb, pcs, powershell};

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pacemaker's XML, as `cibadmin --query` prints it.
    Cib,
    /// `crm configure show`.
    Crm,
    /// `pcs config`, `pcs resource config`, or the commands.
    Pcs,
    /// `iptables-save`: CLUSTERIP, xt_cluster.
    Iptables,
    /// `nft list ruleset`.
    Nft,
    /// `nlb params`.
    Nlb,
    /// `Get-NlbCluster`, `Get-NlbClusterNode`, `Get-NlbClusterPortRule`.
    PowerShell,
    /// `keepalived.conf`.
    Keepalived,
}

/// What betrays a format: texts of which one is there.
const MARKS: &[(Kind, &[&str])] = &[
    (Kind::Cib, &["<cib", "<primitive", "<clone", "<resources"]),
    (
        Kind::Keepalived,
        &[
            "vrrp_instance",
            "virtual_server",
            "vrrp_script",
            "global_defs",
        ],
    ),
    (
        Kind::Iptables,
        &["CLUSTERIP", "-m cluster", "*filter", "*mangle"],
    ),
    (
        Kind::Nft,
        &["jhash", "symhash", "table ip", "table inet", "table netdev"],
    ),
    (
        Kind::Nlb,
        &["PortRules", "HostPriority", "ClusterIPAddress"],
    ),
    (Kind::PowerShell, &["StartPort", "HostID", "SubnetMask"]),
    (
        Kind::Pcs,
        &["Resource: ", "pcs resource", "pcs -- resource"],
    ),
    (Kind::Crm, &["primitive "]),
];

impl Kind {
    /// All names.
    pub const NAMES: &'static [&'static str] = &[
        "cib",
        "crm",
        "pcs",
        "iptables",
        "nft",
        "nlb",
        "powershell",
        "keepalived",
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cib => "cib",
            Self::Crm => "crm",
            Self::Pcs => "pcs",
            Self::Iptables => "iptables",
            Self::Nft => "nft",
            Self::Nlb => "nlb",
            Self::PowerShell => "powershell",
            Self::Keepalived => "keepalived",
        }
    }

    /// What a text looks like.
    pub fn of(text: &str) -> Option<Self> {
        let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
        let mut fit = MARKS.iter().filter(|(_, marks)| has(marks));
        fit.next().map(|(kind, _)| *kind)
    }

    /// The clusters in a text.
    pub fn read(self, text: &str) -> Result<Vec<Found>, String> {
        match self {
            Self::Cib => cib::read(text),
            Self::Crm => crm::read(text),
            Self::Pcs => pcs::read(text),
            Self::Iptables => iptables::read(text),
            Self::Nft => nft::read(text),
            Self::Nlb => nlb::read(text),
            Self::PowerShell => powershell::read(text),
            Self::Keepalived => keepalived::read(text),
        }
    }

    /// What is missing in a text without any.
    pub fn nothing(self) -> &'static str {
        match self {
            Self::Cib | Self::Crm | Self::Pcs => "there is no resource of IPaddr2",
            Self::Iptables => "there is no rule with CLUSTERIP or -m cluster",
            Self::Nft => "there is no rule with jhash or symhash of the source",
            Self::Nlb | Self::PowerShell => "there is neither a cluster nor a port rule",
            Self::Keepalived => "there is no vrrp_instance and no virtual_server",
        }
    }
}

impl FromStr for Kind {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let mut all = MARKS.iter().map(|(kind, _)| *kind);
        all.find(|kind| kind.name() == text)
            .ok_or(Unknown(Self::NAMES))
    }
}
