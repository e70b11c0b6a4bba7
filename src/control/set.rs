// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-set`.

use super::{
    change::{
        self,
        Change,
        Generation, //
    },
    proposal::Given, //
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
    logic::refusal::Refusal, //
};

/// Changes a cluster.
pub(super) struct ClusterSet;

impl Do for ClusterSet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let given = Given::read(request.attributes())?;
        if given.is_empty() {
            return Err(Refusal::NothingToSet.into());
        }
        let generation = match given.generation {
            Some(meant) => Generation::After(meant),
            None => Generation::Next,
        };
        let mut rtnl = Rtnl::lock();
        let change = Change::of(generation, given.proposal());
        change::apply(&mut rtnl, request.net(), &given.name, &change)
    }
}
