// SPDX-License-Identifier: GPL-2.0-only

//! Figures for Prometheus, of the same status that `ssictl status` shows.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use ssid_api::Status;

use crate::log_kind::LogKind;

/// Labels of what is exported of each node.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct NodeLabel {
    node: String,
}

/// Labels of a check.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CheckLabel {
    node: String,
    check: String,
}

/// Labels of events.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: String,
}

type Numbers = Family<NodeLabel, Gauge<u64, AtomicU64>>;

/// All of them. Names begin with `ssi_`; those of a node are exported by each node of all, so one is enough to scrape, and
/// a second shows whether they agree.
pub struct Metrics {
    registry: Registry,
    quorate: Gauge,
    members: Gauge,
    unserved: Gauge,
    moving: Gauge,
    lease: Gauge,
    trouble: Gauge,
    member: Numbers,
    master: Numbers,
    weight: Numbers,
    owned: Numbers,
    draining: Numbers,
    packets: Numbers,
    bytes: Numbers,
    connections: Numbers,
    cpu: Numbers,
    pressure: Numbers,
    check: Family<CheckLabel, Gauge>,
    events: Family<KindLabel, Counter>,
}

impl Metrics {
    /// Of a cluster, with its name as a label of each.
    pub fn new(cluster: &str) -> Self {
        let mut registry = Registry::with_prefix_and_labels(
            "ssi",
            [("cluster".into(), cluster.to_owned().into())].into_iter(),
        );
        let mut gauge = |name: &str, help: &str| {
            let gauge: Gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let quorate = gauge("quorate", "1 where this node is in a quorate view");
        let members = gauge("members", "Members of the view that this node is in");
        let unserved = gauge("buckets_unserved", "Buckets that no node accepts for");
        let moving = gauge("buckets_moving", "Buckets in transition");
        let lease = gauge(
            "lease_milliseconds",
            "How long this node may serve without renewal",
        );
        let trouble = gauge("trouble", "Things that are wrong; ssictl status lists them");
        let mut numbers = |name: &str, help: &str| {
            let family = Numbers::default();
            registry.register(name, help, family.clone());
            family
        };
        Self {
            quorate,
            members,
            unserved,
            moving,
            lease,
            trouble,
            member: numbers("node_member", "1 for a member of the view"),
            master: numbers("node_master", "1 for the master"),
            weight: numbers("node_weight", "Weight, of health and strain"),
            owned: numbers("node_buckets", "Buckets that the node accepts for"),
            draining: numbers(
                "node_buckets_draining",
                "Buckets whose connections it still serves",
            ),
            packets: numbers(
                "node_packets_per_second",
                "Packets in buckets that it serves",
            ),
            bytes: numbers("node_bytes_per_second", "Bytes in buckets that it serves"),
            connections: numbers("node_connections", "TCP connections to cluster addresses"),
            cpu: numbers("node_cpu_percent", "Busy share of its processors"),
            pressure: numbers(
                "node_cpu_pressure_percent",
                "Share of time in which a task waited for a processor",
            ),
            check: {
                let family = Family::default();
                registry.register(
                    "node_check_good",
                    "1 for a check that passes",
                    Family::clone(&family),
                );
                family
            },
            events: {
                let family = Family::default();
                registry.register("events", "Events, by kind", Family::clone(&family));
                family
            },
            registry,
        }
    }

    /// An event happened.
    pub fn event(&self, kind: LogKind) {
        let kind = kind.name().to_owned();
        self.events.get_or_create(&KindLabel { kind }).inc();
    }

    /// In Prometheus' text form.
    pub fn text(&self, status: &Status) -> String {
        self.take(status);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn take(&self, status: &Status) {
        let view = status.view.as_ref();
        self.quorate.set(i64::from(status.quorate));
        self.members
            .set(view.map_or(0, |view| i64::from(view.members)));
        self.unserved.set(status.unserved.into());
        self.moving.set(status.moving.into());
        self.lease
            .set(i64::try_from(status.lease.unwrap_or(0)).unwrap_or(i64::MAX));
        self.trouble
            .set(i64::try_from(status.trouble.len()).unwrap_or(i64::MAX));
        // A check that is none any more is not to stay.
        self.check.clear();
        for node in &status.nodes {
            let label = NodeLabel {
                node: node.name.clone(),
            };
            for (family, value) in [
                (&self.member, u64::from(node.member)),
                (&self.master, u64::from(node.master)),
                (&self.weight, node.weight.into()),
                (&self.owned, node.owned.into()),
                (&self.draining, node.draining.into()),
                (&self.packets, node.packets),
                (&self.bytes, node.bytes),
                (&self.connections, node.connections),
                (&self.cpu, node.cpu.into()),
                (&self.pressure, node.pressure.into()),
            ] {
                family.get_or_create(&label).set(value);
            }
            for check in &node.checks {
                let label = CheckLabel {
                    node: node.name.clone(),
                    check: check.name.clone(),
                };
                self.check.get_or_create(&label).set(i64::from(check.good));
            }
        }
    }
}
