// SPDX-License-Identifier: GPL-2.0-only

//! A day, once with levelling and once without: what each minute was like.

use crate::cluster::{Cluster, NODES};
use crate::world::{BUCKETS, STEP, World};

/// A minute of the day.
#[derive(Clone, Copy, Default)]
pub struct Minute {
    /// The whole load, in parts of what it would be if all clients were busiest together.
    pub load: f64,
    /// The busiest node's load by the mean one's.
    pub levelled: f64,
    /// The same, had no bucket moved.
    pub left_alone: f64,
    /// Buckets that moved.
    pub moves: usize,
}

/// A day's minutes, and how often each bucket moved.
pub struct Day {
    /// All 1,440.
    pub minutes: Vec<Minute>,
    /// Of each bucket.
    pub moves: Vec<usize>,
}

/// Lets a day pass.
pub fn day(seed: u64) -> Day {
    let steps = (60.0 / STEP) as usize;
    let mut world = World::new(seed);
    let (mut levelled, mut left_alone) = (Cluster::new(true), Cluster::new(false));
    let mut moves = vec![0; BUCKETS];
    let minutes = (0..24 * 60).map(|_| {
        let mut minute = Minute::default();
        let mut served = [[0.0; NODES]; 2];
        for _ in 0..steps {
            let load = world.step();
            let counted = world.counted(&load);
            for moved in levelled.round(&counted) {
                moves[moved as usize] += 1;
                minute.moves += 1;
            }
            left_alone.round(&counted);
            for (sum, cluster) in served.iter_mut().zip([&levelled, &left_alone]) {
                let nodes = sum.iter_mut().zip(cluster.served(&load));
                nodes.for_each(|(sum, load)| *sum += load / steps as f64);
            }
            minute.load += load.iter().sum::<f64>() / steps as f64;
        }
        [minute.levelled, minute.left_alone] = served.map(|nodes| unevenness(&nodes));
        minute
    });
    Day {
        minutes: minutes.collect(),
        moves,
    }
}

fn unevenness(nodes: &[f64; NODES]) -> f64 {
    let mean = nodes.iter().sum::<f64>() / NODES as f64;
    nodes.iter().copied().fold(0.0, f64::max) / mean
}
