// SPDX-License-Identifier: GPL-2.0-only

//! The reason for a decision, in words.

use std::net::IpAddr;

use ssi_netlink::Cluster;
use ssi_netlink::spec::{Counter, Function, Hash};

use crate::explain::decide::Decision;

/// Why.
pub fn why(cluster: &Cluster, source: IpAddr, decision: &Decision) -> String {
    if decision.counter == Counter::RxNotVip {
        let family = if source.is_ipv4() { "IPv4" } else { "IPv6" };
        return format!(
            "{} has no {family} address that {source} could reach",
            cluster.name
        );
    }
    let k = cluster.buckets;
    let bucket = decision.bucket;
    let arithmetic = match (cluster.hash, source) {
        (Hash::None, IpAddr::V4(v4)) => format!("{} mod {k} = {bucket}", v4.to_bits()),
        (Hash::None, IpAddr::V6(v6)) => format!("{} mod {k} = {bucket}", v6.to_bits()),
        (Hash::Siphash, _) => format!("the upper half of its SipHash mod {k} = {bucket}"),
    };
    let owner = match (decision.owned, decision.owner) {
        (true, _) => "this node owns".to_owned(),
        (false, Some(rank)) => format!("rank {rank} owns"),
        (false, None) => "this node does not own".to_owned(),
    };
    let table = match cluster.function {
        Function::Modulo => "function modulo".to_owned(),
        Function::Bitmap => format!("bitmap of generation {}", cluster.generation),
    };
    format!("{source} is in bucket {bucket} of {k}, since {arithmetic}, and {owner} it by {table}")
}

/// What the node does.
pub fn verdict(verdict: &str) -> &'static str {
    match verdict {
        "serve" => "serve: this node's stack gets the client's packets",
        "drop" => "drop: the client is another node's",
        _ => "leave: not the cluster's business",
    }
}

/// What the node does with ARP.
pub fn arp(master: bool) -> &'static str {
    match master {
        true => "master, answers ARP for the cluster",
        false => "not the master, leaves ARP for the cluster to it",
    }
}
