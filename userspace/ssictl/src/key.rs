// SPDX-License-Identifier: GPL-2.0-only

//! The nodes' key as an option.

use crate::value::{Key, Secret};

/// The key that the nodes share.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct KeyOption {
    /// The nodes' key: 64 hexadecimal digits in a file, - for stdin
    #[arg(long, value_name = "FILE")]
    key_file: Option<Secret<Key>>,
}

impl KeyOption {
    /// It, if there is one.
    pub fn value(&self) -> Option<Key> {
        self.key_file.as_ref().map(|secret| secret.value)
    }

    /// Warns of a file that others may read.
    pub fn warn(&self) {
        let remark = self.key_file.as_ref().map(|secret| &secret.remark);
        if let Some(Some(remark)) = remark {
            eprintln!("ssictl: {remark}");
        }
    }
}
