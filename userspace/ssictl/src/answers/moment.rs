// SPDX-License-Identifier: GPL-2.0-only

//! A moment of a cluster's counters, and of what the kernel does for its services.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ssi_cluster::system::System;
use ssi_netlink::spec::Counter;
use ssi_netlink::{Cluster, Stats};

use crate::proc_net::{self, Line};

/// A handshake whose first packet was answered.
const SYN_RECV: u8 = 3;
/// A socket that waits for clients.
const LISTEN: u8 = 10;

/// What was served, and what left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets that were given to this node's stack.
    pub served: u64,
    /// Packets from the cluster's addresses, by whatever MAC.
    pub replies: u64,
}

impl Counts {
    /// Of a cluster's counters.
    pub fn of(stats: &Stats) -> Self {
        let of = |counter| {
            let found = stats.counters.iter().find(|(one, _)| *one == counter);
            found.map_or(0, |(_, count)| *count)
        };
        Self {
            served: of(Counter::RxServed),
            replies: of(Counter::TxReply).saturating_add(of(Counter::TxUntouched)),
        }
    }
}

/// A connection by its ends, the one here first.
type Ends = [(IpAddr, u16); 2];

/// A moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    pub(super) counts: Counts,
    /// Connections to which something was sent that is not acknowledged: how often it was repeated.
    pub(super) sent: BTreeMap<Ends, u32>,
    /// Ports with connections that no service has taken, and how many.
    pub(super) queues: BTreeMap<u16, u32>,
    /// Connections for which a queue had no room.
    pub(super) overflows: u64,
    /// Packets that `rp_filter` dropped.
    pub(super) filtered: u64,
}

impl Moment {
    /// The first of two: what is sent after its counters is in the other one's.
    pub fn first(system: &mut impl System, cluster: &Cluster) -> Self {
        let counts = counts(system, cluster);
        Self {
            counts,
            ..Self::kernel(&cluster.vips)
        }
    }

    /// The second one: its counters have what its connections say was sent.
    pub fn last(system: &mut impl System, cluster: &Cluster) -> Self {
        let kernel = Self::kernel(&cluster.vips);
        Self {
            counts: counts(system, cluster),
            ..kernel
        }
    }

    fn kernel(vips: &[IpAddr]) -> Self {
        let mut lines = proc_net::sockets("tcp");
        lines.extend(proc_net::sockets("tcp6"));
        Self {
            overflows: proc_net::netstat("ListenOverflows"),
            filtered: proc_net::netstat("IPReversePathFilter"),
            ..Self::of(&lines, vips)
        }
    }

    fn of(lines: &[Line], vips: &[IpAddr]) -> Self {
        let is_sent = |line: &&Line| line.state == SYN_RECV || line.again > 0;
        let of_vips = lines.iter().filter(|line| vips.contains(&line.local.0));
        let sent = of_vips
            .filter(|line| line.state != LISTEN)
            .filter(is_sent)
            .map(|line| ([line.local, line.remote], line.again));
        let waits = lines.iter().filter(|line| {
            let at = line.local.0;
            line.state == LISTEN && line.waiting > 0 && (at.is_unspecified() || vips.contains(&at))
        });
        Self {
            sent: sent.collect(),
            queues: waits.map(|line| (line.local.1, line.waiting)).collect(),
            ..Self::default()
        }
    }

    /// Connections for which the kernel sent something after an earlier moment.
    pub(super) fn sent_since(&self, before: &Self) -> u64 {
        let is_new = |(ends, again): &(&Ends, &u32)| match before.sent.get(*ends) {
            None => true,
            Some(earlier) => earlier < *again,
        };
        let count = self.sent.iter().filter(is_new).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// The port with the longest queue.
    pub(super) fn not_taken(&self) -> Option<u16> {
        let longest = self.queues.iter().max_by_key(|(_, waiting)| **waiting);
        longest.map(|(port, _)| *port)
    }
}

/// None where it went meanwhile: nothing rises then.
fn counts(system: &mut impl System, cluster: &Cluster) -> Counts {
    let stats = system.stats(&cluster.name);
    stats.map_or_else(|_| Counts::default(), |stats| Counts::of(&stats))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    const VIP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 100));

    /// What a kernel does.
    #[derive(Clone, Debug, Default)]
    pub struct Kernel {
        /// Handshakes from these ports, and how often the answer was repeated.
        pub opened: Vec<(u32, u32)>,
        /// Connections from these ports that wait, and how often their data was repeated.
        pub repeats: Vec<(u32, u32)>,
        pub waiting: u32,
        pub overflows: u64,
        pub filtered: u64,
    }

    fn line(local: IpAddr, remote: u32, state: u8, waiting: u32, again: u32) -> Line {
        Line {
            local: (local, 7000),
            remote: ([10, 64, 0, 1].into(), u16::try_from(remote).unwrap()),
            state,
            waiting,
            again,
        }
    }

    /// A moment of it.
    pub fn moment(served: u64, replies: u64, kernel: &Kernel) -> Moment {
        let opened = kernel
            .opened
            .iter()
            .map(|(port, again)| (SYN_RECV, port, again));
        let repeats = kernel.repeats.iter().map(|(port, again)| (1, port, again));
        let mut lines: Vec<Line> = opened
            .chain(repeats)
            .map(|(state, port, again)| line(VIP, *port, state, 0, *again))
            .collect();
        lines.push(line([0; 4].into(), 0, LISTEN, kernel.waiting, 0));
        Moment {
            counts: Counts { served, replies },
            overflows: kernel.overflows,
            filtered: kernel.filtered,
            ..Moment::of(&lines, &[VIP])
        }
    }

    #[test]
    fn only_what_is_the_clusters_counts() {
        let own: IpAddr = [10, 9, 0, 1].into();
        let lines = [
            line(own, 1, SYN_RECV, 0, 0),
            line(own, 2, 1, 0, 3),
            line(own, 0, LISTEN, 5, 0),
            line(VIP, 3, 1, 100, 0),
        ];
        assert_eq!(Moment::of(&lines, &[VIP]), Moment::default());
        let lines = [line(VIP, 1, 1, 0, 2), line(VIP, 0, LISTEN, 5, 0)];
        let found = Moment::of(&lines, &[VIP]);
        assert_eq!((found.sent.len(), found.not_taken()), (1, Some(7000)));
    }
}
