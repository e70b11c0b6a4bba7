// SPDX-License-Identifier: GPL-2.0-only

//! The clients' day: what load each bucket has at each moment.

use std::net::{IpAddr, Ipv4Addr};

use logic::distribution::{Distribution, Hash};

use crate::random::Random;

/// Number of buckets.
pub const BUCKETS: usize = 1024;
/// Seconds from one sample of the load to the next.
pub const STEP: f64 = 10.0;
/// Clients; the n-th busiest has a demand as n to the power of -0.8 (Zipf's law).
const CLIENTS: usize = 20_000;
const SKEW: f64 = 0.8;
/// Clients come in three kinds, by the hour at which they have most to do: offices, homes, backups.
const PEAKS: [f64; 3] = [11.0, 20.5, 2.0];
const KINDS: [f64; 3] = [0.6, 0.3, 0.1];
/// A burst is one client with so much of the whole load, for so many seconds.
const BURST_PART: (f64, f64) = (0.005, 0.04);
const BURST_TIME: (f64, f64) = (300.0, 2400.0);
/// Seconds from one burst to the next, on average.
const BURST_EVERY: f64 = 900.0;

/// The clients at one moment.
pub struct World {
    random: Random,
    /// Demand of each bucket's clients, by kind; all together are 1.
    demand: Vec<[f64; 3]>,
    /// Sessions come and go: how much more or less than usual a bucket does, as a logarithm.
    mood: Vec<f64>,
    /// Bucket, part of the whole, end.
    bursts: Vec<(usize, f64, f64)>,
    next_burst: f64,
    now: f64,
}

impl World {
    /// Midnight.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let distribution = Distribution::new(BUCKETS as u32, Hash::None).unwrap();
        let mut demand = vec![[0.0; 3]; BUCKETS];
        let all: f64 = (1..=CLIENTS).map(|n| (n as f64).powf(-SKEW)).sum();
        for n in 1..=CLIENTS {
            let address = IpAddr::V4(Ipv4Addr::from_bits(random.bits() as u32));
            let kind = match random.part() {
                part if part < KINDS[0] => 0,
                part if part < KINDS[0] + KINDS[1] => 1,
                _ => 2,
            };
            demand[distribution.bucket(address) as usize][kind] += (n as f64).powf(-SKEW) / all;
        }
        Self {
            mood: (0..BUCKETS).map(|_| 0.3 * random.normal()).collect(),
            next_burst: random.wait(BURST_EVERY),
            random,
            demand,
            bursts: Vec::new(),
            now: 0.0,
        }
    }

    /// The load of each bucket a step later.
    pub fn step(&mut self) -> Vec<f64> {
        self.now += STEP;
        if self.now >= self.next_burst {
            let bucket = (self.random.bits() % BUCKETS as u64) as usize;
            let part = self.random.between(BURST_PART.0, BURST_PART.1);
            let end = self.now + self.random.between(BURST_TIME.0, BURST_TIME.1);
            self.bursts.push((bucket, part, end));
            self.next_burst += self.random.wait(BURST_EVERY);
        }
        self.bursts.retain(|(_, _, end)| *end > self.now);

        let hour = self.now / 3600.0;
        let activity = PEAKS.map(|peak| activity(hour, peak));
        let mut load = Vec::with_capacity(BUCKETS);
        for (demand, mood) in self.demand.iter().zip(&mut self.mood) {
            // It forgets in half an hour and varies by a factor of about 1.35.
            let memory = 1.0 - STEP / 1800.0;
            *mood = *mood * memory + 0.3 * (1.0 - memory * memory).sqrt() * self.random.normal();
            let usual: f64 = demand.iter().zip(activity).map(|(d, a)| d * a).sum();
            load.push(usual * mood.exp());
        }
        let all: f64 = load.iter().sum();
        for (bucket, part, _) in &self.bursts {
            load[*bucket] += part * all;
        }
        load
    }

    /// A load as a node's counters have it: whole requests, with their noise.
    pub fn counted(&mut self, load: &[f64]) -> Vec<u64> {
        let requests = |load: &f64| {
            let mean = load * 1e6;
            (mean + mean.sqrt() * self.random.normal()).max(0.0) as u64
        };
        load.iter().map(requests).collect()
    }
}

/// From 0.15 at the quietest hour to 1 at the peak.
fn activity(hour: f64, peak: f64) -> f64 {
    let angle = (hour - peak) / 24.0 * std::f64::consts::TAU;
    0.15 + 0.85 * (0.5 + 0.5 * angle.cos()).powi(2)
}
