// SPDX-License-Identifier: GPL-2.0-only

//! What a cluster's counters alone say, without anybody being asked.

use logic::agreement::Differences;
use ssi_netlink::spec::{Counter, Difference};
use ssi_netlink::{Cluster, Stats};

use crate::answers::{Counts, MANY, Unanswered};
use crate::services::{Socket, answer_all};

/// So many packets for others may come of old ARP entries.
const STRAYS: u64 = 100;

/// What they say, a sentence each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Packets that take the cluster for a gateway; a few come of old ARP entries.
    pub strays: Option<String>,
    unanswered: Option<String>,
    claimed: Option<String>,
    ignored: Option<String>,
}

impl Remarks {
    /// By a cluster's counters; this node's services are looked at where it depends on them.
    pub fn of(cluster: &Cluster, stats: &Stats, services: impl FnOnce() -> Vec<Socket>) -> Self {
        let strays = count(stats, Counter::RxNotVip);
        let ignored = count(stats, Counter::RxArpIgnored) + count(stats, Counter::RxNdIgnored);
        let claims = count(stats, Counter::RxArpConflict) + count(stats, Counter::RxNdConflict);
        let differs = Differences(cluster.differs);
        let name = &cluster.name;
        Self {
            strays: (strays > STRAYS).then(|| {
                format!("{strays} packets to its MAC were for other addresses: a cluster is no gateway")
            }),
            unanswered: never_answered(stats).filter(|_| answer_all(&services(), &cluster.vips)),
            claimed: (claims > 0).then(|| {
                format!("another host claimed an address of it in {claims} frames (rx-arp-conflict, rx-nd-conflict): ssictl doctor {name}")
            }),
            // Ignored here, and by every node that is heard.
            ignored: (ignored > 0 && differs.has(Difference::NoMaster)).then(|| {
                format!("no node is master, and {ignored} questions for its addresses were ignored here (rx-arp-ignored, rx-nd-ignored)")
            }),
        }
    }

    /// The same with what was not answered while it was watched, of a cluster of this name.
    pub fn with_unanswered(mut self, name: &str, found: &Unanswered) -> Self {
        self.unanswered = Some(format!(
            "{} packets were given to its stack within a second, and none was answered (rx-served, tx-reply): {}: ssictl doctor {name}",
            found.served, found.why
        ));
        self
    }

    /// What is wrong, in one line.
    pub fn wrong(&self) -> Option<String> {
        let all = [&self.ignored, &self.claimed, &self.unanswered];
        let all: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// Served without an answer: nothing ever left with the cluster's address.
fn never_answered(stats: &Stats) -> Option<String> {
    let Counts { served, replies } = Counts::of(stats);
    (served >= MANY && replies == 0).then(|| {
        format!(
            "{served} packets were given to its stack, and none was answered (rx-served, tx-reply): ssictl doctor {}",
            stats.name
        )
    })
}

fn count(stats: &Stats, counter: Counter) -> u64 {
    let found = stats.counters.iter().find(|(one, _)| *one == counter);
    found.map_or(0, |(_, count)| *count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::Why;
    use ssi_cluster::fake::sample;
    use ssi_netlink::spec::Function;

    fn remarks(counters: &[(Counter, u64)], differs: Differences) -> Remarks {
        let mut cluster = sample(Function::Modulo);
        cluster.differs = differs.0;
        let stats = Stats {
            name: "store".into(),
            counters: counters.to_vec(),
        };
        Remarks::of(&cluster, &stats, || vec![service(true)])
    }

    /// Of TCP, or of UDP.
    fn service(tcp: bool) -> Socket {
        Socket {
            tcp,
            address: [0; 4].into(),
            port: 7000,
        }
    }

    #[test]
    fn what_is_as_it_should_be_is_not_told() {
        let none = Differences::NONE;
        let healthy = [
            (Counter::RxServed, 1000),
            (Counter::TxReply, 990),
            (Counter::RxNotVip, 100),
            (Counter::RxArpIgnored, 50),
        ];
        assert_eq!(remarks(&healthy, none), Remarks::default());
        let by_node = [(Counter::RxServed, 1000), (Counter::TxUntouched, 1)];
        assert_eq!(remarks(&by_node, none), Remarks::default());
        assert_eq!(
            remarks(&[(Counter::RxServed, 19)], none),
            Remarks::default()
        );
        assert_eq!(Remarks::default().wrong(), None);
    }

    #[test]
    fn a_service_that_may_never_answer_is_none_that_has_died() {
        let stats = Stats {
            name: "store".into(),
            counters: vec![(Counter::RxServed, 1000)],
        };
        let with = |services: Vec<Socket>| {
            Remarks::of(&sample(Function::Modulo), &stats, || services).wrong()
        };
        assert!(with(vec![service(true)]).is_some());
        assert_eq!(with(vec![service(true), service(false)]), None);
        // It is in a container.
        assert_eq!(with(vec![]), None);
    }

    #[test]
    fn what_is_not_answered_now_is_told_with_its_reason() {
        let found = Unanswered {
            served: 40,
            why: Why::NotTaken(80),
        };
        let healthy = remarks(
            &[(Counter::RxServed, 1000), (Counter::TxReply, 990)],
            Differences::NONE,
        );
        let wrong = healthy.with_unanswered("store", &found).wrong().unwrap();
        assert!(
            wrong.starts_with("40 packets were given to its stack within a second, and none"),
            "{wrong}"
        );
        assert!(
            wrong.ends_with("its queue is full: ssictl doctor store"),
            "{wrong}"
        );
    }

    #[test]
    fn each_has_its_sentence() {
        let wrong = |counter, count, differs| {
            remarks(&[(counter, count)], differs)
                .wrong()
                .unwrap_or_default()
        };
        let none = Differences::NONE;
        assert!(
            wrong(Counter::RxServed, 20, none)
                .starts_with("20 packets were given to its stack, and none")
        );
        assert!(wrong(Counter::RxArpConflict, 1, none).starts_with("another host claimed"));
        assert!(wrong(Counter::RxNdConflict, 1, none).starts_with("another host claimed"));
        let no_master = none.with(Difference::NoMaster);
        assert!(
            wrong(Counter::RxArpIgnored, 3, no_master)
                .starts_with("no node is master, and 3 questions")
        );
        let strays = remarks(&[(Counter::RxNotVip, 101)], none).strays;
        assert!(strays.is_some_and(|text| text.contains("no gateway")));
    }
}
