// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-set`.

use super::request::RequestAttrs;
use crate::{
    abstractions::{
        genl::{
            Do,
            Failure,
            Request, //
        }, //
    },
    cluster::change::{
        self,
        Change,
        Generation, //
    },
    logic::refusal::Refusal, //
};

/// Changes a cluster.
pub(super) struct ClusterSet;

impl Do for ClusterSet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        if attrs.is_empty() {
            return Err(Refusal::NothingToSet.into());
        }
        let generation = match attrs.generation {
            Some(meant) => Generation::After(meant),
            None => Generation::Next,
        };
        let change = Change::of(generation, attrs.proposal());
        change::apply(request.net(), &attrs.name, &change)
    }
}
