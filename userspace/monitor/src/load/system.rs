// SPDX-License-Identifier: GPL-2.0-only

//! This machine as a source.

use std::fs;
use std::io;
use std::time::Duration;

use ssi_netlink::sock_diag::{Bounds, List};
use ssi_netlink::{Bucket, Client};

use crate::load::{Connections, Error, Resource, Source, Tally};

/// How far a list of connections is read. 18,000 took 50 ms on two slow processors, so the time comes first. What is
/// left out then is a fair sample, as the kernel's table is in the order of a hash.
const BOUNDS: Bounds = Bounds {
    most: 500_000,
    time: Duration::from_millis(250),
};

/// This machine, and one cluster on it.
pub struct System {
    cluster: String,
    client: Option<Client>,
}

impl System {
    /// The cluster of this name. Nothing is opened yet.
    pub fn new(cluster: &str) -> Self {
        Self {
            cluster: cluster.to_owned(),
            client: None,
        }
    }

    /// Asks the kernel module. After an error it is connected to anew: it may have been loaded again, and has
    /// another number then.
    fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut Client, &str) -> Result<T, ssi_netlink::Error>,
    ) -> Result<T, Error> {
        let mut client = match self.client.take() {
            Some(client) => client,
            None => Client::open().map_err(Error::Counters)?,
        };
        let answer = question(&mut client, &self.cluster).map_err(Error::Counters)?;
        self.client = Some(client);
        Ok(answer)
    }
}

impl Source for System {
    fn stat(&mut self) -> io::Result<String> {
        fs::read_to_string("/proc/stat")
    }

    fn pressure(&mut self, of: Resource) -> Option<String> {
        fs::read_to_string(match of {
            Resource::Cpu => "/proc/pressure/cpu",
            Resource::Io => "/proc/pressure/io",
            Resource::Memory => "/proc/pressure/memory",
        })
        .ok()
    }

    fn counters(&mut self) -> Result<Vec<Bucket>, Error> {
        Ok(self.ask(Client::bucket_stats)?.buckets)
    }

    fn connections(&mut self) -> Result<Connections, Error> {
        let cluster = self.ask(Client::cluster)?;
        let mut tally = Tally::new(&cluster).ok_or(Error::Hash)?;
        List::established(BOUNDS)
            .each(|session| tally.add(session.local, session.remote))
            .map_err(Error::Connections)?;
        Ok(tally.counted())
    }
}
