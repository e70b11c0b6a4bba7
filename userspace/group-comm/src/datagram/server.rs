// SPDX-License-Identifier: GPL-2.0-only

//! What the engine's thread has, and how it waits until Corosync has named the nodes.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::Poll;

use super::electorate::Electorate;
use super::events::Events;
use super::nodelist::{self, NO_ANSWER, NodeList};
use super::nodes::{self, FileNodes};
use super::peer::Setup;
use super::settings::Settings;
use super::watchdog::Watchdog;
use crate::outbox::Outbox;
use crate::{Confirmed, GroupEvent};

/// So long nothing is announced about a list that does not come, in ms.
const SOON: u128 = 3000;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// What the thread has.
pub struct Server {
    pub settings: Settings,
    pub setup: Setup,
    pub poll: Poll,
    pub outbox: Arc<Outbox>,
    pub watchdog: Watchdog,
    pub events: Events,
    pub lists: Receiver<Result<NodeList, String>>,
    /// Nodes of the cluster file, each time that it is read again.
    pub file_nodes: Receiver<FileNodes>,
    /// Nodes that somebody confirms to be dead.
    pub confirmed: Receiver<(u32, Confirmed)>,
}

/// Nobody listens any more.
pub struct Stop;

impl Server {
    /// Waits for the node list. What is wrong with it is announced.
    pub fn wait_for_list(&mut self) -> Result<NodeList, Stop> {
        let (begun, mut last) = (Instant::now(), String::new());
        let mut events = mio::Events::with_capacity(4);
        loop {
            if self.outbox.has_ended() || self.events.is_closed() {
                return Err(Stop);
            }
            while let Ok(file) = self.file_nodes.try_recv() {
                self.name(file);
            }
            while let Ok((_, answer)) = self.confirmed.try_recv() {
                let why = match last.as_str() {
                    "" => NO_ANSWER,
                    last => last,
                };
                // Whoever asked may have gone.
                let _ = answer.send(Err(format!("this node is in no group: {why}")));
            }
            let why = match self.lists.try_recv() {
                Ok(Ok(list)) => match self.elect(&list) {
                    Ok(()) => return Ok(list),
                    Err(why) => Some(why),
                },
                Ok(Err(why)) => Some(why),
                Err(TryRecvError::Empty) if begun.elapsed().as_millis() < SOON => None,
                Err(TryRecvError::Empty) if last.is_empty() => Some(NO_ANSWER.to_owned()),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return Err(Stop),
            };
            if let Some(why) = why.filter(|why| *why != last) {
                last.clone_from(&why);
                self.events.put(GroupEvent::Nothing(why));
            }
            self.events.hand_over();
            wait(&mut self.poll, &mut events, LOOK);
        }
    }
}

impl Server {
    /// Corosync names these nodes, or the cluster file does: they count, with their votes.
    fn elect(&mut self, list: &NodeList) -> Result<(), String> {
        let differs = nodelist::differs(list, self.setup.electorate.nodes());
        differs.map_or(Ok(()), Err)?;
        self.setup.electorate = nodes::electorate(list)?;
        Ok(())
    }

    /// The cluster file names these nodes, before any counts. Too many are refused where the file is read.
    fn name(&mut self, file: FileNodes) {
        if let Ok(electorate) = Electorate::new(file.all.clone()) {
            self.setup.electorate = electorate;
            self.settings.nodes = file;
        }
    }
}

/// Waits for something to do.
pub fn wait(poll: &mut Poll, events: &mut mio::Events, how_long: Duration) {
    let result = poll.poll(events, Some(how_long));
    if result.is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
        // Never so; the loop is not to turn without a pause.
        std::thread::sleep(how_long.min(LOOK));
    }
}
