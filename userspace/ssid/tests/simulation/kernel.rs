// SPDX-License-Identifier: GPL-2.0-only

//! A kernel as far as the daemon knows it: a table, a lease, what drains and what is adopted.

use ssi_protocol::{Buckets, Clients, Command, TableFound, Time};

#[derive(Clone, Debug)]
pub struct Kernel {
    pub generation: u64,
    pub owned: Buckets,
    pub adopting: Buckets,
    pub draining: Buckets,
    pub lease_until: u64,
    /// Clients that stick, and those that began to by the last command: one of each bucket has sessions with whoever has it.
    pub sticking: Clients,
    pub stuck: Clients,
    /// Whether connections stay at the end of a lease.
    pub drains_at_expiry: bool,
    /// Whether the end of the lease was seen.
    pub expired: bool,
    pub master: bool,
    pub present: bool,
    /// Refuses whatever it is ordered.
    pub refuses: bool,
    /// Buckets that came in all, for counting moves.
    pub gained: u64,
}

impl Kernel {
    pub fn new(k: u32, drains_at_expiry: bool) -> Self {
        Self {
            generation: 0,
            owned: Buckets::none(k),
            adopting: Buckets::none(k),
            draining: Buckets::none(k),
            lease_until: 0,
            sticking: Clients::default(),
            stuck: Clients::default(),
            drains_at_expiry,
            expired: true,
            master: false,
            present: true,
            refuses: false,
            gained: 0,
        }
    }

    /// Whether a new connection of this bucket is taken, at this time of the machine's clock.
    pub fn accepts(&self, bucket: u32, clock: u64) -> bool {
        self.present && self.owned.contains(bucket) && clock < self.lease_until
    }

    /// The same of the client that has sessions.
    pub fn accepts_sticking(&self, bucket: u32, clock: u64) -> bool {
        let alive = self.present && clock < self.lease_until;
        match self.sticking.contains(client(bucket)) {
            true if self.adopting.contains(bucket) => false,
            true if self.draining.contains(bucket) => alive,
            _ => self.accepts(bucket, clock),
        }
    }

    pub fn found(&self) -> TableFound {
        TableFound {
            generation: self.generation,
            owned: self.owned.clone(),
            draining: self.draining.clone(),
            adopting: self.adopting.clone(),
            sticking: match self.expired {
                true => Clients::default(),
                false => self.sticking.clone(),
            },
            lease_until: Time(self.lease_until),
        }
    }

    /// The lease's end, if it has come: what was owned drains. True once.
    pub fn expire(&mut self, clock: u64) -> bool {
        if self.expired || clock < self.lease_until {
            return false;
        }
        self.expired = true;
        self.generation += u64::from(!self.owned.is_empty());
        if self.drains_at_expiry {
            self.draining.add(&self.owned);
        }
        self.adopting = Buckets::none(self.owned.k());
        true
    }

    /// Carries a command out, or refuses it.
    pub fn execute(&mut self, command: &Command, clock: u64) -> bool {
        self.expire(clock);
        self.stuck = Clients::default();
        if self.refuses {
            return false;
        }
        match command {
            Command::SetTable {
                generation,
                owned,
                cold,
                lease_until,
                sticking,
                stick: (buckets, elsewhere),
            } => {
                let late = lease_until.0 <= clock && !owned.is_empty();
                if !self.present || *generation <= self.generation || late {
                    return false;
                }
                let had = if self.expired {
                    Buckets::none(owned.k())
                } else {
                    self.owned.clone()
                };
                let gained = owned.but(&had);
                self.gained += u64::from(gained.len());
                self.adopting = self.adopting.and(owned);
                self.adopting.add(&gained.but(cold));
                self.draining.add(&had.but(owned));
                self.draining.take(owned);
                self.generation = *generation;
                self.stuck = buckets.iter().map(client).collect();
                self.stuck = self.stuck.but(elsewhere);
                self.sticking = sticking.clone();
                self.sticking.add(&self.stuck);
                self.owned = owned.clone();
                self.lease_until = lease_until.0;
                self.expired = lease_until.0 <= clock;
            }
            Command::Renew { lease_until } => {
                if !self.present || self.expired || lease_until.0 <= clock {
                    return false;
                }
                self.lease_until = self.lease_until.max(lease_until.0);
            }
            Command::Settle { buckets } => self.adopting.take(buckets),
        }
        true
    }
}

/// The client of a bucket that has sessions with whoever has it.
fn client(bucket: u32) -> u64 {
    (u64::from(bucket) << 32) | 1
}
