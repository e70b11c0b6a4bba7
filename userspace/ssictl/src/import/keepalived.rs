// SPDX-License-Identifier: GPL-2.0-only

//! `keepalived.conf`: an address that VRRP moves, or a service that IPVS balances over real servers.

use crate::import::found::{Check, Found, Node, Spread, address, number};
use crate::import::keepalived_blocks::{self, Statement};

/// What a `vrrp_instance` may have that has no counterpart.
const OTHERS: &[(&str, &str)] = &[
    (
        "virtual_router_id",
        "a cluster is known by its name and MAC",
    ),
    (
        "authentication",
        "ssid's messages have a key: Corosync's, or key-file",
    ),
    (
        "advert_int",
        "how soon a node is missed is lease below [daemon]",
    ),
    (
        "nopreempt",
        "a node that comes back gets its share again; comeback below [daemon] says how slowly",
    ),
    ("preempt_delay", "comeback below [daemon] is alike"),
    (
        "use_vmac",
        "the cluster has one MAC, without an interface of its own",
    ),
    ("garp_master_refresh", "announce-every = SECONDS is alike"),
    (
        "garp_master_delay",
        "the master announces the addresses at once and 1, 2 and 4 s later",
    ),
    (
        "track_interface",
        "ssid looks at each interface's carrier by itself",
    ),
    (
        "track_process",
        "give the program's unit to a [[check]], as unit = \"nginx.service\"",
    ),
    ("notify", "notify-command below [daemon] is alike"),
    ("notify_master", "notify-command below [daemon] is alike"),
    ("notify_backup", "notify-command below [daemon] is alike"),
    ("notify_fault", "notify-command below [daemon] is alike"),
    (
        "virtual_routes",
        "routes of the nodes stay where they are; gateway = [\"ADDR\"] says by which router replies leave",
    ),
    (
        "virtual_rules",
        "gateway = [\"ADDR\"] says by which router replies leave",
    ),
    (
        "unicast_peer",
        "where Corosync does not name the nodes, addresses = [\"ADDR\"] in each [[node]] does",
    ),
];

/// A cluster for each instance, with the services of its addresses, and for each service of other addresses.
pub fn read(text: &str) -> Result<Vec<Found>, String> {
    let all = keepalived_blocks::read(text)?;
    let mut found: Vec<Found> = Vec::new();
    for instance in named(&all, "vrrp_instance") {
        found.push(vrrp(instance, &all));
    }
    for service in named(&all, "virtual_server") {
        let Some(vip) = address(service.word(1)) else {
            continue;
        };
        let one = match found.iter_mut().position(|one| one.vips.contains(&vip)) {
            Some(at) => found.get_mut(at),
            None => {
                found.push(Found {
                    vips: vec![vip],
                    runs_itself: true,
                    ..Found::default()
                });
                found.last_mut()
            }
        };
        if let Some(one) = one {
            balanced(one, service);
        }
    }
    let is_conditional =
        |one: &Statement| one.key().starts_with(['@', '$']) || one.key() == "include";
    if all.iter().any(is_conditional) {
        let sentence = "include, @NODE and $NAME of keepalived.conf are not followed: look whether something is missing";
        found.iter_mut().for_each(|one| one.note(sentence));
    }
    Ok(found)
}

fn named<'a>(all: &'a [Statement], key: &'a str) -> impl Iterator<Item = &'a Statement> {
    all.iter().filter(move |one| one.key() == key)
}

fn vrrp(instance: &Statement, all: &[Statement]) -> Found {
    let mut found = Found {
        name: instance.word(1).to_owned(),
        interface: instance.value("interface").map(str::to_owned),
        runs_itself: true,
        ..Found::default()
    };
    for list in ["virtual_ipaddress", "virtual_ipaddress_excluded"] {
        for line in instance
            .get(list)
            .map(|list| list.block.as_slice())
            .unwrap_or_default()
        {
            match address(line.key()) {
                Some(vip) => found.vip(vip),
                None => found.note(format!("{}: it is no address", line.words.join(" "))),
            }
            let device = line.words.iter().skip_while(|word| *word != "dev").nth(1);
            if device.is_some_and(|device| Some(device) != found.interface.as_ref()) {
                found.note(format!(
                    "{}: all addresses of a cluster are on one interface",
                    line.words.join(" ")
                ));
            }
        }
    }
    if let Some(priority) = instance.value("priority") {
        found.note(format!("priority {priority} of this machine: priority in its [[node]] says who answers ARP, and nobody serves less by it"));
    }
    for (key, sentence) in OTHERS {
        if instance.get(key).is_some() {
            found.note(format!("{key}: {sentence}"));
        }
    }
    for tracked in instance
        .get("track_script")
        .map(|list| list.block.as_slice())
        .unwrap_or_default()
    {
        let mut scripts = named(all, "vrrp_script");
        match scripts.find(|script| script.word(1) == tracked.key()) {
            Some(script) => tracked_script(&mut found, script),
            None => found.note(format!(
                "track_script {}: there is no such vrrp_script",
                tracked.key()
            )),
        }
        if tracked.words.iter().any(|word| word == "weight") {
            found.note(format!(
                "track_script {}: its weight is left out; a node that fails its check is drained",
                tracked.key()
            ));
        }
    }
    if named(all, "vrrp_sync_group").next().is_some() {
        found.note("vrrp_sync_group: addresses that go together are vips of one cluster");
    }
    found
}

