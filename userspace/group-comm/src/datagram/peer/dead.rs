// SPDX-License-Identifier: GPL-2.0-only

//! Dead nodes: confirmations of somebody who knows it, and their end.

use super::Peer;
use crate::datagram::places::Places;

impl Peer {
    /// Somebody confirms that a node is dead: nothing that ran there will ever act again. It need not be there for a quorum
    /// from the next look on, until there is a group with it again. Whoever drives it has handed over all that is there.
    ///
    /// # Errors
    ///
    /// Why that does not count, in a sentence to be read after the node's name.
    pub fn confirm_dead(&mut self, now: u64, node: u32) -> Result<(), String> {
        let electorate = &self.setup.electorate;
        let count = electorate.nodes().len();
        // Of three two may each be told so of the third, and each alone would be a quorum.
        if count != 2 {
            return Err(format!(
                "a confirmation counts where there are two nodes, and there are {count}"
            ));
        }
        let place = electorate.place(node).filter(|place| *place != self.place);
        let place = place.ok_or("it is not the other of the two nodes")?;
        if electorate.votes().are_quorum(Places::NONE.with(place))
            || electorate.votes().are_quorum(Places::NONE.with(self.place))
        {
            // Who is one starts anew and acts, whatever is confirmed here.
            return Err(
                "a confirmation counts where both nodes have as many votes, and one of the two has a majority alone"
                    .to_owned(),
            );
        }
        let timing = self.setup.timing;
        let contact = self.contact(place).ok_or("it has no place")?;
        if contact.is_heard(now, &timing) {
            return Err(
                "it is not dead: datagrams of its ssid arrive here at this moment".to_owned(),
            );
        }
        let last = contact.last_session();
        self.formation.confirm_dead(place, last);
        self.is_due = true;
        Ok(())
    }

    /// Announces the group again where the same members are a quorum by now, or none any more. One that is to be formed anew is
    /// announced by that.
    pub(super) fn look_at_dead(&mut self) {
        let is_news = self.formation.dead() != self.dead;
        let is_there = !self.formation.members().is_empty() && !self.formation.is_broken();
        if is_news && is_there {
            self.announce_group();
        }
    }
}
