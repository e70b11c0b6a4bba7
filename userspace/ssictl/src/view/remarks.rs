// SPDX-License-Identifier: GPL-2.0-only

//! What a cluster's counters alone say, without anybody being asked.

use logic::agreement::Differences;
use ssi_netlink::spec::{Counter, Difference};
use ssi_netlink::{Cluster, Stats};

/// So many packets for others may come of old ARP entries.
const STRAYS: u64 = 100;
/// So many packets that were served and not answered are no chance.
const UNANSWERED: u64 = 20;

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
    /// By a cluster's counters.
    pub fn of(cluster: &Cluster, stats: &Stats) -> Self {
        let strays = count(stats, Counter::RxNotVip);
        let ignored = count(stats, Counter::RxArpIgnored) + count(stats, Counter::RxNdIgnored);
        let claims = count(stats, Counter::RxArpConflict) + count(stats, Counter::RxNdConflict);
        let differs = Differences(cluster.differs);
        let name = &cluster.name;
        Self {
            strays: (strays > STRAYS).then(|| {
                format!("{strays} packets to its MAC were for other addresses: a cluster is no gateway")
            }),
            unanswered: unanswered(stats),
            claimed: (claims > 0).then(|| {
                format!("another host claimed an address of it in {claims} frames (rx-arp-conflict, rx-nd-conflict): ssictl doctor {name}")
            }),
            // Ignored here, and by every node that is heard.
            ignored: (ignored > 0 && differs.has(Difference::NoMaster)).then(|| {
                format!("no node is master, and {ignored} questions for its addresses were ignored here (rx-arp-ignored, rx-nd-ignored)")
            }),
        }
    }

    /// What is wrong, in one line.
    pub fn wrong(&self) -> Option<String> {
        let all = [&self.ignored, &self.claimed, &self.unanswered];
        let all: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// Served without an answer: nothing ever left with the cluster's address.
fn unanswered(stats: &Stats) -> Option<String> {
    let answers = count(stats, Counter::TxReply) + count(stats, Counter::TxUntouched);
    let served = count(stats, Counter::RxServed);
    (served >= UNANSWERED && answers == 0).then(|| {
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
    use ssi_cluster::fake::sample;
    use ssi_netlink::spec::Function;

    fn remarks(counters: &[(Counter, u64)], differs: Differences) -> Remarks {
        let mut cluster = sample(Function::Modulo);
        cluster.differs = differs.0;
        let stats = Stats {
            name: "store".into(),
            counters: counters.to_vec(),
        };
        Remarks::of(&cluster, &stats)
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
