// SPDX-License-Identifier: GPL-2.0-only

//! Compares `Documentation/ssictl-json.md` with what the program prints.

use std::collections::BTreeSet;

use logic::agreement::Differences;
use serde_json::Value;
use ssi_cluster::change::{Next, What};
use ssi_cluster::fake::{Fake, sample, sample_peer, sample_table};
use ssi_cluster::sample;
use ssi_netlink::link::Link;
use ssi_netlink::route::Bound;
use ssi_netlink::spec::{Counter, Difference, Function, Op, Reason};
use ssi_netlink::{Bucket, BucketStats, Drained, Elsewhere, Event, Peer, Stats, Table};

use crate::cluster::everywhere;
use crate::namespace::Files;
use crate::output::{Output, Text};
use crate::view::cluster::{Cluster, Clusters};
use crate::{apply, daemon, doctor, explain, import, monitor, peers, plan, stats, table, watch};

/// The fields that a section of the page names.
fn documented(section: &str) -> BTreeSet<String> {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../Documentation/ssictl-json.md"
    );
    let page = std::fs::read_to_string(page).unwrap();
    let heading = format!("## `{section}`\n");
    let (_, rest) = page.split_once(&heading).expect(section);
    let section = rest.split("\n## ").next().unwrap();
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect()
}

/// The fields of a value: `a`, `a.b`, `a[].b`.
fn fields(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, into: &mut BTreeSet<String>) {
        match value {
            Value::Array(list) => list
                .iter()
                .for_each(|v| walk(v, &format!("{path}[]"), into)),
            Value::Object(map) => map.iter().for_each(|(key, v)| {
                let path = match path {
                    "" | "[]" => key.clone(),
                    _ => format!("{path}.{key}"),
                };
                into.insert(path.clone());
                walk(v, &path, into);
            }),
            _ => {}
        }
    }
    let mut into = BTreeSet::new();
    walk(value, "", &mut into);
    into
}

fn printed<T: Text + serde::Serialize>(value: &T) -> BTreeSet<String> {
    assert!(!value.text().is_empty() && value.text().ends_with('\n'));
    fields(&serde_json::to_value(value).unwrap())
}

/// Checks one more thing that is shown.
pub fn shows<T: Text + serde::Serialize>(value: &T, section: &str) {
    assert_eq!(printed(value), documented(section));
}

fn table() -> Table {
    Table {
        draining: vec![0b100],
        adopting: vec![0b010],
        connections: 7,
        sticking: vec![1 << 32],
        ..sample_table()
    }
}

fn cluster() -> Cluster {
    let cluster = sample(Function::Modulo);
    let bound = Bound::cluster(2, cluster.vips[0], 24);
    Cluster::new(&cluster, |_| Some("eth0".into()))
        .with_prefixes(&[bound])
        .with_redirects(1)
        .with_link(Some(&link(false)))
}

fn link(up: bool) -> Link {
    Link {
        ifindex: 2,
        name: "eth0".into(),
        alias: None,
        up,
        carrier: up,
        running: up,
        vlan: None,
    }
}

#[test]
fn an_interface_that_is_down_is_told() {
    let text = |link: &Link, whole| {
        let list = vec![cluster().with_link(Some(link))];
        Clusters { list, whole }.text()
    };
    let no_carrier = Link {
        up: true,
        ..link(false)
    };
    for (link, brief, whole) in [
        (
            link(false),
            "eth0 (down)",
            "eth0 is down: ip link set eth0 up",
        ),
        (no_carrier, "eth0 (no-carrier)", "eth0 has no carrier"),
    ] {
        assert!(text(&link, false).contains(brief));
        assert!(text(&link, true).contains(whole));
    }
    for whole in [false, true] {
        assert!(!text(&link(true), whole).contains("carrier"));
    }
}

#[test]
fn cluster_show() {
    for whole in [false, true] {
        let clusters = Clusters {
            list: vec![cluster()],
            whole,
        };
        assert_eq!(printed(&clusters), documented("cluster show [NAME]"));
    }
}

#[test]
fn clusters_of_all_namespaces() {
    let elsewhere = Elsewhere {
        name: "store".into(),
        netns: 4_026_532_201,
        ifindex: 2,
        vips: sample(Function::Modulo).vips,
    };
    let found = everywhere::Found::new(elsewhere, &Files::default());
    let shown = everywhere::Everywhere(vec![found]);
    let due = documented("cluster show [NAME] --all-namespaces");
    assert_eq!(printed(&shown), due);
    assert_eq!(
        shown.text(),
        "NAME   NETNS       FILE  ADDRESSES\nstore  4026532201  -     192.0.2.10\n"
    );
}

#[test]
fn table_show() {
    let table = table::show::Table::new(&table(), &sample(Function::Modulo));
    assert_eq!(printed(&table), documented("table show NAME"));
}

#[test]
fn stats_of_clusters() {
    let stats = [Stats {
        name: "store".into(),
        counters: Counter::ALL.iter().map(|counter| (*counter, 1)).collect(),
    }];
    let shown = stats::counters::CounterTable::from(&stats[..]);
    assert_eq!(printed(&shown), documented("stats [NAME]"));
}

#[test]
fn stats_of_buckets() {
    let stats = [BucketStats {
        name: "store".into(),
        generation: 1,
        buckets: vec![Bucket {
            sessions: Some(1),
            ..Bucket::default()
        }],
    }];
    let shown = stats::buckets::BucketTables::from(&stats[..]);
    assert_eq!(printed(&shown), documented("stats [NAME] --buckets"));
}

