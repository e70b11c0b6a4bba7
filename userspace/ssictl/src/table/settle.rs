// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl table settle`.

use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::stranded::{self, Ended};
use ssi_cluster::system::System;

use crate::output::{Output, Text};
use crate::value::{Owned, Shape};

/// What has ended besides the transitions.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settled {
    name: String,
    /// Sessions that were left in buckets that this node had given away, and whose they were.
    ended: usize,
    clients: usize,
}

impl Text for Settled {
    fn text(&self) -> String {
        match self.ended {
            0 => String::new(),
            ended => format!(
                "{}: {ended} sessions of {} clients were left, and were reset\n",
                self.name, self.clients
            ),
        }
    }
}

/// Ends the transitions of these buckets, and the sessions that nobody serves then.
pub fn run(
    system: &mut impl System,
    output: Output,
    name: &str,
    list: &Owned,
) -> Result<(), Failure> {
    output.show(&settled(system, name, list)?)
}

fn settled(system: &mut impl System, name: &str, list: &Owned) -> Result<Settled, Failure> {
    let cluster = system
        .cluster(name)
        .map_err(|e| Failure::refused(name, &e))?;
    let settled = list
        .bitmap(Shape {
            buckets: cluster.buckets,
            node: cluster.node,
            nodes: cluster.nodes,
        })
        .map_err(|right| Failure::Refused(format!("{name}: {list}: {right}")))?;
    system
        .settle(name, &settled)
        .map_err(|e| Failure::refused(name, &e))?;
    let Ended { sessions, clients } = stranded::end(system, name, &settled).map_err(|e| {
        let what = "settled, but clients whose sessions are served no more notice only when they send something";
        Failure::refused(format!("{name}: {what}"), &e)
    })?;
    Ok(Settled {
        name: name.to_owned(),
        ended: sessions,
        clients,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use ssi_cluster::fake::{Fake, sample};
    use ssi_netlink::NewTable;
    use ssi_netlink::sock_diag::Session;
    use ssi_netlink::spec::Function;

    #[test]
    fn who_is_left_is_reset() {
        let mut fake = Fake::default();
        let cluster = sample(Function::Bitmap);
        let store = (cluster, vec![0b011]);
        fake.state.clusters.insert("store".into(), store);
        fake.connections = Duration::from_secs(60);
        fake.replace_table(&NewTable {
            name: "store".into(),
            buckets: 3,
            owned: vec![0b010],
            generation: 9,
            ..NewTable::default()
        })
        .unwrap();
        // Client 198.51.100.N is in bucket (N + 1) mod 3: that of 5 drains, that of 6 stays.
        fake.sessions = ["198.51.100.5:1", "198.51.100.5:2", "198.51.100.6:1"]
            .map(|client| {
                Session::sample("192.0.2.10:2049".parse().unwrap(), client.parse().unwrap())
            })
            .into();
        let text = settled(&mut fake, "store", &"1".parse().unwrap())
            .unwrap()
            .text();
        assert_eq!(text, "");
        let text = settled(&mut fake, "store", &"0".parse().unwrap())
            .unwrap()
            .text();
        assert_eq!(
            text,
            "store: 2 sessions of 1 clients were left, and were reset\n"
        );
        assert_eq!(fake.sessions.len(), 1);
    }
}
