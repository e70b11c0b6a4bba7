// SPDX-License-Identifier: GPL-2.0-only

//! What becomes of a frame that leaves (claims 1 and 9: the cluster's MAC into the response).

use super::{
    frame::{
        Arp,
        Ethernet,
        Ip4,
        ETH_P_ARP,
        ETH_P_IP, //
    },
    mac::Mac,
    rules::{
        ReplyMac,
        Rules, //
    },
};

/// What to write into a frame before it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rewrite {
    /// Nothing, and uncounted: no cluster address is its source.
    Bystander,
    /// Nothing: it has a cluster address, and the node's own MAC is wanted.
    Untouched,
    /// The source MAC.
    Source(Mac),
    /// ARP.
    Arp {
        /// Source MAC of the frame, where it is to be another.
        source: Option<Mac>,
        /// Sender's MAC in the payload.
        sender: Mac,
        /// Whether the target's MAC, too, is to be `sender`: it names the cluster address.
        target_too: bool,
    },
}

/// Decides on a frame, which begins at its Ethernet header and has all of the frame or its first
/// `ETH_HLEN + NEEDED` bytes.
#[inline(always)]
pub fn decide(rules: &Rules, frame: &[u8]) -> Rewrite {
    let Some((ethernet, packet)) = Ethernet::new(frame) else {
        return Rewrite::Bystander;
    };
    match ethernet.ethertype() {
        ETH_P_IP => ip4(rules, packet),
        ETH_P_ARP => arp(rules, packet),
        _ => Rewrite::Bystander,
    }
}

#[inline(always)]
fn ip4(rules: &Rules, packet: &[u8]) -> Rewrite {
    match Ip4::new(packet) {
        Some(ip) if rules.vips.contains_v4(ip.source()) => match source(rules) {
            Some(mac) => Rewrite::Source(mac),
            None => Rewrite::Untouched,
        },
        _ => Rewrite::Bystander,
    }
}

fn arp(rules: &Rules, packet: &[u8]) -> Rewrite {
    let Some(arp) = Arp::new(packet) else {
        return Rewrite::Bystander;
    };
    let to_vip = rules.vips.contains_v4(arp.target());
    // An address probe (RFC 5227) has no sender's address yet.
    let is_probe = to_vip && arp.sender().is_unspecified();
    if !is_probe && !rules.vips.contains_v4(arp.sender()) {
        return Rewrite::Bystander;
    }
    Rewrite::Arp {
        source: source(rules),
        sender: rules.base.group(),
        target_too: to_vip && arp.target_mac() == arp.sender_mac(),
    }
}

fn source(rules: &Rules) -> Option<Mac> {
    match rules.reply_mac {
        ReplyMac::Cluster => Some(rules.base),
        ReplyMac::Group => Some(rules.base.group()),
        ReplyMac::Node => None,
    }
}

#[cfg(test)]
#[path = "tests/send.rs"]
mod tests;
