// SPDX-License-Identifier: GPL-2.0-only

//! State of this node's kernel, as far as it reported it.

use crate::{Buckets, Clients, Command, Report, Sticking, TableFound, Time};

/// The kernel's table, and the command that it is at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Kernel {
    generation: u64,
    owned: Buckets,
    draining: Buckets,
    adopting: Buckets,
    /// What it accepted for last, though the lease be over, and the generation of that table.
    former: (Buckets, u64),
    lease_until: Time,
    /// Clients that stick to this node.
    sticking: Sticking,
    /// Those that it leaves to others.
    left: Clients,
    at: Option<Command>,
    /// After a refusal it is left alone for a while.
    rests_until: Time,
}

impl Kernel {
    /// As it was found.
    pub fn found(table: TableFound) -> Self {
        let adopting = table.adopting.and(&table.owned);
        Self {
            generation: table.generation,
            sticking: Sticking {
                version: 0,
                clients: table.sticking.of(&table.draining),
            },
            left: table.sticking.of(&adopting),
            adopting,
            former: (table.owned.clone(), table.generation),
            owned: table.owned,
            draining: table.draining,
            lease_until: table.lease_until,
            at: None,
            rests_until: Time(0),
        }
    }

    /// Generation of its table.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Buckets in its table. It accepts for them until the lease ends.
    pub fn owned(&self) -> &Buckets {
        &self.owned
    }

    /// Buckets that it drains.
    pub fn draining(&self) -> &Buckets {
        &self.draining
    }

    /// Buckets whose flows it leaves to their former owner.
    pub fn adopting(&self) -> &Buckets {
        &self.adopting
    }

    /// Buckets whose connections came to it last: it accepts for them, or did until its lease was over; and the generation of
    /// the table that it had them by.
    pub fn former(&self) -> &(Buckets, u64) {
        &self.former
    }

    /// Clients that stick to this node.
    pub fn sticking(&self) -> &Sticking {
        &self.sticking
    }

    /// Clients that it leaves to others.
    pub fn left(&self) -> &Clients {
        &self.left
    }

    /// Its list.
    pub fn list(&self) -> Clients {
        let mut list = self.sticking.clients.clone();
        list.add(&self.left);
        list
    }

    /// Its lease is over, so that nobody sticks to it any more, whatever it gets later.
    pub fn let_all_go(&mut self) {
        self.stick(Clients::default());
        self.left = Clients::default();
    }

    fn stick(&mut self, clients: Clients) {
        if clients != self.sticking.clients {
            self.sticking = Sticking {
                version: self.sticking.version + 1,
                clients,
            };
        }
    }

    /// When it was ordered to stop.
    pub fn lease_until(&self) -> Time {
        self.lease_until
    }

    /// Whether it has a command to answer.
    pub fn has_command(&self) -> bool {
        self.at.is_some()
    }

    /// Whether it has a command to answer, or just refused one.
    pub fn is_busy(&self, now: Time) -> bool {
        self.at.is_some() || now < self.rests_until
    }

    /// Whether it accepts, or may after the command that it is at.
    pub fn may_own(&self, bucket: u32) -> bool {
        let about_to = match &self.at {
            Some(Command::SetTable { owned, .. }) => owned.contains(bucket),
            _ => false,
        };
        about_to || self.owned.contains(bucket)
    }

    /// When the lease ends of its table, or of the command that it is at, whichever is later. Then it accepts for nothing,
    /// whether it ever answers or not: commands name moments.
    pub fn accepts_until(&self) -> Time {
        match &self.at {
            Some(Command::SetTable { lease_until, .. } | Command::Renew { lease_until }) => {
                self.lease_until.max(*lease_until)
            }
            Some(Command::Settle { .. }) | None => self.lease_until,
        }
    }

    /// Whether its lease is over: then only a new table helps.
    pub fn has_expired(&self, now: Time) -> bool {
        self.lease_until <= now
    }

    /// Hands it a command.
    pub fn command(&mut self, command: Command) -> Command {
        self.at = Some(command.clone());
        command
    }

    /// The command was carried out, and these clients stick from now on; whether the table is another now.
    pub fn done(&mut self, stuck: &Clients) -> bool {
        match self.at.take() {
            Some(Command::SetTable {
                generation,
                owned,
                cold,
                lease_until,
                sticking,
                ..
            }) => {
                let lost = self.owned.but(&owned);
                self.adopting = owned.but(&cold);
                self.draining.add(&lost);
                self.draining.take(&owned);
                let mut clients = sticking.of(&self.draining);
                clients.add(&stuck.of(&self.draining));
                self.stick(clients);
                self.left = sticking.of(&owned);
                self.generation = generation;
                // Nor does an empty table after the end of a lease. Who has what was given away has a later one.
                if !owned.is_empty() {
                    self.former = (owned.clone(), generation);
                }
                self.owned = owned;
                self.lease_until = lease_until;
                true
            }
            Some(Command::Renew { lease_until }) => {
                self.lease_until = lease_until;
                false
            }
            Some(Command::Settle { buckets }) => {
                self.adopting.take(&buckets);
                self.left = self.left.of(&self.adopting);
                false
            }
            None => false,
        }
    }

    /// The command was refused. It can be tried again at `again`.
    pub fn refused(&mut self, found: TableFound, again: Time) {
        let version = self.sticking.version + 1;
        // The end of a lease empties the table.
        let former = match found.owned.is_empty() {
            true => self.former.clone(),
            false => (found.owned.clone(), found.generation),
        };
        *self = Self {
            former,
            rests_until: again,
            ..Self::found(found)
        };
        self.sticking.version = version;
    }

    /// The drain of these ended.
    pub fn drained(&mut self, buckets: &Buckets) {
        self.draining.take(buckets);
        self.stick(self.sticking.clients.of(&self.draining));
    }

    /// The lease ran out, and these drain since.
    pub fn expired(&mut self, draining: &Buckets, now: Time) {
        self.lease_until = self.lease_until.min(now);
        self.draining.add(draining);
        self.let_all_go();
    }

    /// For the other nodes.
    pub fn report(&self, now: Time) -> Report {
        let owned = if self.has_expired(now) {
            Buckets::none(self.owned.k())
        } else {
            self.owned.clone()
        };
        Report {
            generation: self.generation,
            owned,
            draining: self.draining.clone(),
            sticking: self.sticking.clone(),
        }
    }
}
