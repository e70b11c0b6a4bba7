// SPDX-License-Identifier: GPL-2.0-only

//! Reading a `[[check]]`.

use std::net::SocketAddr;
use std::time::Duration;

use http::Uri;
use toml_edit::{Item, Table};

use crate::failure::Failure;
use crate::file::check::{Check, Kind, Then};
use crate::file::host;
use crate::file::read::node;
use crate::file::read::section::Section;
use crate::file::source::{At, Source, distinct};

/// The keys that a check may have.
/// The keys that a check may have.
pub const KEYS: &[&str] = &[
    "name", "tcp", "http", "command", "unit", "interval", "timeout", "rise", "fall", "then",
    "nodes",
];
const NAME_MAX: usize = 32;
/// The longest interval: an hour, in ms.
const INTERVAL_MAX: i64 = 3_600_000;
const INTERVAL: u64 = 2000;
const TIMEOUT: u64 = 1000;
const RISE: u32 = 2;
const FALL: u32 = 3;
const TIMES_MAX: i64 = 1000;
/// The longest name of a systemd unit.
const UNIT_MAX: usize = 255;

/// Reads all.
pub fn read(source: &Source, root: &Table, nodes: &[node::Read]) -> Result<Vec<Check>, Failure> {
    let sections = match root.get("check") {
        None => return Ok(Vec::new()),
        Some(Item::ArrayOfTables(sections)) => sections,
        Some(item) => {
            let sentence = "check: give each check a section of its own, headed [[check]]";
            return Err(source.wrong(&item.span(), sentence));
        }
    };
    let mut names: Vec<At<String>> = Vec::new();
    let mut checks = Vec::new();
    for table in sections {
        let section = Section::new(source, table, "[[check]]", KEYS)?;
        let name = section.due("name", "\"web\"", section.parsed("name", name)?)?;
        checks.push(one(&section, &name.value, nodes)?);
        names.push(name);
    }
    distinct(source, &names, |name| {
        format!("name {name:?}: two checks have it")
    })?;
    Ok(checks)
}

fn one(section: &Section<'_>, name: &str, nodes: &[node::Read]) -> Result<Check, Failure> {
    let interval = section.number("interval", 100..=INTERVAL_MAX)?;
    let interval = interval.map_or(INTERVAL, |at| at.value);
    let timeout: Option<At<u64>> = section.number("timeout", 1..=INTERVAL_MAX)?;
    let timeout = match timeout {
        None => TIMEOUT.min(interval),
        Some(at) if at.value <= interval => at.value,
        Some(at) => {
            return Err(section.wrong(
                &at.span,
                format!(
                    "timeout {}: give at most the interval, {interval}",
                    at.value
                ),
            ));
        }
    };
    let rise = section.number("rise", 1..=TIMES_MAX)?;
    let fall = section.number("fall", 1..=TIMES_MAX)?;
    let then = section.choice("then", Then::NAMES)?;
    Ok(Check {
        name: name.to_owned(),
        kind: kind(section, name)?,
        interval: Duration::from_millis(interval),
        timeout: Duration::from_millis(timeout),
        rise: rise.map_or(RISE, |at| at.value),
        fall: fall.map_or(FALL, |at| at.value),
        then: then.map_or(Then::Drain, |at| at.value),
        nodes: runners(section, nodes)?,
    })
}

/// The one of the four kinds that is given.
fn kind(section: &Section<'_>, name: &str) -> Result<Kind, Failure> {
    let kinds = ["tcp", "http", "command", "unit"];
    let given: Vec<&str> = kinds.into_iter().filter(|key| section.has(key)).collect();
    if let [first, second, ..] = given.as_slice() {
        let sentence = format!("{second}: not together with {first}; give one of them");
        return Err(section.wrong(&section.place(second), sentence));
    }
    let tcp = section
        .parsed("tcp", address)?
        .map(|at| Kind::Tcp(at.value));
    let http = section.parsed("http", url)?.map(|at| Kind::Http(at.value));
    let unit = section.parsed("unit", unit)?.map(|at| Kind::Unit(at.value));
    let kind = tcp.or(http).or(unit).or(command(section)?);
    kind.ok_or_else(|| {
        let sentence = format!("check {name}: give one of {}", kinds.join(", "));
        section.wrong(&section.span(), sentence)
    })
}

