// SPDX-License-Identifier: GPL-2.0-only

//! Next possible steps of a simulated network, and their execution.

use super::Network;
use crate::GroupEvent;

/// Something that can happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// The next message that this node sent gets its place in the order.
    Order(u32),
    /// The next event of this node is delivered.
    Deliver(u32),
}

impl Network {
    /// What can happen.
    pub fn steps(&self) -> Vec<Step> {
        let moving = self.daemons.iter().filter(|(_, daemon)| !daemon.held);
        let all =
            moving.filter_map(|(&id, daemon)| Some((id, daemon.up, daemon.program.as_ref()?)));
        all.flat_map(|(id, up, program)| {
            let deliver = program.can_deliver().then_some(Step::Deliver(id));
            let order = (up && !program.sent.is_empty()).then_some(Step::Order(id));
            deliver.into_iter().chain(order)
        })
        .collect()
    }

    /// Lets it happen. Whether it could.
    pub fn take(&mut self, step: Step) -> bool {
        let possible = self.steps().contains(&step);
        if possible {
            match step {
                Step::Order(id) => self.order(id),
                Step::Deliver(id) => self.deliver(id),
            }
        }
        possible
    }

    /// Lets the first thing happen. Whether there was one.
    pub fn step(&mut self) -> bool {
        self.steps().first().is_some_and(|&step| self.take(step))
    }

    /// Lets everything happen, if nothing is to wait.
    pub fn settle(&mut self) {
        while self.immediate && self.step() {}
    }

    fn order(&mut self, from: u32) {
        let Some(daemon) = self.daemons.get_mut(&from) else {
            return;
        };
        let part = daemon.part;
        let Some(bytes) = daemon
            .program
            .as_mut()
            .and_then(|program| program.sent.pop_front())
        else {
            return;
        };
        self.places += 1;
        let place = self.places;
        for (_, program) in self.programs_of(part) {
            program.undelivered.push_back((
                Some(place),
                GroupEvent::Message {
                    from,
                    bytes: bytes.clone(),
                },
            ));
        }
    }

    fn deliver(&mut self, id: u32) {
        let program = self
            .daemons
            .get_mut(&id)
            .and_then(|daemon| daemon.program.as_mut());
        let Some(program) = program else { return };
        if let Some((place, event)) = program.undelivered.pop_front() {
            program.delivered = place.unwrap_or(program.delivered);
            // Refused only by a receiver that is gone.
            let _ = program.sender.try_send(event);
        }
    }
}
