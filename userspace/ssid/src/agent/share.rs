// SPDX-License-Identifier: GPL-2.0-only

//! Share of this node, by operators' orders, its needs, its checks and its strain.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ssi_monitor::load::{Ramp, Sample, Strain};
use ssi_protocol::{AdminState, Time};
use ssid_api::{Check, Wish};

use crate::agent::Settings;
use crate::agent::needs::Needs;

/// What operators want of this node, kept across the daemon's ends.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Wishes {
    /// It gives all buckets away.
    #[serde(default)]
    pub drain: bool,
    /// And then goes.
    #[serde(default)]
    pub leave: bool,
    /// Seconds after which connections are given up that are left then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<u32>,
    /// Its weight, instead of the file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

/// What a check came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckReport {
    /// The check's name.
    pub name: String,
    /// Whether it passes, its rises and falls counted.
    pub good: bool,
    /// Its output, in a sentence.
    pub text: String,
    /// Whether connections are given up as well where it does not pass.
    pub drop: bool,
}

/// This node's share.
#[derive(Debug)]
pub struct Share {
    wishes: Wishes,
    /// When the deadline of a drain is over. It counts anew where the daemon starts anew.
    deadline: Option<Time>,
    file_weight: u32,
    adapt: bool,
    pub needs: Needs,
    checks: BTreeMap<String, CheckReport>,
    strain: Strain,
    comeback: Duration,
    /// On the way back after a check had failed.
    ramp: Option<Ramp>,
}

impl Share {
    pub fn new(settings: &Settings, wishes: Wishes, now: Time) -> Self {
        Self {
            deadline: deadline(&wishes, now),
            wishes,
            file_weight: settings.weight(),
            adapt: settings.adapt,
            needs: Needs::default(),
            checks: BTreeMap::new(),
            strain: Strain::new(),
            comeback: settings.comeback,
            ramp: None,
        }
    }

    /// The file is another. A check that is none any more does not count.
    pub fn reconfigure(&mut self, settings: &Settings) {
        self.file_weight = settings.weight();
        self.adapt = settings.adapt;
        self.comeback = settings.comeback;
        self.checks.retain(|name, _| settings.checks.contains(name));
    }

    pub fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    pub fn is_leaving(&self) -> bool {
        self.wishes.leave
    }

    /// The weight that an operator wants.
    pub fn full_weight(&self) -> u32 {
        match self.file_weight {
            0 => 0,
            weight => self.wishes.weight.unwrap_or(weight),
        }
    }

    /// Whether connections are to be given up: a check that fails wants it, what they need is gone, or a drain's deadline
    /// is over.
    pub fn drops_out(&self, now: Time) -> bool {
        self.needs.is_any_unmet()
            || self.checks.values().any(|check| !check.good && check.drop)
            || self.deadline.is_some_and(|deadline| deadline <= now)
    }

    pub fn checks(&self) -> Vec<Check> {
        let checks = self.checks.values();
        checks
            .map(|check| Check {
                name: check.name.clone(),
                good: check.good,
                text: check.text.clone(),
            })
            .collect()
    }

    /// What the others get.
    pub fn admin_state(&self, now: Time) -> AdminState {
        let full = self.full_weight();
        let strained = if self.adapt {
            self.strain.percent()
        } else {
            100
        };
        let back = self
            .ramp
            .as_ref()
            .map_or(100, |ramp| ramp.percent(since(now)));
        let part = back.saturating_mul(strained);
        let weight = full.saturating_mul(part) / 10_000;
        let wished = self.wishes.drain || self.wishes.leave;
        AdminState {
            weight: weight.max(full.min(1)),
            draining: full == 0 || wished || self.is_sick() || !self.needs.are_met(now),
            unfit: self.needs.is_any_unmet(),
        }
    }

    /// This node was measured; `least` is what [`Strain::sample`] wants of the others.
    pub fn measured(&mut self, now: Time, sample: &Sample, least: u32) {
        self.strain
            .sample(since(now), sample.stall, sample.cpu, least);
    }

    /// A check was done; in a sentence what is new.
    pub fn checked(&mut self, now: Time, report: CheckReport) -> Option<String> {
        let was_sick = self.is_sick();
        let old = self.checks.insert(report.name.clone(), report.clone());
        if was_sick && !self.is_sick() {
            // Slowly, as what has just come up is cold.
            self.ramp = Some(Ramp::new(since(now), self.comeback));
        }
        let is_new = old.is_none_or(|old| old.good != report.good);
        is_new.then(|| match report.good {
            true => format!("{} passes: {}", report.name, report.text),
            false => format!("{} fails: {}", report.name, report.text),
        })
    }

    /// An operator wants something; in a sentence what is new.
    pub fn wish(&mut self, now: Time, wish: Wish) -> Option<String> {
        let mut wishes = self.wishes.clone();
        let text = match wish {
            Wish::Serve => {
                (wishes.drain, wishes.leave, wishes.deadline) = (false, false, None);
                "is to serve".to_owned()
            }
            Wish::Drain(seconds) => {
                (wishes.drain, wishes.leave, wishes.deadline) = (true, false, seconds);
                format!("is to give all buckets away{}", then(seconds))
            }
            Wish::Leave(seconds) => {
                (wishes.drain, wishes.leave, wishes.deadline) = (true, true, seconds);
                format!("is to give all buckets away and to leave{}", then(seconds))
            }
            Wish::Weight(weight) => {
                wishes.weight = weight;
                match weight {
                    Some(weight) => format!("is to have weight {weight}"),
                    None => "is to have the weight of the cluster file".to_owned(),
                }
            }
        };
        let is_new = wishes != self.wishes;
        // Who asks again gets the whole time again.
        if !matches!(wish, Wish::Weight(_)) {
            self.deadline = deadline(&wishes, now);
        }
        self.wishes = wishes;
        is_new.then_some(text)
    }

    fn is_sick(&self) -> bool {
        self.checks.values().any(|check| !check.good)
    }
}

fn deadline(wishes: &Wishes, now: Time) -> Option<Time> {
    let seconds = wishes.deadline.filter(|_| wishes.drain)?;
    Some(now.plus(u64::from(seconds) * 1000))
}

fn then(seconds: Option<u32>) -> String {
    seconds.map_or_else(String::new, |seconds| {
        format!(", and to give up what connections are left after {seconds} s")
    })
}

/// A time, as [`ssi_monitor::load`] has it.
fn since(now: Time) -> Duration {
    Duration::from_millis(now.0)
}
