// SPDX-License-Identifier: GPL-2.0-only

//! Reading the section `[daemon]`.

use std::net::SocketAddr;
use std::time::Duration;

use ssi_netlink::Request;
use ssi_netlink::spec::LeaseExpiry;
use ssi_plan::Limits;
use ssi_protocol::{Timing, TimingError};

use crate::failure::Failure;
use crate::file::daemon::{Daemon, Engine, Stick, TwoNode};
use crate::file::hours;
use crate::file::read::links;
use crate::file::read::node;
use crate::file::read::notify;
use crate::file::read::section::Section;
use crate::file::source::{At, Span};

/// The keys that there are.
pub const KEYS: &[&str] = &[
    "engine",
    "group",
    "port",
    "two-node",
    "lease",
    "beat",
    "slack",
    "drift",
    "patience",
    "lease-expiry",
    "stick",
    "max-moving",
    "level-begin",
    "level-stop",
    "rest",
    "quiet-load",
    "quiet-hours",
    "adapt",
    "comeback",
    "realtime",
    "metrics",
    "notify",
    "notify-command",
];
/// So many nodes the engine "datagram" is for.
const MOST: usize = 32;
/// The longest lease that the kernel takes: an hour, in ms.
const LEASE_MAX: i64 = 3_600_000;
const LEASE: u64 = 600;
const BEAT: u64 = 60;
/// With Corosync's groups, which need longer to find a loss out.
const LEASE_COROSYNC: u64 = 1500;
const BEAT_COROSYNC: u64 = 100;
const SLACK: u64 = 50;
const DRIFT: u64 = 10;
/// What a lease is divided by for the default patience.
const PATIENCE: u64 = 3;
/// Above those of Corosync's links, as is the port of metrics for TCP.
const PORT: u16 = 9463;
/// The longest name of a group, as Corosync has it.
const GROUP_MAX: usize = 128;
const PERCENT_MAX: i64 = 10_000;
/// Packets a second that no cluster has.
const QUIET_MAX: i64 = 1_000_000_000_000;
/// A day, in seconds.
const DAY: i64 = 86_400;
const REST: u64 = 60;
const COMEBACK: u64 = 60;

/// Reads it, but for the checks.
pub fn read(section: &Section<'_>, name: &str, nodes: &[node::Read]) -> Result<Daemon, Failure> {
    let group = section.parsed("group", group)?.map(|at| at.value);
    let engine = engine(section, nodes)?;
    links::check(section, engine, nodes)?;
    let timing = timing(section, engine)?;
    let expiry = section.choice("lease-expiry", LeaseExpiry::NAMES)?;
    let seconds = |key, otherwise| -> Result<Duration, Failure> {
        let seconds: Option<At<u64>> = section.number(key, 0..=DAY)?;
        Ok(Duration::from_secs(
            seconds.map_or(otherwise, |at| at.value),
        ))
    };
    let hours = section.list("quiet-hours", hours::parse)?;
    let hours = hours.map_or(Vec::new(), |at| at.value);
    Ok(Daemon {
        engine,
        port: port(section, engine)?,
        two_node: two_node(section, engine, nodes)?,
        group: group.unwrap_or_else(|| format!("ssi:{name}")),
        timing,
        patience: patience(section, &timing)?,
        settings: Request {
            lease_expiry: Some(expiry.map_or(LeaseExpiry::Drop, |at| at.value)),
            ..Request::default()
        },
        stick: section.choice("stick", Stick::NAMES)?.map(|at| at.value),
        limits: limits(section)?,
        rest: seconds("rest", REST)?,
        quiet_hours: hours.into_iter().map(|at| at.value).collect(),
        adapt: section.flag("adapt")?.unwrap_or(true),
        comeback: seconds("comeback", COMEBACK)?,
        realtime: section.flag("realtime")?.unwrap_or(true),
        metrics: section.parsed("metrics", metrics)?.map(|at| at.value),
        notify: notify::read(section)?,
        checks: Vec::new(),
    })
}

fn engine(section: &Section<'_>, nodes: &[node::Read]) -> Result<Engine, Failure> {
    let given = section.choice("engine", Engine::NAMES)?;
    let engine = given.as_ref().map_or(Engine::default(), |at| at.value);
    let sentence = match (engine, nodes) {
        (Engine::Alone, [_, second, ..]) => format!(
            "engine \"alone\": it is for one node, and there is {} too; give \"datagram\"",
            second.node.name
        ),
        (Engine::Datagram, nodes) if nodes.len() > MOST => format!(
            "engine \"datagram\": it is for {MOST} nodes at most, and there are {}; give \"corosync\"",
            nodes.len()
        ),
        _ => return Ok(engine),
    };
    let place = given.map_or_else(|| section.span(), |at| at.span);
    Err(section.wrong(&place, sentence))
}

