// SPDX-License-Identifier: GPL-2.0-only

//! Clusters to look at.

use ssid_api::{Check, Heat, NodeStatus, Status, ViewStatus};

fn node(name: &str, rank: u32) -> NodeStatus {
    NodeStatus {
        name: name.into(),
        id: rank + 1,
        rank,
        votes: Some(1),
        member: true,
        state: "serving".into(),
        weight: 100,
        full_weight: 100,
        owned: 341,
        packets: 12_400,
        bytes: 8_123_456,
        connections: 120,
        cpu: 12,
        pressure: 1,
        checks: vec![Check {
            name: "http".into(),
            good: true,
            text: "200 OK in 3 ms".into(),
        }],
        version: "0.1.0".into(),
        age: Some(300),
        ..NodeStatus::default()
    }
}

/// Three nodes that serve.
pub fn well() -> Status {
    let mut nodes = vec![node("n1", 0), node("n2", 1), node("n3", 2)];
    nodes[0].owned = 342;
    nodes[1].master = true;
    nodes[2].packets = 24_000;
    nodes[2].cpu = 85;
    Status {
        cluster: "web".into(),
        node: "n1".into(),
        version: "0.1.0".into(),
        engine: "datagram".into(),
        engine_trouble: None,
        view: Some(ViewStatus {
            ring: 12,
            serial: 3,
            quorum: 2,
            votes: 3,
            members: 3,
            age: 192_000,
            complete: true,
        }),
        quorate: true,
        master: Some("n2".into()),
        generation: 41,
        buckets: 1024,
        unserved: 0,
        moving: 0,
        lease: Some(4_200),
        takeover: Some(1_871),
        nodes,
        trouble: Vec::new(),
    }
}

/// The same with a node that is ill, one that is gone, and one that drains.
pub fn ill() -> Status {
    let mut status = well();
    status.nodes.push(node("store-4", 3));
    let [n1, n2, n3, n4] = &mut status.nodes[..] else {
        panic!("four nodes");
    };
    n1.weight = 50;
    n1.checks[0].good = false;
    n2.state = "draining".into();
    (n2.owned, n2.draining) = (17, 40);
    n2.version = "0.2.0".into();
    n3.owned = 615;
    *n4 = NodeStatus {
        name: "store-4".into(),
        id: 4,
        rank: 3,
        state: "gone".into(),
        age: Some(75_000),
        ..NodeStatus::default()
    };
    (status.moving, status.unserved) = (58, 50);
    status.trouble = vec![
        "n1: check http fails: connection refused".into(),
        "store-4 is gone for 1 min 15 s".into(),
    ];
    status
}

/// No engine, and so no member.
pub fn alone() -> Status {
    let mut status = well();
    status.engine_trouble = Some("corosync does not run; systemctl start corosync".into());
    (status.view, status.quorate) = (None, false);
    (status.master, status.lease) = (None, None);
    for node in &mut status.nodes {
        *node = NodeStatus {
            name: node.name.clone(),
            rank: node.rank,
            state: "gone".into(),
            ..NodeStatus::default()
        };
    }
    status.unserved = 1024;
    status.trouble = vec!["corosync does not run; systemctl start corosync".into()];
    status
}

/// Compares with what was looked at, in `tests/screens`; `UPDATE=1 cargo test` writes it anew.
#[track_caller]
pub fn is_as_looked_at(name: &str, text: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens");
    let path = format!("{folder}/{name}.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(folder).unwrap();
        let whole = format!("SPDX-License-Identifier: GPL-2.0-only\n\n{text}");
        std::fs::write(&path, whole).unwrap();
    }
    let seen = std::fs::read_to_string(&path).unwrap_or_default();
    let (_, seen) = seen.split_once("\n\n").unwrap_or_default();
    assert_eq!(
        text, seen,
        "{path} differs: look at it, then run with UPDATE=1"
    );
}

/// Loads of [`well`]'s buckets: each node has every third, and some are hot.
pub fn heat(status: &Status) -> Heat {
    let nodes = u32::try_from(status.nodes.len()).unwrap();
    Heat {
        owners: (0..status.buckets)
            .map(|bucket| (bucket != 700).then_some(bucket / 2 % nodes))
            .collect(),
        load: (0..u64::from(status.buckets))
            .map(|bucket| match bucket {
                0..64 => 0,
                64..80 => 900,
                bucket => bucket * 7919 % 100,
            })
            .collect(),
    }
}
