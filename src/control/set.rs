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
        }, //
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
        let change = Change::of(generation, given.proposal());
        change::apply(request.net(), &given.name, &change)
    }
}
