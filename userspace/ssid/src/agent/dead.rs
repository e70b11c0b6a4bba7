// SPDX-License-Identifier: GPL-2.0-only

//! Two nodes, of which one goes on alone once it is confirmed that the other is dead.

use ssi_protocol::{NodeId, View, Votes};

use crate::agent::{Agent, Peer};
use crate::log_kind::LogKind;

impl Agent {
    /// The node of this name, if its death may be confirmed to this one as far as the cluster file says; else why not, to be read
    /// after its name.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn may_be_dead(&self, name: &str) -> Result<NodeId, String> {
        let settings = &self.settings;
        let Some(peer) = settings.named(name) else {
            let names: Vec<&str> = settings.nodes.iter().map(|p| p.name.as_str()).collect();
            return Err(format!("no such node; there are {}", names.join(", ")));
        };
        if !settings.fenced {
            return Err(
                "this cluster goes by a majority only, and nothing needs to be confirmed: \"two-node\" is not in its file"
                    .to_owned(),
            );
        }
        if peer.id == settings.me {
            return Err("this is the node that was asked: ask the other one".to_owned());
        }
        Ok(peer.id)
    }

    /// Announces to people who is dead from here on, and who is not any more.
    pub(super) fn note_dead(&mut self, dead: &[u32]) {
        let before = self
            .group
            .as_ref()
            .map_or(&[][..], |group| group.dead.as_slice());
        let lacks = |all: &[u32], of: &[u32]| -> Vec<NodeId> {
            let new = all.iter().filter(|node| !of.contains(node));
            new.map(|node| NodeId(*node)).collect()
        };
        let (new, old) = (lacks(dead, before), lacks(before, dead));
        for node in new {
            let text = "it was confirmed that it is dead: this node goes on alone, and takes what it had once its lease must be over";
            self.notice(LogKind::Dead, Some(node), text.into());
        }
        for node in old {
            let text = "that it was confirmed dead counts no more";
            self.notice(LogKind::Dead, Some(node), text.into());
        }
    }

    /// Whether it was confirmed that a node is dead.
    pub(super) fn is_dead(&self, id: NodeId) -> bool {
        let view = self.node.view();
        view.is_some_and(|view| view.dead.contains(&id))
    }

    /// What a node waits for that is alone and no quorum.
    pub(super) fn no_quorum(&self, view: &View) -> String {
        let mut others = self.settings.nodes.iter();
        let other = others.find(|peer| !view.has(peer.id));
        match other.filter(|_| self.settings.fenced && self.left_out.is_empty()) {
            Some(Peer { name, .. }) => format!(
                "no quorum: this node is alone, and serves nothing before {name} is back or surely dead: once its power is cut, give \
                 here: ssictl confirm-dead {name}"
            ),
            None => {
                let here = view.votes.sum(&view.members);
                let votes = if view.votes == Votes::default() {
                    ""
                } else {
                    " votes"
                };
                format!(
                    "no quorum: {here} of {}{votes} that are needed are here; the rest is cut off or down",
                    view.quorum
                )
            }
        }
    }
}
