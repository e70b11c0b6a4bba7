// SPDX-License-Identifier: GPL-2.0-only

//! Pacemaker's configuration as XML, the whole CIB or a part of it.

use std::collections::BTreeMap;

use roxmltree::{Document, Node, ParsingOptions};

use crate::import::found::Found;
use crate::import::ipaddr2::{Resource, all};

/// A CIB has some ten thousand; roxmltree's own limit is 4 thousand millions.
const NODES_MAX: u32 = 1_000_000;

/// The resources of IPaddr2.
pub fn read(text: &str) -> Result<Vec<Found>, String> {
    let options = ParsingOptions {
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document =
        Document::parse_with_options(text, options).map_err(|e| format!("this is no XML: {e}"))?;
    let named = |tag: &'static str| {
        document
            .descendants()
            .filter(move |node| node.has_tag_name(tag))
    };
    let nodes = named("node").filter_map(|node| node.attribute("uname"));
    let nodes: Vec<String> = nodes.map(str::to_owned).collect();
    let resources: Vec<Resource> = named("primitive").map(resource).collect();
    all(&resources, &nodes)
}

fn resource(node: Node<'_, '_>) -> Resource {
    let clone = node.ancestors().find(|above| above.has_tag_name("clone"));
    Resource {
        id: node.attribute("id").unwrap_or_default().to_owned(),
        agent: node.attribute("type").unwrap_or_default().to_owned(),
        params: pairs(node, "instance_attributes"),
        is_clone: clone.is_some(),
        meta: clone
            .map(|clone| pairs(clone, "meta_attributes"))
            .unwrap_or_default(),
    }
}

/// The pairs in the sets of this kind that a node has itself.
fn pairs(node: Node<'_, '_>, set: &str) -> BTreeMap<String, String> {
    let sets = node.children().filter(|child| child.has_tag_name(set));
    let all = sets.flat_map(|set| set.children());
    let pair = |pair: Node<'_, '_>| {
        Some((
            pair.attribute("name")?.to_owned(),
            pair.attribute("value")?.to_owned(),
        ))
    };
    all.filter_map(pair).collect()
}
