// SPDX-License-Identifier: GPL-2.0-only

//! View of clusters' counters: a line a counter, a column a cluster.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use ssi_netlink::Stats;
use ssi_netlink::spec::Counter;

use crate::output::{Columns, Head, Text};

/// Former names of counters.
const FORMER: &[(&str, Counter)] = &[("rx-keepalive", Counter::RxFloodProbe)];

/// Counters by their names in the specification, and for one release by their former names as well.
struct Counters(Vec<(Counter, u64)>);

impl Serialize for Counters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let former = |counter: &Counter| FORMER.iter().find(|(_, now)| now == counter);
        let mut map = serializer.serialize_map(None)?;
        for (counter, value) in &self.0 {
            map.serialize_entry(counter.name(), value)?;
        }
        for (counter, value) in &self.0 {
            if let Some((name, _)) = former(counter) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// One cluster's counters.
#[derive(Serialize)]
struct OfCluster {
    name: String,
    stats: Counters,
}

/// Clusters' counters.
#[derive(Serialize)]
#[serde(transparent)]
pub struct CounterTable(Vec<OfCluster>);

impl From<&[Stats]> for CounterTable {
    fn from(stats: &[Stats]) -> Self {
        let of = |stats: &Stats| OfCluster {
            name: stats.name.clone(),
            stats: Counters(stats.counters.clone()),
        };
        Self(stats.iter().map(of).collect())
    }
}

impl Text for CounterTable {
    fn text(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let names = self.0.iter().map(|of| Head::Right(of.name.clone()));
        let counter = Head::Left("COUNTER".to_owned());
        let mut columns = Columns::new(std::iter::once(counter).chain(names).collect());
        for counter in Counter::ALL {
            let values = self.0.iter().map(|of| {
                let value = of.stats.0.iter().find(|(c, _)| c == counter);
                value.map_or_else(|| "-".to_owned(), |(_, value)| value.to_string())
            });
            columns.row(std::iter::once(counter.to_string()).chain(values).collect());
        }
        columns.text()
    }
}
