// SPDX-License-Identifier: GPL-2.0-only

//! Decision of the module's own code on a packet of the client.

use std::net::IpAddr;

use logic::client::Client;
use logic::distribution::Distribution;
use logic::frame::ETH_P_IP;
use logic::frame6::ETH_P_IPV6;
use logic::mac::Mac;
use logic::owned::owns;
use logic::owners::RANKS;
use logic::receive::{Verdict, to_cluster};
use logic::rules::{self, Rules};
use logic::vips::Vips;
use ssi_cluster::failure::Failure;
use ssi_netlink::spec::{Counter, Forward, Function, Hash, Mode};
use ssi_netlink::{Cluster, Peer, Table};

use crate::peers::SILENCE;

/// The protocol's number (RFC 768).
const UDP: u8 = 17;

/// What the module decides.
pub struct Decision {
    pub bucket: u32,
    pub owned: bool,
    pub owner: Option<u32>,
    pub verdict: &'static str,
    pub counter: Counter,
    /// In mode forward, the MAC that the packet is sent on to, if it is known.
    pub forward_to: Option<[u8; 6]>,
}

/// Decides on a packet from `source` to the cluster.
pub fn decide(
    cluster: &Cluster,
    table: &Table,
    peers: &[Peer],
    source: Client,
) -> Result<Decision, Failure> {
    let distribution = distribution(cluster)?;
    if distribution.has_ports() && source.port.is_none() {
        let name = &cluster.name;
        return Err(Failure::Usage(format!(
            "{name}: its key is source-port: give the client's port too, as in ssictl explain {name} {} --port 50000",
            source.address
        )));
    }
    let bucket = distribution.bucket(source);
    let owned = owns(&table.owned, bucket);
    let packet = cluster
        .vips
        .iter()
        .find_map(|&vip| packet(source, vip).map(|packet| (vip, packet)));
    let (verdict, counter) = match packet {
        Some((vip, (protocol, packet))) => {
            let mut vips = Vips::EMPTY;
            vips.push(vip)
                .map_err(|_| unlike("an address that no host may have"))?;
            let rules = Rules {
                base: Mac(cluster.mac),
                group: Mac(cluster.group_mac),
                mode: mode(cluster),
                master: cluster.master,
                reply_mac: cluster.reply_mac,
                distribution,
                vips,
            };
            verdict(to_cluster(&rules, &*table.owned, protocol, &packet))
        }
        // No request to an address of another family can be the cluster's.
        None => ("leave", Counter::RxNotVip),
    };
    let is_forwarded = cluster.mode == Mode::Forward && counter == Counter::RxOther;
    let (verdict, counter) = match is_forwarded {
        false => (verdict, counter),
        // As in `datapath/forward.rs`: what came to all nodes is the master's to forward.
        true if cluster.flooded == Some(true) && !cluster.master => ("drop", Counter::RxFlooded),
        true => ("forward", Counter::RxForwarded),
    };
    Ok(Decision {
        bucket,
        owned,
        // With function modulo each node's table follows from its rank; another's bitmap is unknown here.
        owner: match cluster.function {
            _ if owned => Some(cluster.node),
            Function::Modulo => Some(bucket),
            Function::Bitmap => None,
        },
        verdict,
        counter,
        forward_to: match verdict {
            "forward" => forward_to(cluster, peers, bucket),
            _ => None,
        },
    })
}

/// The cluster's function from clients to buckets.
pub fn distribution(cluster: &Cluster) -> Result<Distribution, Failure> {
    if cluster.hash == Hash::Siphash && cluster.hash_seed.is_none() {
        return Err(Failure::Refused(format!(
            "{}: the kernel shows the hash's seed to root only, and buckets follow from it",
            cluster.name
        )));
    }
    cluster
        .distribution()
        .ok_or_else(|| unlike("a table of no buckets"))
}

/// Whom a packet in another node's bucket is sent on to.
fn forward_to(cluster: &Cluster, peers: &[Peer], bucket: u32) -> Option<[u8; 6]> {
    match (cluster.forward, cluster.function) {
        (Some(Forward::Owner), Function::Modulo) => {
            let is_sure = |peer: &&Peer| {
                peer.node == bucket && peer.agrees && peer.age <= SILENCE && bucket < RANKS
            };
            let owner = peers.iter().find(is_sure);
            let mac = owner.and_then(|owner| owner.forward_mac);
            Some(mac.unwrap_or(cluster.group_mac))
        }
        // The others' bitmaps are the kernel's knowledge.
        (Some(Forward::Owner), Function::Bitmap) => None,
        _ => Some(cluster.group_mac),
    }
}

/// EtherType and headers of IP and UDP, with ports where the client's is given; none where the families differ.
fn packet(source: Client, destination: IpAddr) -> Option<(u16, Vec<u8>)> {
    // To any port: nothing is decided by that.
    let udp = source
        .port
        .map(|port| [port.to_be_bytes(), [0, 1], [0, 8], [0, 0]].concat());
    let udp = udp.unwrap_or_default();
    let length = u8::try_from(udp.len()).ok()?;
    match (source.address, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let header = [
                0x45,
                0,
                0,
                length.checked_add(20)?,
                0,
                0,
                0,
                0,
                64,
                UDP,
                0,
                0,
            ];
            let addresses = [source.octets(), destination.octets()].concat();
            Some((ETH_P_IP, [header.as_slice(), &addresses, &udp].concat()))
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let header = [0x60, 0, 0, 0, 0, length, UDP, 64];
            let addresses = [source.octets(), destination.octets()].concat();
            Some((ETH_P_IPV6, [header.as_slice(), &addresses, &udp].concat()))
        }
        _ => None,
    }
}

fn verdict(verdict: Verdict) -> (&'static str, Counter) {
    match verdict {
        Verdict::Serve(_) | Verdict::Leased(_) | Verdict::Accept(_) => ("serve", Counter::RxServed),
        // A bitmap has nothing in transition.
        Verdict::Other(_) | Verdict::InTransition(_) => ("drop", Counter::RxOther),
        Verdict::Drop(_) => ("drop", Counter::RxMalformed),
        Verdict::Leave(_) | Verdict::NotOurs => ("leave", Counter::RxNotVip),
    }
}

fn mode(cluster: &Cluster) -> rules::Mode {
    match (cluster.mode, cluster.forward) {
        (Mode::Multicast, _) => rules::Mode::Multicast,
        (Mode::Forward, forward) => rules::Mode::Forward(forward.unwrap_or(Forward::All)),
    }
}

fn unlike(what: &str) -> Failure {
    Failure::Refused(format!(
        "the kernel reports {what}: module and tools are of different versions"
    ))
}
