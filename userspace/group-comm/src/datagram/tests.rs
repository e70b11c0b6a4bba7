// SPDX-License-Identifier: GPL-2.0-only

//! Tests of the engine with its thread and sockets: three nodes at three addresses of the loopback interface.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::Group;

/// Much longer than it takes, on whatever machine.
const DEADLINE: Duration = Duration::from_secs(60);
/// So patient that nobody is lost on a busy machine.
const TIMING: Timing = Timing {
    beat: 50,
    patience: 10_000,
};

struct Node {
    engine: Datagram,
    events: mpsc::Receiver<GroupEvent>,
    group: Vec<u32>,
    messages: BTreeMap<u32, Vec<Vec<u8>>>,
    /// Without it the engine ends that has no list yet.
    _lists: SyncSender<Result<NodeList, String>>,
}

fn address(node: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0x7f00_0000 + node))
}

/// A port that is free, at least a moment ago.
fn port() -> u16 {
    let socket = UdpSocket::bind((address(1), 0)).unwrap();
    socket.local_addr().unwrap().port()
}

impl Node {
    fn start(id: u32, port: u16, list: Result<NodeList, String>) -> Node {
        let settings = Settings {
            group: "test".to_owned(),
            id,
            nodes: FileNodes {
                all: vec![1, 2, 3],
                on_interface: Vec::new(),
                interface: None,
                addresses: None,
            },
            secret: vec![5; 32],
            port,
            timing: TIMING,
        };
        let setup = Setup {
            me: id,
            electorate: Electorate::new(vec![1, 2, 3]).unwrap(),
            session: session().unwrap(),
            key: Key::new(&settings.secret, &settings.group).unwrap(),
            timing: TIMING,
        };
        let (lists, receiver) = sync_channel(2);
        lists.send(list).unwrap();
        let mut engine = Datagram::with(settings, setup, receiver).unwrap();
        let events = engine.receiver().unwrap();
        Node {
            engine,
            events,
            group: Vec::new(),
            messages: BTreeMap::new(),
            _lists: lists,
        }
    }

    fn take(&mut self) {
        self.engine.alive();
        while let Ok(event) = self.events.try_recv() {
            match event {
                GroupEvent::Group(Group {
                    members, quorate, ..
                }) => {
                    assert_eq!(quorate, members.len() > 1);
                    self.group = members;
                }
                GroupEvent::Message { from, bytes } => {
                    self.messages.entry(from).or_default().push(bytes);
                }
                GroupEvent::Nothing(why) => panic!("{why}"),
                GroupEvent::Trouble(all) => println!("{all:?}"),
                GroupEvent::CutOff(why) => panic!("{why:?}"),
                GroupEvent::HeldOut(all) => panic!("{all:?}"),
            }
        }
    }
}

fn until(nodes: &mut [Node], is_so: impl Fn(&[Node]) -> bool) {
    let begun = Instant::now();
    while !is_so(nodes) {
        assert!(begun.elapsed() < DEADLINE);
        thread::sleep(Duration::from_millis(5));
        nodes.iter_mut().for_each(Node::take);
    }
}

#[test]
fn three_nodes_are_a_group_and_have_each_others_messages() {
    let port = port();
    let list: NodeList = (1..=3)
        .map(|node| {
            let addresses = BTreeMap::from([(0, address(node))]);
            (
                node,
                Listed {
                    votes: 1,
                    addresses,
                },
            )
        })
        .collect();
    let mut nodes: Vec<Node> = (1..=3)
        .map(|id| Node::start(id, port, Ok(list.clone())))
        .collect();
    until(&mut nodes, |nodes| {
        nodes.iter().all(|node| node.group == [1, 2, 3])
    });
    let large = vec![7; 200_000];
    for node in &nodes {
        node.engine.send(b"first".to_vec());
        node.engine.send(large.clone());
    }
    let sent = vec![b"first".to_vec(), large];
    let is_sent = |node: &Node| (1..=3).all(|from| node.messages.get(&from) == Some(&sent));
    until(&mut nodes, |nodes| nodes.iter().all(is_sent));
    // Who ends says so: nobody waits for it.
    nodes.remove(1);
    let begun = Instant::now();
    until(&mut nodes, |nodes| {
        nodes.iter().all(|node| node.group == [1, 3])
    });
    assert!(begun.elapsed() < Duration::from_millis(TIMING.patience));
}

#[test]
fn without_a_list_there_is_a_sentence() {
    let why = "corosync does not answer".to_owned();
    let mut node = Node::start(1, port(), Err(why.clone()));
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < DEADLINE);
        match node.events.try_recv() {
            Ok(event) => {
                assert_eq!(event, GroupEvent::Nothing(why));
                return;
            }
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
}
