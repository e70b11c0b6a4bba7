// SPDX-License-Identifier: GPL-2.0-only

//! A message on its way to one machine.

use ssi_protocol::{Body, Message};

use crate::shared::Shared;
use crate::tiny::Tiny;
use crate::world::Rules;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Packet {
    pub to: usize,
    /// The place of its view, from 1.
    pub view: usize,
    pub message: Shared<Message<Tiny>>,
    /// The network keeps it for later, or for good.
    pub held: bool,
}

impl Packet {
    pub fn is_beat(&self) -> bool {
        matches!(self.message.body, Body::Heartbeat(_))
    }

    /// Whether a node that leaves rules out might still receive it when it is old: old beats change
    /// nothing anyway.
    pub fn is_kept(&self, rules: &Rules) -> bool {
        rules.keep_all && !self.is_beat()
    }

    /// In this order, by view, phase, sender, number and receiver, an engine with one order for all
    /// could give them: what is stated when all are there comes after their statements, and so on.
    pub fn order(&self) -> impl Ord + use<> {
        let phase = match self.message.body {
            Body::ViewEntered(_) => 0,
            Body::State(_) => 1,
            _ => 2,
        };
        (
            self.view,
            phase,
            self.message.from,
            self.message.number,
            self.to,
        )
    }

    /// Whether both are copies of one message.
    pub fn is_copy(&self, other: &Self) -> bool {
        let name = |packet: &Self| (packet.view, packet.message.from, packet.message.number);
        name(self) == name(other)
    }
}
