// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl table set`.

use ssi_cluster::failure::Failure;
use ssi_cluster::refusal;
use ssi_cluster::system::System;
use ssi_netlink::spec::Attr;
use ssi_netlink::{NewTable, Request};

use crate::only;
use crate::value::{self, Owned, Shape};

/// Replace the whole table at once; function modulo becomes bitmap.
#[derive(clap::Args, Debug)]
pub struct Set {
    /// The cluster; without it, the only one here
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// Number of buckets
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = value::number(Attr::Buckets))]
    pub buckets: u32,

    /// The buckets this node serves
    #[arg(long, value_name = "LIST")]
    pub owned: Owned,

    /// Of these, those whose former node is gone: clients are reset and come back
    #[arg(long, value_name = "LIST")]
    pub cold: Option<Owned>,

    /// Serve so long without renewal (see ssictl lease), or none
    #[arg(long, value_name = "MS|none", allow_negative_numbers = true, value_parser = value::lease_or_none)]
    pub lease: Option<u32>,

    /// The new table's generation [default: the next]
    #[arg(long, value_name = "G", allow_negative_numbers = true, value_parser = value::generation)]
    pub generation: Option<u64>,
}

/// Replaces the table.
pub fn run(system: &mut impl System, set: &Set) -> Result<(), Failure> {
    let name = only::cluster(system, set.name.as_deref())?;
    let old = system
        .cluster(&name)
        .map_err(|e| Failure::refused(&name, &e))?;
    let shape = Shape {
        buckets: set.buckets,
        node: old.node,
        nodes: old.nodes,
    };
    let bitmap = |option: &str, list: &Owned| {
        list.bitmap(shape)
            .map_err(|right| Failure::Usage(format!("{option} {list}: {right}")))
    };
    let owned = bitmap("--owned", &set.owned)?;
    let cold = set.cold.as_ref().map(|cold| bitmap("--cold", cold));
    let table = NewTable {
        name,
        buckets: set.buckets,
        owned: owned.clone(),
        generation: set.generation.unwrap_or(old.generation.wrapping_add(1)),
        cold: cold.transpose()?,
        lease: set.lease,
        lease_until: None,
        sticking: Vec::new(),
    };
    system.replace_table(&table).map_err(|e| {
        let request = Request {
            buckets: Some(table.buckets),
            owned: Some(owned),
            generation: Some(table.generation),
            ..Request::new(&table.name)
        };
        refusal::of(&request, "", None, &e)
    })
}
