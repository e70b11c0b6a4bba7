// SPDX-License-Identifier: GPL-2.0-only

//! What is exported of the kernel. Names begin with `ssi_kernel_`, so that those of ssid, which begin with `ssi_`, are others.

use std::sync::atomic::AtomicU64;

use logic::agreement::Differences;
use logic::owned::owns;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use ssi_netlink::spec::Difference;
use ssi_netlink::{Cluster, Stats, Table};

/// Labels of what there is one of in a cluster.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCluster {
    cluster: String,
    interface: String,
}

/// Labels of a counter.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCounter {
    cluster: String,
    interface: String,
    counter: &'static str,
}

/// Labels of something in which nodes differ.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfDifference {
    cluster: String,
    interface: String,
    what: &'static str,
}

type Numbers = Family<OfCluster, Gauge<u64, AtomicU64>>;

/// All of them.
pub struct Metrics {
    registry: Registry,
    buckets: Numbers,
    owned: Numbers,
    draining: Numbers,
    generation: Numbers,
    connections: Numbers,
    master: Numbers,
    lapsed: Numbers,
    differs: Family<OfDifference, Gauge>,
    packets: Family<OfCounter, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("ssi_kernel");
        let mut numbers = |name: &str, help: &str| {
            let family = Numbers::default();
            registry.register(name, help, family.clone());
            family
        };
        let buckets = numbers("buckets", "Buckets that the cluster's clients are in");
        let owned = numbers(
            "buckets_owned",
            "Buckets whose new connections this node takes",
        );
        let draining = numbers(
            "buckets_draining",
            "Buckets whose connections this node still serves",
        );
        let generation = numbers("table_generation", "Number of the bucket table in force");
        let connections = numbers(
            "connections_draining",
            "Connections in draining buckets, when they were counted last",
        );
        let master = numbers(
            "master",
            "1 where this node answers ARP for the cluster addresses",
        );
        let lapsed = numbers(
            "lapsed",
            "1 where the lease has run out, so that this node serves nothing",
        );
        let differs = Family::default();
        registry.register(
            "differs",
            "1 for each thing in which the nodes do not go together",
            Family::clone(&differs),
        );
        let packets = Family::default();
        registry.register(
            "packets",
            "Packets since the cluster was made, by the counters of ssictl stats",
            Family::clone(&packets),
        );
        Self {
            registry,
            buckets,
            owned,
            draining,
            generation,
            connections,
            master,
            lapsed,
            differs,
            packets,
        }
    }
}

impl Metrics {
    /// Of one cluster, on its interface.
    pub fn take(&self, cluster: &Cluster, interface: &str, table: &Table, stats: &Stats) {
        let (cluster_name, interface) = (cluster.name.clone(), interface.to_owned());
        let label = OfCluster {
            cluster: cluster_name.clone(),
            interface: interface.clone(),
        };
        let among = |bitmap: &[u8]| {
            (0..table.buckets)
                .map(|bucket| u64::from(owns(bitmap, bucket)))
                .sum()
        };
        for (family, value) in [
            (&self.buckets, table.buckets.into()),
            (&self.owned, among(&table.owned)),
            (&self.draining, among(&table.draining)),
            (&self.generation, table.generation),
            (&self.connections, table.connections.into()),
            (&self.master, cluster.master.into()),
            (&self.lapsed, cluster.lapsed.into()),
        ] {
            family.get_or_create(&label).set(value);
        }
        for what in Differences(cluster.differs).iter().map(Difference::name) {
            let label = OfDifference {
                cluster: cluster_name.clone(),
                interface: interface.clone(),
                what,
            };
            self.differs.get_or_create(&label).set(1);
        }
        for (counter, value) in &stats.counters {
            let label = OfCounter {
                cluster: cluster_name.clone(),
                interface: interface.clone(),
                counter: counter.name(),
            };
            self.packets.get_or_create(&label).inc_by(*value);
        }
    }

    /// In Prometheus' text form, version 0.0.4, as node exporters read it: what is encoded is OpenMetrics, which differs in the
    /// names that counters' types have, and in its end.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        for head in ["# HELP ssi_kernel_packets", "# TYPE ssi_kernel_packets"] {
            text = text.replace(&format!("{head} "), &format!("{head}_total "));
        }
        text.replace("# EOF\n", "")
    }
}
