// SPDX-License-Identifier: GPL-2.0-only

//! Dead nodes: those of which somebody confirmed that nothing that ran there will ever act again, so that a quorum does not want
//! them. That is of the last session that was known. It ends where this node is in a group with another session, and
//! with this program.

use super::{Formation, Places};
use crate::datagram::session::Session;

impl Formation {
    /// A node is dead, of which this session was the last that this node knew, or none.
    pub fn confirm_dead(&mut self, place: u8, last: Option<Session>) {
        self.dead.insert(place, last);
    }

    /// Something came of a node's session, which is no recording. Who is heard is not dead, whatever was confirmed.
    pub fn heard(&mut self, place: u8, session: Session) {
        if self.dead.get(&place) == Some(&Some(session)) {
            self.dead.remove(&place);
        }
    }

    /// Those that are dead.
    pub fn dead(&self) -> Places {
        self.dead.keys().copied().collect()
    }

    /// Who is in the group is not dead any more: it is another session.
    pub(super) fn end_confirmations(&mut self) {
        for member in &self.members {
            self.dead.remove(&member.place);
        }
    }
}
