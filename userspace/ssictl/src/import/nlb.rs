// SPDX-License-Identifier: GPL-2.0-only

//! Network Load Balancing: what `nlb params` (`wlbs params`) prints, and what port rules of either source mean.

use crate::import::found::{Found, Spread, address};

/// A port rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The address, or none for all.
    pub vip: Option<String>,
    /// First and last port.
    pub ports: (u32, u32),
    /// `Both`, `TCP` or `UDP`.
    pub protocol: String,
    /// `Multiple`, `Single` or `Disabled`.
    pub mode: String,
    /// `None`, `Single` or `Network`.
    pub affinity: String,
    /// Of this host, where it is not the same for all.
    pub load: Option<u32>,
    /// Of this host in mode `Single`.
    pub priority: Option<u32>,
    /// Minutes for which a client stays.
    pub timeout: Option<u32>,
}

/// The cluster.
pub fn read(text: &str) -> Result<Vec<Found>, String> {
    let mut found = Found {
        runs_itself: true,
        ..Found::default()
    };
    let mut rules = Vec::new();
    let mut in_rules = false;
    let mut modes = Modes::default();
    for line in text.lines() {
        let line = line.trim();
        in_rules |= line.starts_with("PortRules");
        if in_rules {
            rules.extend(row(line));
        } else if let Some((key, value)) = line.split_once('=') {
            parameter(&mut found, &mut modes, key.trim(), value.trim());
        }
    }
    modes.note(&mut found);
    match found.vips.is_empty() && rules.is_empty() && found.name.is_empty() {
        true => Ok(Vec::new()),
        false => {
            apply(&mut found, &rules);
            Ok(vec![found])
        }
    }
}

/// How the cluster's MAC was made.
#[derive(Default)]
pub struct Modes {
    /// Clients sent to a group MAC.
    pub multicast: bool,
    /// And the nodes joined its group.
    pub igmp: bool,
}

impl Modes {
    /// Says what becomes of them.
    pub fn note(&self, found: &mut Found) {
        match (self.igmp, self.multicast) {
            (true, _) if found.mac.is_none() => {
                found.note("IGMP multicast: mac = \"igmp\" is alike")
            }
            (false, false) if found.mac.is_none() => {
                found.note("unicast mode: here clients send to a group MAC, which the network has to flood, unless mode = \"forward\"");
            }
            _ => {}
        }
    }
}

fn parameter(found: &mut Found, modes: &mut Modes, key: &str, value: &str) {
    let is_on = value.eq_ignore_ascii_case("enabled");
    match key {
        "ClusterName" => found.name = value.split('.').next().unwrap_or_default().to_owned(),
        "ClusterIPAddress" => address(value).into_iter().for_each(|vip| found.vip(vip)),
        "ClusterNetworkAddress" => found.mac = value.parse().ok(),
        "HostPriority" => {
            found.note(format!(
                "HostPriority {value}: this host may belong at rank {}",
                value.parse().unwrap_or(1u32).saturating_sub(1)
            ));
        }
        "MulticastSupportEnable" => modes.multicast = is_on,
        "IGMPSupport" => modes.igmp = is_on,
        "BDATeaming" if is_on => found.note(
            "BDATeaming: one cluster has one interface on each node here; a bond may be below it",
        ),
        "RemoteControlEnabled" if is_on => {
            found.note("RemoteControlEnabled: whoever may log in to a node gives orders there, and nobody by UDP");
        }
        _ => {}
    }
}

/// A rule in the table of ports: two numbers in a row, an address before them, protocol, mode and the rest behind.
fn row(line: &str) -> Option<Rule> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let port = |word: Option<&&str>| word?.parse::<u32>().ok().filter(|port| *port <= 65535);
    let at = words
        .windows(2)
        .position(|two| two.iter().all(|word| port(Some(word)).is_some()))?;
    let rest: Vec<&str> = words.iter().skip(at.checked_add(2)?).copied().collect();
    let (protocol, mode) = (rest.first()?, rest.get(1)?);
    let number = |word: &str| word.parse::<u32>().ok();
    let is_affinity = |word: &&&str| {
        ["none", "single", "network"]
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name))
    };
    let affinity = rest
        .iter()
        .skip(2)
        .find(is_affinity)
        .copied()
        .unwrap_or_default();
    let numbers: Vec<u32> = rest
        .iter()
        .skip(2)
        .filter_map(|word| number(word))
        .collect();
    let is_single = mode.eq_ignore_ascii_case("single");
    Some(Rule {
        vip: at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .map(|vip| (*vip).to_owned()),
        ports: (port(words.get(at))?, port(words.get(at.checked_add(1)?))?),
        protocol: (*protocol).to_owned(),
        mode: (*mode).to_owned(),
        affinity: affinity.to_owned(),
        load: numbers.first().copied().filter(|_| !is_single),
        priority: numbers.first().copied().filter(|_| is_single),
        timeout: None,
    })
}

/// What rules mean here: the strictest affinity, and a note for each that is of some ports only.
pub fn apply(found: &mut Found, rules: &[Rule]) {
    let mut spread = None;
    for rule in rules {
        if let Some(vip) = rule
            .vip
            .as_deref()
            .and_then(address)
            .filter(|vip| vip.to_string() != "255.255.255.255")
        {
            found.vip(vip);
        }
        let (first, last) = rule.ports;
        let what = format!("port rule {first}-{last} {}", rule.protocol);
        let is =
            |text: &str, names: &[&str]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
        if is(&rule.mode, &["disabled", "never"]) {
            found.note(format!(
                "{what}, disabled: a firewall on the nodes has to drop it"
            ));
            continue;
        }
        if is(&rule.mode, &["single", "singlehost"]) {
            let priority = rule
                .priority
                .map(|it| format!(", priority {it}"))
                .unwrap_or_default();
            found.note(format!(
                "{what}, single host{priority}: every node serves; for one node at a time take an address that Pacemaker or keepalived moves"
            ));
            continue;
        }
        if (first, last) != (0, 65535) {
            found.note(format!(
                "{what}: all ports of the address are shared out alike; a firewall may drop others"
            ));
        }
        let one = match () {
            () if is(&rule.affinity, &["none"]) => Spread::SourcePort,
            () if is(&rule.affinity, &["network", "classc"]) => Spread::Network,
            () => Spread::Source,
        };
        if spread.is_some_and(|spread| spread != one) {
            found.note(format!(
                "{what}: the rules have other affinities; the whole cluster has the strictest"
            ));
        }
        spread = match (spread, one) {
            (Some(Spread::Network), _) | (_, Spread::Network) => Some(Spread::Network),
            (Some(Spread::Source), _) | (_, Spread::Source) => Some(Spread::Source),
            _ => Some(Spread::SourcePort),
        };
        if let Some(load) = rule.load {
            found.note(format!("{what}, load {load} on this host: a node's weight is for all ports; give weight in its [[node]]"));
        }
        if let Some(timeout) = rule.timeout.filter(|timeout| *timeout > 0) {
            found.note(format!(
                "{what}, timeout {timeout} min: stick = \"client\" below [daemon] keeps clients that have sessions, and no others"
            ));
        }
    }
    // Without a rule one host served all.
    found.spread = spread.unwrap_or_default();
}
