// SPDX-License-Identifier: GPL-2.0-only

//! Gives the module's code a packet of the client and reads what it decides.

use std::net::{IpAddr, Ipv4Addr};

use logic::distribution::{self, Distribution};
use logic::frame::ETH_P_IP;
use logic::mac::Mac;
use logic::owned::owns;
use logic::receive::{Verdict, to_cluster};
use logic::rules::{self, Rules};
use logic::vips::Vips;
use ssi_netlink::spec::{Counter, Function, Hash, ReplyMac};
use ssi_netlink::{Cluster, Table};

use crate::failure::Failure;

/// What the module decides.
pub struct Decision {
    pub bucket: u32,
    pub owned: bool,
    pub owner: Option<u32>,
    pub verdict: &'static str,
    pub counter: Counter,
}

/// Decides on a packet from `source` to the cluster.
pub fn decide(cluster: &Cluster, table: &Table, source: IpAddr) -> Result<Decision, Failure> {
    let hash = match (cluster.hash, cluster.hash_seed) {
        (Hash::None, _) => distribution::Hash::None,
        (Hash::Siphash, Some(seed)) => distribution::Hash::SipHash(seed),
        (Hash::Siphash, None) => {
            return Err(Failure::Refused(format!(
                "{}: the kernel tells the hash's seed to root only, and buckets follow from it",
                cluster.name
            )));
        }
    };
    let distribution =
        Distribution::new(cluster.buckets, hash).ok_or_else(|| unlike("a table of no buckets"))?;
    let bucket = distribution.bucket(source);
    let owned = owns(&table.owned, bucket);
    let (verdict, counter) = match (source, ipv4(cluster)) {
        (IpAddr::V4(client), Some(vip)) => {
            let mut vips = Vips::EMPTY;
            vips.push(IpAddr::V4(vip))
                .map_err(|_| unlike("an address that no host may have"))?;
            let rules = Rules {
                base: Mac(cluster.mac),
                master: cluster.master,
                reply_mac: reply_mac(cluster.reply_mac),
                distribution,
                vips,
            };
            verdict(to_cluster(
                &rules,
                &table.owned,
                ETH_P_IP,
                &packet(client, vip),
            ))
        }
        // No request to an address of another family can be the cluster's.
        _ => ("leave", Counter::RxNotVip),
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
    })
}

fn ipv4(cluster: &Cluster) -> Option<Ipv4Addr> {
    cluster.vips.iter().find_map(|vip| match vip {
        IpAddr::V4(v4) => Some(*v4),
        IpAddr::V6(_) => None,
    })
}

/// An IPv4 header without payload, UDP in name.
fn packet(source: Ipv4Addr, destination: Ipv4Addr) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0];
    packet.extend(source.octets());
    packet.extend(destination.octets());
    packet
}

fn verdict(verdict: Verdict) -> (&'static str, Counter) {
    match verdict {
        Verdict::Serve(_) | Verdict::Accept(_) => ("serve", Counter::RxServed),
        Verdict::Other(_) => ("drop", Counter::RxOther),
        Verdict::Drop(_) => ("drop", Counter::RxMalformed),
        Verdict::Leave(_) | Verdict::Bystander => ("leave", Counter::RxNotVip),
    }
}

fn reply_mac(reply_mac: ReplyMac) -> rules::ReplyMac {
    match reply_mac {
        ReplyMac::Cluster => rules::ReplyMac::Cluster,
        ReplyMac::Group => rules::ReplyMac::Group,
        ReplyMac::Node => rules::ReplyMac::Node,
    }
}

fn unlike(what: &str) -> Failure {
    Failure::Refused(format!(
        "the kernel tells of {what}: module and tools are of different versions"
    ))
}