fn command(section: &Section<'_>) -> Result<Option<Kind>, Failure> {
    Ok(arguments(section, "command")?.map(Kind::Command))
}

/// A program with its arguments.
pub fn arguments(section: &Section<'_>, key: &str) -> Result<Option<Vec<String>>, Failure> {
    let text = |text: &str| match text.contains('\0') {
        true => Err("no argument has a zero in it".to_owned()),
        false => Ok(text.to_owned()),
    };
    let Some(command) = section.list(key, text)? else {
        return Ok(None);
    };
    let command: Vec<String> = command.value.into_iter().map(|at| at.value).collect();
    match command.first() {
        Some(program) if program.starts_with('/') => Ok(Some(command)),
        _ => Err(section.wrong(
            &section.place(key),
            format!(
                "{key}: give a program's whole path and its arguments, as [\"/usr/bin/test\", \"-e\", \"/run/ready\"]"
            ),
        )),
    }
}

/// The nodes that run it. A witness has no service.
fn runners(section: &Section<'_>, nodes: &[node::Read]) -> Result<Option<Vec<String>>, Failure> {
    let serving = || nodes.iter().filter(|read| !read.node.is_witness());
    let known = |text: &str| {
        let name = host(text)?;
        match serving().any(|read| read.node.name == name) {
            true => Ok(name),
            false => {
                let names: Vec<&str> = serving().map(|read| read.node.name.as_str()).collect();
                Err(format!(
                    "no such node serves; there are {}",
                    names.join(", ")
                ))
            }
        }
    };
    let Some(names) = section.list("nodes", known)? else {
        return Ok(None);
    };
    if names.value.is_empty() {
        let sentence = "nodes: give the nodes that run the check; without this key all do";
        return Err(section.wrong(&names.span, sentence));
    }
    Ok(Some(names.value.into_iter().map(|at| at.value).collect()))
}

fn name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match (1..=NAME_MAX).contains(&text.len()) && text.chars().all(allowed) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a check's name has 1 to {NAME_MAX} letters, digits, '.', '-' and '_'"
        )),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let address: Option<SocketAddr> = text.parse().ok();
    address
        .filter(|address| address.port() != 0)
        .ok_or_else(|| "give an address and a port, as 127.0.0.1:80 or [::1]:80".to_owned())
}

fn url(text: &str) -> Result<String, String> {
    let right = || "give plain HTTP, as http://127.0.0.1:80/health".to_owned();
    let uri: Uri = text.parse().map_err(|_| right())?;
    let authority = uri.authority().ok_or_else(right)?;
    if uri.scheme_str() == Some("https") {
        return Err("HTTPS is for a command, as curl; give http://… or command".to_owned());
    }
    // Who is asked and where, and nothing that is no port.
    let has_port = authority.port_u16().is_some_and(|port| port != 0);
    let is_bare = authority.as_str() == authority.host();
    let is_good = (has_port || is_bare) && !authority.as_str().contains('@');
    match is_good && !authority.host().is_empty() && uri.scheme_str() == Some("http") {
        true => Ok(text.to_owned()),
        false => Err(right()),
    }
}

/// A unit of systemd.
pub fn unit(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    let is_name = text
        .rsplit_once('.')
        .is_some_and(|(name, kind)| !name.is_empty() && !kind.is_empty());
    // What begins with a dash would be an option to systemctl.
    match is_name && text.len() <= UNIT_MAX && text.chars().all(allowed) && !text.starts_with('-') {
        true => Ok(text.to_owned()),
        false => Err("give a unit of systemd with its kind, as nginx.service".to_owned()),
    }
}
