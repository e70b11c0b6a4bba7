// SPDX-License-Identifier: GPL-2.0-only

//! Does what the agent orders.

use std::sync::mpsc;
use std::time::Duration;

use logic::agreement::Differences;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, Node};
use ssi_cluster::system::Live;
use ssi_netlink::{Client, Error, NewTable, Request, Table};
use ssi_protocol::{Buckets, Clients, Command, KernelEvent, TableFound, Time};
use tokio::sync::mpsc as channel;

use crate::agent::Event;
use crate::clock::BootClock;
use crate::kernel::order::Order;
use crate::kernel::sticking::{self, Watch};
use crate::kernel::stranded::Stranded;
use crate::log_kind::LogKind;

/// A node that leaves takes its addresses away when its last clients were told, or after so long.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What the kernel has of the cluster: table and lease of one moment.
pub fn found(table: &Table) -> TableFound {
    TableFound {
        generation: table.generation,
        owned: Buckets::from_bitmap(table.buckets, &table.owned),
        draining: Buckets::from_bitmap(table.buckets, &table.draining),
        adopting: Buckets::from_bitmap(table.buckets, &table.adopting),
        sticking: table.sticking.iter().copied().collect(),
        lease_until: table.lease_until.map_or(Time(0), BootClock::own_time),
    }
}

/// The loop has ended.
struct Ended;

struct Worker<'a> {
    file: ClusterFile,
    me: Node,
    client: Option<Client>,
    clock: BootClock,
    events: &'a channel::Sender<Event>,
    stranded: Stranded,
    watch: Watch,
    /// Whether something was wrong the last time.
    troubled: bool,
    /// Whether the cluster is to be on this machine: not once the node has left.
    is_present: bool,
    /// Whether this node is to answer ARP, as ordered last.
    is_master: Option<bool>,
    /// In what the kernel did not agree with others the last time.
    differs: Differences,
}

/// Does orders until the loop has ended.
pub fn run(
    (file, me): (ClusterFile, Node),
    is_present: bool,
    orders: &mpsc::Receiver<Order>,
    (events, stranded, watch): (&channel::Sender<Event>, Stranded, Watch),
) {
    let mut worker = Worker {
        file,
        me,
        client: None,
        clock: BootClock::default(),
        events,
        stranded,
        watch,
        troubled: false,
        is_present,
        is_master: None,
        differs: Differences::NONE,
    };
    while let Ok(order) = orders.recv() {
        if worker.carry_out(order).is_err() {
            return;
        }
    }
}

