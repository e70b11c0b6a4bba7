// SPDX-License-Identifier: GPL-2.0-only

//! One connection to Corosync: to CPG, the quorum service, votequorum and cmap. All calls wait for the daemon, for
//! as long as it stands still.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::os::fd::RawFd;

use rust_corosync::{CsError, DispatchFlags, NodeId, TrackFlags, cmap, quorum, votequorum};

use super::votes::{Flags, Voter, Votes};
use crate::sys::{Cpg, Event, Ring};

thread_local! {
    /// What the quorum callback of the dispatch that runs in this thread has reported. The crate's callbacks are bare
    /// functions, called while it holds a lock that opening and closing take as well.
    static NOTIFIED: RefCell<VecDeque<Notification>> = const { RefCell::new(VecDeque::new()) };
}

/// An event of the quorum service.
pub struct Notification {
    /// The ring it is about.
    pub ring: Ring,
    /// Whether that is quorate.
    pub quorate: bool,
    /// Its nodes.
    pub nodes: Vec<u32>,
}

fn notified(_: &quorum::Handle, quorate: bool, ring: quorum::RingId, nodes: Vec<NodeId>) {
    let ring = Ring {
        node: ring.nodeid.into(),
        seq: ring.seq,
    };
    let nodes = nodes.into_iter().map(u32::from).collect();
    NOTIFIED.with_borrow_mut(|all| {
        all.push_back(Notification {
            ring,
            quorate,
            nodes,
        })
    });
}

/// A connection, closed when this is dropped.
pub struct Link {
    cpg: Cpg,
    quorum: quorum::Handle,
    votes: votequorum::Handle,
    map: cmap::Handle,
}

/// A sentence on what Corosync did not do; the same one whatever was asked if it is gone.
fn failed(what: &'static str) -> impl FnOnce(CsError) -> String {
    move |error| match error {
        CsError::CsErrLibrary => {
            "corosync does not answer: see `systemctl status corosync`".to_owned()
        }
        CsError::CsErrTryAgain => {
            "corosync does not answer: it reports that it is not ready".to_owned()
        }
        CsError::CsErrAccess => "corosync does not answer this program: run it as root".to_owned(),
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
        let model = quorum::Model1Data {
            flags: quorum::Model1Flags::None,
            quorum_notification_fn: Some(notified),
            nodelist_notification_fn: None,
        };
        let (quorum, _) =
            quorum::initialize(&quorum::ModelData::ModelV1(model), 0).map_err(failed("quorum"))?;
        let none = votequorum::Callbacks {
            quorum_notification_fn: None,
            nodelist_notification_fn: None,
            expectedvotes_notification_fn: None,
        };
        let votes = votequorum::initialize(&none).map_err(failed("votequorum"))?;
        let map = cmap::initialize(cmap::Map::Icmap).map_err(failed("cmap"))?;
        quorum::trackstart(&quorum, TrackFlags::Changes).map_err(failed("quorum"))?;
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
            quorum::fd_get(&self.quorum).map_err(failed("quorum"))?,
        ])
    }

    /// CPG's next event.
    pub fn next_of_group(&self) -> Result<VecDeque<Event>, String> {
        self.cpg.next().map_err(failed("cpg"))
    }

    /// The quorum service's next event.
    pub fn next_of_quorum(&self) -> Result<VecDeque<Notification>, String> {
        let result = quorum::dispatch(&self.quorum, DispatchFlags::OneNonblocking);
        let all = NOTIFIED.with_borrow_mut(mem::take);
        match result {
            Ok(()) | Err(CsError::CsErrTryAgain) => Ok(all),
            Err(error) => Err(failed("quorum")(error)),
        }
    }

    /// Sends a part to the group. False if Corosync does not take it now.
    pub fn send(&self, part: &[u8]) -> Result<bool, String> {
        match self.cpg.send(part) {
            Ok(()) => Ok(true),
            Err(CsError::CsErrTryAgain) => Ok(false),
            Err(error) => Err(failed("sending")(error)),
        }
    }

    /// Corosync's settings, and the votes of these nodes.
    pub fn votes(&self, id: u32, nodes: &[u32]) -> Result<Votes, String> {
        let info =
            |node: u32| votequorum::get_info(&self.votes, node.into()).map_err(failed("votes"));
        let own = info(id)?;
        let members = nodes.iter().map(|&node| {
            Ok(Voter {
                node,
                votes: info(node)?.node_votes,
            })
        });
        Ok(Votes {
            members: members.collect::<Result<_, String>>()?,
            flags: Flags::from(own.flags),
            quorum: own.quorum,
            device_votes: own.qdevice_votes,
            has_device: cmap::get(&self.map, "quorum.device.model").is_ok(),
            listed: self.listed()?,
        })
    }

    /// The nodes in the nodelist.
    fn listed(&self) -> Result<Vec<Voter>, String> {
        let all = cmap::CmapIterStart::new(&self.map, "nodelist.node.").map_err(failed("cmap"))?;
        let numbers = all.into_iter().filter_map(|entry| match entry.data() {
            cmap::Data::UInt32(number) => Some((entry.key_name().to_owned(), *number)),
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
