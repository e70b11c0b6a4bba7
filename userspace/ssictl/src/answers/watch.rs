// SPDX-License-Identifier: GPL-2.0-only

//! A second of clusters' counters, for a command that shows something else besides.

use std::thread::sleep;
use std::time::{Duration, Instant};

use ssi_cluster::system::System;
use ssi_netlink::Cluster;

use super::moment::{Counts, Moment};
use super::{Unanswered, unanswered};

/// A cluster of which a reply leaves within this time, or that is given nothing, is well.
const GLANCE: Duration = Duration::from_millis(100);
/// Handshakes are repeated after this time at the latest.
const SECOND: Duration = Duration::from_millis(1000);

/// Clusters that are watched.
pub struct Watch {
    began: Instant,
    /// Those that were ever given anything.
    before: Vec<(Cluster, Counts)>,
}

impl Watch {
    /// Begins.
    pub fn begin(system: &mut impl System, clusters: &[Cluster]) -> Self {
        let mut before = Vec::new();
        for cluster in clusters {
            let stats = system.stats(&cluster.name);
            let counts = stats.map(|stats| Counts::of(&stats)).unwrap_or_default();
            if counts.served > 0 {
                before.push((cluster.clone(), counts));
            }
        }
        Self {
            began: Instant::now(),
            before,
        }
    }

    /// Clusters whose packets were not answered, by name. It takes a second only where that may be so.
    pub fn end(self, system: &mut impl System) -> Vec<(String, Unanswered)> {
        if self.before.is_empty() {
            return Vec::new();
        }
        sleep(GLANCE.saturating_sub(self.began.elapsed()));
        let mut suspects = Vec::new();
        for (cluster, before) in self.before {
            let stats = system.stats(&cluster.name);
            let now = stats.map(|stats| Counts::of(&stats)).unwrap_or_default();
            if now.served > before.served && now.replies == before.replies {
                let moment = Moment::first(system, &cluster);
                suspects.push((cluster, moment));
            }
        }
        if suspects.is_empty() {
            return Vec::new();
        }
        sleep(SECOND);
        let mut found = Vec::new();
        for (cluster, before) in suspects {
            let after = Moment::last(system, &cluster);
            found.extend(unanswered(&before, &after).map(|what| (cluster.name, what)));
        }
        found
    }
}
