// SPDX-License-Identifier: GPL-2.0-only

//! Votes: the size of a quorum, and whether any two quorums have a node in common.
//!
//! What Corosync calls quorate can rest on more than nodes: a device's vote, `two_node`, a lowest number. The
//! protocol needs a majority of nodes, so everything else is refused.

use rust_corosync::votequorum::NodeInfoFlags;

/// Corosync's settings and votes as far as they matter.
#[derive(Clone, Debug)]
pub struct Votes {
    /// What votequorum reports of itself.
    pub flags: Flags,
    /// So many votes make a quorum.
    pub quorum: u32,
    /// Votes of a quorum device.
    pub device_votes: u32,
    /// Whether a quorum device is configured.
    pub has_device: bool,
    /// Nodes in the nodelist.
    pub listed: Vec<u32>,
    /// Nodes in the ring.
    pub members: Vec<Voter>,
}

/// A node in the ring.
#[derive(Clone, Copy, Debug)]
pub struct Voter {
    /// Its number.
    pub node: u32,
    /// Its votes.
    pub votes: u32,
}

/// votequorum's flags that matter.
#[derive(Clone, Copy, Default, Debug)]
pub struct Flags {
    /// Both of two nodes may go on alone.
    pub two_node: bool,
    /// It has a quorum.
    pub quorate: bool,
    /// The quorum shrinks as nodes die.
    pub last_man_standing: bool,
    /// One half goes on.
    pub auto_tie_breaker: bool,
    /// The quorum shrinks as nodes leave.
    pub allow_downscale: bool,
    /// A quorum device is there.
    pub device: bool,
}

impl From<NodeInfoFlags> for Flags {
    fn from(flags: NodeInfoFlags) -> Flags {
        let device = NodeInfoFlags::VOTEQUORUM_INFO_QDEVICE_REGISTERED
            | NodeInfoFlags::VOTEQUORUM_INFO_QDEVICE_ALIVE
            | NodeInfoFlags::VOTEQUORUM_INFO_QDEVICE_CAST_VOTE
            | NodeInfoFlags::VOTEQUORUM_INFO_QDEVICE_MASTER_WINS;
        Flags {
            two_node: flags.contains(NodeInfoFlags::VOTEQUORUM_INFO_TWONODE),
            quorate: flags.contains(NodeInfoFlags::VOTEQUORUM_INFO_QUORATE),
            last_man_standing: flags.contains(NodeInfoFlags::VOTEQUORUM_INFO_LAST_MAN_STANDING),
            auto_tie_breaker: flags.contains(NodeInfoFlags::VOTEQUORUM_INFO_AUTO_TIE_BREAKER),
            allow_downscale: flags.contains(NodeInfoFlags::VOTEQUORUM_INFO_ALLOW_DOWNSCALE),
            device: flags.intersects(device),
        }
    }
}

const THIRD: &str = "a cluster of two needs a third member with weight = 0, which serves nothing";

impl Votes {
    /// How many nodes make a quorum. Or, in a sentence, why that does not count; `quorate` is what the quorum
    /// service reported.
    pub fn quorum(&self, quorate: bool) -> Result<usize, String> {
        self.check_settings()?;
        self.check_members()?;
        // The crate gives no flags at all when there is one that it does not know.
        if quorate && !self.flags.quorate {
            return Err("corosync reports both that it has a quorum and that it has none, which ends by itself if it is \
                        changing; else it is a version that ssid does not know"
                .to_owned());
        }
        let (quorum, nodes) = (count(self.quorum)?, self.listed.len());
        if quorum.saturating_mul(2) <= nodes {
            return Err(format!(
                "corosync takes {quorum} of {nodes} nodes for a quorum, which is no majority: remove expected_votes \
                 from the section quorum of corosync.conf and reload it"
            ));
        }
        Ok(quorum)
    }

    fn check_settings(&self) -> Result<(), String> {
        if self.flags.two_node {
            return Err(format!(
                "corosync has two_node: 1, with which two halves go on without each other: remove it; {THIRD}"
            ));
        }
        if self.has_device || self.flags.device || self.device_votes > 0 {
            return Err(format!(
                "corosync has a quorum device, whose vote is no node's: remove the section device from \
                 corosync.conf; {THIRD}"
            ));
        }
        let settings = [
            ("last_man_standing", self.flags.last_man_standing),
            ("auto_tie_breaker", self.flags.auto_tie_breaker),
            ("allow_downscale", self.flags.allow_downscale),
        ];
        match settings.iter().find(|(_, on)| *on) {
            Some((name, _)) => Err(format!(
                "corosync has {name}: 1, with which fewer than a majority of nodes can be a quorum: remove it from \
                 corosync.conf"
            )),
            None => Ok(()),
        }
    }

    fn check_members(&self) -> Result<(), String> {
        if self.listed.is_empty() {
            return Err(
                "corosync has no nodelist: list every node of the cluster in corosync.conf"
                    .to_owned(),
            );
        }
        for voter in &self.members {
            let node = voter.node;
            if !self.listed.contains(&node) {
                return Err(format!(
                    "node {node} is in corosync's ring, but not in the nodelist of this node's corosync.conf: give \
                     all nodes the same nodelist"
                ));
            }
            if voter.votes != 1 {
                return Err(format!(
                    "node {node} has {} votes in corosync: set quorum_votes of every node to 1",
                    voter.votes
                ));
            }
        }
        Ok(())
    }
}

fn count(votes: u32) -> Result<usize, String> {
    usize::try_from(votes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
