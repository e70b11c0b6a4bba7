// SPDX-License-Identifier: GPL-2.0-only

//! Replies leave by the interface that requests come in on, where a node has other networks as well: a rule for each cluster
//! address, and a table for each interface with the routes that go by it.

use std::net::IpAddr;

use ssi_netlink::Error;
use ssi_netlink::routing::{Family, MAIN, Path, Rule};

use crate::failure::Failure;
use crate::system::System;

/// The rules' priority: ahead of the main table's, and of nearly all that others make.
pub const PRIORITY: u32 = 21_331;
/// An interface's table is this one and its number.
const TABLES: u32 = 2_133_100_000;
/// The metric of a gateway that was given, and not found in the main table.
const GIVEN: u32 = 21_331;
/// The loopback interface's number.
const LO: u32 = 1;

/// The error of a kernel without rules (`EOPNOTSUPP`), of a route or rule that is gone (`ESRCH`, `ENOENT`), of one that is there
/// (`EEXIST`), and of an interface that is down (`ENETDOWN`), which comes up with an event.
const NO_RULES: i32 = 95;
const GONE: [i32; 2] = [3, 2];
const THERE: i32 = 17;
const DOWN: i32 = 100;

/// The table of an interface.
pub fn table(ifindex: u32) -> u32 {
    TABLES.saturating_add(ifindex)
}

/// What replies of an interface's clusters go by, in one family.
#[derive(Debug, Default, PartialEq)]
struct Routing {
    rules: Vec<Rule>,
    paths: Vec<Path>,
}

/// Makes the rules and the table of an interface what its clusters want, and returns whether anything was changed. `gateways`
/// replace those that were given before; none leaves them.
///
/// # Errors
///
/// The kernel refuses, or rules or routes of somebody else are where ssi's go.
pub fn keep(
    system: &mut impl System,
    device: &str,
    ifindex: u32,
    gateways: Option<&[IpAddr]>,
) -> Result<bool, Failure> {
    let clusters = system.clusters()?;
    let here = clusters.iter().filter(|other| other.ifindex == ifindex);
    let vips: Vec<IpAddr> = here.flat_map(|cluster| cluster.vips.clone()).collect();
    let mut changed = false;
    for family in Family::ALL {
        let vips = vips
            .iter()
            .copied()
            .filter(|vip| Family::of(*vip) == family);
        let vips: Vec<IpAddr> = vips.collect();
        changed |= keep_family(system, (device, ifindex), family, &vips, gateways)?;
        // Of clusters that have gone with their interfaces.
        let rules = system.rules(family, PRIORITY).unwrap_or_default();
        let is_known = |vip: &IpAddr| clusters.iter().any(|cluster| cluster.vips.contains(vip));
        for rule in rules.iter().filter(|rule| rule.is_ours) {
            if !rule.source.as_ref().is_some_and(is_known) {
                done(system.remove_rule(rule, PRIORITY), &GONE).map_err(|e| failed(device, &e))?;
            }
        }
    }
    Ok(changed)
}

/// The gateways that were given for an interface.
pub fn given(system: &mut impl System, device: &str, ifindex: u32) -> Result<Vec<IpAddr>, Failure> {
    let mut all = Vec::new();
    for family in Family::ALL {
        let there = paths(system, device, family, table(ifindex))?;
        all.extend(given_in(&there));
    }
    Ok(all)
}

