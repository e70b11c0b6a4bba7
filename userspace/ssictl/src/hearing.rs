// SPDX-License-Identifier: GPL-2.0-only

//! What nodes of clusters in mode forward say on the interface between them, by their own words.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use logic::announcement::{self, Body, Hello};
use logic::config::Function as WireFunction;
use logic::rules::{Forward as WireForward, ReplyMac as WireReplyMac};
use ssi_netlink::spec::{Forward, Function, Hash, ReplyMac};
use ssi_packet::Frame;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::system::System;
use crate::value::Mac;

/// Every node speaks each second: whoever was silent for so long is not there.
const ROUND: Duration = Duration::from_millis(1500);

/// A node, by its last hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The cluster's base MAC.
    pub base: Mac,
    /// The node's rank.
    pub node: u32,
    pub master: bool,
    pub nodes: u32,
    pub buckets: u32,
    pub function: Function,
    pub hash: Hash,
    pub forward: Forward,
    pub reply_mac: ReplyMac,
    /// Its own MAC on its cluster interface.
    pub mac: Mac,
    pub generation: u64,
    pub addresses: Vec<IpAddr>,
}

impl Heard {
    /// What a frame says, if it is a hello.
    pub fn of(frame: &Frame) -> Option<Self> {
        match announcement::read(&frame.payload)? {
            (header, Body::Hello(hello)) => Some(Self {
                base: Mac(header.base.0),
                node: header.node,
                master: header.master,
                ..Self::from(hello)
            }),
            _ => None,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.base, self.node, self.mac) == (other.base, other.node, other.mac)
    }
}

impl From<Hello<'_>> for Heard {
    fn from(hello: Hello<'_>) -> Self {
        Self {
            base: Mac([0; 6]),
            node: 0,
            master: false,
            nodes: hello.nodes,
            buckets: hello.buckets,
            function: match hello.function {
                WireFunction::Modulo => Function::Modulo,
                WireFunction::Bitmap => Function::Bitmap,
            },
            hash: if hello.siphash {
                Hash::Siphash
            } else {
                Hash::None
            },
            forward: match hello.forward {
                WireForward::All => Forward::All,
                WireForward::Owner => Forward::Owner,
            },
            reply_mac: match hello.reply_mac {
                WireReplyMac::Cluster => ReplyMac::Cluster,
                WireReplyMac::Group => ReplyMac::Group,
                WireReplyMac::Node => ReplyMac::Node,
            },
            mac: Mac(hello.node_mac.0),
            generation: hello.generation,
            addresses: hello.addresses.iter().collect(),
        }
    }
}

/// Listens on an interface until a round is over in which a master of `wanted` was heard (of any cluster, where none
/// is wanted), or until `timeout`. Returns all nodes that were heard.
pub fn listen(
    system: &mut impl System,
    (device, ifindex): (&str, u32),
    wanted: Option<Mac>,
    timeout: Duration,
) -> Result<Vec<Heard>, Failure> {
    system.listen(ifindex).map_err(|e| failed(device, &e))?;
    let begun = system.now();
    let mut progress = Progress::new(format!("listening on {device} for a master"), timeout);
    let mut nodes: Vec<Heard> = Vec::new();
    loop {
        let passed = system.now().saturating_sub(begun);
        let is_wanted = |node: &Heard| node.master && wanted.is_none_or(|mac| mac == node.base);
        let until = match nodes.iter().any(is_wanted) {
            true => ROUND.min(timeout),
            false => timeout,
        };
        let Some(left) = until.checked_sub(passed).filter(|left| !left.is_zero()) else {
            return Ok(nodes);
        };
        let wait = left.min(progress.show(passed));
        let frame = system.next_frame(wait).map_err(|e| failed(device, &e))?;
        let Some(node) = frame.as_ref().and_then(Heard::of) else {
            continue;
        };
        nodes.retain(|known| !known.is_same(&node));
        nodes.push(node);
    }
}

fn failed(device: &str, error: &io::Error) -> Failure {
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "; it takes CAP_NET_RAW: be root".to_owned(),
        io::ErrorKind::NetworkDown => format!("; ip link set {device} up"),
        _ => String::new(),
    };
    Failure::Refused(format!("listening on {device}: {words}{hint}"))
}
