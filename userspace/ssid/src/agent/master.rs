// SPDX-License-Identifier: GPL-2.0-only

//! Election of the master (claim 2): alike by all members of the view.

use std::cmp::Reverse;

use ssi_protocol::{NodeId, Time};

use crate::agent::{Action, Agent};
use crate::log_kind::LogKind;

impl Agent {
    /// Decides anew, and informs the kernel where this node begins or ends to be it.
    ///
    /// Without a view that acts nothing changes: a master whose lease runs out is silent by itself. Two at once do
    /// no harm in mode multicast, as both answer with the same MAC. In mode forward both would send requests on, so
    /// there the next one waits until the lease of one that is gone is over.
    pub(super) fn look_for_master(&mut self, now: Time) {
        if !self.node.is_acting() {
            return;
        }
        let chosen = self.chosen();
        if chosen != self.master {
            self.master = chosen;
            if let Some(chosen) = chosen {
                let text = format!("{} is the master", self.settings.name(chosen));
                self.notice(LogKind::Master, Some(chosen), text);
            }
        }
        let clear = self.node.clear_at().is_some_and(|at| at <= now);
        let mine = chosen == Some(self.settings.me) && self.present;
        let wanted = mine && (clear || self.is_master || !self.settings.forward);
        if wanted != self.is_master {
            self.is_master = wanted;
            self.out.push(Action::Master(wanted));
        }
    }

    /// Members that serve before those that do not, the greatest priority, the lowest number.
    fn chosen(&self) -> Option<NodeId> {
        let knowledge = self.node.knowledge()?;
        let members = self.node.view()?.members.iter();
        let able = members.filter_map(|id| {
            let peer = self.settings.peer(*id).filter(|peer| peer.weight > 0)?;
            let admin_state = knowledge.admin_state(*id)?;
            let serves = admin_state.weight > 0 && !admin_state.draining;
            let left = self
                .facts
                .get(id)
                .is_some_and(|(_, facts)| facts.state == "left");
            (!left).then_some((serves, peer.priority, Reverse(*id)))
        });
        able.max().map(|(_, _, Reverse(id))| id)
    }
}