/// Whether there are rules of an interface, and no route any more: they have gone with its link.
pub fn has_no_route(system: &mut impl System, device: &str, ifindex: u32) -> Result<bool, Failure> {
    for family in Family::ALL {
        let rules = system.rules(family, PRIORITY).unwrap_or_default();
        let mut rules = rules.iter().filter(|rule| rule.table == table(ifindex));
        if rules.next().is_some() && paths(system, device, family, table(ifindex))?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn given_in(paths: &[Path]) -> impl Iterator<Item = IpAddr> {
    let given = paths
        .iter()
        .filter(|path| path.is_ours && path.metric == GIVEN);
    given.filter_map(|path| path.gateway)
}

fn keep_family(
    system: &mut impl System,
    (device, ifindex): (&str, u32),
    family: Family,
    vips: &[IpAddr],
    gateways: Option<&[IpAddr]>,
) -> Result<bool, Failure> {
    let rules = match system.rules(family, PRIORITY) {
        // Without rules there is nothing of ours either.
        Err(Error::Refused(refusal)) if refusal.errno == NO_RULES => return Ok(false),
        result => result.map_err(|e| Failure::refused(reading(device), &e))?,
    };
    let number = table(ifindex);
    let there = Routing {
        rules,
        paths: paths(system, device, family, number)?,
    };
    let gateway = match gateways {
        Some(all) => all.iter().copied().find(|one| Family::of(*one) == family),
        None => given_in(&there.paths).next(),
    };
    let wanted = match vips {
        [] => Routing::default(),
        vips => {
            let main = paths(system, device, family, MAIN)?;
            wanted(&main, ifindex, vips, gateway)
        }
    };
    if wanted != Routing::default() {
        check(&there, device, number)?;
    }
    change(system, device, number, &there, &wanted)
}

/// A node with one network needs none, unless a gateway was given.
fn wanted(main: &[Path], ifindex: u32, vips: &[IpAddr], gateway: Option<IpAddr>) -> Routing {
    let is_elsewhere =
        |path: &Path| !is_local(path) && ![Some(ifindex), Some(LO)].contains(&path.ifindex);
    if gateway.is_none() && !main.iter().any(is_elsewhere) {
        return Routing::default();
    }
    let is_given = |path: &Path| gateway.is_some() && path.prefix == 0;
    let by_it = main.iter().filter(|path| path.ifindex == Some(ifindex));
    let mut paths: Vec<Path> = Vec::new();
    for path in by_it.filter(|path| !is_local(path) && !is_given(path)) {
        // From several addresses there are several routes to one network.
        let path = path.as_ours();
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.extend(gateway.map(|gateway| Path::by(gateway, ifindex, GIVEN)));
    let rule = |vip: &IpAddr| Rule {
        source: Some(*vip),
        table: table(ifindex),
        is_ours: true,
    };
    Routing {
        rules: vips.iter().map(rule).collect(),
        paths,
    }
}

/// Whether a route goes to addresses of one link only, which are on each.
fn is_local(path: &Path) -> bool {
    matches!(path.destination, Some(IpAddr::V6(v6)) if v6.is_unicast_link_local())
}

/// Refuses to go where somebody else is.
fn check(there: &Routing, device: &str, table: u32) -> Result<(), Failure> {
    if there.rules.iter().any(|rule| !rule.is_ours) {
        return Err(Failure::Refused(format!(
            "{device}: priority {PRIORITY} of ip rule has a rule that is not ssi's: give that another priority, as ssi's rules for \
             replies go there"
        )));
    }
    if there.paths.iter().any(|path| !path.is_ours) {
        return Err(Failure::Refused(format!(
            "{device}: table {table} has a route that is not ssi's: put that into another table, as ssi's routes for replies go there"
        )));
    }
    Ok(())
}

/// Rules only ever lead to a table that is whole: they come last, and go first.
fn change(
    system: &mut impl System,
    device: &str,
    table: u32,
    there: &Routing,
    wanted: &Routing,
) -> Result<bool, Failure> {
    let mut changed = false;
    let ours = there
        .rules
        .iter()
        .filter(|rule| rule.is_ours && rule.table == table);
    for rule in ours.filter(|rule| !wanted.rules.contains(rule)) {
        done(system.remove_rule(rule, PRIORITY), &GONE).map_err(|e| failed(device, &e))?;
        changed = true;
    }
    let ours = there.paths.iter().filter(|path| path.is_ours);
    for path in ours.filter(|path| !wanted.paths.contains(path)) {
        done(system.remove_path(path, table), &GONE).map_err(|e| failed(device, &e))?;
        changed = true;
    }
    for path in wanted
        .paths
        .iter()
        .filter(|path| !there.paths.contains(path))
    {
        done(system.add_path(path, table), &[THERE, DOWN]).map_err(|e| failed(device, &e))?;
        changed = true;
    }
    for rule in wanted
        .rules
        .iter()
        .filter(|rule| !there.rules.contains(rule))
    {
        done(system.add_rule(rule, PRIORITY), &[THERE]).map_err(|e| failed(device, &e))?;
        changed = true;
    }
    Ok(changed)
}

/// Whether it is so now, by whomever.
fn done(result: Result<(), Error>, is_so: &[i32]) -> Result<(), Error> {
    match result {
        Err(Error::Refused(refusal)) if is_so.contains(&refusal.errno) => Ok(()),
        result => result,
    }
}

fn paths(
    system: &mut impl System,
    device: &str,
    family: Family,
    table: u32,
) -> Result<Vec<Path>, Failure> {
    system
        .paths(family, table)
        .map_err(|e| Failure::refused(reading(device), &e))
}

fn reading(device: &str) -> String {
    format!("reading the routes by {device}")
}

fn failed(device: &str, error: &Error) -> Failure {
    Failure::refused(format!("routes for replies by {device}"), error)
}

#[cfg(test)]
mod tests;
