// SPDX-License-Identifier: GPL-2.0-only

//! The module, the kernel and its clock.

use crate::doctor::check::{Check, Finding, Looked};
use crate::doctor::facts::Facts;

/// Clocks that are slow to read, or coarse.
const POOR_CLOCKS: [&str; 3] = ["jiffies", "refined-jiffies", "acpi_pm"];
/// Percent of a table that is nearly full.
const NEARLY_FULL: u64 = 80;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "module-missing",
        title: "the module is not loaded",
        look: module_missing,
    },
    Check {
        id: "module-version",
        title: "module and tools are of different versions",
        look: module_version,
    },
    Check {
        id: "next-kernel",
        title: "the kernel of the next boot has no module",
        look: next_kernel,
    },
    Check {
        id: "clock-source",
        title: "the kernel's clock is slow or coarse",
        look: clock_source,
    },
    Check {
        id: "time-namespace",
        title: "this program has another clock than the machine",
        look: time_namespace,
    },
    Check {
        id: "conntrack-full",
        title: "the table of tracked connections is nearly full",
        look: conntrack_full,
    },
];

fn module_missing(facts: &Facts) -> Looked {
    let machine = &facts.machine;
    if machine.module.is_some() {
        return Ok(Vec::new());
    }
    let release = &machine.release;
    let is_there = machine
        .kernels
        .iter()
        .any(|(name, has)| name == release && *has);
    let finding = Finding::broken("the module ssi_filter is not loaded: no cluster can be here");
    Ok(vec![match is_there {
        true => finding
            .seen(format!(
                "it is installed for {release}, and not in /sys/module"
            ))
            .advice("modprobe ssi_filter"),
        false => finding
            .seen(format!("/lib/modules/{release} does not have it"))
            .advice(format!(
                "apt install ssi-modules-{release}, or build it for this kernel; see dmesg where modprobe refuses it"
            )),
    }])
}

fn module_version(facts: &Facts) -> Looked {
    let machine = &facts.machine;
    let Some(module) = machine
        .module
        .as_ref()
        .filter(|module| **module != machine.version)
    else {
        return Ok(Vec::new());
    };
    let finding = Finding::risk("the module that is loaded is not of the tools' version")
        .seen(format!("module {module}, ssictl {}", machine.version))
        .advice(
            "ssi-upgrade: it gives the node's buckets away, loads the new module, and joins again",
        );
    Ok(vec![finding])
}

fn next_kernel(facts: &Facts) -> Looked {
    let kernels = &facts.machine.kernels;
    let release = &facts.machine.release;
    let newest = kernels.last().filter(|(name, has)| name != release && !has);
    Ok(newest
        .map(|(name, _)| {
            Finding::risk("after the next boot the module is missing")
                .seen(format!("{name} is the newest kernel that is installed, and has no ssi_filter; {release} runs"))
                .advice(format!("apt install ssi-modules-{name}, or build the module for it, before the machine boots"))
        })
        .into_iter()
        .collect())
}

fn clock_source(facts: &Facts) -> Looked {
    let Some(clock) = &facts.machine.clock_source else {
        return Ok(Vec::new());
    };
    let poor = POOR_CLOCKS.contains(&clock.as_str());
    let finding = Finding::note(
        "the kernel's clock is slow to read, or coarse; each packet under a lease reads it",
    )
    .seen(format!("the clock source is {clock}"))
    .advice("see dmesg for why the kernel left a better one, as tsc or kvm-clock");
    Ok(poor.then_some(finding).into_iter().collect())
}

fn time_namespace(facts: &Facts) -> Looked {
    let finding = Finding::note("this program runs in a time namespace: times of leases are shown by its clock, and events by the machine's")
        .seen("/proc/self/ns/time is not that of process 1")
        .advice("compare times of leases with programs of the same time namespace only");
    Ok(facts
        .machine
        .own_clock
        .then_some(finding)
        .into_iter()
        .collect())
}

fn conntrack_full(facts: &Facts) -> Looked {
    let Some((count, most)) = facts.machine.conntrack else {
        return Ok(Vec::new());
    };
    let is_full = count.saturating_mul(100) >= most.saturating_mul(NEARLY_FULL) && most > 0;
    let finding = Finding::risk("the table of tracked connections is nearly full: new clients will be dropped")
        .seen(format!("{count} of {most} connections (net.netfilter.nf_conntrack_count)"))
        .advice("raise net.netfilter.nf_conntrack_max, or track less (a rule notrack for the cluster's addresses)");
    Ok(is_full.then_some(finding).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use crate::doctor::sample::{finds, finds_nothing};

    #[test]
    fn the_module() {
        let finding = finds("module-missing", |facts| facts.machine.module = None);
        assert_eq!(finding.advice, "modprobe ssi_filter");
        let finding = finds("module-missing", |facts| {
            facts.machine.module = None;
            facts.machine.kernels = vec![("7.3.4".into(), false)];
        });
        assert!(finding.evidence.contains("/lib/modules/7.3.4 does not"));
        finds("module-version", |facts| {
            facts.machine.module = Some("0.1.0".into())
        });
    }

    #[test]
    fn the_next_kernel() {
        finds("next-kernel", |facts| {
            facts.machine.kernels.push(("7.4.1".into(), false))
        });
        finds_nothing(|facts| facts.machine.kernels.push(("7.4.1".into(), true)));
        finds_nothing(|facts| facts.machine.kernels.insert(0, ("6.1.0".into(), false)));
    }

    #[test]
    fn clocks() {
        finds("clock-source", |facts| {
            facts.machine.clock_source = Some("acpi_pm".into())
        });
        finds_nothing(|facts| facts.machine.clock_source = Some("kvm-clock".into()));
        finds("time-namespace", |facts| facts.machine.own_clock = true);
    }

    #[test]
    fn tracked_connections() {
        finds("conntrack-full", |facts| {
            facts.machine.conntrack = Some((800, 1000))
        });
        finds_nothing(|facts| facts.machine.conntrack = Some((799, 1000)));
        finds_nothing(|facts| facts.machine.conntrack = None);
    }
}
