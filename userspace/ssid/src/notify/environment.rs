// SPDX-License-Identifier: GPL-2.0-only

//! Environment of a run: what has changed, by names and numbers.

use ssi_cluster::value;
use ssi_protocol::Buckets;

use crate::agent::Held;
use crate::config::Config;
use crate::notify::gathered::Changes;

/// The kernel takes no longer text into an environment than 128 KiB, and a list of 65,536 buckets may be one.
const LONGEST: usize = 100_000;

/// What does not change from run to run.
#[derive(Clone, Debug)]
pub struct Environment {
    cluster: String,
    node: String,
    vips: String,
}

impl Environment {
    /// Of a file.
    pub fn new(config: &Config) -> Self {
        let vips = config.file.vips.iter().map(|vip| vip.address.to_string());
        Self {
            cluster: config.file.name.clone(),
            node: config.me.name.clone(),
            vips: vips.collect::<Vec<_>>().join(" "),
        }
    }

    /// Of a run.
    pub fn variables(&self, changes: &Changes, held: &Held<'_>) -> Vec<(&'static str, String)> {
        vec![
            ("SSI_CLUSTER", self.cluster.clone()),
            ("SSI_NODE", self.node.clone()),
            ("SSI_VIPS", self.vips.clone()),
            ("SSI_EVENTS", events(changes)),
            ("SSI_GAINED", list(&changes.gained)),
            ("SSI_COLD", list(&changes.cold)),
            ("SSI_BROKEN", list(&changes.broken)),
            ("SSI_LOST", list(&changes.lost)),
            ("SSI_DRAINED", list(&changes.drained)),
            ("SSI_GIVEN_UP", list(&changes.given_up)),
            ("SSI_OWNED", list(held.owned)),
            ("SSI_BUCKETS", held.owned.k().to_string()),
            (
                "SSI_MASTER",
                if held.master { "yes" } else { "no" }.to_owned(),
            ),
        ]
    }
}

/// Which kinds of change there are.
fn events(changes: &Changes) -> String {
    let all = [
        ("gained", !changes.gained.is_empty()),
        ("lost", !changes.lost.is_empty()),
        ("drained", !changes.drained.is_empty()),
        ("broken", !changes.broken.is_empty()),
        ("given-up", !changes.given_up.is_empty()),
        ("master", changes.master == Some(true)),
        ("no-master", changes.master == Some(false)),
    ];
    let there: Vec<&str> = all
        .iter()
        .filter_map(|(name, is_there)| is_there.then_some(*name))
        .collect();
    there.join(" ")
}

/// `0-12,17`, nothing, or where that is too long the bitmap, as `hex:8f00`: bucket m is bit m mod 8 of byte m / 8.
fn list(buckets: &Buckets) -> String {
    if buckets.is_empty() {
        return String::new();
    }
    let bitmap = buckets.to_bitmap();
    let text = value::Buckets::of(&bitmap, buckets.k()).list();
    match text.len() {
        ..LONGEST => text,
        _ => {
            let hex: Vec<String> = bitmap.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("hex:{}", hex.concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(list: &[u32]) -> Buckets {
        Buckets::of(16, list.iter().copied())
    }

    #[test]
    fn names_and_numbers() {
        let environment = Environment {
            cluster: "store".into(),
            node: "n1".into(),
            vips: "192.0.2.10 2001:db8::10".into(),
        };
        let changes = Changes {
            gained: some(&[0, 1, 2, 7]),
            cold: some(&[7]),
            broken: some(&[1]),
            given_up: some(&[14, 15]),
            lost: some(&[]),
            drained: some(&[15]),
            master: Some(false),
        };
        let (owned, draining) = (some(&[0, 1, 2, 3, 7]), some(&[]));
        let held = Held {
            owned: &owned,
            draining: &draining,
            master: false,
        };
        let variables = environment.variables(&changes, &held);
        let text: Vec<String> = variables.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(
            text,
            [
                "SSI_CLUSTER=store",
                "SSI_NODE=n1",
                "SSI_VIPS=192.0.2.10 2001:db8::10",
                "SSI_EVENTS=gained drained broken given-up no-master",
                "SSI_GAINED=0-2,7",
                "SSI_COLD=7",
                "SSI_BROKEN=1",
                "SSI_LOST=",
                "SSI_DRAINED=15",
                "SSI_GIVEN_UP=14-15",
                "SSI_OWNED=0-3,7",
                "SSI_BUCKETS=16",
                "SSI_MASTER=no"
            ]
        );
    }

    #[test]
    fn a_list_fits_into_an_environment() {
        let every_other = Buckets::of(65_536, (0..65_536).step_by(2));
        let text = list(&every_other);
        assert!(
            text.starts_with("hex:5555") && text.len() == 4 + 16_384,
            "{}",
            text.len()
        );
        assert_eq!(list(&Buckets::of(65_536, 0..65_536)), "0-65535");
    }
}
