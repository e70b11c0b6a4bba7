// SPDX-License-Identifier: GPL-2.0-only

//! Sentences that explain a decision.

use std::net::{IpAddr, SocketAddr};

use logic::client::{Client, ClientKey, network4, network6};
use ssi_netlink::Cluster;
use ssi_netlink::spec::{Counter, Function, Hash};

use crate::explain::decide::Decision;
use crate::value::Mac;

/// Why.
pub fn why(cluster: &Cluster, client: Client, decision: &Decision) -> String {
    let source = client.address;
    if decision.counter == Counter::RxNotVip {
        let family = if source.is_ipv4() { "IPv4" } else { "IPv6" };
        return format!(
            "{} has no {family} address that {source} could reach",
            cluster.name
        );
    }
    let k = cluster.buckets;
    let bucket = decision.bucket;
    let (what, number) = keyed(cluster.key(), client);
    let arithmetic = match (cluster.hash, number) {
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
    format!("{what} is in bucket {bucket} of {k}, since {arithmetic}, and {owner} it by {table}")
}

/// What of the client makes its bucket, and its number.
fn keyed(key: ClientKey, client: Client) -> (String, IpAddr) {
    let address = client.address;
    match (key, address) {
        (ClientKey::Source, _) => (address.to_string(), address),
        (ClientKey::SourcePort, _) => match client.port {
            Some(port) => (SocketAddr::new(address, port).to_string(), address),
            None => (address.to_string(), address),
        },
        (ClientKey::Prefix { v4, .. }, IpAddr::V4(address)) => {
            let number = network4(address, v4).into();
            (format!("{address}, as all of its /{v4},"), number)
        }
        (ClientKey::Prefix { v6, .. }, IpAddr::V6(address)) => {
            let number = network6(address, v6).into();
            (format!("{address}, as all of its /{v6},"), number)
        }
    }
}

/// What becomes of the packet.
pub fn becomes(cluster: &Cluster, decision: &Decision) -> String {
    match decision.verdict {
        "serve" => "serve: this node's stack gets the client's packets".to_owned(),
        "forward" => format!("forward: sent on to {}", whom(cluster, decision)),
        "drop" if decision.counter == Counter::RxFlooded => {
            "drop: the network gives it to the master too, which sends it on".to_owned()
        }
        "drop" => "drop: the client is another node's".to_owned(),
        _ => "leave: not the cluster's business".to_owned(),
    }
}

fn whom(cluster: &Cluster, decision: &Decision) -> String {
    match (decision.forward_to, decision.owner) {
        (Some(mac), _) if mac == cluster.group_mac => format!("all nodes, at {}", Mac(mac)),
        (Some(mac), Some(rank)) => format!("rank {rank}, at {}", Mac(mac)),
        _ => "the node that claims the bucket, to all if none or several do".to_owned(),
    }
}

/// What a bucket's transition means for connections that there are.
pub fn transition(transition: &str) -> &'static str {
    match transition {
        "draining" => "draining: TCP connections that this node has are served here until they end",
        _ => "adopting: TCP connections that this node has not are left to the node that has",
    }
}

/// What the node does with questions for the cluster's MAC.
pub fn discovery(master: bool, source: IpAddr) -> String {
    let what = match source {
        IpAddr::V4(_) => "ARP",
        IpAddr::V6(_) => "neighbour discovery",
    };
    match master {
        true => format!("master, answers {what} for the cluster"),
        false => format!("not the master, leaves {what} for the cluster to it"),
    }
}
