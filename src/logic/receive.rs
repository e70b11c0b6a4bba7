// SPDX-License-Identifier: GPL-2.0-only

//! Decision on a received frame (claims 7, 8), as a straight list of steps.

use super::{
    counter::Counter,
    frame::{
        behind_priorities,
        cut,
        Arp,
        ArpOperation,
        Ip4,
        ARP_LEN,
        ETH_P_ARP,
        ETH_P_IP,
        NEEDED_AT_MOST, //
    },
    frame6::{
        Ip6,
        LinkLayer,
        Nd,
        NdMessage,
        ETH_P_IPV6, //
    },
    mac::Mac,
    rules::Rules,
    states::{
        State,
        States, //
    },
};

/// What to do with a frame, and its counter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As if the module were not there, and uncounted: the cluster is not concerned.
    NotOurs,
    /// As if the module were not there.
    Leave(Counter),
    /// To the stack, as addressed to this host.
    Accept(Counter),
    /// To the stack, as addressed to this host: a request in this bucket, which the node owns.
    Serve(u32),
    /// Away with it: a request in this bucket, which another node owns.
    Other(u32),
    /// A request in this bucket, which the node owns under a lease: if it is something new, the clock
    /// is looked at first (`Buckets::in_force`).
    Leased(u32),
    /// A request in this bucket, which moves from one node to another: whoever has its connection
    /// serves it (`transition`).
    InTransition(u32),
    /// Away with it.
    Drop(Counter),
}

/// Decides on a frame whose destination is the cluster's MAC.
///
/// `protocol` is its EtherType in host byte order; `packet` begins at the network header and has
/// all of the frame or its first `frame::NEEDED` bytes, `NEEDED_AT_MOST` where it
/// `needs_more` or buckets are by ports.
#[inline(always)]
pub fn to_cluster(
    rules: &Rules,
    states: &(impl States + ?Sized),
    protocol: u16,
    packet: &[u8],
) -> Verdict {
    let packet = cut(packet, NEEDED_AT_MOST);
    match protocol {
        ETH_P_IP => ip4(rules, states, packet),
        ETH_P_IPV6 => ip6(rules, states, packet),
        ETH_P_ARP if packet.len() < ARP_LEN => Verdict::Drop(Counter::RxMalformed),
        ETH_P_ARP => match arp(rules, packet) {
            Verdict::Leave(counter) => Verdict::Accept(counter),
            Verdict::NotOurs => Verdict::Leave(Counter::RxNotVip),
            verdict => verdict,
        },
        // Nobody sends two such tags, and what is behind them came to this node as to all others.
        _ if behind_priorities(protocol, packet).is_some() => Verdict::Drop(Counter::RxMalformed),
        _ => Verdict::Leave(Counter::RxNotVip),
    }
}

/// Decides on a frame to anybody: ARP, or what is to a group that is not the cluster's, broadcast mostly.
///
/// `source` is the MAC that the frame is from; `packet` as for `to_cluster`, with `NEEDED_AT_MOST` bytes
/// where it is no IPv4 or ARP. What the cluster is not concerned with is a `NotOurs`.
#[inline(never)]
pub fn to_anybody(rules: &Rules, protocol: u16, source: Mac, packet: &[u8]) -> Verdict {
    let packet = cut(packet, NEEDED_AT_MOST);
    if let Some((protocol, packet)) = behind_priorities(protocol, packet) {
        return match directly(rules, protocol, source, packet) {
            Verdict::NotOurs => Verdict::NotOurs,
            // As to the cluster.
            _ => Verdict::Drop(Counter::RxMalformed),
        };
    }
    directly(rules, protocol, source, packet)
}

fn directly(rules: &Rules, protocol: u16, source: Mac, packet: &[u8]) -> Verdict {
    let is_to_vip = match protocol {
        ETH_P_ARP => return arp(rules, packet),
        ETH_P_IP => Ip4::new(packet).is_some_and(|ip| rules.vips.contains_v4(ip.destination())),
        ETH_P_IPV6 => match nd(rules, Some(source), packet) {
            Verdict::NotOurs => {
                Ip6::new(packet).is_some_and(|ip| rules.vips.contains_v6(ip.destination()))
            }
            verdict => return verdict,
        },
        _ => false,
    };
    match is_to_vip {
        // It came to every node, and each has the address: all would answer. A host is to discard what was
        // broadcast and is to one address (RFC 1122, 3.3.6).
        true => Verdict::Drop(Counter::RxBroadcast),
        false => Verdict::NotOurs,
    }
}

#[inline(always)]
fn ip4(rules: &Rules, states: &(impl States + ?Sized), packet: &[u8]) -> Verdict {
    let Some(ip) = Ip4::new(packet) else {
        return Verdict::Drop(Counter::RxMalformed);
    };
    if !rules.vips.contains_v4(ip.destination()) {
        return Verdict::Leave(Counter::RxNotVip);
    }
    let Some(client) = ip.client() else {
        return Verdict::Drop(Counter::RxMalformed);
    };
    let bucket = rules.distribution.bucket_v4(client, || ip.client_port());
    in_bucket(states, bucket)
}

