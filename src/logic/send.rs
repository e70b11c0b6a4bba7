// SPDX-License-Identifier: GPL-2.0-only

//! Decision on a frame that leaves (claims 1 and 9: the cluster's MAC into the response).

use super::{
    frame::{
        self,
        cut,
        Arp,
        Ethernet,
        Ip4,
        ETH_HLEN,
        ETH_P_ARP,
        ETH_P_IP, //
    },
    frame6::{
        Ip6,
        Nd,
        NdMessage,
        ETH_P_IPV6,
        ND_NEEDED, //
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
    NotOurs,
    /// Nothing: it has a cluster address, and the node's own MAC is wanted.
    Untouched,
    /// The source MAC.
    Source(Mac),
    /// It does not go: a probe for a cluster address from the node's own MAC, which the other nodes could
    /// distinguish from a stranger's.
    Withhold,
    /// ARP.
    Arp {
        /// Source MAC of the frame, where it is to be another.
        source: Option<Mac>,
        /// Sender's MAC in the payload.
        sender: Mac,
        /// Whether the target's MAC, too, is to be `sender`: it names the cluster address.
        target_too: bool,
    },
    /// Neighbour discovery.
    Nd {
        /// Source MAC of the frame, where it is to be another.
        source: Option<Mac>,
        /// Where in the packet its link-layer address is.
        at: usize,
        /// What that is to be.
        link_layer: Mac,
        /// The checksum with it.
        checksum: [u8; 2],
    },
}

/// Whether a decision on this frame, of which `ETH_HLEN + NEEDED` bytes are at hand, may need more:
/// `ETH_HLEN + ND_NEEDED`.
#[inline(always)]
pub fn needs_more(frame: &[u8]) -> bool {
    Ethernet::new(frame).is_some_and(|(ethernet, packet)| {
        ethernet.ethertype() == ETH_P_IPV6 && frame::needs_more(ETH_P_IPV6, packet)
    })
}

/// Decides on a frame, which begins at its Ethernet header and has all of the frame or its first
/// `ETH_HLEN + NEEDED` bytes, `ETH_HLEN + ND_NEEDED` where it `needs_more`.
#[inline(always)]
pub fn decide(rules: &Rules, frame: &[u8]) -> Rewrite {
    let frame = cut(frame, ETH_HLEN + ND_NEEDED);
    let Some((ethernet, packet)) = Ethernet::new(frame) else {
        return Rewrite::NotOurs;
    };
    of_packet(rules, ethernet.ethertype(), packet)
}

/// Whether a frame with a VLAN's tag between its addresses and its EtherType is one that would be rewritten
/// without.
pub fn is_ours_behind_a_tag(rules: &Rules, frame: &[u8]) -> bool {
    let behind = frame.get(ETH_HLEN..).and_then(<[u8]>::split_first_chunk);
    let Some((&[_, _, high, low], packet)) = behind else {
        return false;
    };
    let packet = cut(packet, ND_NEEDED);
    of_packet(rules, u16::from_be_bytes([high, low]), packet) != Rewrite::NotOurs
}

#[inline(always)]
fn of_packet(rules: &Rules, ethertype: u16, packet: &[u8]) -> Rewrite {
    match ethertype {
        ETH_P_IP => ip4(rules, packet),
        ETH_P_ARP => arp(rules, packet),
        ETH_P_IPV6 => ip6(rules, packet),
        _ => Rewrite::NotOurs,
    }
}

#[inline(always)]
fn ip4(rules: &Rules, packet: &[u8]) -> Rewrite {
    match Ip4::new(packet) {
        Some(ip) if rules.vips.contains_v4(ip.source()) => reply(rules),
        _ => Rewrite::NotOurs,
    }
}

#[inline(always)]
fn ip6(rules: &Rules, packet: &[u8]) -> Rewrite {
    let Some(ip) = Ip6::new(packet) else {
        return Rewrite::NotOurs;
    };
    if ip.may_be_icmp() {
        if let Some(rewrite) = nd(rules, &ip, packet) {
            return rewrite;
        }
    }
    if rules.vips.contains_v6(ip.source()) {
        reply(rules)
    } else {
        Rewrite::NotOurs
    }
}

/// Neighbour discovery that names a cluster address: as its source's, as its target's, or as one
/// that is probed (RFC 4862, 5.4), which has no link-layer address to change.
#[inline(never)]
fn nd(rules: &Rules, ip: &Ip6<'_>, packet: &[u8]) -> Option<Rewrite> {
    let nd = Nd::new(packet)?;
    let about_vip = nd.target().is_some_and(|to| rules.vips.contains_v6(to));
    let names = match nd.message() {
        NdMessage::Solicitation if ip.source().is_unspecified() => about_vip,
        NdMessage::RouterSolicitation | NdMessage::Solicitation => {
            rules.vips.contains_v6(ip.source())
        }
        NdMessage::Advertisement => about_vip,
    };
    if !names {
        return None;
    }
    let Some(old) = nd.link_layer() else {
        return Some(
            match ip.source().is_unspecified() && source(rules).is_none() {
                true => Rewrite::Withhold,
                false => reply(rules),
            },
        );
    };
    let link_layer = rules.advertised_mac();
    Some(Rewrite::Nd {
        source: source(rules),
        at: old.at,
        link_layer,
        checksum: nd.checksum_with(old, link_layer),
    })
}

#[inline(always)]
fn reply(rules: &Rules) -> Rewrite {
    match source(rules) {
        Some(mac) => Rewrite::Source(mac),
        None => Rewrite::Untouched,
    }
}

fn arp(rules: &Rules, packet: &[u8]) -> Rewrite {
    let Some(arp) = Arp::new(packet) else {
        return Rewrite::NotOurs;
    };
    let to_vip = rules.vips.contains_v4(arp.target());
    // An address probe (RFC 5227) has no sender's address yet.
    let is_probe = to_vip && arp.sender().is_unspecified();
    if !is_probe && !rules.vips.contains_v4(arp.sender()) {
        return Rewrite::NotOurs;
    }
    Rewrite::Arp {
        source: source(rules),
        sender: rules.advertised_mac(),
        target_too: to_vip && arp.target_mac() == arp.sender_mac(),
    }
}

/// The source MAC that a frame is to have, if another than the node's.
pub fn source(rules: &Rules) -> Option<Mac> {
    match rules.reply_mac {
        ReplyMac::Cluster => Some(rules.base),
        ReplyMac::Group => Some(rules.group),
        ReplyMac::Node => None,
    }
}

#[cfg(test)]
#[path = "tests/send.rs"]
mod tests;
