// SPDX-License-Identifier: GPL-2.0-only

//! What the packet path needs to know of one cluster, apart from the owned bitmap.

use super::{
    distribution::Distribution,
    mac::Mac,
    vips::Vips, //
};

/// Source MAC of frames that leave with a cluster address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplyMac {
    /// The base MAC.
    Cluster,
    /// The group MAC.
    Group,
    /// The interface's own.
    Node,
}

/// One cluster as a packet meets it; never changed, only replaced whole.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The base MAC.
    pub base: Mac,
    /// Whether this node answers for the cluster addresses.
    pub master: bool,
    /// Source MAC of replies.
    pub reply_mac: ReplyMac,
    /// Source address to bucket.
    pub distribution: Distribution,
    /// The cluster addresses.
    pub vips: Vips,
}
