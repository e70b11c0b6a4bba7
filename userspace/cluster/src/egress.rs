// SPDX-License-Identifier: GPL-2.0-only

//! Rules of tc at the cluster interface's egress, which set the source MAC of frames that tc or BPF redirects
//! there: the module's hook does not see those.

use std::net::IpAddr;

use ssi_netlink::Cluster;
use ssi_netlink::spec::ReplyMac;
use ssi_netlink::tc::{Place, SourceRule};

use crate::failure::Failure;
use crate::system::System;

/// The rules that a cluster wants: one an address, none where its replies have the node's own MAC.
pub fn wanted(cluster: &Cluster) -> Vec<SourceRule> {
    let mac = match cluster.reply_mac {
        ReplyMac::Cluster => cluster.mac,
        ReplyMac::Group => cluster.group_mac,
        ReplyMac::Node => return Vec::new(),
    };
    let vips = cluster.vips.iter();
    vips.map(|address| SourceRule {
        address: *address,
        mac,
        handle: 0,
    })
    .collect()
}

/// The rules that there are for a cluster's addresses, and for addresses that no cluster of the interface has.
pub fn there(system: &mut impl System, cluster: &Cluster) -> Result<Vec<SourceRule>, Failure> {
    let others: Vec<IpAddr> = system
        .clusters()?
        .into_iter()
        .filter(|other| other.ifindex == cluster.ifindex && other.name != cluster.name)
        .flat_map(|other| other.vips)
        .collect();
    let mut rules = system
        .source_rules(cluster.ifindex)
        .map_err(|e| Failure::refused(&cluster.name, &e))?;
    rules.retain(|rule| !others.contains(&rule.address));
    Ok(rules)
}

/// Whether two rules do the same.
pub fn same(a: &SourceRule, b: &SourceRule) -> bool {
    (a.address, a.mac) == (b.address, b.mac)
}

/// Makes the rules those that the cluster wants; after a failure they are as before.
pub fn on(system: &mut impl System, cluster: &Cluster, device: &str) -> Result<(), Failure> {
    let wanted = wanted(cluster);
    if wanted.is_empty() {
        return Err(Failure::Refused(format!(
            "{}: its replies leave with the node's own MAC (reply-mac node), which needs no rule",
            cluster.name
        )));
    }
    let refused = |e| Failure::refused(device, &e);
    match system.egress_place(cluster.ifindex).map_err(refused)? {
        Place::There => {}
        Place::Free => system.add_clsact(cluster.ifindex).map_err(refused)?,
        Place::Taken => {
            return Err(Failure::Refused(format!(
                "{device} has qdisc ingress, which takes no rules at the egress; replace it by clsact, which \
                 takes the same filters"
            )));
        }
    }
    change(system, cluster, device, &wanted)
}

/// Takes the rules away; after a failure they are as before.
pub fn off(system: &mut impl System, cluster: &Cluster, device: &str) -> Result<(), Failure> {
    change(system, cluster, device, &[])
}

fn change(
    system: &mut impl System,
    cluster: &Cluster,
    device: &str,
    wanted: &[SourceRule],
) -> Result<(), Failure> {
    let there = there(system, cluster)?;
    let is_in = |rule: &SourceRule, list: &[SourceRule]| list.iter().any(|other| same(rule, other));
    let new = wanted.iter().filter(|rule| !is_in(rule, &there));
    let old = there.iter().filter(|rule| !is_in(rule, wanted));
    // Old ones first: tc wants one rule an address.
    let gone = old.map(|rule| (false, rule));
    let steps = gone.chain(new.map(|rule| (true, rule)));
    let mut done = Vec::new();
    for (is_new, rule) in steps {
        if let Err(error) = step(system, cluster.ifindex, is_new, rule) {
            let failure =
                Failure::refused(format!("rule for {} on {device}", rule.address), &error);
            let undone = undo(system, cluster, device, &done);
            return Err(failure.and_undoing(undone));
        }
        done.push((is_new, rule));
    }
    Ok(())
}

fn step(
    system: &mut impl System,
    ifindex: u32,
    is_new: bool,
    rule: &SourceRule,
) -> Result<(), ssi_netlink::Error> {
    match is_new {
        true => system.add_source_rule(ifindex, rule),
        false => system.remove_source_rule(ifindex, rule),
    }
}

