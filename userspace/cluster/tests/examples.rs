// SPDX-License-Identifier: GPL-2.0-only

//! Cluster files that the documents show are right: people copy them.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use ssi_cluster::file::ClusterFile;

fn document(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Documentation");
    std::fs::read_to_string(folder.join(path)).unwrap()
}

fn parse(text: &str) -> ClusterFile {
    ClusterFile::parse("store.toml", text.as_bytes().to_vec()).unwrap()
}

/// Blocks of TOML, without the indentation of the list that they are in.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for line in text.lines() {
        match &mut open {
            Some(_) if line.trim() == "```" => blocks.extend(open.take().map(|(_, block)| block)),
            Some((indent, block)) => {
                block.push_str(line.get(*indent..).unwrap_or_default());
                block.push('\n');
            }
            None if line.trim_start().starts_with("```toml") => {
                open = Some((line.len() - line.trim_start().len(), String::new()));
            }
            None => {}
        }
    }
    blocks
}

#[test]
fn the_example_is_three_nodes_of_ssid() {
    let file = parse(&document("examples/etc/ssi/store.toml"));
    assert!(file.daemon.is_some());
    assert_eq!(file.nodes.len(), 3);
}

#[test]
fn files_in_the_text_are_right() {
    let blocks = blocks(&document("start.md"));
    let whole = blocks.iter().filter(|block| block.contains("\nname = \""));
    let whole: Vec<_> = whole.filter(|block| block.contains("\nvips = ")).collect();
    assert_eq!(whole.len(), 2, "a static cluster, and one of ssid");
    whole.into_iter().for_each(|block| drop(parse(block)));
}

#[test]
fn without_corosync_the_file_has_addresses_and_a_key() {
    let start = document("start.md");
    let blocks = blocks(&start);
    let part = blocks.iter().find(|block| block.contains("\naddresses = "));
    let (top, nodes) = part.unwrap().split_once("[[node]]").unwrap();
    let rest = "vips = [\"192.0.2.10/32\"]\nname = \"store\"\ninterface = \"eth0\"\n[daemon]\n";
    let file = parse(&format!("{top}{rest}[[node]]{nodes}"));
    assert_eq!(file.nodes[0].addresses.len(), 2);
    assert!(file.key_file.is_some());
}
