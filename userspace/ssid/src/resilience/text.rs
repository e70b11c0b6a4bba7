// SPDX-License-Identifier: GPL-2.0-only

//! Resilience, for people.

use std::fmt;

use super::Resilience;
use super::loss::Table;

impl fmt::Display for Resilience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cluster,
            file,
            node,
            serving,
            witnesses,
            ..
        } = self;
        writeln!(f, "{cluster} by {file}, as node {node}")?;
        writeln!(
            f,
            "  nodes      {serving} that serve, {witnesses} that only vote; {} of {} make a quorum{}",
            self.quorum,
            match self.votes.are_ones() {
                true => serving.saturating_add(*witnesses).to_string(),
                false => format!("{} votes", self.votes.sum()),
            },
            match self.votes_assumed {
                true => ", if each has one vote in corosync.conf: no Corosync answers here",
                false => "",
            }
        )?;
        if !self.votes.are_ones() {
            let votes = self.votes.0.iter();
            let votes: Vec<String> = votes
                .map(|(name, votes)| format!("{name} {votes}"))
                .collect();
            writeln!(f, "  votes      {}", votes.join(", "))?;
        }
        if let Some(host) = &self.device {
            writeln!(
                f,
                "  device     Corosync's ({host}) counts for Corosync and Pacemaker, and not here"
            )?;
        }
        writeln!(f, "  takeover   {}", self.how_long())?;
        writeln!(f)?;
        write!(f, "{}", Table(&self.losses))?;
        let mut warnings = self.warnings.iter();
        warnings.try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }
}

impl Resilience {
    /// Until a node that is gone is served by others, and what that is made of.
    fn how_long(&self) -> String {
        let lease = self.lease_over;
        match (self.takeover, self.detection, self.token) {
            (Some(takeover), Some(detection), Some(token)) => format!(
                "{takeover} ms after a node is gone: Corosync, with a token of {token} ms, knows it after {detection}, and its \
                 lease is surely over after {lease}"
            ),
            (Some(takeover), Some(detection), None) => format!(
                "{takeover} ms after a node is gone: the others know it after {detection} at most, and its lease is surely over \
                 after {lease}"
            ),
            (None, Some(_), _) => format!(
                "{lease} ms after it is confirmed that a node is dead, by Pacemaker (ssi-fenced) or ssictl confirm-dead: its lease \
                 is surely over then"
            ),
            _ => format!(
                "{lease} ms after a node is gone, when its lease is surely over, or later: no Corosync answers here that would say \
                 how soon it knows"
            ),
        }
    }
}
