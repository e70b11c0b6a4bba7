// SPDX-License-Identifier: GPL-2.0-only

//! Votes: the size of a quorum, and whether any two quorums have a node in common.
//!
//! What Corosync calls quorate can rest on more than nodes: a device's vote, `two_node`, a lowest number. The
//! protocol needs a majority of the nodes' votes, so everything else is refused.

use std::collections::BTreeMap;

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
    pub listed: Vec<Voter>,
    /// Nodes in the ring.
    pub members: Vec<Voter>,
}

/// A node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

impl From<u32> for Flags {
    /// Of `struct votequorum_info`; what is said of a device is in the bits from 64 on.
    fn from(bits: u32) -> Flags {
        let any = |mask: u32| bits & mask != 0;
        Flags {
            two_node: any(1),
            quorate: any(2),
            last_man_standing: any(8),
            auto_tie_breaker: any(16),
            allow_downscale: any(32),
            device: any(64 | 128 | 256 | 512),
        }
    }
}

/// What counts as a quorum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quorum {
    /// So many votes.
    pub votes: usize,
    /// Those of all nodes.
    pub of: BTreeMap<u32, usize>,
}

impl Quorum {
    /// Nodes that have other than one vote, with them.
    pub fn other_than_one(&self) -> BTreeMap<u32, usize> {
        let all = self.of.iter().filter(|(_, votes)| **votes != 1);
        all.map(|(node, votes)| (*node, *votes)).collect()
    }
}

/// The votes by which this program goes, from its first group on.
#[derive(Debug, Default)]
pub struct InUse(Option<Quorum>);

impl InUse {
    /// Takes these, if that may be: while the program runs votes other than one do not change, nor does the list of nodes beside
    /// them. Others may go by those of before, and have a majority of these without any node that knows.
    pub fn take(&mut self, new: Quorum) -> Result<Quorum, String> {
        let is_same = |old: &Quorum| old.of == new.of;
        let are_ones = |all: &Quorum| all.other_than_one().is_empty();
        let may_be = |old: &Quorum| is_same(old) || are_ones(old) && are_ones(&new);
        if !self.0.as_ref().is_none_or(may_be) {
            return Err(
                "votes or nodes changed in corosync.conf, and not all nodes have one vote: stop ssid on all nodes, and start it again"
                    .to_owned(),
            );
        }
        self.0 = Some(new.clone());
        Ok(new)
    }
}

const THIRD: &str = "a cluster of two needs a third member with weight = 0, which serves nothing";

impl Votes {
    /// How many votes make a quorum, and whose they are. Or, in a sentence, why that does not count; `quorate` is what the quorum
    /// service reported.
    pub fn quorum(&self, quorate: bool) -> Result<Quorum, String> {
        self.check_settings()?;
        self.check_members()?;
        // The crate gives no flags at all when there is one that it does not know.
        if quorate && !self.flags.quorate {
            return Err("corosync reports both that it has a quorum and that it has none, which ends by itself if it is \
                        changing; else it is a version that ssid does not know"
                .to_owned());
        }
        let listed = self.listed.iter();
        let of = listed.map(|voter| Ok((voter.node, count(voter.votes)?)));
        let of: BTreeMap<u32, usize> = of.collect::<Result<_, String>>()?;
        let quorum = count(self.quorum)?;
        let all = of.values().copied().fold(0, usize::saturating_add);
        if quorum.saturating_mul(2) <= all {
            return Err(format!(
                "corosync takes {quorum} of {all} votes for a quorum, which is no majority: remove expected_votes \
                 from the section quorum of corosync.conf and reload it"
            ));
        }
        Ok(Quorum { votes: quorum, of })
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
            let Some(listed) = self.listed.iter().find(|listed| listed.node == node) else {
                return Err(format!(
                    "node {node} is in corosync's ring, but not in the nodelist of this node's corosync.conf: give \
                     all nodes the same nodelist"
                ));
            };
            if voter.votes != listed.votes {
                return Err(format!(
                    "node {node} has quorum_votes: {} in corosync's ring and {} in this node's corosync.conf: give all nodes \
                     the same nodelist",
                    voter.votes, listed.votes
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
