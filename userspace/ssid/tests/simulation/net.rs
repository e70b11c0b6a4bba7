// SPDX-License-Identifier: GPL-2.0-only

//! The network between machines: the engine in memory, or the engine over datagrams on networks of a model.

use ssi_group_comm::datagram::Datagram;
use ssi_group_comm::memory::{Hub, Memory};
use ssi_group_comm::{Engine, GroupEvent, Kind};
use tokio::sync::mpsc::Receiver;

use crate::air::{Air, Station};

/// It. What may happen to it is the same, as far as it can.
pub enum Net {
    Hub(Hub),
    Air(Air),
}

/// A program's end of it.
pub enum Link {
    Memory(Memory, Receiver<GroupEvent>),
    Station(Box<Station>),
}

impl Net {
    pub fn join(&self, id: u32, clock: u64, number: u64) -> Link {
        match self {
            Self::Hub(hub) => {
                let mut engine = hub.join(id);
                let group = engine.receiver().unwrap();
                Link::Memory(engine, group)
            }
            Self::Air(air) => Link::Station(Box::new(Station::new(air.clone(), id, clock, number))),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Hub(_) => Memory::KIND,
            Self::Air(_) => Datagram::KIND,
        }
    }

    /// Real time goes on to this.
    pub fn run(&self, real: u64) {
        match self {
            Self::Hub(hub) => hub.run(),
            Self::Air(air) => air.set_time(real),
        }
    }

    pub fn down(&self, id: u32) {
        match self {
            Self::Hub(hub) => hub.down(id),
            Self::Air(air) => air.with(|sky| {
                sky.off.insert(id);
            }),
        }
    }

    pub fn up(&self, id: u32) {
        match self {
            Self::Hub(hub) => hub.up(id),
            Self::Air(air) => air.with(|sky| {
                sky.off.remove(&id);
            }),
        }
    }

    pub fn hold(&self, id: u32) {
        match self {
            Self::Hub(hub) => hub.hold(id),
            Self::Air(air) => air.with(|sky| {
                sky.held.insert(id);
            }),
        }
    }

    pub fn release(&self, id: u32) {
        match self {
            Self::Hub(hub) => hub.release(id),
            Self::Air(air) => air.with(|sky| {
                sky.held.remove(&id);
            }),
        }
    }

    pub fn partition(&self, sets: &[&[u32]]) {
        self.partition_losing(sets, &[]);
    }

    pub fn partition_losing(&self, sets: &[&[u32]], losing: &[u32]) {
        match self {
            Self::Hub(hub) => hub.partition_losing(sets, losing),
            Self::Air(air) => air.with(|sky| {
                sky.parts = sets.iter().map(|set| set.to_vec()).collect();
                sky.lose(losing);
            }),
        }
    }

    pub fn heal(&self) {
        match self {
            Self::Hub(hub) => hub.heal(),
            Self::Air(air) => air.with(|sky| sky.heal()),
        }
    }
}

impl Link {
    pub fn send(&mut self, clock: u64, bytes: Vec<u8>) {
        match self {
            Self::Memory(engine, _) => engine.send(bytes),
            Self::Station(station) => station.send(clock, bytes),
        }
    }

    pub fn confirm_dead(&mut self, clock: u64, node: u32) -> Result<(), String> {
        match self {
            Self::Memory(..) => Err("not by this engine".into()),
            Self::Station(station) => station.confirm_dead(clock, node),
        }
    }

    pub fn receive(&mut self, clock: u64) -> Option<GroupEvent> {
        match self {
            Self::Memory(_, group) => group.try_recv().ok(),
            Self::Station(station) => station.receive(clock),
        }
    }
}
