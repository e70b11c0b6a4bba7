// SPDX-License-Identifier: GPL-2.0-only

//! Operations that change something, and who may.

use core::marker::PhantomData;

use crate::{
    abstractions::genl::{
        Do,
        Failure,
        Operation,
        Policy,
        Request, //
    },
    logic::refusal::Refusal,
    parameters, //
};

/// An operation that changes something: not in a network namespace that anybody may have made, unless the
/// module's parameter allows it.
struct Changing<D>(PhantomData<D>);

impl<D: Do> Do for Changing<D> {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let anywhere = parameters::userns();
        if !anywhere && !request.net().is_machines() {
            return Err(Refusal::UserNamespace.into());
        }
        D::run(request)
    }
}

/// `D` as what command `command` does, for those who may change the network namespace.
pub(super) const fn changing<D: Do>(command: u8, policy: &'static Policy) -> Operation {
    Operation::new_do::<Changing<D>>(command, policy).for_admins()
}