#[inline(always)]
fn ip6(rules: &Rules, states: &(impl States + ?Sized), packet: &[u8]) -> Verdict {
    let Some(ip) = Ip6::new(packet) else {
        return Verdict::Drop(Counter::RxMalformed);
    };
    if ip.may_be_icmp() {
        match nd(rules, None, packet) {
            Verdict::NotOurs => {}
            Verdict::Leave(counter) => return Verdict::Accept(counter),
            verdict => return verdict,
        }
    }
    if !rules.vips.contains_v6(ip.destination()) {
        return Verdict::Leave(Counter::RxNotVip);
    }
    let Some(client) = ip.client() else {
        return Verdict::Drop(Counter::RxMalformed);
    };
    let bucket = rules.distribution.bucket_v6(client, || ip.client_port());
    in_bucket(states, bucket)
}

#[inline(always)]
fn in_bucket(states: &(impl States + ?Sized), bucket: u32) -> Verdict {
    match states.state(bucket) {
        State::Other => Verdict::Other(bucket),
        State::Owned => Verdict::Serve(bucket),
        State::Leased => Verdict::Leased(bucket),
        State::Draining | State::Adopting | State::Cold => Verdict::InTransition(bucket),
    }
}

/// Decides on neighbour discovery to anybody, multicast mostly; as `arp`. `source` is the MAC that it is
/// from, where it may be a probe (RFC 4862, 5.4), which goes to a multicast address and carries no MAC.
///
/// What is not about a cluster address is none of ours: the node needs it for itself.
#[inline(never)]
pub fn nd(rules: &Rules, source: Option<Mac>, packet: &[u8]) -> Verdict {
    let (Some(nd), Some(ip)) = (Nd::new(packet), Ip6::new(packet)) else {
        return Verdict::NotOurs;
    };
    let about_vip = nd.target().is_some_and(|to| rules.vips.contains_v6(to));
    let claims = match nd.message() {
        NdMessage::RouterSolicitation | NdMessage::Solicitation => {
            rules.vips.contains_v6(ip.source())
        }
        NdMessage::Advertisement => about_vip,
    };
    let is_ours = |link: LinkLayer| rules.is_ours(link.mac);
    // Another node that gives itself the address has the same right to it: this is no duplicate. A
    // stranger that probes is answered.
    let is_probe = about_vip && ip.source().is_unspecified();
    if is_probe && source.is_some_and(|mac| rules.is_ours(mac)) {
        return Verdict::Drop(Counter::RxNdOwn);
    }
    if claims || about_vip {
        // One that claims a cluster address and carries no MAC is taken for a node's.
        match nd.link_layer() {
            Some(link) if is_ours(link) => return Verdict::Drop(Counter::RxNdOwn),
            Some(_) if claims => return Verdict::Drop(Counter::RxNdConflict),
            None if claims => return Verdict::Drop(Counter::RxNdOwn),
            _ => {}
        }
    }
    match nd.message() {
        NdMessage::RouterSolicitation => Verdict::NotOurs,
        NdMessage::Solicitation if !about_vip => Verdict::NotOurs,
        NdMessage::Solicitation if rules.master => Verdict::Leave(Counter::RxNdAnswered),
        NdMessage::Solicitation => Verdict::Drop(Counter::RxNdIgnored),
        NdMessage::Advertisement if rules.vips.contains_v6(ip.destination()) => {
            Verdict::Leave(Counter::RxNdReply)
        }
        NdMessage::Advertisement => Verdict::NotOurs,
    }
}

/// Decides on ARP to anybody, broadcast mostly.
///
/// A frame that is left keeps its packet type: what the stack does with a broadcast is right here.
pub fn arp(rules: &Rules, packet: &[u8]) -> Verdict {
    let Some(arp) = Arp::new(packet) else {
        return Verdict::NotOurs;
    };
    let about = [arp.sender(), arp.target()];
    let [claims, asks] = about.map(|address| rules.vips.contains_v4(address));
    if !claims && !asks {
        return Verdict::NotOurs;
    }
    if rules.is_ours(arp.sender_mac()) {
        return Verdict::Drop(Counter::RxArpOwn);
    }
    if claims {
        return Verdict::Drop(Counter::RxArpConflict);
    }
    match arp.operation() {
        ArpOperation::Request if rules.master => Verdict::Leave(Counter::RxArpAnswered),
        ArpOperation::Request => Verdict::Drop(Counter::RxArpIgnored),
        ArpOperation::Reply => Verdict::Leave(Counter::RxArpReply),
        ArpOperation::Other => Verdict::NotOurs,
    }
}

#[cfg(test)]
#[path = "tests/receive.rs"]
mod tests;
