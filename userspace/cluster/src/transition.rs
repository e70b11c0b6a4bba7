// SPDX-License-Identifier: GPL-2.0-only

//! Bucket tables that change hands: what is given away drains, what is taken is adopted, or taken cold.

use ssi_netlink::{NewTable, Request};

use crate::failure::Failure;
use crate::refusal;
use crate::system::System;
use crate::value::Buckets;

/// A table to put in force.
pub struct Table<'a> {
    /// The buckets that this node serves.
    pub owned: &'a Buckets,
    /// Of those it gains, the ones whose connections nobody serves.
    pub cold: &'a Buckets,
    /// Its number, greater than that in force.
    pub generation: u64,
}

/// Puts a table in force.
pub fn put(system: &mut impl System, name: &str, table: &Table<'_>) -> Result<(), Failure> {
    let replaced = NewTable {
        name: name.to_owned(),
        buckets: table.owned.count(),
        owned: table.owned.bits().to_vec(),
        generation: table.generation,
        cold: (!table.cold.is_empty()).then(|| table.cold.bits().to_vec()),
        lease: None,
        lease_until: None,
        sticking: Vec::new(),
    };
    system.replace_table(&replaced).map_err(|e| {
        let request = Request {
            buckets: Some(replaced.buckets),
            owned: Some(replaced.owned.clone()),
            generation: Some(replaced.generation),
            ..Request::new(name)
        };
        refusal::of(&request, "", None, &e)
    })
}

/// The buckets whose connections this node still serves, though they are another's by now.
pub fn draining(system: &mut impl System, name: &str) -> Result<Buckets, Failure> {
    let table = system.table(name).map_err(|e| Failure::refused(name, &e))?;
    Ok(Buckets::of(&table.draining, table.buckets))
}
