// SPDX-License-Identifier: GPL-2.0-only

//! Values of options: those of cluster files, and names that help lists.

mod choice;

pub use choice::choice;
pub use ssi_cluster::value::*;
