// SPDX-License-Identifier: GPL-2.0-only

//! Messages between the programs.

use ssi_protocol::{Input, Message};

use crate::packet::Packet;
use crate::shared::Shared;
use crate::tiny::Tiny;
use crate::world::{NODES, Rules, World, id};

impl World {
    pub fn deliver(&mut self, rules: &Rules, at: usize, again: bool) -> bool {
        let packet = self.net[at].clone();
        if again {
            self.net[at].held = true;
        } else {
            self.net.remove(at);
        }
        if packet.view == self.machines[packet.to].view {
            let (from, number) = (packet.message.from, packet.message.number);
            self.net.retain(|p| {
                p.to != packet.to
                    || p.view != packet.view
                    || p.message.from != from
                    || p.message.number > number
                    || (again && p.message.number == number)
                    || p.is_kept(rules)
            });
        }
        self.feed(rules, packet.to, Input::Message((*packet.message).clone()))
    }

    pub fn spread(&mut self, rules: &Rules, at: usize) {
        let same = self.copies(at);
        let all: Vec<Packet> = same.iter().map(|at| self.net[*at].clone()).collect();
        for packet in all {
            // An effect of the first can have taken others off the net.
            if let Some(at) = self.net.iter().position(|p| *p == packet) {
                self.deliver(rules, at, false);
            }
        }
    }

    /// The places of a message that is on its way to several, and may arrive.
    pub fn copies(&self, at: usize) -> Vec<usize> {
        let same = (0..self.net.len()).filter(|other| {
            let packet = &self.net[*other];
            packet.is_copy(&self.net[at]) && self.arrives(packet)
        });
        same.collect()
    }

    /// Whether nothing is in its way.
    pub fn arrives(&self, packet: &Packet) -> bool {
        !packet.held && !self.machines[packet.to].paused
    }

    /// Whether it can have an effect now.
    pub fn is_received(&self, rules: &Rules, at: usize) -> bool {
        let packet = &self.net[at];
        packet.is_kept(rules) || packet.view == self.machines[packet.to].view
    }

    pub fn send(&mut self, rules: &Rules, n: usize, message: &Message<Tiny>) {
        let view = self.machines[n].view;
        let Some(members) = view.checked_sub(1).map(|at| self.views[at].members.clone()) else {
            return;
        };
        let shared = Shared::new(message.clone());
        for to in (0..NODES).filter(|to| *to != n && members.contains(&id(*to))) {
            let machine = &self.machines[to];
            let packet = Packet {
                to,
                view,
                message: shared.clone(),
                held: false,
            };
            let in_time = machine.since <= view && machine.view <= view;
            if machine.daemon.is_some() && (in_time || packet.is_kept(rules)) {
                self.net.push(packet);
            }
        }
        self.net.sort_by_key(Packet::order);
    }
}
