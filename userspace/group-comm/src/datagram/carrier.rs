// SPDX-License-Identifier: GPL-2.0-only

//! Carrier: what the engine's thread does, which carries datagrams between the networks and the peer.

use std::time::{Duration, Instant};

use mio::Token;

use super::device::Device;
use super::electorate::Electorate;
use super::frames::Frames;
use super::network::Network;
use super::nodelist::NodeList;
use super::nodes::{Next, Nodes};
use super::peer::{Input, Output, Peer};
use super::seal::LARGEST;
use super::server::{Server, wait};
use super::settings::Settings;
use crate::GroupEvent;

mod interface;
mod nodes;

/// Datagrams that are read from a network before others have their turn.
const IN_A_ROW: usize = 1024;
/// Messages that are taken from the program before others have their turn.
const MESSAGES: usize = 256;
/// Between two looks at networks, and at the node list.
const LOOK: u64 = 1000;
/// Between two attempts to hand over events that find no room.
const ROOM: Duration = Duration::from_millis(2);
/// A network on which something came from a node within so many ms carries its datagrams.
const RECENT: u64 = 2000;

/// The networks that this node has in common with others. `known` is the clients' interface, as far as it was in use before.
fn networks(settings: &Settings, nodes: &Nodes, known: Option<Device>) -> Vec<Network> {
    let list = &nodes.list;
    let mut tokens = (1..).map(Token);
    let mut token = || tokens.next().unwrap_or(Token(0));
    let mut networks = Vec::new();
    let own = list.get(&settings.id).into_iter();
    let own = own.flat_map(|listed| &listed.addresses);
    for (link, local) in own {
        let others = list.iter().filter(|(node, _)| **node != settings.id);
        let others: Vec<_> = others
            .filter_map(|(node, listed)| Some((*node, *listed.addresses.get(link)?)))
            .collect();
        networks.push(Network::link(
            *link,
            *local,
            &others,
            settings.port,
            token(),
        ));
    }
    if let Some(interface) = &nodes.file.interface {
        let number = settings.group_number();
        let known = known.and_then(|device| device.named(interface));
        networks.push(Network::interface(
            known.unwrap_or_else(|| Device::new(interface)),
            &nodes.file.on_interface,
            number,
            settings.port,
            token(),
        ));
    }
    networks
}

/// Carries datagrams.
pub struct Carrier {
    server: Server,
    peer: Peer,
    networks: Vec<Network>,
    nodes: Nodes,
    /// What follows from the nodes that are named.
    next: Next,
    /// By network: when something of a node came there last.
    received: Vec<Vec<(u32, u64)>>,
    trouble: Vec<String>,
    begun: Instant,
    looked: Option<u64>,
    /// The program is silent.
    is_silent: bool,
    /// The clients' interface works, as far as this machine knows.
    interface_works: bool,
    frames: Frames,
    /// Something waits to be read.
    more: bool,
}

