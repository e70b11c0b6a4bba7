// SPDX-License-Identifier: GPL-2.0-only

//! `table-get` and `table-set`.

use kernel::{
    alloc::KVVec,
    error::Result, //
};

use super::{
    message::{
        self,
        Reader, //
    },
    request::RequestAttrs, //
};
use crate::{
    abstractions::{
        clock::boottime,
        genl::{
            Do,
            Failure,
            Request, //
        },
        vec, //
    },
    cluster::{
        change::{
            self,
            Change,
            Generation, //
        },
        registry::index,
        Cluster, //
    },
    logic::{
        config::{
            Function,
            Proposal, //
        },
        lease::Lease,
        moving::{
            is_adopting,
            is_draining, //
        },
        owned,
        refusal::Refusal,
        stick,
        wire::{
            cluster as attribute,
            command, //
        }, //
    },
};

/// Shows a cluster's bucket table.
pub(super) struct TableGet;

impl Do for TableGet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        let entry = index::find(request.net(), &attrs.name)?;
        // Table and lease are of one moment.
        let lease = entry.cluster.buckets.lease();
        // What packets meet since the lease's end, even if the table is still the one before.
        let cluster = match lease == Lease::Expired && entry.cluster.is_to_expire() {
            true => entry.cluster.expired()?,
            false => entry.cluster,
        };
        let cluster = &*cluster;
        // What is left of it at the lease's end.
        let sticking: &[u64] = match lease {
            Lease::Expired => &[],
            _ => cluster.buckets.sticking(),
        };
        let bitmaps = cluster.owned.len().saturating_mul(3);
        let list = sticking.len().saturating_mul(stick::BYTES);
        let size = message::SIZE.saturating_add(bitmaps).saturating_add(list);
        request.reply(command::TABLE_GET, size, |message| {
            message.pad_with(attribute::PAD);
            message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
            message.put_u32(attribute::BUCKETS, cluster.config.buckets)?;
            message.put(attribute::OWNED, &cluster.owned)?;
            message.put_u64(attribute::GENERATION, cluster.generation)?;
            let [draining, adopting] = in_transition(cluster)?;
            message.put(attribute::DRAINING, &draining)?;
            message.put(attribute::ADOPTING, &adopting)?;
            message.put_u32(attribute::CONNECTIONS, cluster.buckets.connections())?;
            message::write_lease(message, lease, Reader::of(request))?;
            match sticking {
                [] => Ok(()),
                list => message.put(attribute::STICKING, &bytes(list)?),
            }
        })?;
        Ok(())
    }
}

/// A list as a message has it.
fn bytes(list: &[u64]) -> Result<KVVec<u8>> {
    let mut bytes = vec::zeros(list.len().saturating_mul(stick::BYTES))?;
    for (to, number) in bytes.chunks_exact_mut(stick::BYTES).zip(list) {
        for (to, from) in to.iter_mut().zip(number.to_ne_bytes()) {
            *to = from;
        }
    }
    Ok(bytes)
}

/// The buckets that drain, and those that are adopted, as bitmaps.
fn in_transition(cluster: &Cluster) -> Result<[KVVec<u8>; 2]> {
    let zeros = || vec::zeros(cluster.owned.len());
    let [mut draining, mut adopting] = [zeros()?, zeros()?];
    for moving in &cluster.moving {
        if is_adopting(moving, &cluster.owned) {
            owned::set(&mut adopting, moving.bucket);
        } else if is_draining(moving, &cluster.owned) {
            owned::set(&mut draining, moving.bucket);
        }
    }
    Ok([draining, adopting])
}

/// Replaces a cluster's bucket table.
pub(super) struct TableSet;

impl Do for TableSet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        let proposal = attrs.proposal();
        let (Some(_), Some(_), Some(generation)) =
            (proposal.buckets, proposal.owned, attrs.generation)
        else {
            return Err(Refusal::OwnedMissing.into());
        };
        let proposal = Proposal {
            function: Some(Function::Bitmap),
            ..proposal
        };
        let change = Change {
            cold: attrs.cold,
            sticking: Some(attrs.sticking.unwrap_or(&[])),
            // A length is counted from here, however long the RTNL is waited for.
            lease: attrs.lease(boottime())?,
            ..Change::of(Generation::Exactly(generation), proposal)
        };
        change::apply(request.net(), &attrs.name, &change)
    }
}
