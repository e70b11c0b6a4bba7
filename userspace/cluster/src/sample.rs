// SPDX-License-Identifier: GPL-2.0-only

//! A cluster file for tests, and what holds of each change of one.

use crate::change::Next;
use crate::failure::Failure;
use crate::file::{ClusterFile, State};
use crate::value::Buckets;

/// A good file.
pub const WEB: &str = r#"
name = "web"
vips = ["10.0.0.100", "fd00::100/64"]
interface = "eth0"
master = "n1"
buckets = 8

[[node]]
name = "n1"
rank = 0

[[node]]
name = "n2"
rank = 1
interface = "eth1"
weight = 200
"#;

/// The same as ssid runs it, with a third node that serves nothing.
pub const STORE: &str = r#"
name = "store"
vips = ["10.0.0.100/24"]
interface = "eth0"
buckets = 8
mac = "02:5a:c0:00:02:0a"

[daemon]

[[node]]
name = "n1"
rank = 0

[[node]]
name = "n2"
rank = 1
weight = 200
priority = 500
id = 7

[[node]]
name = "n3"
rank = 2
weight = 0
"#;

/// Reads a text.
pub fn parse(text: &str) -> Result<ClusterFile, Failure> {
    ClusterFile::parse("web.toml", text.as_bytes().to_vec())
}

/// Each bucket is one node's, and what is new somewhere is in its `gains` or in its `cold`.
pub fn is_whole(before: &ClusterFile, next: &Next) {
    let all = Buckets::parse("all", before.buckets).unwrap();
    let mut seen = Buckets::none(before.buckets);
    for node in &next.nodes {
        assert!(seen.and(&node.owns).is_empty());
        seen = seen.or(&node.owns);
        let had = before.node(&node.name).map(|node| node.owns.clone());
        let new = node
            .owns
            .minus(&had.unwrap_or(Buckets::none(before.buckets)));
        assert_eq!(node.gains.or(&node.cold), new);
        assert!(node.gains.and(&node.cold).is_empty());
        assert!(node.state == State::Serving || node.owns.is_empty());
    }
    assert_eq!(seen, all);
    let moved: u32 = next
        .nodes
        .iter()
        .map(|node| node.gains.len() + node.cold.len())
        .sum();
    assert_eq!(next.moved(), moved);
}
