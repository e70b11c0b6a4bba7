// SPDX-License-Identifier: GPL-2.0-only

//! Rules of one cluster for the packet path, apart from the owned bitmap.

use super::{
    distribution::Distribution,
    mac::Mac,
    vips::Vips,
    wire, //
};

pub use super::wire::{
    Forward,
    ReplyMac, //
};

/// How a request reaches the node that serves it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Clients send to the group MAC; the network floods it (claims 4, 5).
    Multicast,
    /// Clients send to the base MAC; whoever gets the frame forwards it (claim 3).
    Forward(Forward),
}

impl Mode {
    /// Its name and number, for those to whom it makes no difference how a request is forwarded.
    pub const fn wire(self) -> wire::Mode {
        match self {
            Self::Multicast => wire::Mode::Multicast,
            Self::Forward(_) => wire::Mode::Forward,
        }
    }
}

/// One cluster as a packet meets it; never changed, only replaced whole.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The base MAC.
    pub base: Mac,
    /// The group MAC.
    pub group: Mac,
    /// Which of them clients send to.
    pub mode: Mode,
    /// Whether this node answers for the cluster addresses.
    pub master: bool,
    /// Source MAC of replies.
    pub reply_mac: ReplyMac,
    /// Source address to bucket.
    pub distribution: Distribution,
    /// The cluster addresses.
    pub vips: Vips,
}

impl Rules {
    /// The MAC that ARP and neighbour discovery advertise for a cluster address.
    #[inline]
    pub fn advertised_mac(&self) -> Mac {
        match self.mode {
            Mode::Multicast => self.group,
            Mode::Forward(_) => self.base,
        }
    }

    /// Whether `mac` is the cluster's, in one form or the other.
    #[inline]
    pub fn is_ours(&self, mac: Mac) -> bool {
        mac == self.base || mac == self.group
    }
}
