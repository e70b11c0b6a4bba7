// SPDX-License-Identifier: GPL-2.0-only

//! Whether what a node is given is answered: by how its counters rise, and by what its kernel does for the service meanwhile.
//!
//! Counters alone do not tell a service that has died from one that never answers, as syslog over UDP. So something besides has to say that
//! there was to be an answer.

mod moment;
mod watch;

use std::fmt;

pub use moment::{Counts, Moment};
pub use watch::Watch;

/// So many packets without a reply are no chance.
pub const MANY: u64 = 20;
/// Nor so many answers of the kernel that did not leave: one may be under way at that moment.
const FEW: u64 = 3;

/// Packets that were given to the stack, and not one reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// How many.
    pub served: u64,
    /// Why there was to be one.
    pub why: Why,
}

/// Why there was to be a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The kernel opened or repeated so many connections, and that did not leave.
    Lost(u64),
    /// A service of this port does not take its connections.
    NotTaken(u16),
    /// So many packets were dropped by `rp_filter`.
    Filtered(u64),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(one) => write!(
                f,
                "the kernel answered for {one} connections, and no packet of that left by the interface"
            ),
            Self::NotTaken(port) => write!(
                f,
                "the service of TCP port {port} does not take its connections, and its queue is full"
            ),
            Self::Filtered(many) => write!(f, "{many} packets were dropped by rp_filter"),
        }
    }
}

/// What was not answered between two moments, if that is sure.
pub fn unanswered(before: &Moment, after: &Moment) -> Option<Unanswered> {
    let served = after.counts.served.saturating_sub(before.counts.served);
    // Resets and errors are replies, too.
    if served == 0 || after.counts.replies != before.counts.replies {
        return None;
    }
    let lost = after.sent_since(before);
    let filtered = after.filtered.saturating_sub(before.filtered);
    let is_full = after.overflows > before.overflows;
    let not_taken = after.not_taken().filter(|_| is_full && served >= MANY);
    let why = match not_taken {
        _ if lost >= FEW => Why::Lost(lost),
        Some(port) => Why::NotTaken(port),
        None if filtered >= MANY && filtered >= served / 2 => Why::Filtered(filtered),
        None => return None,
    };
    Some(Unanswered { served, why })
}

/// Two moments between which a service took no connections, and this many replies left.
#[cfg(test)]
pub fn hanging(replies: u64) -> (Moment, Moment) {
    let of = |overflows| moment::tests::Kernel {
        overflows,
        waiting: 129,
        ..Default::default()
    };
    let at = moment::tests::moment;
    (at(100, 90, &of(0)), at(140, 90 + replies, &of(40)))
}

#[cfg(test)]
mod tests {
    use super::moment::tests::{Kernel, moment};
    use super::*;

    /// From a moment to another one, by what rises.
    fn from_to(served: u64, replies: u64, before: Kernel, after: Kernel) -> Option<Unanswered> {
        unanswered(
            &moment(1000, 900, &before),
            &moment(1000 + served, 900 + replies, &after),
        )
    }

    fn opened(from: u32, count: u32) -> Kernel {
        Kernel {
            opened: (from..from + count).map(|port| (port, 0)).collect(),
            ..Kernel::default()
        }
    }

    #[test]
    fn handshakes_whose_answer_does_not_leave() {
        let found = from_to(40, 0, opened(0, 0), opened(0, 30));
        let lost = |count| Why::Lost(count);
        assert_eq!(
            found,
            Some(Unanswered {
                served: 40,
                why: lost(30)
            })
        );
        // Others than before, and one that was repeated.
        let mut after = opened(1, 4);
        after.opened[0].1 = 1;
        let found = from_to(4, 0, opened(0, 3), after);
        assert_eq!(found.map(|found| found.why), Some(lost(3)));
    }

    #[test]
    fn data_that_is_repeated_and_does_not_leave() {
        let of = |again: u32| Kernel {
            repeats: vec![(1, again), (2, again), (3, again)],
            ..Kernel::default()
        };
        let found = from_to(5, 0, of(1), of(2));
        assert_eq!(found.map(|found| found.why), Some(Why::Lost(3)));
        // They wait, for clients that went; nothing was sent meanwhile.
        assert_eq!(from_to(500, 0, of(7), of(7)), None);
    }

    #[test]
    fn a_service_that_takes_no_connections() {
        let of = |overflows, waiting| Kernel {
            overflows,
            waiting,
            ..Kernel::default()
        };
        let found = from_to(20, 0, of(5, 4), of(9, 4));
        assert_eq!(found.map(|found| found.why), Some(Why::NotTaken(7000)));
        assert_eq!(from_to(19, 0, of(5, 4), of(9, 4)), None);
        // Another service of this machine has a full queue.
        assert_eq!(from_to(20, 0, of(5, 0), of(9, 0)), None);
        assert_eq!(from_to(20, 0, of(9, 4), of(9, 4)), None);
    }

    #[test]
    fn packets_that_the_reverse_path_filter_drops() {
        let of = |filtered| Kernel {
            filtered,
            ..Kernel::default()
        };
        let found = from_to(40, 0, of(1), of(21));
        assert_eq!(found.map(|found| found.why), Some(Why::Filtered(20)));
        assert_eq!(from_to(42, 0, of(1), of(21)), None);
    }

    #[test]
    fn what_is_no_fault() {
        // One-way traffic, as syslog by UDP; nothing at all.
        assert_eq!(from_to(5000, 0, Kernel::default(), Kernel::default()), None);
        assert_eq!(from_to(0, 0, opened(0, 0), opened(0, 30)), None);
        // Replies leave: of a service, or resets of one that is dead.
        assert_eq!(from_to(500, 1, opened(0, 0), opened(0, 30)), None);
        // Beside one-way traffic, two handshakes that began right now.
        assert_eq!(from_to(500, 0, opened(0, 0), opened(0, 2)), None);
        // The cluster was made anew between the two.
        assert_eq!(
            unanswered(
                &moment(1000, 900, &opened(0, 0)),
                &moment(40, 0, &opened(0, 30))
            ),
            None
        );
    }

    #[test]
    fn why_is_a_sentence() {
        assert!(Why::Lost(3).to_string().contains("for 3 connections"));
        assert!(Why::NotTaken(80).to_string().contains("TCP port 80"));
        assert!(Why::Filtered(9).to_string().contains("rp_filter"));
    }
}
