// SPDX-License-Identifier: GPL-2.0-only

//! The cluster file as this daemon uses it.

use std::path::{Path, PathBuf};

use chrono::{Local, Timelike};
use ssi_cluster::failure::Failure;
use ssi_cluster::file::daemon::{Daemon, Engine, Stick, TwoNode};
use ssi_cluster::file::{ClusterFile, ForwardInterface, Node, place};
use ssi_cluster::system;
use ssi_group_comm::datagram::{FileNodes, Listed};
use ssi_netlink::spec::{LeaseExpiry, Mode};
use ssi_protocol::{FairShare, NodeId};

use crate::agent::{Field, Names, Need, Peer, Settings};
use crate::fields;

/// Loads are smoothed over some 2^3 seconds.
const SMOOTH: u32 = 3;

/// Buckets of a node that was lost are cold for so many seconds, as for kernels: the module's `COLD`.
const COLD: u32 = 600;

/// The file, and which of its nodes this is.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it is.
    pub path: PathBuf,
    /// It.
    pub file: ClusterFile,
    /// Its section for the daemon.
    pub daemon: Daemon,
    /// This node.
    pub me: Node,
}

impl Config {
    /// Reads a file, the only one of `/etc/ssi` where none is named; the node is that of this machine's name where none
    /// is named.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, with its line, or that it has no such node.
    pub fn read(path: Option<&str>, node: Option<&str>) -> Result<Self, Failure> {
        let path = place::find(path, Path::new(place::FOLDER))?;
        let file = ClusterFile::read(&path)?;
        let daemon = file.daemon()?.clone();
        let me = file.this(&system::host(), node)?.clone();
        Ok(Self {
            path,
            file,
            daemon,
            me,
        })
    }

    /// Reads the file again. What a running cluster cannot change must be as before.
    ///
    /// # Errors
    ///
    /// As [`Config::read`], or what cannot be changed, in a sentence.
    pub fn again(&self) -> Result<Self, String> {
        let path = self.path.to_string_lossy();
        let fresh = Self::read(Some(&path), Some(&self.me.name));
        let fresh = fresh.map_err(|failure| crate::kernel::sentence(&failure))?;
        let (old, new) = (&self.daemon, &fresh.daemon);
        let (was, is) = (
            fields::fixed(&self.file, old),
            fields::fixed(&fresh.file, new),
        );
        let stays = |field: &Field| was.contains(field) && is.contains(field);
        let agreed = was.iter().chain(&is);
        let agreed = agreed.map(|field| (field.name.as_str(), !stays(field)));
        let own = [
            ("id", self.me.id != fresh.me.id),
            ("rank", self.me.rank != fresh.me.rank),
            ("engine", old.engine != new.engine),
            ("group", old.group != new.group),
            ("port", old.port != new.port),
            (
                "who names the addresses, the file or Corosync,",
                self.names_nodes() != fresh.names_nodes(),
            ),
            (
                "key-file",
                old.engine == Engine::Datagram && self.file.key_file != fresh.file.key_file,
            ),
            ("metrics", old.metrics != new.metrics),
            (
                "weight 0, a witness or not,",
                self.me.is_witness() != fresh.me.is_witness(),
            ),
        ];
        let mut all = agreed.chain(own);
        match all.find(|(_, is_other)| *is_other) {
            Some((what, _)) => Err(format!(
                "{path}: {what} cannot change while ssid runs: restart ssid on all nodes for that"
            )),
            None => Ok(fresh),
        }
    }

    /// For the agent.
    pub fn settings(&self) -> Settings {
        let daemon = &self.daemon;
        let checks = daemon.checks_of(&self.me.name);
        let nodes = self.file.nodes.iter().map(|node| Peer {
            name: node.name.clone(),
            id: NodeId(node.id),
            rank: node.rank,
            weight: node.weight,
            priority: node.priority,
        });
        Settings {
            cluster: self.file.name.clone(),
            me: NodeId(self.me.id),
            buckets: self.file.buckets,
            timing: daemon.timing,
            drains_at_expiry: daemon.settings.lease_expiry == Some(LeaseExpiry::Drain),
            sticks: daemon.stick == Some(Stick::Client),
            patience: u64::try_from(daemon.patience.as_millis()).unwrap_or(u64::MAX),
            planner: FairShare {
                limits: daemon.limits,
                // A round is a second.
                rest: u32::try_from(daemon.rest.as_secs()).unwrap_or(u32::MAX),
                cold: COLD,
                shift: SMOOTH,
            },
            fenced: daemon.two_node == Some(TwoNode::Fenced),
            forward: self.file.mode == Mode::Forward,
            adapt: daemon.adapt,
            comeback: daemon.comeback,
            interfaces: self.interfaces(),
            checks: checks.map(|check| check.name.clone()).collect(),
            nodes: nodes.collect(),
            fixed: fields::fixed(&self.file, daemon),
            compared: fields::compared(&self.file, daemon),
        }
    }

    /// Those that this node needs and that the file names; a VLAN interface has the name that ssi gives it.
    fn interfaces(&self) -> Names {
        let interface = Some(&self.me.interface).filter(|name| !name.is_empty());
        let forward = match &self.me.forward_interface {
            Some(ForwardInterface::Device(device)) => Some(device),
            Some(ForwardInterface::Vlan(_)) | None => None,
        };
        let all = [
            (Need::Interface, interface),
            (Need::ForwardInterface, forward),
        ];
        all.into_iter()
            .filter_map(|(need, name)| Some((need, name?.clone())))
            .collect()
    }

    /// Whether the file has the nodes' addresses, and not Corosync.
    pub fn names_nodes(&self) -> bool {
        self.file
            .nodes
            .iter()
            .any(|node| !node.addresses.is_empty())
    }

    /// For the engine.
    pub fn engine_nodes(&self) -> FileNodes {
        let nodes = || self.file.nodes.iter();
        let on_interface = nodes().filter(|node| !node.interface.is_empty());
        let interface = &self.me.interface;
        FileNodes {
            all: nodes().map(|node| node.id).collect(),
            on_interface: on_interface.map(|node| node.id).collect(),
            interface: (!interface.is_empty()).then(|| interface.clone()),
            addresses: self.names_nodes().then(|| nodes().map(listed).collect()),
        }
    }

    /// Whether load may be levelled now, by this machine's clock.
    pub fn levels_now(&self) -> bool {
        let now = Local::now();
        let minute = u16::try_from(now.hour() * 60 + now.minute()).unwrap_or(0);
        !self
            .daemon
            .quiet_hours
            .iter()
            .any(|hours| hours.has(minute))
    }
}

/// A node's number, its votes, and its addresses by links.
fn listed(node: &Node) -> (u32, Listed) {
    let listed = Listed {
        votes: node.votes,
        addresses: (0..).zip(node.addresses.iter().copied()).collect(),
    };
    (node.id, listed)
}
