// SPDX-License-Identifier: GPL-2.0-only

//! `settle`.

use super::{
    change,
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

/// Ends transitions.
pub(super) struct Settle;

impl Do for Settle {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let given = Given::read(request.attributes())?;
        let settled = given.settled.ok_or(Refusal::SettledMissing)?;
        change::settle(request.net(), &given.name, settled)
    }
}