fn undo(
    system: &mut impl System,
    cluster: &Cluster,
    device: &str,
    done: &[(bool, &SourceRule)],
) -> Result<(), Failure> {
    let refused = |e| Failure::refused(format!("the rules on {device}"), &e);
    for (was_new, rule) in done.iter().rev() {
        if !was_new {
            system
                .add_source_rule(cluster.ifindex, rule)
                .map_err(refused)?;
            continue;
        }
        // The kernel has given it a number meanwhile.
        let there = system.source_rules(cluster.ifindex).map_err(refused)?;
        if let Some(rule) = there.iter().find(|other| same(other, rule)) {
            system
                .remove_source_rule(cluster.ifindex, rule)
                .map_err(refused)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fake::{DEVICE, Fake, sample};
    use ssi_netlink::spec::Function;

    fn cluster() -> Cluster {
        Cluster {
            vips: vec!["10.0.0.100".parse().unwrap(), "fd00::100".parse().unwrap()],
            ..sample(Function::Modulo)
        }
    }

    fn rules(fake: &Fake) -> Vec<(String, [u8; 6])> {
        let text = |rule: &SourceRule| (rule.address.to_string(), rule.mac);
        fake.state.rules.iter().map(text).collect()
    }

    #[test]
    fn a_rule_an_address_that_follows_the_cluster() {
        let mut fake = Fake::default();
        let mut cluster = cluster();
        on(&mut fake, &cluster, DEVICE.0).unwrap();
        let both = vec![
            ("10.0.0.100".into(), cluster.mac),
            ("fd00::100".into(), cluster.mac),
        ];
        assert_eq!(rules(&fake), both);
        let steps = fake.steps.len();
        on(&mut fake, &cluster, DEVICE.0).unwrap();
        assert_eq!(fake.steps.len(), steps);

        cluster.vips = vec!["10.0.0.101".parse().unwrap()];
        cluster.reply_mac = ReplyMac::Group;
        on(&mut fake, &cluster, DEVICE.0).unwrap();
        assert_eq!(rules(&fake), [("10.0.0.101".into(), cluster.group_mac)]);
        off(&mut fake, &cluster, DEVICE.0).unwrap();
        assert_eq!(rules(&fake), []);
    }

    #[test]
    fn another_clusters_rules_stay() {
        let mut fake = Fake::default();
        let other = Cluster {
            name: "other".into(),
            vips: vec!["10.0.0.102".parse().unwrap()],
            ..cluster()
        };
        fake.state
            .clusters
            .insert(other.name.clone(), (other.clone(), vec![]));
        on(&mut fake, &other, DEVICE.0).unwrap();
        on(&mut fake, &cluster(), DEVICE.0).unwrap();
        off(&mut fake, &cluster(), DEVICE.0).unwrap();
        assert_eq!(rules(&fake), [("10.0.0.102".into(), other.mac)]);
    }

    #[test]
    fn after_a_failure_all_rules_are_as_before() {
        let mut before = Fake::default();
        on(&mut before, &cluster(), DEVICE.0).unwrap();
        let mut next = cluster();
        next.reply_mac = ReplyMac::Group;
        for fails in 0..4 {
            let mut fake = before.clone();
            fake.steps.clear();
            fake.fails = Some(fails);
            on(&mut fake, &next, DEVICE.0).unwrap_err();
            let sorted = |fake| {
                let mut rules = rules(fake);
                rules.sort();
                rules
            };
            assert_eq!(sorted(&fake), sorted(&before), "step {fails}");
        }
    }

    #[test]
    fn gives_the_reason_why_not() {
        let mut fake = Fake::default();
        let node = Cluster {
            reply_mac: ReplyMac::Node,
            ..cluster()
        };
        on(&mut fake, &node, DEVICE.0).unwrap_err();
        fake.place = Some(Place::Taken);
        let failure = on(&mut fake, &cluster(), DEVICE.0).unwrap_err();
        assert!(format!("{failure:?}").contains("clsact"));
        assert!(fake.steps.is_empty());
    }
}
