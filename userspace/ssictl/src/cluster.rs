// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster`: one verb a file.

pub mod add;
pub mod everywhere;
pub mod gateways;
pub mod join;
mod probe;
pub mod set;
pub mod show;
pub mod transition;

#[cfg(test)]
mod tests;
