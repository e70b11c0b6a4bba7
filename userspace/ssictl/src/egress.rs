// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl egress`: rules of tc for frames that are redirected to a cluster's interface.

use clap::ValueEnum;
use serde::Serialize;
use ssi_cluster::egress;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssi_netlink::Cluster;
use ssi_netlink::tc::SourceRule;

use crate::output::{Output, Text};
use crate::value::Mac;

/// Whether there are to be rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Wish {
    /// One an address
    On,
    /// None
    Off,
}

/// A rule.
#[derive(Serialize)]
struct Rule {
    address: String,
    mac: String,
}

/// What leaves a cluster's interface behind the module's hook, and what tc does about it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Egress {
    name: String,
    ifname: Option<String>,
    /// Actions of tc that redirect or copy frames to the interface.
    redirects: usize,
    rules: Vec<Rule>,
    /// Whether the rules are those that the cluster's addresses and MAC ask for.
    complete: bool,
}

/// A wish alone is for the only cluster, and no cluster's name.
pub fn meant(name: Option<String>, wish: Option<Wish>) -> (Option<String>, Option<Wish>) {
    let alone = name.as_deref().filter(|_| wish.is_none());
    match alone.and_then(|word| Wish::from_str(word, false).ok()) {
        Some(wish) => (None, Some(wish)),
        None => (name, wish),
    }
}

/// Shows the rules, or makes them what is wished.
pub fn run(
    system: &mut impl System,
    output: Output,
    name: &str,
    wish: Option<Wish>,
) -> Result<(), Failure> {
    let cluster = system
        .cluster(name)
        .map_err(|e| Failure::refused(name, &e))?;
    let ifname = system.device(cluster.ifindex);
    let device = ifname
        .clone()
        .unwrap_or_else(|| format!("interface {}", cluster.ifindex));
    match wish {
        Some(Wish::On) => egress::on(system, &cluster, &device),
        Some(Wish::Off) => egress::off(system, &cluster, &device),
        None => {
            let rules = egress::there(system, &cluster)?;
            let redirects = system
                .redirects_to(cluster.ifindex)
                .map_err(|e| Failure::refused(&device, &e))?;
            output.show(&Egress::new(&cluster, ifname, &rules, redirects))
        }
    }
}

impl Egress {
    /// What there is.
    pub fn new(
        cluster: &Cluster,
        ifname: Option<String>,
        rules: &[SourceRule],
        redirects: usize,
    ) -> Self {
        let wanted = egress::wanted(cluster);
        let has = |list: &[SourceRule], rule| list.iter().any(|other| egress::same(other, rule));
        Self {
            name: cluster.name.clone(),
            ifname,
            redirects,
            complete: wanted.iter().all(|rule| has(rules, rule))
                && rules.iter().all(|rule| has(&wanted, rule)),
            rules: rules
                .iter()
                .map(|rule| Rule {
                    address: rule.address.to_string(),
                    mac: Mac(rule.mac).to_string(),
                })
                .collect(),
        }
    }
}

impl Text for Egress {
    fn text(&self) -> String {
        let device = self.ifname.as_deref().unwrap_or("its interface");
        let mut text = format!(
            "{}: actions of tc that redirect or copy frames to {device}: {}\n",
            self.name, self.redirects
        );
        for rule in &self.rules {
            text += &format!("  from {}: leaves with {}\n", rule.address, rule.mac);
        }
        text += match (self.rules.is_empty(), self.complete, self.redirects) {
            (_, true, _) => "  the rules are as the cluster is\n",
            (true, false, 0) => "  no rules\n",
            (true, false, _) => {
                "  no rules: what is redirected leaves with the MAC that it has; ssictl egress NAME on\n"
            }
            (false, false, _) => {
                "  the rules are not as the cluster is: ssictl egress NAME on, or off\n"
            }
        };
        text.replace("NAME", &self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_tests::shows;
    use ssi_cluster::fake::sample;
    use ssi_netlink::spec::{Function, ReplyMac};

    fn text(rules: &[SourceRule], redirects: usize) -> String {
        Egress::new(
            &sample(Function::Modulo),
            Some("eth0".into()),
            rules,
            redirects,
        )
        .text()
    }

    #[test]
    fn a_wish_alone_is_no_name() {
        assert_eq!(meant(Some("on".into()), None), (None, Some(Wish::On)));
        let named = (Some("web".to_owned()), Some(Wish::Off));
        assert_eq!(meant(named.0.clone(), named.1), named);
        assert_eq!(meant(None, None), (None, None));
    }

    #[test]
    fn shows_what_is_there_and_what_to_do() {
        let cluster = sample(Function::Modulo);
        let wanted = egress::wanted(&cluster);
        let part = wanted
            .split_first()
            .map(|(_, rest)| rest)
            .unwrap_or_default();
        assert!(text(&[], 0).contains("no rules\n"));
        assert!(text(&[], 1).contains(&format!("ssictl egress {} on", cluster.name)));
        assert!(text(&wanted, 1).contains("as the cluster is\n"));
        assert!(part.is_empty() || text(part, 0).contains("not as the cluster is"));
        let node = Cluster {
            reply_mac: ReplyMac::Node,
            ..cluster.clone()
        };
        assert!(Egress::new(&node, None, &[], 0).complete);
        shows(&Egress::new(&cluster, None, &wanted, 0), "egress NAME");
    }
}