impl Carrier {
    /// With what the thread has, and the node list.
    pub fn new(server: Server, peer: Peer, list: NodeList) -> Carrier {
        let nodes = Nodes::new(server.settings.nodes.clone(), list);
        let networks = networks(&server.settings, &nodes, None);
        Carrier {
            received: vec![Vec::new(); networks.len()],
            server,
            peer,
            networks,
            nodes,
            next: Next::Same,
            trouble: Vec::new(),
            begun: Instant::now(),
            looked: None,
            is_silent: false,
            interface_works: false,
            frames: Frames::default(),
            more: false,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Runs until the engine is dropped, or nobody listens.
    pub fn run(mut self) {
        let mut events = mio::Events::with_capacity(64);
        self.server.outbox.open(true);
        loop {
            if self
                .looked
                .is_none_or(|at| at.saturating_add(LOOK) <= self.now())
            {
                self.look();
            }
            self.receive();
            self.confirm();
            self.send_messages();
            let now = self.now();
            let is_silent = self.server.watchdog.is_silent(now);
            if is_silent != self.is_silent {
                self.is_silent = is_silent;
                self.handle(Input::Silent(is_silent));
            }
            self.look_at_interface();
            if self.peer.wake_at() <= self.now() {
                self.handle(Input::Tick);
                self.follow();
            }
            let waits = self.server.events.hand_over();
            if self.server.outbox.has_ended() || self.server.events.is_closed() {
                self.handle(Input::End);
                return;
            }
            let how_long = self.how_long(waits);
            wait(&mut self.server.poll, &mut events, how_long);
        }
    }

    /// How long nothing is to be done, unless something comes.
    fn how_long(&self, waits: bool) -> Duration {
        let now = self.now();
        let look = self.looked.map_or(0, |at| at.saturating_add(LOOK));
        let wake = self.peer.wake_at().min(look);
        let left = Duration::from_millis(if self.more {
            0
        } else {
            wake.saturating_sub(now)
        });
        if waits { left.min(ROOM) } else { left }
    }

    fn receive(&mut self) {
        let mut buffer = [0; LARGEST + 1];
        self.more = false;
        for at in 0..self.networks.len() {
            let mut count = 0;
            let is_interface = self.networks.get(at).is_some_and(Network::is_interface);
            while let Some(bytes) = self
                .networks
                .get_mut(at)
                .and_then(|network| network.receive(&mut buffer))
            {
                let bytes = bytes.to_vec();
                self.handle(match is_interface {
                    true => Input::OnInterface(bytes),
                    false => Input::Datagram(bytes),
                });
                self.note(at);
                count += 1;
                if count == IN_A_ROW {
                    self.more = true;
                    break;
                }
            }
        }
    }

    /// Notes the sender of a datagram that came on a network.
    fn note(&mut self, network: usize) {
        let now = self.now();
        if let (Some(node), Some(received)) =
            (self.peer.last_sender(), self.received.get_mut(network))
        {
            match received.iter_mut().find(|(known, _)| *known == node) {
                Some((_, at)) => *at = now,
                None => received.push((node, now)),
            }
        }
    }

    /// What arrived before a confirmation was read before it.
    fn confirm(&mut self) {
        while let Ok((node, answer)) = self.server.confirmed.try_recv() {
            let now = self.now();
            // Whoever asked may have gone.
            let _ = answer.send(self.peer.confirm_dead(now, node));
        }
    }

    fn send_messages(&mut self) {
        for _ in 0..MESSAGES {
            if self.server.outbox.overflowed() {
                self.handle(Input::Lost);
            }
            let Some(bytes) = self.server.outbox.next() else {
                return;
            };
            self.handle(Input::Send(bytes));
        }
        self.more = true;
    }

    fn handle(&mut self, input: Input) {
        let now = self.now();
        let mut is_lost = false;
        for output in self.peer.handle(now, input) {
            match output {
                Output::Datagram { to, bytes } => {
                    self.networks
                        .iter_mut()
                        .for_each(|network| network.send(to, &bytes));
                }
                Output::Event(event) => is_lost |= !self.server.events.put(event),
                Output::CutOff(is_so) => {
                    let event = GroupEvent::CutOff(self.cut_off(is_so));
                    is_lost |= !self.server.events.put(event);
                }
            }
        }
        if is_lost {
            self.handle(Input::Lost);
        }
    }

    /// Looks after the networks, and announces what is wrong with them.
    fn look(&mut self) {
        let now = self.now();
        self.look_at_nodes();
        for network in &mut self.networks {
            network.look(self.server.poll.registry());
        }
        let trouble = if now < RECENT {
            Vec::new()
        } else {
            self.all_trouble(now)
        };
        if trouble != self.trouble {
            self.trouble.clone_from(&trouble);
            self.server.events.put(GroupEvent::Trouble(trouble));
        }
        self.looked = Some(now);
    }

    fn all_trouble(&self, now: u64) -> Vec<String> {
        let mut all = Vec::new();
        for (network, received) in self.networks.iter().zip(&self.received) {
            if let Some(why) = network.trouble() {
                all.push(why);
                continue;
            }
            // The program has a sentence on it already.
            if network.is_interface() && self.peer.is_cut_off() {
                continue;
            }
            let is_received = |node: &u32| {
                received
                    .iter()
                    .any(|(known, at)| known == node && at.saturating_add(RECENT) > now)
            };
            let missing: Vec<u32> = self
                .peer
                .reached()
                .filter(|node| network.others.contains(node) && !is_received(node))
                .collect();
            if !missing.is_empty() {
                all.push(format!(
                    "{}: nothing comes from node {}",
                    network.name,
                    numbers(&missing)
                ));
            }
        }
        // While files are changed they differ for a moment.
        let elsewhere: Vec<u32> = self.peer.elsewhere(now, RECENT).collect();
        if !elsewhere.is_empty() && self.next == Next::Same {
            all.push(format!(
                "node {} goes by other nodes or other votes than this one, and can be in no group with it: give all the same, in \
                 corosync.conf or where the cluster file has addresses there",
                numbers(&elsewhere)
            ));
        }
        let strangers: Vec<u32> = self.peer.strangers(now, RECENT).collect();
        if !strangers.is_empty() {
            all.push(format!(
                "node {} has another key than this one, and can be in no group with it: give all the same file, Corosync's authkey or \
                 that of key-file",
                numbers(&strangers)
            ));
        }
        match &self.next {
            Next::Electorate(next) => all.push(format!(
                "the nodes are {}{} by now: waits until all of the group have that in their files",
                numbers(next.nodes()),
                votes(next)
            )),
            Next::Not(why) => all.push(why.clone()),
            Next::Same | Next::Addresses => {}
        }
        all
    }
}

/// The votes of those that have other than one.
fn votes(of: &Electorate) -> String {
    let others = of.other_than_one().into_iter();
    let others: Vec<String> = others
        .map(|(node, votes)| format!("node {node}: {votes}"))
        .collect();
    match others.is_empty() {
        true => String::new(),
        false => format!(" (votes other than one: {})", others.join(", ")),
    }
}

fn numbers(nodes: &[u32]) -> String {
    let nodes: Vec<String> = nodes.iter().map(u32::to_string).collect();
    nodes.join(", ")
}
