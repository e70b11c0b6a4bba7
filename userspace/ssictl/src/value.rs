// SPDX-License-Identifier: GPL-2.0-only

//! What stands behind an option: the values of cluster files, and words that help lists.

mod choice;

pub use choice::choice;
pub use ssi_cluster::value::*;
