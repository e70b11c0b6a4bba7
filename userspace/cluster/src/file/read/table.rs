// SPDX-License-Identifier: GPL-2.0-only

//! The file's bucket table: each bucket one node's.

use crate::failure::Failure;
use crate::file::read::node::{Common, Read};
use crate::file::source::{At, Source, Span};
use crate::file::{Node, State};
use crate::value::Buckets;

/// The nodes with their buckets, or all of them without any.
pub fn checked(
    source: &Source,
    read: Vec<Read>,
    common: &Common,
    place: Span,
) -> Result<Vec<Node>, Failure> {
    if !read.iter().any(|node| node.state.value == State::Serving) {
        let span = read.first().and_then(|node| node.state.span.clone());
        return Err(source.wrong(
            &span,
            "no node is serving: one at least needs state = \"serving\"",
        ));
    }
    read.iter().try_for_each(|node| parts(source, node))?;
    if read.iter().all(|node| node.owns.is_none()) {
        return Ok(read.into_iter().map(|read| read.node).collect());
    }
    if let Some(without) = read.iter().find(|node| node.owns.is_none()) {
        return Err(source.wrong(
            &without.name.span,
            format!(
                "node {}: give owns too, as the other nodes have it; to add a node: ssictl join {}",
                without.name.value, without.name.value
            ),
        ));
    }
    whole(source, &read, common.buckets, &place)?;
    Ok(read.into_iter().map(|read| read.node).collect())
}

/// The nodes of a cluster that ssid runs, which gives them their buckets.
pub fn serving(source: &Source, read: Vec<Read>) -> Result<Vec<Node>, Failure> {
    if read.iter().all(|read| read.node.is_witness()) {
        let span = read.first().and_then(|node| node.name.span.clone());
        let sentence = "no node serves: one at least needs a weight greater than 0";
        return Err(source.wrong(&span, sentence));
    }
    Ok(read.into_iter().map(|read| read.node).collect())
}

/// What a node's own lists have to be among themselves.
fn parts(source: &Source, read: &Read) -> Result<(), Failure> {
    let node = &read.node;
    let place = |at: &Option<At<Buckets>>| at.as_ref().and_then(|at| at.span.clone());
    for (key, part, at) in [
        ("gains", &node.gains, &read.gains),
        ("cold", &node.cold, &read.cold),
    ] {
        let strange = part.minus(&node.owns);
        if !strange.is_empty() {
            let strange = shortened(&strange);
            let sentence = format!("{key}: {} does not own {strange}", node.name);
            return Err(source.wrong(&place(at), sentence));
        }
    }
    let both = node.gains.and(&node.cold);
    if !both.is_empty() {
        let sentence = format!(
            "cold: {} is in gains too; who had it is alive or dead",
            shortened(&both)
        );
        return Err(source.wrong(&place(&read.cold), sentence));
    }
    if node.state != State::Serving && !node.owns.is_empty() {
        let sentence = format!(
            "owns: {} is {}, so it owns none; leave state to ssictl drain {}, which moves them",
            node.name, node.state, node.name
        );
        return Err(source.wrong(&place(&read.owns), sentence));
    }
    Ok(())
}

fn whole(source: &Source, read: &[Read], buckets: u32, place: &Span) -> Result<(), Failure> {
    let mut owned = Buckets::none(buckets);
    for (i, node) in read.iter().enumerate() {
        let twice = owned.and(&node.node.owns);
        if let Some(m) = twice.iter().next() {
            let before = read.get(..i).unwrap_or_default();
            let other = before.iter().find(|other| other.node.owns.has(m));
            let other = other.map_or("another node", |other| other.node.name.as_str());
            let span = node.owns.as_ref().and_then(|at| at.span.clone());
            let sentence = format!(
                "owns: bucket {m} is {other}'s and {}'s; each is one node's",
                node.node.name
            );
            return Err(source.wrong(&span, sentence));
        }
        owned = owned.or(&node.node.owns);
    }
    let mut all = Buckets::none(buckets);
    (0..buckets).for_each(|m| all.insert(m));
    let missing = all.minus(&owned);
    match missing.is_empty() {
        true => Ok(()),
        false => Err(source.wrong(
            place,
            format!(
                "owns: no node has {}; each of the {buckets} buckets is one node's",
                shortened(&missing)
            ),
        )),
    }
}

/// A list that fits into a sentence.
fn shortened(set: &Buckets) -> String {
    let list = set.list();
    match list.char_indices().nth(40) {
        None => list,
        Some((at, _)) => {
            let head = list.get(..at).unwrap_or_default();
            let head = head.rsplit_once(',').map_or(head, |(head, _)| head);
            format!("{head},… ({} buckets)", set.len())
        }
    }
}
