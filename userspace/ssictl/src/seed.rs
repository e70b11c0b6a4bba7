// SPDX-License-Identifier: GPL-2.0-only

//! The hash's key as options.

use crate::value::{Secret, Seed};

/// The hash's key, in one of two ways.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct SeedOption {
    /// The hash's key, the same on every node
    #[arg(long, value_name = "HEX32", conflicts_with = "hash_seed_file")]
    hash_seed: Option<Seed>,

    /// The same from a file, or with - from the standard input
    #[arg(long, value_name = "FILE")]
    hash_seed_file: Option<Secret<Seed>>,
}

impl SeedOption {
    /// It, if there is one.
    pub fn value(&self) -> Option<Seed> {
        let read = self.hash_seed_file.as_ref().map(|secret| secret.value);
        self.hash_seed.or(read)
    }

    /// Warns of a file that others may read.
    pub fn warn(&self) {
        let remark = self.hash_seed_file.as_ref().map(|secret| &secret.remark);
        if let Some(Some(remark)) = remark {
            eprintln!("ssictl: {remark}");
        }
    }
}
