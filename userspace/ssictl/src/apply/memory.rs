// SPDX-License-Identifier: GPL-2.0-only

//! Memory of this node's table, on disk: after a start it goes on with that, and takes nothing that may be another's by now.

use std::path::{Path, PathBuf};

use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, Node, place};
use ssi_cluster::system::System;
use toml_edit::{DocumentMut, Item, value};

use crate::apply::step::Had;
use crate::value::Buckets;

/// The default folder.
pub const FOLDER: &str = "/var/lib/ssi";

/// The file of a cluster and a node.
pub struct Memory {
    path: PathBuf,
    buckets: u32,
}

impl Memory {
    /// That of this node of a file's cluster.
    pub fn of(folder: &Path, file: &ClusterFile, node: &Node) -> Self {
        Self {
            path: folder.join(format!("{}@{}.toml", file.name, node.name)),
            buckets: file.buckets,
        }
    }

    /// What the node had. Of another number of buckets it is of a cluster that is no more.
    pub fn recall(&self, system: &mut impl System) -> Result<Option<Had>, Failure> {
        let shown = self.path.display();
        let text = system
            .recall(&self.path)
            .map_err(|e| place::failed(&format!("reading {shown}"), &e))?;
        let Some(text) = text else {
            return Ok(None);
        };
        self.read(&text).ok_or_else(|| {
            Failure::Refused(format!(
                "{shown}: this is not what ssictl wrote; remove it, and ssictl apply --adopt gives this node its \
                 buckets again"
            ))
        })
    }

    /// A text's content; nothing where it is none of ours.
    #[allow(clippy::option_option)]
    fn read(&self, text: &str) -> Option<Option<Had>> {
        let document: DocumentMut = text.parse().ok()?;
        let number = |key| document.get(key).and_then(Item::as_integer);
        let generation = u64::try_from(number("generation")?).ok()?;
        if number("buckets")? != i64::from(self.buckets) {
            return Some(None);
        }
        let owned = document.get("owned").and_then(Item::as_str)?;
        let owned = Buckets::parse(owned, self.buckets).ok()?;
        Some(Some(Had { generation, owned }))
    }

    /// Keeps what the node has from now on; none forgets it.
    pub fn keep(&self, system: &mut impl System, had: Option<&Had>) -> Result<(), Failure> {
        let text = had.map(|had| {
            let mut document = DocumentMut::new();
            // No file makes a generation that is too great for TOML.
            let generation = i64::try_from(had.generation).unwrap_or(i64::MAX);
            document.insert("generation", value(generation));
            document.insert("buckets", value(i64::from(self.buckets)));
            document.insert("owned", value(had.owned.list()));
            format!(
                "# What this node has: ssictl apply keeps it for the node's next start.\n{document}"
            )
        });
        let done = if had.is_some() { "writing" } else { "removing" };
        system
            .keep(&self.path, text.as_deref())
            .map_err(|e| place::failed(&format!("{done} {}", self.path.display()), &e))
    }
}
