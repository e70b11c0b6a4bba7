// SPDX-License-Identifier: GPL-2.0-only

//! The service: whether somebody waits for the cluster's clients, and answers as the cluster.

use ssi_netlink::spec::Counter;

use crate::answers::{MANY, unanswered};
use crate::doctor::check::{Check, Finding, Looked, each};
use crate::doctor::facts::{ClusterFacts, Facts};
use crate::services::answer_all;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "nobody-listens",
        title: "no service waits for clients at an address of the cluster",
        look: nobody_listens,
    },
    Check {
        id: "wildcard-udp",
        title: "a UDP server answers from another address than it was asked at",
        look: wildcard_udp,
    },
    Check {
        id: "served-not-answered",
        title: "clients' packets come to this node's stack, and no answer leaves",
        look: served_not_answered,
    },
];

fn nobody_listens(facts: &Facts) -> Looked {
    // What goes on to a container has its socket there.
    if facts.firewall.as_ref().is_ok_and(|rules| rules.has_dnat) {
        return Ok(Vec::new());
    }
    each(facts, |one| {
        let is_served = |vip| {
            facts
                .sockets
                .iter()
                .any(|socket| socket.is_service() && socket.serves(vip))
        };
        let alone = one.cluster.vips.iter().filter(move |vip| !is_served(**vip));
        alone
            .map(|vip| {
                Finding::broken(format!("no service of this node waits for clients at {vip}"))
                    .seen("ss -tuln shows no socket at it, nor at all addresses (ssh and the like are not counted)")
                    .advice(format!("start the service; let it listen at {vip}, or at all addresses"))
            })
            .collect::<Vec<_>>()
    })
}

fn wildcard_udp(facts: &Facts) -> Looked {
    let mut all = Vec::new();
    for one in &facts.clusters {
        for asked in one.asked.as_ref().map_err(Clone::clone)? {
            let from = asked.from.filter(|from| *from != asked.vip);
            all.extend(from.map(|from| {
                Finding::broken(format!("the UDP server of port {} answers as {from}, and clients of {} do not believe it", asked.port, asked.vip))
                    .seen(format!("asked at {}, it answered from {from}", asked.vip))
                    .advice(format!("let it listen at {} by name, beside other addresses, or use IP_PKTINFO", asked.vip))
                    .of(one)
            }));
        }
    }
    Ok(all)
}

fn served_not_answered(facts: &Facts) -> Looked {
    each(facts, |one| {
        now_unanswered(one).or_else(|| never_answered(facts, one))
    })
}

/// While the network was listened to.
fn now_unanswered(one: &ClusterFacts) -> Option<Finding> {
    let (before, after) = &one.answers;
    unanswered(before, after).map(|found| {
        Finding::broken("clients' packets come to this node's stack, and no answer leaves")
            .seen(format!("rx-served rose by {}, tx-reply by 0, and {}", found.served, found.why))
            .advice("a firewall, rp_filter, a way back by another interface, or the service hangs; see the other findings, ss -tln (Recv-Q), and ssictl cluster set --gateway")
    })
}

/// Since the cluster was made. That is no fault where there is a service that never answers.
fn never_answered(facts: &Facts, one: &ClusterFacts) -> Option<Finding> {
    let answers = [Counter::TxReply, Counter::TxUntouched].map(|counter| one.count(counter));
    let served = one.count(Counter::RxServed);
    let finding = match answer_all(&facts.sockets, &one.cluster.vips) {
        true => Finding::risk,
        false => Finding::note,
    };
    (served >= MANY && answers == [0, 0]).then(|| {
            finding("requests come to this node's stack, and no answer has ever left")
                .seen(format!("rx-served {served}, tx-reply 0"))
                .advice("if the service answers at all (syslog does not): a firewall, rp_filter, or a way back by another interface; see the other findings, nstat -az IpReversePathFilter, and ssictl cluster set --gateway")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::hanging;
    use crate::doctor::check::Severity;
    use crate::doctor::facts::Asked;
    use crate::doctor::sample::{VIP, count, finds, finds_nothing, rules, skips};
    use crate::services::Socket;

    fn socket(tcp: bool, address: [u8; 4], port: u16) -> Socket {
        Socket {
            tcp,
            address: address.into(),
            port,
        }
    }

    #[test]
    fn who_listens() {
        let only = |all: Vec<Socket>| move |facts: &mut Facts| facts.sockets.clone_from(&all);
        finds("nobody-listens", only(vec![]));
        // Of the machine itself, or at another address.
        finds(
            "nobody-listens",
            only(vec![socket(true, [0; 4], 22), socket(false, [0; 4], 68)]),
        );
        finds(
            "nobody-listens",
            only(vec![socket(true, [10, 9, 0, 2], 80)]),
        );
        finds_nothing(only(vec![socket(true, [0; 4], 80)]));
        finds_nothing(only(vec![socket(true, [10, 9, 0, 100], 22)]));
        finds_nothing(only(vec![socket(false, [0; 4], 69)]));
        finds_nothing(|facts| {
            facts.sockets.clear();
            facts.firewall = Ok(rules(
                r#"[{"rule":{"family":"ip","table":"nat","chain":"pre","handle":1,"expr":[{"dnat":{"addr":"172.17.0.2","port":80}}]}}]"#,
            ));
        });
    }

    #[test]
    fn who_answers_as_somebody_else() {
        let answered = |from: Option<[u8; 4]>| {
            move |facts: &mut Facts| {
                let from = from.map(Into::into);
                facts.clusters[0].asked = Ok(vec![Asked {
                    vip: VIP,
                    port: 69,
                    from,
                }]);
            }
        };
        finds("wildcard-udp", answered(Some([10, 9, 0, 2])));
        finds_nothing(answered(Some([10, 9, 0, 100])));
        finds_nothing(answered(None));
        let without = |facts: &mut Facts| facts.clusters[0].asked = Err("--no-probe".into());
        assert_eq!(skips("wildcard-udp", without), "--no-probe");
    }

    #[test]
    fn who_does_not_answer() {
        let served = |facts: &mut Facts| {
            count(facts, Counter::RxServed, 20);
            count(facts, Counter::TxReply, 0);
            count(facts, Counter::TxUntouched, 0);
        };
        finds("served-not-answered", served);
        finds_nothing(|facts| {
            served(facts);
            count(facts, Counter::TxUntouched, 1);
        });
        assert_eq!(
            finds("served-not-answered", served).severity,
            Severity::Risk
        );
        // A service that may be syslog.
        let finding = finds("served-not-answered", |facts| {
            served(facts);
            facts.sockets.push(socket(false, [0; 4], 514));
        });
        assert_eq!(finding.severity, Severity::Note);
    }

    #[test]
    fn who_does_not_answer_any_more() {
        let hangs = |replies: u64| {
            move |facts: &mut Facts| {
                facts.clusters[0].answers = hanging(replies);
            }
        };
        let finding = finds("served-not-answered", hangs(0));
        assert_eq!(finding.severity, Severity::Broken);
        assert!(
            finding.evidence.contains("TCP port 7000 does not take"),
            "{finding:?}"
        );
        finds_nothing(hangs(1));
    }
}
