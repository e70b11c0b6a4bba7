// SPDX-License-Identifier: GPL-2.0-only

//! Changes of a cluster file's nodes and table when nodes join, leave or change.

mod next;
mod node;
#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::file::ClusterFile;

pub use next::{Move, Next};
pub use node::{Join, What};

impl Next {
    /// The file after some changes at once; none of them moves what balances the load among the nodes as they are.
    pub fn of(file: &ClusterFile, whats: &[What]) -> Result<Self, Failure> {
        let mut next = Self {
            generation: file.generation.saturating_add(1),
            master: file.master.clone(),
            nodes: file.nodes.clone(),
            gone: Vec::new(),
            moves: Vec::new(),
        };
        for what in whats {
            what.change(file, &mut next)?;
        }
        next.check(file)?;
        next.balance(file)?;
        Ok(next)
    }
}
