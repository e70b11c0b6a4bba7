// SPDX-License-Identifier: GPL-2.0-only

//! Meter: samples from figures that are read each second.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use crate::load::cpu::{Cpu, percent};
use crate::load::pressure::Pressure;
use crate::load::traffic::Traffic;
use crate::load::{BucketLoad, Connections, Error, Resource, Sample, Source};

/// Connections are counted once in so many samples: the kernel has to go through its whole table for that.
const CONNECTIONS_EVERY: u32 = 5;
/// Where the kernel has no pressure (PSI), tasks are thought to wait when processors are busier than this.
const FREE_BELOW: u32 = 90;

/// Measures.
pub struct Meter<S> {
    source: S,
    before: Option<Before>,
    connections: Connections,
    trouble: Option<Error>,
    /// Samples until connections are counted again.
    wait: u32,
}

/// What was read last time.
struct Before {
    at: Duration,
    cpu: Cpu,
    stalled: Option<Duration>,
    traffic: Traffic,
}

impl<S: Source> Meter<S> {
    /// Measures by a source.
    pub const fn new(source: S) -> Self {
        Self {
            source,
            before: None,
            connections: Connections {
                total: 0,
                buckets: BTreeMap::new(),
            },
            trouble: None,
            wait: 0,
        }
    }

    /// Reads all figures; `now` is a time that never goes back. It blocks for some milliseconds.
    ///
    /// `None` the first time, and when the kernel's counters began anew: there is nothing to compare with.
    ///
    /// # Errors
    ///
    /// When `/proc/stat` or the module's counters cannot be read. The next sample is of the longer time then.
    pub fn sample(&mut self, now: Duration) -> Result<Option<Sample>, Error> {
        let cpu = self.cpu()?;
        let traffic = Traffic::new(&self.source.counters()?);
        self.count_connections();
        let pressure = self.pressure(Resource::Cpu);
        let current = Before {
            at: now,
            cpu,
            stalled: pressure.map(|pressure| pressure.total),
            traffic,
        };
        let sample = self.before.as_ref().and_then(|before| {
            let elapsed = now.saturating_sub(before.at);
            let rates = current.traffic.rates(&before.traffic, elapsed)?;
            Some(self.put_together(&current, before, rates))
        });
        self.before = Some(current);
        Ok(sample.map(|sample| Sample {
            pressure: average(pressure),
            io_pressure: average(self.pressure(Resource::Io)),
            memory_pressure: average(self.pressure(Resource::Memory)),
            ..sample
        }))
    }

    /// Why connections cannot be counted, if they cannot. Samples come all the same.
    pub const fn trouble(&self) -> Option<&Error> {
        self.trouble.as_ref()
    }

    fn put_together(&self, now: &Before, before: &Before, rates: Vec<BucketLoad>) -> Sample {
        let sum = |of: fn(&BucketLoad) -> u64| rates.iter().map(of).fold(0, u64::saturating_add);
        let cpu = now.cpu.busy(&before.cpu);
        Sample {
            packets: sum(|rate| rate.packets),
            bytes: sum(|rate| rate.bytes),
            connections: self.connections.total,
            cpu,
            stall: stall(now, before).unwrap_or_else(|| estimated_stall(cpu)),
            buckets: with_connections(rates, &self.connections),
            ..Sample::default()
        }
    }

    fn cpu(&mut self) -> Result<Cpu, Error> {
        let text = self.source.stat().map_err(Error::Stat)?;
        Cpu::parse(&text).ok_or_else(|| {
            let missing = "there is no line 'cpu' with at least four fields";
            Error::Stat(io::Error::new(io::ErrorKind::InvalidData, missing))
        })
    }

    fn pressure(&mut self, of: Resource) -> Option<Pressure> {
        Pressure::parse(&self.source.pressure(of)?)
    }

    fn count_connections(&mut self) {
        if self.wait > 0 {
            self.wait -= 1;
            return;
        }
        self.wait = CONNECTIONS_EVERY - 1;
        (self.connections, self.trouble) = match self.source.connections() {
            Ok(connections) => (connections, None),
            Err(e) => (Connections::default(), Some(e)),
        };
    }
}

/// Percent of the time between in which some task waited for a processor.
fn stall(now: &Before, before: &Before) -> Option<u32> {
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let stalled = now.stalled?.saturating_sub(before.stalled?);
    let elapsed = now.at.saturating_sub(before.at);
    Some(percent(
        nanoseconds(stalled.min(elapsed)),
        nanoseconds(elapsed),
    ))
}

fn estimated_stall(cpu: u32) -> u32 {
    let busy = cpu.saturating_sub(FREE_BELOW);
    percent(busy.into(), (100 - FREE_BELOW).into())
}

fn average(pressure: Option<Pressure>) -> u32 {
    pressure.map_or(0, |pressure| pressure.average)
}

/// Adds each bucket's connections, and the buckets that have nothing else.
fn with_connections(rates: Vec<BucketLoad>, connections: &Connections) -> Vec<BucketLoad> {
    let mut loads: BTreeMap<u32, BucketLoad> =
        rates.into_iter().map(|rate| (rate.bucket, rate)).collect();
    for (bucket, count) in &connections.buckets {
        let load = loads.entry(*bucket).or_insert(BucketLoad {
            bucket: *bucket,
            ..BucketLoad::default()
        });
        load.connections = *count;
    }
    loads.into_values().collect()
}

#[cfg(test)]
mod tests;
