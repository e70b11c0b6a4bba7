// SPDX-License-Identifier: GPL-2.0-only

//! One connection to Corosync: to CPG, the quorum service, votequorum and cmap. All calls wait for the daemon, for
//! as long as it stands still.

use std::collections::{BTreeMap, VecDeque};
use std::os::fd::RawFd;

use super::votes::{Flags, Voter, Votes};
use crate::sys::cmap::{Map, Value};
pub use crate::sys::quorum::Notification;
use crate::sys::quorum::{Poll, Quorum};
use crate::sys::{Cpg, Error, Event};

/// A connection, closed when this is dropped.
pub struct Link {
    cpg: Cpg,
    quorum: Quorum,
    votes: Poll,
    map: Map,
}

/// A sentence on what Corosync did not do; the same one whatever was asked if it is gone.
fn failed(what: &'static str) -> impl FnOnce(Error) -> String {
    move |error| match error {
        Error::Library => "corosync does not answer: see `systemctl status corosync`".to_owned(),
        Error::TryAgain => "corosync does not answer: it reports that it is not ready".to_owned(),
        Error::Access => "corosync does not answer this program: run it as root".to_owned(),
        _ => format!("corosync does not answer: {what} ended with {error}"),
    }
}

impl Link {
    /// Connects and joins the group.
    pub fn open(group: &str, id: u32) -> Result<Link, String> {
        let cpg = Cpg::open().map_err(failed("cpg"))?;
        let local = cpg.local().map_err(failed("its number"))?;
        if local != id {
            return Err(format!(
                "corosync has this machine as node {local}, the cluster file as {id}: give it `id = {local}` there, \
                 or `nodeid: {id}` in corosync.conf"
            ));
        }
        let largest = cpg.largest().map_err(failed("the size of messages"))?;
        if largest < crate::frame::LARGEST_PART {
            return Err(format!(
                "corosync takes messages of {largest} bytes, which are too small: update it"
            ));
        }
        let quorum = Quorum::open().map_err(failed("quorum"))?;
        let votes = Poll::open().map_err(failed("votequorum"))?;
        let map = Map::open().map_err(failed("cmap"))?;
        quorum.track().map_err(failed("quorum"))?;
        cpg.join(group).map_err(failed("joining the group"))?;
        Ok(Link {
            cpg,
            quorum,
            votes,
            map,
        })
    }

    /// Both are readable when there is something next. They are closed with this.
    pub fn fds(&self) -> Result<[RawFd; 2], String> {
        Ok([
            self.cpg.fd().map_err(failed("cpg"))?,
            self.quorum.fd().map_err(failed("quorum"))?,
        ])
    }

    /// CPG's next event.
    pub fn next_of_group(&self) -> Result<VecDeque<Event>, String> {
        self.cpg.next().map_err(failed("cpg"))
    }

    /// The quorum service's next event.
    pub fn next_of_quorum(&self) -> Result<VecDeque<Notification>, String> {
        self.quorum.next().map_err(failed("quorum"))
    }

    /// Sends a part to the group. False if Corosync does not take it now.
    pub fn send(&self, part: &[u8]) -> Result<bool, String> {
        match self.cpg.send(part) {
            Ok(()) => Ok(true),
            Err(Error::TryAgain) => Ok(false),
            Err(error) => Err(failed("sending")(error)),
        }
    }

    /// Corosync's settings, and the votes of these nodes.
    pub fn votes(&self, id: u32, nodes: &[u32]) -> Result<Votes, String> {
        let info = |node: u32| self.votes.info(node).map_err(failed("votes"));
        let own = info(id)?;
        let members = nodes.iter().map(|&node| {
            Ok(Voter {
                node,
                votes: info(node)?.votes,
            })
        });
        Ok(Votes {
            members: members.collect::<Result<_, String>>()?,
            flags: Flags::from(own.flags),
            quorum: own.quorum,
            device_votes: own.device_votes,
            has_device: self.map.get("quorum.device.model").is_ok(),
            listed: self.listed()?,
        })
    }

    /// The nodes in the nodelist.
    fn listed(&self) -> Result<Vec<Voter>, String> {
        let all = self.map.all("nodelist.node.").map_err(failed("cmap"))?;
        let numbers = all.into_iter().filter_map(|(key, value)| match value {
            Value::Number(number) => Some((key, number)),
            _ => None,
        });
        let numbers: BTreeMap<String, u32> = numbers.collect();
        let places = numbers.iter();
        let places = places.filter_map(|(key, node)| Some((key.strip_suffix(".nodeid")?, *node)));
        let voters = places.map(|(place, node)| {
            let votes = numbers.get(&format!("{place}.quorum_votes"));
            (node, votes.copied().unwrap_or(1))
        });
        // None twice.
        let voters: BTreeMap<u32, u32> = voters.collect();
        let voters = voters.into_iter();
        Ok(voters.map(|(node, votes)| Voter { node, votes }).collect())
    }
}