fn port(section: &Section<'_>, engine: Engine) -> Result<u16, Failure> {
    let port: Option<At<u16>> = section.number("port", 1..=i64::from(u16::MAX))?;
    match port {
        Some(at) if engine != Engine::Datagram => {
            Err(section.wrong(&at.span, "port: goes with engine = \"datagram\""))
        }
        port => Ok(port.map_or(PORT, |at| at.value)),
    }
}

fn two_node(
    section: &Section<'_>,
    engine: Engine,
    nodes: &[node::Read],
) -> Result<Option<TwoNode>, Failure> {
    let Some(given) = section.choice::<TwoNode>("two-node", TwoNode::NAMES)? else {
        return Ok(None);
    };
    let votes = |at: usize| nodes.get(at).map(|read| read.node.votes);
    let sentence = match (engine, nodes.len()) {
        (Engine::Datagram, 2) if votes(0) == votes(1) => return Ok(Some(given.value)),
        (Engine::Datagram, 2) => "two-node: one of the two has a majority of votes alone, and needs no confirmation, so the other could not go \
            by one: give both as many votes"
            .to_owned(),
        (Engine::Datagram, count) => {
            format!("two-node: it is for two nodes that vote, and there are {count}")
        }
        _ => "two-node: goes with engine = \"datagram\"".to_owned(),
    };
    Err(section.wrong(&given.span, sentence))
}

fn timing(section: &Section<'_>, engine: Engine) -> Result<Timing, Failure> {
    let (lease, beat) = match engine {
        Engine::Datagram => (LEASE, BEAT),
        Engine::Corosync | Engine::Alone => (LEASE_COROSYNC, BEAT_COROSYNC),
    };
    let number = |key, least, otherwise| -> Result<u64, Failure> {
        let number: Option<At<u64>> = section.number(key, least..=LEASE_MAX)?;
        Ok(number.map_or(otherwise, |at| at.value))
    };
    let lease = number("lease", 1, lease)?;
    let slack = number("slack", 0, SLACK)?;
    let drift = number("drift", 0, DRIFT)?;
    let beat = number("beat", 1, beat)?;
    Timing::new(lease, slack, drift, beat).map_err(|e| {
        let (key, keys): (_, &[&str]) = match e {
            TimingError::Drift(_) => ("drift", &["drift"]),
            TimingError::Lease { .. } => ("lease", &["lease", "beat", "slack"]),
        };
        section.wrong(&first(section, keys), format!("{key}: {e}"))
    })
}

/// The place of the first of some keys that is there.
fn first(section: &Section<'_>, keys: &[&str]) -> Span {
    match keys.iter().find(|key| section.has(key)) {
        Some(key) => section.place(key),
        None => section.span(),
    }
}

fn patience(section: &Section<'_>, timing: &Timing) -> Result<Duration, Failure> {
    let given: Option<At<u64>> = section.number("patience", 1..=LEASE_MAX)?;
    let patience = given.map_or(timing.lease() / PATIENCE, |at| at.value);
    let (beats, half) = (timing.beat().saturating_mul(2), timing.lease().div_ceil(2));
    if beats < patience && patience < half {
        return Ok(Duration::from_millis(patience));
    }
    Err(section.wrong(
        &first(section, &["patience", "lease", "beat"]),
        format!(
            "patience {patience}: give more than two beats, {beats}, and less than half a lease, {}",
            timing.lease() / 2
        ),
    ))
}

fn limits(section: &Section<'_>) -> Result<Limits, Failure> {
    let usual = Limits::default();
    let moving = section.number("max-moving", 0..=i64::from(u32::MAX))?;
    let begin: Option<At<u32>> = section.number("level-begin", 101..=PERCENT_MAX)?;
    let stop: Option<At<u32>> = section.number("level-stop", 100..=PERCENT_MAX)?;
    let quiet = section.number("quiet-load", 0..=QUIET_MAX)?;
    let limits = Limits {
        max_moving: moving.map_or(usual.max_moving, |at| at.value),
        act: begin.map_or(usual.act, |at| at.value),
        stop: stop.map_or(usual.stop, |at| at.value),
        quiet: quiet.map_or(usual.quiet, |at| at.value),
    };
    match limits.stop <= limits.act {
        true => Ok(limits),
        false => Err(section.wrong(
            &first(section, &["level-stop", "level-begin"]),
            format!(
                "level-stop {}: give at most level-begin, {}, or levelling would end before it begins",
                limits.stop, limits.act
            ),
        )),
    }
}

fn group(text: &str) -> Result<String, String> {
    let is_good =
        (1..=GROUP_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    match is_good {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a group's name has 1 to {GROUP_MAX} characters of ASCII and no space"
        )),
    }
}

fn metrics(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "give an address and a port, as 127.0.0.1:9463".to_owned())?;
    match (address.ip().is_loopback(), address.port()) {
        (false, _) => Err(
            "give a loopback address, as 127.0.0.1:9463: everybody may read there, without a password".to_owned(),
        ),
        (true, 0) => Err("give a port, as 127.0.0.1:9463".to_owned()),
        (true, _) => Ok(address),
    }
}
