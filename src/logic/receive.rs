// SPDX-License-Identifier: GPL-2.0-only

//! What becomes of a received frame (claims 7, 8): the decision, as a straight list of steps.

use super::{
    exit::Exit,
    frame::{
        Arp,
        ArpOperation,
        Ip4,
        ARP_LEN,
        ETH_P_ARP,
        ETH_P_IP, //
    },
    frame6::{
        Ip6,
        LinkLayer,
        Nd,
        NdMessage,
        ETH_P_IPV6, //
    },
    rules::Rules,
    states::{
        State,
        States, //
    },
};

/// What to do with a frame, and which counter tells of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As if the module were not there, and uncounted: the cluster is not concerned.
    Bystander,
    /// As if the module were not there.
    Leave(Exit),
    /// To the stack, as addressed to this host.
    Accept(Exit),
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
    Drop(Exit),
}

/// Decides on a frame whose destination is the cluster's MAC.
///
/// `protocol` is its EtherType in host byte order; `packet` begins at the network header and has
/// all of the frame or its first `frame::NEEDED` bytes, `NEEDED_AT_MOST` where it
/// `needs_more`.
#[inline(always)]
pub fn to_cluster(
    rules: &Rules,
    states: &(impl States + ?Sized),
    protocol: u16,
    packet: &[u8],
) -> Verdict {
    match protocol {
        ETH_P_IP => ip4(rules, states, packet),
        ETH_P_IPV6 => ip6(rules, states, packet),
        ETH_P_ARP if packet.len() < ARP_LEN => Verdict::Drop(Exit::RxMalformed),
        ETH_P_ARP => match arp(rules, packet) {
            Verdict::Leave(exit) => Verdict::Accept(exit),
            Verdict::Bystander => Verdict::Leave(Exit::RxNotVip),
            verdict => verdict,
        },
        _ => Verdict::Leave(Exit::RxNotVip),
    }
}

#[inline(always)]
fn ip4(rules: &Rules, states: &(impl States + ?Sized), packet: &[u8]) -> Verdict {
    let Some(ip) = Ip4::new(packet) else {
        return Verdict::Drop(Exit::RxMalformed);
    };
    if !rules.vips.contains_v4(ip.destination()) {
        return Verdict::Leave(Exit::RxNotVip);
    }
    let Some(client) = ip.client() else {
        return Verdict::Drop(Exit::RxMalformed);
    };
    in_bucket(states, rules.distribution.bucket_v4(client))
}

#[inline(always)]
fn ip6(rules: &Rules, states: &(impl States + ?Sized), packet: &[u8]) -> Verdict {
    let Some(ip) = Ip6::new(packet) else {
        return Verdict::Drop(Exit::RxMalformed);
    };
    if ip.may_be_icmp() {
        match nd(rules, packet) {
            Verdict::Bystander => {}
            Verdict::Leave(exit) => return Verdict::Accept(exit),
            verdict => return verdict,
        }
    }
    if !rules.vips.contains_v6(ip.destination()) {
        return Verdict::Leave(Exit::RxNotVip);
    }
    let Some(client) = ip.client() else {
        return Verdict::Drop(Exit::RxMalformed);
    };
    in_bucket(states, rules.distribution.bucket_v6(client))
}

#[inline(always)]
fn in_bucket(states: &(impl States + ?Sized), bucket: u32) -> Verdict {
    match states.state(bucket) {
        State::Other => Verdict::Other(bucket),
        State::Owned => Verdict::Serve(bucket),
        State::Leased => Verdict::Leased(bucket),
        State::Draining | State::Adopting => Verdict::InTransition(bucket),
    }
}

/// Decides on neighbour discovery to anybody, multicast mostly; as `arp`.
///
/// What is not about a cluster address is none of ours: the node needs it for itself.
#[inline(never)]
pub fn nd(rules: &Rules, packet: &[u8]) -> Verdict {
    let (Some(nd), Some(ip)) = (Nd::new(packet), Ip6::new(packet)) else {
        return Verdict::Bystander;
    };
    let about_vip = nd.target().is_some_and(|to| rules.vips.contains_v6(to));
    let claims = match nd.message() {
        NdMessage::RouterSolicitation | NdMessage::Solicitation => {
            rules.vips.contains_v6(ip.source())
        }
        NdMessage::Advertisement => about_vip,
    };
    let is_ours = |link: LinkLayer| rules.is_ours(link.mac);
    if claims || about_vip {
        // One that claims a cluster address and tells no MAC is taken for a node's.
        match nd.link_layer() {
            Some(link) if is_ours(link) => return Verdict::Drop(Exit::RxNdOwn),
            Some(_) if claims => return Verdict::Drop(Exit::RxNdConflict),
            None if claims => return Verdict::Drop(Exit::RxNdOwn),
            _ => {}
        }
    }
    match nd.message() {
        NdMessage::RouterSolicitation => Verdict::Bystander,
        NdMessage::Solicitation if !about_vip => Verdict::Bystander,
        NdMessage::Solicitation if rules.master => Verdict::Leave(Exit::RxNdAnswered),
        NdMessage::Solicitation => Verdict::Drop(Exit::RxNdIgnored),
        NdMessage::Advertisement if rules.vips.contains_v6(ip.destination()) => {
            Verdict::Leave(Exit::RxNdReply)
        }
        NdMessage::Advertisement => Verdict::Bystander,
    }
}

/// Decides on ARP to anybody, broadcast mostly.
///
/// A frame that is left keeps its packet type: what the stack does with a broadcast is right here.
pub fn arp(rules: &Rules, packet: &[u8]) -> Verdict {
    let Some(arp) = Arp::new(packet) else {
        return Verdict::Bystander;
    };
    let about = [arp.sender(), arp.target()];
    let [claims, asks] = about.map(|address| rules.vips.contains_v4(address));
    if !claims && !asks {
        return Verdict::Bystander;
    }
    if rules.is_ours(arp.sender_mac()) {
        return Verdict::Drop(Exit::RxArpOwn);
    }
    if claims {
        return Verdict::Drop(Exit::RxArpConflict);
    }
    match arp.operation() {
        ArpOperation::Request if rules.master => Verdict::Leave(Exit::RxArpAnswered),
        ArpOperation::Request => Verdict::Drop(Exit::RxArpIgnored),
        ArpOperation::Reply => Verdict::Leave(Exit::RxArpReply),
        ArpOperation::Other => Verdict::Bystander,
    }
}

#[cfg(test)]
#[path = "tests/receive.rs"]
mod tests;