impl Worker<'_> {
    fn carry_out(&mut self, order: Order) -> Result<(), Ended> {
        match order {
            Order::Command(command) => {
                let stuck = self.who_sticks(&command);
                let result = self.command(&command, &stuck);
                match self.judge(result)? {
                    true => {
                        self.report(KernelEvent::Done(stuck))?;
                        self.look_after(&command)
                    }
                    false => {
                        let table = self.table_again()?;
                        self.report(KernelEvent::Refused(table))
                    }
                }
            }
            Order::GiveUp(buckets) => {
                let result = self.settle(&buckets);
                match self.judge(result)? {
                    true => self.report(KernelEvent::Drained(buckets)),
                    false => Ok(()),
                }
            }
            Order::EndSessions(buckets) => {
                self.stranded.end(buckets);
                Ok(())
            }
            Order::Watch(clients) => {
                self.watch.watch(clients);
                Ok(())
            }
            Order::Master(master) => {
                self.is_master = Some(master);
                let result = self.set_master(master);
                self.judge(result).map(drop)
            }
            Order::Mend => self.mend(),
            Order::Present(present) => self.present(present),
            Order::File(file) => {
                let is_present = self.is_present && !self.me.is_witness();
                (self.file, self.me) = *file;
                self.present(is_present)
            }
            Order::Look => self.look(),
        }
    }

    /// Who sticks to this node by a command. Without a list nobody does, and buckets move as they would.
    fn who_sticks(&mut self, command: &Command) -> Clients {
        let Command::SetTable {
            owned,
            sticking,
            stick,
            ..
        } = command
        else {
            return Clients::default();
        };
        let (name, nodes) = (self.file.name.clone(), self.file.nodes.len());
        let already = sticking.but(&sticking.of(owned)).len();
        let found = self
            .client()
            .and_then(|client| sticking::find(client, &name, stick, (nodes, already)));
        found.unwrap_or_else(|e| {
            LogKind::NotSticking.log(format_args!(
                "{name}: {e}; clients of buckets that move do not stick to this node"
            ));
            Clients::default()
        })
    }

    fn command(&mut self, command: &Command, stuck: &Clients) -> Result<(), Error> {
        let name = self.file.name.clone();
        match command {
            Command::SetTable {
                generation,
                owned,
                cold,
                lease_until,
                sticking,
                ..
            } => {
                let mut sticking = sticking.clone();
                sticking.add(stuck);
                let table = NewTable {
                    name,
                    buckets: owned.k(),
                    owned: owned.to_bitmap(),
                    generation: *generation,
                    cold: Some(cold.to_bitmap()),
                    lease_until: Some(self.clock.kernel_time(*lease_until)),
                    sticking: sticking.iter().collect(),
                    ..NewTable::default()
                };
                self.client()?.table_set(&table)
            }
            Command::Renew { lease_until } => {
                let until = self.clock.kernel_time(*lease_until);
                self.client()?.lease_renew_until(&name, until)
            }
            Command::Settle { buckets } => self.settle(buckets),
        }
    }

    /// The protocol takes what a table gives away to drain. Where a lease had run out it was given away before, and may have
    /// drained before: nothing would show that.
    fn look_after(&mut self, command: &Command) -> Result<(), Ended> {
        match command {
            Command::SetTable { .. } => self.look(),
            Command::Renew { .. } | Command::Settle { .. } => Ok(()),
        }
    }

    fn set_master(&mut self, master: bool) -> Result<(), Error> {
        let request = Request {
            master: Some(master),
            ..Request::new(&self.file.name)
        };
        self.client()?.cluster_set(&request)
    }

    fn settle(&mut self, buckets: &Buckets) -> Result<(), Error> {
        let name = self.file.name.clone();
        self.client()?.settle(&name, &buckets.to_bitmap())
    }

    fn present(&mut self, present: bool) -> Result<(), Ended> {
        self.is_present = present;
        let mut system = Live::default();
        let result = match present {
            true => ssi_cluster::ready(&mut system, &self.file, &self.me).map(drop),
            false => {
                self.stranded.wait(LAST_WORDS);
                ssi_cluster::gone(&mut system, &self.file, &self.me)
            }
        };
        self.judge(result.map_err(|failure| sentence(&failure)))
            .map(drop)
    }

    /// Puts back what somebody took away, and reports what could not be.
    fn mend(&mut self) -> Result<(), Ended> {
        if !self.is_present || self.me.is_witness() {
            return self.send(Event::Mended(None));
        }
        let result = ssi_cluster::mend(&mut Live::default(), &self.file, &self.me);
        let unmet = match result {
            Ok(mended) => {
                if mended.is_new {
                    self.client = None;
                    self.master_again();
                    // The others take what this node gave away for drained here.
                    self.look()?;
                }
                if !mended.is_empty() {
                    LogKind::Mended.log(format_args!("{}: {mended}", self.file.name));
                }
                self.judge(Ok::<(), String>(()))?;
                None
            }
            Err(failure) => Some(sentence(&failure)),
        };
        self.send(Event::Mended(unmet))
    }

    /// A cluster that was made anew is nobody's master.
    fn master_again(&mut self) {
        if self.is_master != Some(true) {
            return;
        }
        if let Err(e) = self.set_master(true) {
            LogKind::NotMended.log(format_args!("{}: {e}", self.file.name));
        }
    }

    /// What the kernel has now, as events. What it sent may be old by now, and its buckets drain again: only what does
    /// not drain now is drained.
    fn look(&mut self) -> Result<(), Ended> {
        let Ok(table) = self.read() else {
            // There is none at the moment; the next command finds out.
            return Ok(());
        };
        let k = self.file.buckets;
        let draining = Buckets::from_bitmap(k, &table.draining);
        let all = Buckets::of(k, 0..k);
        self.report(KernelEvent::Drained(all.but(&draining)))?;
        if table.lapsed {
            self.report(KernelEvent::Expired(draining))?;
        }
        self.look_at_others()
    }

    /// In what the kernel does not agree with others, where that is new.
    fn look_at_others(&mut self) -> Result<(), Ended> {
        let name = self.file.name.clone();
        let cluster = self.client().and_then(|client| client.cluster(&name));
        let Some(differs) = cluster.ok().map(|cluster| Differences(cluster.differs)) else {
            return Ok(());
        };
        if differs == self.differs {
            return Ok(());
        }
        self.differs = differs;
        self.send(Event::Differs(differs))
    }

    /// What the kernel has after a refusal. Where it has no cluster, somebody took it away: it is made again.
    fn table_again(&mut self) -> Result<TableFound, Ended> {
        let k = self.file.buckets;
        match self.read() {
            Ok(table) => Ok(found(&table)),
            Err(_) if self.me.is_witness() => Ok(TableFound::nothing(k)),
            Err(e) => {
                let name = &self.file.name;
                LogKind::Mended.log(format_args!("{name}: {e}; making the cluster again"));
                self.client = None;
                match ssi_cluster::ready(&mut Live::default(), &self.file, &self.me) {
                    Ok(there) => {
                        self.master_again();
                        Ok(found(&there.table))
                    }
                    Err(failure) => {
                        self.judge(Err(sentence(&failure)))?;
                        Ok(TableFound::nothing(k))
                    }
                }
            }
        }
    }

    fn read(&mut self) -> Result<Table, Error> {
        let name = self.file.name.clone();
        self.client()?.table(&name)
    }

    fn client(&mut self) -> Result<&mut Client, Error> {
        match &mut self.client {
            Some(client) => Ok(client),
            empty => Ok(empty.insert(Client::open()?)),
        }
    }

    /// Whether it went well; a notice is sent where that changes.
    fn judge(&mut self, result: Result<(), impl ToString>) -> Result<bool, Ended> {
        let is_good = result.is_ok();
        if let Err(e) = result {
            let sentence = format!("the kernel refuses: {}", e.to_string());
            self.send(Event::KernelTrouble(Some(sentence)))?;
        } else if self.troubled {
            self.send(Event::KernelTrouble(None))?;
        }
        self.troubled = !is_good;
        Ok(is_good)
    }

    fn report(&self, event: KernelEvent) -> Result<(), Ended> {
        self.send(Event::Kernel(event))
    }

    fn send(&self, event: Event) -> Result<(), Ended> {
        self.events.blocking_send(event).map_err(|_| Ended)
    }
}

/// As a sentence.
pub fn sentence(failure: &Failure) -> String {
    match failure {
        Failure::Refused(sentence) | Failure::Usage(sentence) => sentence.clone(),
        Failure::ReaderGone => String::new(),
    }
}