#[test]
fn explanation() {
    let source = logic::client::Client::from("198.51.100.7".parse::<std::net::IpAddr>().unwrap());
    let shown = explain::explain(&sample(Function::Modulo), &table(), &[], source).unwrap();
    assert_eq!(printed(&shown), documented("explain NAME SOURCE"));
}

#[test]
fn peers_of_a_cluster() {
    let peer = Peer {
        forward_mac: Some([6, 0, 0, 0, 0, 0]),
        differs: Differences::NONE.with(Difference::Nodes),
        nodes: 4,
        ..sample_peer(0)
    };
    let shown = peers::Peers::new(&sample(Function::Modulo), &[peer]);
    assert_eq!(printed(&shown), documented("peers NAME"));
}

#[test]
fn events() {
    let mut cluster = sample(Function::Modulo);
    cluster.reason = Some(Reason::Request);
    let event = Event::Cluster {
        op: Op::ClusterNewNtf,
        cluster: Box::new(cluster),
    };
    let mut due = documented("monitor");
    due.extend(documented("cluster show [NAME]"));
    due.remove("vip[].prefix");
    due.remove("group");
    due.remove("redirects");
    due.remove("link");
    due.remove("drained");
    let shown = monitor::Event::of(&event);
    assert_eq!(printed(&shown), due);
    assert_eq!(
        serde_json::to_value(&shown).unwrap()["event"],
        "cluster-new"
    );

    let drained = monitor::Event::of(&Event::Drained(Drained {
        name: "store".into(),
        generation: 4,
        buckets: 3,
        drained: vec![0b100],
        reason: Reason::Empty,
    }));
    let due = [
        "buckets",
        "drained",
        "event",
        "generation",
        "name",
        "reason",
        "time",
    ];
    assert_eq!(printed(&drained), due.map(str::to_owned).into());

    let lost = monitor::Event::lost();
    assert_eq!(
        printed(&lost),
        BTreeSet::from(["event".to_owned(), "time".to_owned()])
    );
}

#[test]
fn what_watch_tells() {
    let put_back = watch::PutBack {
        cluster: "store".into(),
        interface: "eth0".into(),
        address: "192.0.2.10".parse().unwrap(),
        prefix: 24,
    };
    let agreement = watch::Agreement {
        cluster: "store".into(),
        differs: vec!["no-master"],
        remarks: vec!["no master".into()],
    };
    let replies = watch::Replies {
        cluster: "store".into(),
        interface: "eth0".into(),
        table: 2_133_100_002,
    };
    let made = watch::lines::Made {
        cluster: "web".into(),
        interface: "eth0".into(),
        file: "/etc/ssi/web.toml".into(),
        node: "n1".into(),
    };
    let mut both = printed(&watch::Line::PutBack(put_back));
    both.extend(printed(&watch::Line::Replies(replies)));
    both.extend(printed(&watch::Line::Agreement(agreement)));
    both.extend(printed(&watch::Line::Made(made)));
    assert_eq!(both, documented("watch"));
}

#[test]
fn nothing_to_show_is_an_empty_list_or_no_text() {
    let none = Clusters {
        list: Vec::new(),
        whole: false,
    };
    assert_eq!(none.text(), "");
    assert_eq!(serde_json::to_string(&none).unwrap(), "[]");
    let output = Output::default();
    assert_eq!(
        stats::run(&mut Fake::default(), output, None, false),
        Ok(())
    );
}

#[test]
fn what_became_of_a_cluster_file() {
    let file = sample::parse(apply::tests::WEB).unwrap();
    let mut fake = Fake::with(&[]);
    let options = apply::tests::options("");
    apply::done(&mut fake, &file, "n1", &options).unwrap();
    let changed = apply::tests::WEB.replace("master = \"n1\"", "master = \"n2\"");
    let changed = sample::parse(&changed).unwrap();
    let shown = apply::done(&mut fake, &changed, "n1", &options).unwrap();
    assert_eq!(printed(&shown), documented("apply [FILE]"));
}

#[test]
fn status_of_a_cluster() {
    let mut status = daemon::sample::well();
    status.trouble.push("something".into());
    let shown = daemon::status::Screen(status);
    assert_eq!(printed(&shown), documented("status [NAME]"));
}

#[test]
fn events_of_a_cluster() {
    let shown = daemon::events::Line(ssid_api::Event {
        at: 1,
        kind: "check".into(),
        node: Some("n1".into()),
        text: "it fails".into(),
    });
    assert_eq!(printed(&shown), documented("events [NAME]"));
}

#[test]
fn a_file_made_of_another_configuration() {
    let shown = import::tests::whole();
    assert_eq!(printed(&shown), documented("import FILE"));
}

#[test]
fn an_order_to_the_daemon() {
    let shown = daemon::order::tests::whole();
    assert_eq!(printed(&shown), documented("drain NODE"));
}

#[test]
fn what_a_change_of_a_cluster_file_comes_to() {
    let file = sample::parse(apply::tests::WEB).unwrap();
    let next = Next::of(&file, &[What::Drain("n2".into())]).unwrap();
    let shown = plan::view::Planned::new(&file, &next);
    assert_eq!(printed(&shown), documented("plan [FILE]"));
}

#[test]
fn what_doctor_finds() {
    assert_eq!(printed(&doctor::tests::ill()), documented("doctor [NAME]"));
    let everywhere = doctor::everywhere::tests::ill();
    assert_eq!(printed(&everywhere), documented("doctor [NAME] --all"));
    assert_eq!(printed(&doctor::tests::list()), documented("doctor --list"));
}
