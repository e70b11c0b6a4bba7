// SPDX-License-Identifier: GPL-2.0-only

//! Network Load Balancing by PowerShell: Get-NlbCluster, Get-NlbClusterNode, Get-NlbClusterPortRule, as tables or with
//! `| Format-List *`, one after the other in one file. Names are those of the cmdlets' or of the WMI classes' properties.

use std::collections::BTreeMap;

use crate::import::found::{Found, Node, address};
use crate::import::nlb::{Modes, Rule, apply};

/// An object's properties, with names in lower case.
type Object = BTreeMap<String, String>;

/// The cluster.
pub fn read(text: &str) -> Result<Vec<Found>, String> {
    let objects = objects(text);
    let mut found = Found {
        runs_itself: true,
        ..Found::default()
    };
    let mut rules = Vec::new();
    for object in &objects {
        let get = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| object.get(*name))
                .map(String::as_str)
        };
        if let (Some(first), Some(last)) = (port(get(&["startport"])), port(get(&["endport"]))) {
            rules.push(rule(object, (first, last)));
        } else if get(&["hostid", "hostpriority"]).is_some() {
            if let Some(name) = get(&["name", "computername", "hostname"]) {
                found.nodes.push(Node {
                    name: name.split('.').next().unwrap_or_default().to_owned(),
                    weight: None,
                });
            }
        } else if get(&["subnetmask", "clustername", "operationmode"]).is_some() {
            cluster(&mut found, &get);
        }
    }
    match found.vips.is_empty() && rules.is_empty() {
        true => Ok(Vec::new()),
        false => {
            apply(&mut found, &rules);
            Ok(vec![found])
        }
    }
}

fn cluster<'a>(found: &mut Found, get: &impl Fn(&[&str]) -> Option<&'a str>) {
    if let Some(name) = get(&["clustername", "name"]) {
        found.name = name.split('.').next().unwrap_or_default().to_owned();
    }
    if let Some(vip) = get(&["ipaddress", "clusteripaddress", "virtualipaddress"]).and_then(address)
    {
        found.vip(vip);
    }
    found.mac = get(&["macaddress", "clusternetworkaddress"]).and_then(|mac| mac.parse().ok());
    let mode = get(&["operationmode", "mode"])
        .unwrap_or_default()
        .to_ascii_lowercase();
    let modes = Modes {
        multicast: mode.contains("multicast"),
        igmp: mode.contains("igmp"),
    };
    modes.note(found);
}

fn port(text: Option<&str>) -> Option<u32> {
    text?.parse().ok().filter(|port| *port <= 65535)
}

/// A rule; WMI has numbers where the cmdlets have words.
fn rule(object: &Object, ports: (u32, u32)) -> Rule {
    let get = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| object.get(*name))
            .map(String::as_str)
    };
    let word = |text: Option<&str>, words: &[&str]| {
        let text = text.unwrap_or_default();
        let at = text.parse::<usize>().ok().and_then(|at| words.get(at));
        at.map_or(text, |word| *word).to_owned()
    };
    let number = |names: &[&str]| get(names)?.parse::<u32>().ok();
    let mode = word(
        get(&["mode", "filteringmode"]),
        &["", "Single", "Multiple", "Disabled"],
    );
    let is_equal = get(&["equalload"]).is_none_or(|equal| equal.eq_ignore_ascii_case("true"));
    let is_single = mode.eq_ignore_ascii_case("single");
    Rule {
        vip: get(&["virtualipaddress", "ipaddress"]).map(str::to_owned),
        ports,
        protocol: word(get(&["protocol"]), &["", "TCP", "UDP", "Both"]),
        affinity: word(get(&["affinity"]), &["None", "Single", "Network"]),
        load: number(&["loadweight", "load"]).filter(|_| !is_equal && !is_single),
        priority: number(&["priority", "handlingpriority"]).filter(|_| is_single),
        timeout: number(&["timeout", "clientstickinesstimeout"]),
        mode,
    }
}

/// Lists (`Name : value`, a blank line between two) and tables (a line of dashes below the heads).
fn objects(text: &str) -> Vec<Object> {
    let mut all = Vec::new();
    let mut object = Object::new();
    let mut heads: Vec<(usize, String)> = Vec::new();
    let mut before = "";
    for line in text.lines() {
        let is_rule = line.contains("--") && line.chars().all(|c| c == '-' || c.is_whitespace());
        if line.trim().is_empty() {
            all.push(std::mem::take(&mut object));
            heads.clear();
        } else if is_rule {
            heads = columns(line, before);
        } else if !heads.is_empty() {
            all.push(cells(line, &heads));
        } else if let Some((key, value)) = line.split_once(':') {
            object.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
        before = line;
    }
    all.push(object);
    all.retain(|object| !object.is_empty());
    all
}

/// Where columns begin, by the dashes, and what their heads are.
fn columns(dashes: &str, heads: &str) -> Vec<(usize, String)> {
    let dashes: Vec<char> = dashes.chars().collect();
    let heads: Vec<char> = heads.chars().collect();
    let mut before = ' ';
    let mut all = Vec::new();
    for (at, c) in dashes.iter().enumerate() {
        if *c == '-' && before != '-' {
            let name = heads.iter().skip(at).take_while(|c| !c.is_whitespace());
            all.push((at, name.collect::<String>().to_ascii_lowercase()));
        }
        before = *c;
    }
    all
}

/// A table's line. Numbers are at the right of their columns, so a cell is the word that reaches into it.
fn cells(line: &str, heads: &[(usize, String)]) -> Object {
    let chars: Vec<char> = line.chars().collect();
    let ends = heads.iter().skip(1).map(|(at, _)| *at).chain([usize::MAX]);
    let both = heads.iter().zip(ends);
    both.map(|((begin, name), end)| {
        let cell = chars.iter().skip(*begin).take(end.saturating_sub(*begin));
        (name.clone(), cell.collect::<String>().trim().to_owned())
    })
    .collect()
}
