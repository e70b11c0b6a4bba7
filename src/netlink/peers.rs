// SPDX-License-Identifier: GPL-2.0-only

//! `peer-get`.

use kernel::error::Result;

use super::request::RequestAttrs;
use crate::{
    abstractions::genl::{
        Dump,
        Failure,
        Full,
        Message,
        Page,
        Request, //
    },
    cluster::{
        registry::index,
        Cluster, //
    },
    datapath::agreement::Seen,
    logic::wire::{
        cluster as attribute,
        command,
        peer, //
    },
};

/// Nodes a message: few enough for the smallest page there is (a memory page).
const AT_ONCE: usize = 32;

/// Lists the nodes that a cluster has messages of, this one not among them.
pub(super) struct PeerGet;

impl Dump for PeerGet {
    fn fill(request: &Request<'_>, page: &mut Page<'_>) -> Result<Result<(), Full>, Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        page.set_version(index::version());
        let entry = index::find(request.net(), &attrs.name)?;
        let cluster = &*entry.cluster;
        loop {
            let begin = page.cursor();
            let mut next = None;
            let written = page.message(command::PEER_GET, |message| {
                next = write(message, cluster, begin)?;
                Ok(())
            });
            match (written, next) {
                (Err(full), _) => return Ok(Err(full)),
                (Ok(()), None) => {
                    page.set_cursor(usize::MAX);
                    return Ok(Ok(()));
                }
                (Ok(()), Some(next)) => page.set_cursor(next),
            }
        }
    }
}

/// Writes the nodes from place `begin` on that are known, up to `AT_ONCE` of them. Returns the
/// place to go on with.
fn write(message: &mut Message<'_>, cluster: &Cluster, begin: usize) -> Result<Option<usize>> {
    message.pad_with(attribute::PAD);
    message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
    let seen = cluster.peering.state.seen();
    let rest = seen.filter(|(at, _)| *at >= begin);
    for ((at, seen), written) in rest.zip(0..usize::MAX) {
        if written == AT_ONCE {
            return Ok(Some(at));
        }
        message.nest(attribute::PEER, peer::PAD, |nest| write_one(nest, &seen))?;
    }
    Ok(None)
}

fn write_one(nest: &mut Message<'_>, seen: &Seen) -> Result {
    nest.put_u32(peer::NODE, seen.node)?;
    nest.put(peer::MAC, &seen.node_mac.0)?;
    if let Some(mac) = seen.forward_mac {
        nest.put(peer::FORWARD_MAC, &mac.0)?;
    }
    nest.put_u8(peer::MASTER, u8::from(seen.master))?;
    nest.put_u32(peer::AGE, seen.age)?;
    nest.put_u8(peer::AGREES, u8::from(seen.agrees))?;
    nest.put_u32(peer::DIFFERS, seen.differs.0)?;
    nest.put_u32(peer::BUCKETS, seen.buckets)?;
    nest.put_u32(peer::NODES, seen.nodes)?;
    nest.put_u64(peer::GENERATION, seen.generation)
}
