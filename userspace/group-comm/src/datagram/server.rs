// SPDX-License-Identifier: GPL-2.0-only

//! Thread of the engine: asks Corosync for the nodes once, and then carries datagrams between the networks and the peer.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::{Poll, Token};

use super::events::Events;
use super::network::Network;
use super::nodelist::{self, NodeList};
use super::peer::{Input, Output, Peer, Setup};
use super::seal::LARGEST;
use super::settings::Settings;
use super::watchdog::Watchdog;
use crate::GroupEvent;
use crate::outbox::Outbox;
use crate::realtime;

/// Datagrams that are read from a network before others have their turn.
const IN_A_ROW: usize = 1024;
/// Messages that are taken from the program before others have their turn.
const MESSAGES: usize = 256;
/// Between two looks at networks, and at the node list.
const LOOK: u64 = 1000;
/// Between two attempts to hand over events that find no room.
const ROOM: Duration = Duration::from_millis(2);
/// A node that was heard on a network within so many ms is heard there.
const HEARD: u64 = 2000;
const NO_ANSWER: &str =
    "corosync does not answer, which names the nodes: see `systemctl status corosync`";

/// What the thread has.
pub struct Server {
    pub settings: Settings,
    pub setup: Setup,
    pub poll: Poll,
    pub outbox: Arc<Outbox>,
    pub watchdog: Watchdog,
    pub events: Events,
    pub lists: Receiver<Result<NodeList, String>>,
}

/// Nobody listens any more.
struct Stop;

/// Runs until the engine is dropped, or nobody listens.
pub fn run(mut server: Server) {
    realtime::enter_if_allowed();
    let Ok(list) = server.wait_for_list() else {
        return;
    };
    if let Some(peer) = Peer::new(server.setup.clone()) {
        let networks = networks(&server.settings, &list);
        Carrier::new(server, peer, networks, list).run();
    }
}

impl Server {
    /// Waits for the node list. What is wrong with it is announced.
    fn wait_for_list(&mut self) -> Result<NodeList, Stop> {
        let (begun, mut said) = (Instant::now(), String::new());
        let mut events = mio::Events::with_capacity(4);
        loop {
            if self.outbox.has_ended() || self.events.is_closed() {
                return Err(Stop);
            }
            let why = match self.lists.try_recv() {
                Ok(Ok(list)) => match nodelist::differs(&list, self.setup.electorate.nodes()) {
                    None => return Ok(list),
                    Some(why) => Some(why),
                },
                Ok(Err(why)) => Some(why),
                Err(TryRecvError::Empty) if begun.elapsed().as_millis() < 3 * u128::from(LOOK) => {
                    None
                }
                Err(TryRecvError::Empty) if said.is_empty() => Some(NO_ANSWER.to_owned()),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return Err(Stop),
            };
            if let Some(why) = why.filter(|why| *why != said) {
                said.clone_from(&why);
                self.events.put(GroupEvent::Nothing(why));
            }
            self.events.hand_over();
            wait(&mut self.poll, &mut events, Duration::from_millis(50));
        }
    }
}

fn wait(poll: &mut Poll, events: &mut mio::Events, how_long: Duration) {
    let result = poll.poll(events, Some(how_long));
    if result.is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
        // Never so; the loop is not to turn without a pause.
        std::thread::sleep(how_long.min(ROOM));
    }
}

/// The networks that this node has in common with others.
fn networks(settings: &Settings, list: &NodeList) -> Vec<Network> {
    let mut tokens = (1..).map(Token);
    let mut token = || tokens.next().unwrap_or(Token(0));
    let mut networks = Vec::new();
    let own = list.get(&settings.id).into_iter().flatten();
    for (link, local) in own {
        let others = list.iter().filter(|(node, _)| **node != settings.id);
        let others: Vec<_> = others
            .filter_map(|(node, addresses)| Some((*node, *addresses.get(link)?)))
            .collect();
        networks.push(Network::link(
            *link,
            *local,
            &others,
            settings.port,
            token(),
        ));
    }
    if let Some(interface) = &settings.interface {
        let number = settings.group_number();
        networks.push(Network::interface(
            interface,
            &settings.on_interface,
            number,
            settings.port,
            token(),
        ));
    }
    networks
}

/// Carries datagrams.
struct Carrier {
    server: Server,
    peer: Peer,
    networks: Vec<Network>,
    list: NodeList,
    /// By network: when a node was heard there.
    heard: Vec<Vec<(u32, u64)>>,
    trouble: Vec<String>,
    begun: Instant,
    looked: Option<u64>,
    /// The list is another by now.
    list_changed: bool,
    /// The program is silent.
    is_silent: bool,
    /// Something waits to be read.
    more: bool,
}

impl Carrier {
    fn new(server: Server, peer: Peer, networks: Vec<Network>, list: NodeList) -> Carrier {
        Carrier {
            heard: vec![Vec::new(); networks.len()],
            server,
            peer,
            networks,
            list,
            trouble: Vec::new(),
            begun: Instant::now(),
            looked: None,
            list_changed: false,
            is_silent: false,
            more: false,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn run(mut self) {
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
            self.send_messages();
            let now = self.now();
            let is_silent = self.server.watchdog.is_silent(now);
            if is_silent != self.is_silent {
                self.is_silent = is_silent;
                self.handle(Input::Silent(is_silent));
            }
            if self.peer.wake_at() <= self.now() {
                self.handle(Input::Tick);
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
            while let Some(bytes) = self
                .networks
                .get_mut(at)
                .and_then(|network| network.receive(&mut buffer))
            {
                let bytes = bytes.to_vec();
                self.handle(Input::Datagram(bytes));
                self.note(at);
                count += 1;
                if count == IN_A_ROW {
                    self.more = true;
                    break;
                }
            }
        }
    }

    /// Notes who was heard on a network.
    fn note(&mut self, network: usize) {
        let now = self.now();
        if let (Some(node), Some(heard)) = (self.peer.heard(), self.heard.get_mut(network)) {
            match heard.iter_mut().find(|(known, _)| *known == node) {
                Some((_, at)) => *at = now,
                None => heard.push((node, now)),
            }
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
            }
        }
        if is_lost {
            self.handle(Input::Lost);
        }
    }

    /// Looks after the networks, and announces what is wrong with them.
    fn look(&mut self) {
        let now = self.now();
        for network in &mut self.networks {
            network.look(self.server.poll.registry());
        }
        if let Ok(Ok(list)) = self.server.lists.try_recv() {
            self.list_changed = list != self.list;
        }
        let trouble = if now < HEARD {
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
        for (network, heard) in self.networks.iter().zip(&self.heard) {
            if let Some(why) = network.trouble() {
                all.push(why);
                continue;
            }
            let is_heard = |node: &u32| {
                heard
                    .iter()
                    .any(|(known, at)| known == node && at.saturating_add(HEARD) > now)
            };
            let unheard: Vec<String> = self
                .peer
                .reached()
                .filter(|node| network.others.contains(node) && !is_heard(node))
                .map(|n| n.to_string())
                .collect();
            if !unheard.is_empty() {
                all.push(format!(
                    "{}: nothing comes from node {}",
                    network.name,
                    unheard.join(", ")
                ));
            }
        }
        if self.list_changed {
            all.push(
                "corosync has another nodelist by now: restart ssid on one node after the other"
                    .to_owned(),
            );
        }
        all
    }
}
