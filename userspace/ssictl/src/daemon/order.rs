// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl drain`, `join`, `leave` and `weight` where a daemon runs the cluster: it is asked for what is wanted.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssid_api::{Answer, Ask, Heat, Order, Status, Wish};

use crate::daemon::forecast::Forecast;
use crate::daemon::left::Left;
use crate::daemon::{Place, wait};
use crate::output::Text;

/// How an order is given.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Show what would move, and ask for nothing.
    pub dry_run: bool,
    /// Wait until it is carried out, and so long at most.
    pub wait: Option<Duration>,
    /// What the node's weight comes to by the order.
    pub weight: u32,
    /// Seconds after which sessions that are left are given up, whoever says so; none: never.
    pub until: Option<u32>,
}

/// What was asked, and what came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ordered {
    name: String,
    node: String,
    wish: &'static str,
    /// Of a weight; none: the file's.
    weight: Option<u32>,
    /// Of a drain: seconds after which connections are given up that are left; none: never.
    deadline: Option<u32>,
    dry_run: bool,
    /// Milliseconds until it was carried out, if that was waited for.
    took: Option<u64>,
    /// With `--dry-run`.
    forecast: Option<Forecast>,
    /// With `--dry-run`, where the node would give all away: the sessions that it has now.
    sessions: Option<Left>,
}

/// Sends the order to the daemon.
pub fn give(
    system: &mut impl System,
    place: &Place,
    order: &Order,
    how: How,
) -> Result<Ordered, Failure> {
    let mut ordered = Ordered::new(place, order, how.dry_run);
    if how.dry_run {
        let (status, heat) = look(place)?;
        let forecast = Forecast::new(&status, &heat, &order.node, order.wish, how.weight)?;
        ordered.forecast = Some(forecast);
        ordered.sessions = Left::of(system, &status, (&order.node, order.wish), how.until);
        return Ok(ordered);
    }
    let mut client = place.ask(&Ask::Order(order.clone()))?;
    match place.answer(&mut client)? {
        Answer::Done => {}
        other => return Err(place.unfit(&other)),
    }
    if let Some(timeout) = how.wait {
        let until = how.until.map(|seconds| Duration::from_secs(seconds.into()));
        let took = wait::until(system, place, order, (timeout, until))?;
        ordered.took = Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    }
    Ok(ordered)
}

/// How things are, and the buckets with it.
fn look(place: &Place) -> Result<(Status, Heat), Failure> {
    let mut client = place.ask(&Ask::Watch { heat: true })?;
    let mut status = None;
    loop {
        match place.answer(&mut client)? {
            Answer::Status(fresh) => status = Some(*fresh),
            Answer::Heat(heat) => {
                if let Some(status) = status {
                    return Ok((status, heat));
                }
            }
            other => return Err(place.unfit(&other)),
        }
    }
}

impl Ordered {
    fn new(place: &Place, order: &Order, dry_run: bool) -> Self {
        let (wish, weight, deadline) = match order.wish {
            Wish::Serve => ("serve", None, None),
            Wish::Drain(deadline) => ("drain", None, deadline),
            Wish::Leave(deadline) => ("leave", None, deadline),
            Wish::Weight(weight) => ("weight", weight, None),
        };
        Self {
            name: place.cluster.clone(),
            node: order.node.clone(),
            wish,
            weight,
            deadline,
            dry_run,
            took: None,
            forecast: None,
            sessions: None,
        }
    }

    /// What was wanted, after "it is to".
    fn wish(&self) -> String {
        match (self.wish, self.weight) {
            ("weight", Some(weight)) => format!("have weight {weight}"),
            ("weight", None) => "have the weight of the file".to_owned(),
            (wish, _) => match self.deadline {
                None => wish.to_owned(),
                Some(seconds) => {
                    format!("{wish}, and to give up connections that are left after {seconds} s")
                }
            },
        }
    }

    /// What it does then, after its name.
    fn end(&self) -> &'static str {
        match self.wish {
            "serve" => "serves",
            "drain" => "is drained",
            "leave" => "has left",
            _ => "has its share",
        }
    }
}

impl Text for Ordered {
    fn text(&self) -> String {
        let (node, name) = (&self.node, &self.name);
        if let Some(forecast) = &self.forecast {
            return format!(
                "{node} would be asked to {}; nothing was done\n{}{}",
                self.wish(),
                forecast.text(),
                self.sessions.as_ref().map_or_else(String::new, Left::text)
            );
        }
        let mut text = format!("{name}: {node} is asked to {}\n", self.wish());
        // Writing to a String cannot fail.
        let _ = match self.took {
            Some(took) => writeln!(text, "{node} {} after {} s", self.end(), took / 1000),
            None => writeln!(text, "how far it is: ssictl status {name}"),
        };
        text
    }
}

#[cfg(test)]
pub mod tests;
