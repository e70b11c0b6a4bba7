// SPDX-License-Identifier: GPL-2.0-only

//! `table-get` and `table-set`.

use super::{
    change::{
        self,
        Generation, //
    },
    event,
    proposal::Given,
    REGISTRY, //
};
use crate::{
    facility::{
        genl::{
            Do,
            Failure,
            Request, //
        },
        rtnl::Rtnl, //
    },
    logic::{
        config::{
            Function,
            Proposal, //
        },
        refusal::Refusal,
        wire::{
            cluster as attribute,
            command, //
        }, //
    }, //
};

/// Tells a cluster's bucket table.
pub(super) struct TableGet;

impl Do for TableGet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let given = Given::read(request.attributes())?;
        let mut rtnl = Rtnl::lock();
        let (registry, _held) = REGISTRY.get(&mut rtnl);
        let (_, cluster) = registry.at(registry.find(request.net(), &given.name)?)?;
        let size = event::SIZE + cluster.owned.len();
        request.reply(command::TABLE_GET, size, |message| {
            message.pad_with(attribute::PAD);
            message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
            message.put_u32(attribute::BUCKETS, cluster.config.buckets)?;
            message.put(attribute::OWNED, &cluster.owned)?;
            message.put_u64(attribute::GENERATION, cluster.generation)
        })?;
        Ok(())
    }
}

/// Replaces a cluster's bucket table.
pub(super) struct TableSet;

impl Do for TableSet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let given = Given::read(request.attributes())?;
        let proposal = given.proposal();
        let (Some(_), Some(_), Some(generation)) =
            (proposal.buckets, proposal.owned, given.generation)
        else {
            return Err(Refusal::OwnedMissing.into());
        };
        let proposal = Proposal {
            function: Some(Function::Bitmap),
            ..proposal
        };
        let mut rtnl = Rtnl::lock();
        change::apply(
            &mut rtnl,
            request.net(),
            &given.name,
            Generation::Exactly(generation),
            &proposal,
        )
    }
}
