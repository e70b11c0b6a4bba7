// SPDX-License-Identifier: GPL-2.0-only

//! `settle`.

use super::request::RequestAttrs;
use crate::{
    abstractions::{
        genl::{
            Do,
            Failure,
            Request, //
        }, //
    },
    cluster::change,
    logic::refusal::Refusal, //
};

/// Ends transitions.
pub(super) struct Settle;

impl Do for Settle {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        let settled = attrs.settled.ok_or(Refusal::SettledMissing)?;
        change::settle(request.net(), &attrs.name, settled)
    }
}
