// SPDX-License-Identifier: GPL-2.0-only

//! The cluster file: what is read is read again as the same, and what is refused has one sentence with its place.
//!
//! An input: the file.

use ssi_cluster::failure::Failure;
use ssi_cluster::file::read::parse;

const PATH: &str = "/etc/ssi/c.toml";

/// The target.
pub fn run(bytes: &[u8]) {
    let file = match parse(PATH, bytes.to_vec()) {
        Ok(parsed) => parsed.file,
        Err(Failure::Usage(why) | Failure::Refused(why)) => {
            let line = why.lines().next().unwrap_or_default();
            assert!(line.starts_with(PATH) && line.len() > PATH.len(), "{why:?}");
            return;
        }
        Err(other) => panic!("{other:?}"),
    };
    // What people rely on where a file was taken.
    assert!(!file.name.is_empty() && !file.vips.is_empty() && !file.nodes.is_empty());
    assert!((1..=65_536).contains(&file.buckets));
    assert!(
        file.nodes
            .iter()
            .all(|node| node.rank < file.kernel_nodes())
    );
    for (at, node) in file.nodes.iter().enumerate() {
        let before = &file.nodes[..at];
        assert!(before.iter().all(|other| other.name != node.name));
        assert!(
            before
                .iter()
                .all(|other| other.rank != node.rank && other.id != node.id)
        );
        assert!(file.node(&node.name).is_some());
    }
    match &file.daemon {
        None => assert!(file.node(&file.master).is_some()),
        Some(daemon) => assert!(daemon.timing.lease() > daemon.timing.beat()),
    }
    let again = parse(PATH, file.source.text.clone().into_bytes());
    let Ok(again) = again else {
        panic!("what was read is refused");
    };
    assert_eq!(format!("{:?}", again.file), format!("{file:?}"));
}
