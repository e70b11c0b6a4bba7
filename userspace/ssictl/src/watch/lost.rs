// SPDX-License-Identifier: GPL-2.0-only

//! A cluster that is not here any more: what became of it, and what was said of it.

use std::path::Path;
use std::time::Duration;

use ssi_cluster::failure::Failure;
use ssi_netlink::spec::{Op, Reason};
use ssi_netlink::{Cluster, Error, Event, Events};

/// The pause after a failure.
const PAUSE: Duration = Duration::from_millis(200);
/// It is twice as long after each further one, until it is 32 times as long: 6.4 s.
const DOUBLED: u32 = 5;

/// What became of a cluster, by the kernel's events.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    Unknown,
    /// Its interface was deleted or moved, and nobody removed it: this is what it was.
    WithInterface(Box<Cluster>),
    /// Somebody removed it, or it is there.
    Otherwise,
}

/// One that is not here any more.
#[derive(Default)]
pub struct Lost {
    pub fate: Fate,
    /// What was said of it last.
    said: Option<String>,
    failures: u32,
}

impl Lost {
    /// Reads the events that are there.
    pub fn read(&mut self, events: &mut Events, name: &str) -> Result<(), Failure> {
        loop {
            match events.there() {
                Ok(Some(events)) => {
                    let fate = events.iter().filter_map(|event| fate(event, name));
                    if let Some(fate) = fate.last() {
                        self.fate = fate;
                    }
                }
                // Among those that were lost may be one by which somebody removed it.
                Err(Error::Lost) => self.fate = Fate::Unknown,
                Ok(None) => return Ok(()),
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Says once for which interface it waits.
    pub fn waits(&mut self, name: &str, interface: &str, path: &Path) {
        self.failures = 0;
        self.say(format!(
            "{name} went with its interface; it is made again by {} once {interface} is there",
            path.display()
        ));
    }

    /// Says once why it could not be made, and how long to wait before the next attempt.
    pub fn failed(&mut self, name: &str, failure: &Failure) -> Duration {
        if let Failure::Refused(sentence) | Failure::Usage(sentence) = failure {
            self.say(format!(
                "{name} went with its interface, and is not made again: {sentence}"
            ));
        }
        let pause = PAUSE * 2_u32.pow(self.failures);
        self.failures = (self.failures + 1).min(DOUBLED);
        pause
    }

    fn say(&mut self, sentence: String) {
        if self.said.as_ref() != Some(&sentence) {
            eprintln!("ssictl: {sentence}");
            self.said = Some(sentence);
        }
    }
}

/// What an event says of the cluster.
fn fate(event: &Event, name: &str) -> Option<Fate> {
    match event {
        Event::Cluster { op, cluster } if cluster.name == name => {
            let with_interface =
                *op == Op::ClusterDelNtf && cluster.reason == Some(Reason::DeviceGone);
            Some(match with_interface {
                true => Fate::WithInterface(cluster.clone()),
                false => Fate::Otherwise,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, op: Op, reason: Reason) -> Event {
        let cluster = Box::new(Cluster {
            name: name.into(),
            reason: Some(reason),
            ..Cluster::default()
        });
        Event::Cluster { op, cluster }
    }

    #[test]
    fn only_one_that_went_with_its_interface_comes_back() {
        let of = |op, reason| fate(&event("web", op, reason), "web");
        let gone = of(Op::ClusterDelNtf, Reason::DeviceGone);
        assert!(matches!(gone, Some(Fate::WithInterface(_))), "{gone:?}");
        for (op, reason) in [
            (Op::ClusterDelNtf, Reason::Request),
            (Op::ClusterNewNtf, Reason::Request),
            (Op::ClusterSetNtf, Reason::Request),
        ] {
            assert_eq!(of(op, reason), Some(Fate::Otherwise), "{op:?}");
        }
        let other = event("db", Op::ClusterDelNtf, Reason::DeviceGone);
        assert_eq!(fate(&other, "web"), None);
    }

    #[test]
    fn attempts_become_rarer_and_begin_anew() {
        let mut lost = Lost::default();
        let refused = Failure::Refused("no".into());
        let pauses: Vec<u128> = (0..8)
            .map(|_| lost.failed("web", &refused).as_millis())
            .collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 6400, 6400, 6400]);
        lost.waits("web", "eth0", Path::new("web.toml"));
        assert_eq!(lost.failed("web", &refused), PAUSE);
    }
}
