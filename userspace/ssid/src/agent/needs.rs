// SPDX-License-Identifier: GPL-2.0-only

//! Needs of a node, without which it serves nothing: a kernel that answers, its interfaces, a network behind the clients' one,
//! the cluster on the machine.
//!
//! A node that lost one gives its buckets up at once. It comes back when all are met, after a time that doubles with each loss
//! in a row, so that a link that comes and goes moves buckets a few times and not each time.

use std::collections::BTreeMap;

use ssi_protocol::Time;

/// How long a node is held out after its first loss, and at most, in ms.
const FIRST_HOLD: u64 = 1000;
const LONGEST_HOLD: u64 = 60_000;
/// Losses are in a row until the needs were met for so many times as long as the node was held out.
const CALM: u64 = 10;

/// Something that a node needs to serve.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// Its kernel answers, and does what it is ordered.
    Kernel,
    /// The clients' interface passes frames.
    Interface,
    /// The same of the interface to the other nodes.
    ForwardInterface,
    /// The clients' interface connects this node with the others that it connects.
    Reachability,
    /// The cluster is on the machine, with its addresses.
    Cluster,
}

/// The names of the interfaces among them.
pub type Names = BTreeMap<Need, String>;

impl Need {
    fn met_again(self) -> &'static str {
        match self {
            Self::Kernel => "the kernel answers again",
            Self::Interface => "the interface is up again",
            Self::ForwardInterface => "the forward interface is up again",
            Self::Reachability => "the interface connects this node with others again",
            Self::Cluster => "the cluster and its addresses are on this machine again",
        }
    }
}

/// Those that are not met, and for how long the node is held out.
#[derive(Debug, Default)]
pub struct Needs {
    unmet: BTreeMap<Need, String>,
    /// How long the node is held out after the last loss, in ms.
    hold: u64,
    /// Since when all are met.
    met_since: Time,
}

impl Needs {
    /// A need is not met, for this reason, or is; in a sentence what is new.
    pub fn set(&mut self, now: Time, need: Need, unmet: Option<String>) -> Option<String> {
        let is_reported = !self.is_implied(need);
        let Some(reason) = unmet else {
            self.unmet.remove(&need)?;
            if self.unmet.is_empty() {
                self.met_since = now;
            }
            return is_reported.then(|| need.met_again().into());
        };
        if self.unmet.is_empty() {
            self.lost(now);
        }
        let old = self.unmet.insert(need, reason.clone());
        (is_reported && old.as_ref() != Some(&reason)).then_some(reason)
    }

    /// Whether a need is unmet for as long as another one is, which says all.
    fn is_implied(&self, need: Need) -> bool {
        need == Need::Reachability && self.unmet.contains_key(&Need::Interface)
    }

    /// Whether the node may serve.
    pub fn are_met(&self, now: Time) -> bool {
        self.unmet.is_empty() && self.held_out(now) == 0
    }

    /// Whether connections that are here have no way out.
    pub fn is_any_unmet(&self) -> bool {
        !self.unmet.is_empty()
    }

    /// Why the node does not serve.
    pub fn trouble(&self, now: Time) -> Vec<String> {
        let unmet = self
            .unmet
            .iter()
            .filter(|(need, _)| !self.is_implied(**need));
        let mut all: Vec<String> = unmet.map(|(_, reason)| reason.clone()).collect();
        let held_out = self.held_out(now);
        if all.is_empty() && held_out > 0 {
            all.push(format!(
                "held out for another {} s: what it needs was lost, and may go again",
                held_out.div_ceil(1000)
            ));
        }
        all
    }

    /// For how many ms from `now`, at the least.
    fn held_out(&self, now: Time) -> u64 {
        match self.hold {
            0 => 0,
            hold => now.until(self.met_since.plus(hold)),
        }
    }

    fn lost(&mut self, now: Time) {
        let calm = self.met_since.plus(self.hold.saturating_mul(CALM)) <= now;
        self.hold = match self.hold {
            hold if hold > 0 && !calm => hold.saturating_mul(2).min(LONGEST_HOLD),
            _ => FIRST_HOLD,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(needs: &mut Needs, now: u64) -> Option<String> {
        needs.set(
            Time(now),
            Need::Interface,
            Some("eth0 has no carrier".into()),
        )
    }

    fn up(needs: &mut Needs, now: u64) -> Option<String> {
        needs.set(Time(now), Need::Interface, None)
    }

    #[test]
    fn a_node_comes_back_when_all_are_met() {
        let mut needs = Needs::default();
        assert!(needs.are_met(Time(0)));
        assert_eq!(up(&mut needs, 5), None);
        assert_eq!(down(&mut needs, 10).unwrap(), "eth0 has no carrier");
        assert_eq!(down(&mut needs, 11), None, "nothing new");
        needs.set(Time(12), Need::Kernel, Some("no answer".into()));
        assert!(up(&mut needs, 5000).is_some());
        assert!(!needs.are_met(Time(9000)));
        assert_eq!(needs.trouble(Time(9000)), ["no answer"]);
        needs.set(Time(10_000), Need::Kernel, None);
        assert!(!needs.are_met(Time(10_999)));
        assert!(needs.trouble(Time(10_001))[0].contains("another 1 s"));
        assert!(needs.are_met(Time(11_000)) && needs.trouble(Time(11_000)).is_empty());
    }

    #[test]
    fn a_link_without_carrier_passes_nothing_and_that_is_not_reported() {
        let mut needs = Needs::default();
        let nothing = |needs: &mut Needs, now, is_so: bool| {
            let reason = is_so.then(|| "eth0 passes nothing".to_owned());
            needs.set(Time(now), Need::Reachability, reason)
        };
        assert_eq!(nothing(&mut needs, 0, true).unwrap(), "eth0 passes nothing");
        assert!(needs.is_any_unmet());
        assert!(nothing(&mut needs, 5, false).is_some());
        assert!(down(&mut needs, 10).is_some());
        assert_eq!(nothing(&mut needs, 400, true), None);
        assert_eq!(needs.trouble(Time(500)), ["eth0 has no carrier"]);
        assert!(up(&mut needs, 600).is_some());
        assert_eq!(needs.trouble(Time(700)), ["eth0 passes nothing"]);
        assert!(nothing(&mut needs, 900, false).is_some());
        assert!(!needs.is_any_unmet());
    }

    #[test]
    fn who_comes_and_goes_is_held_out_longer_each_time() {
        let mut needs = Needs::default();
        let mut now = 0;
        let mut waited = Vec::new();
        for _ in 0..9 {
            down(&mut needs, now);
            now += 100;
            up(&mut needs, now);
            let back = (0..).step_by(100).find(|ms| needs.are_met(Time(now + ms)));
            waited.push(back.unwrap());
            now += back.unwrap();
        }
        assert_eq!(
            waited,
            [
                1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000
            ]
        );
        // After a calm time it begins anew.
        now += 10 * 60_000;
        down(&mut needs, now);
        up(&mut needs, now);
        assert!(needs.are_met(Time(now + 1000)));
    }

    #[test]
    fn fifty_flaps_in_a_minute_are_one() {
        let mut needs = Needs::default();
        let mut changes = 0;
        let mut was_met = true;
        for ms in (0..60_000).step_by(50) {
            match ms % 1200 {
                0 => drop(down(&mut needs, ms)),
                600 => drop(up(&mut needs, ms)),
                _ => {}
            }
            changes += u32::from(needs.are_met(Time(ms)) != was_met);
            was_met = needs.are_met(Time(ms));
        }
        assert_eq!(changes, 1, "it goes once and stays away");
    }
}
