// SPDX-License-Identifier: GPL-2.0-only

//! Sessions that broke at other nodes, looked for after each event.

use ssi_protocol::Time;

use crate::agent::{Action, Agent};
use crate::log_kind::LogKind;

impl Agent {
    /// Notifies of what broke elsewhere and is here now.
    pub(super) fn look_for_broken(&mut self, now: Time) {
        let Some(knowledge) = self.node.knowledge() else {
            return;
        };
        let mine = self.node.owned();
        let is_sure = self.node.clear_at().is_some_and(|clear| clear <= now);
        let mut broken = self.nothing.clone();
        let me = self.settings.me;
        for id in self.settings.nodes.iter().map(|peer| peer.id) {
            let admin_state = knowledge.admin_state(id).filter(|_| id != me);
            match (admin_state, knowledge.served_by(id)) {
                (Some(state), Some((owned, draining))) => {
                    self.broken.drains(id, draining);
                    if state.unfit {
                        self.broken.lost(id, owned, draining);
                    } else if !state.draining {
                        // It is back. While it is held out what it had may still be on its way.
                        self.broken.serves(id);
                    }
                }
                _ if is_sure && id != me => self.broken.died(id, mine, &mut broken),
                _ => {}
            }
        }
        self.broken.report(mine, &mut broken);
        if !broken.is_empty() {
            let text = format!(
                "sessions that other nodes had in {} of this node's buckets have broken",
                broken.len()
            );
            self.notice(LogKind::Broken, Some(me), text);
            self.out.push(Action::Broken(broken));
        }
    }
}