fn tracked_script(found: &mut Found, script: &Statement) {
    let command = script
        .get("script")
        .map(|line| line.words.get(1..).unwrap_or_default().join(" "));
    let value: Vec<String> = command
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    match value.first() {
        Some(program) if program.starts_with('/') => found.checks.push(Check {
            name: check_name(script.word(1), found),
            key: "command",
            value,
            interval: script.value("interval").and_then(number),
            fall: script.value("fall").and_then(number),
            rise: script.value("rise").and_then(number),
        }),
        _ => found.note(format!(
            "vrrp_script {}: give its program's whole path in a [[check]]",
            script.word(1)
        )),
    }
}

/// A name that no other check has.
fn check_name(text: &str, found: &Found) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = text.chars().filter(allowed).take(20).collect();
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let name = if begins { name } else { "check".to_owned() };
    match found.checks.iter().any(|check| check.name == name) {
        true => format!("{name}-{}", found.checks.len()),
        false => name,
    }
}

/// A service that a balancer shared out.
fn balanced(found: &mut Found, service: &Statement) {
    let port = number(service.word(2)).unwrap_or_default();
    let kind = service
        .value("lb_kind")
        .or_else(|| service.value("lvs_method"))
        .unwrap_or("NAT");
    match kind.to_ascii_uppercase().as_str() {
        "DR" => found.note("lb_kind DR: the servers answer clients themselves, as here; take the address off their lo"),
        other => found.note(format!("lb_kind {other}: the servers have to be in the clients' segment, each with the address")),
    }
    let algorithm = service
        .value("lb_algo")
        .or_else(|| service.value("lvs_sched"))
        .unwrap_or("rr");
    let is_by_client = algorithm == "sh" || service.get("persistence_timeout").is_some();
    found.spread = match is_by_client {
        true => Spread::Source,
        false => Spread::SourcePort,
    };
    found.note(format!(
        "lb_algo {algorithm}: what a client's packet has decides, and no table of connections; ssid levels load by moving buckets"
    ));
    let known: Vec<String> = found.nodes.iter().map(|node| node.name.clone()).collect();
    for (at, server) in named(&service.block, "real_server").enumerate() {
        let name = format!("n{}", at.saturating_add(1));
        let weight = server.value("weight").and_then(number).unwrap_or(1);
        if !known.contains(&name) {
            found.note(format!(
                "real_server {}: here {name}; put its host name there",
                server.word(1)
            ));
            found.nodes.push(Node {
                name,
                // IPVS counts from 1, and 0 is a server that gets nothing new.
                weight: Some(weight.saturating_mul(100).clamp(0, 10_000))
                    .filter(|weight| *weight != 100),
            });
        }
    }
    if let Some(server) = named(&service.block, "real_server").next() {
        server_check(found, server, port);
    }
    if service.get("sorry_server").is_some() {
        found.note("sorry_server: there is none; who serves when no node does has to be found by another address");
    }
}

/// The check that a balancer made of its servers, made by each node of itself.
fn server_check(found: &mut Found, server: &Statement, port: u32) {
    let port = number(server.word(2)).unwrap_or(port);
    for check in &server.block {
        let asked = check.value("connect_port").and_then(number).unwrap_or(port);
        let (key, value) = match check.key() {
            "TCP_CHECK" => ("tcp", format!("127.0.0.1:{asked}")),
            "HTTP_GET" => {
                let path = check
                    .get("url")
                    .and_then(|url| url.value("path"))
                    .unwrap_or("/");
                ("http", format!("http://127.0.0.1:{asked}{path}"))
            }
            other @ ("SSL_GET" | "MISC_CHECK" | "UDP_CHECK" | "SMTP_CHECK" | "DNS_CHECK"
            | "BFD_CHECK" | "PING_CHECK" | "FILE_CHECK") => {
                found.note(format!("{other}: give a [[check]] with command"));
                continue;
            }
            _ => continue,
        };
        if !(1..=65535).contains(&asked) {
            found.note(format!("{}: there is no port {asked}", check.key()));
            continue;
        }
        let name = check_name(&format!("port-{asked}"), found);
        found.checks.push(Check {
            name,
            key,
            value: vec![value],
            interval: check.value("delay_loop").and_then(number),
            fall: check.value("retry").and_then(number),
            rise: None,
        });
    }
}
