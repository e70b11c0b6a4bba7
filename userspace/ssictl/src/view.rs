// SPDX-License-Identifier: GPL-2.0-only

//! Views that more than one verb shows: as text and as JSON from one type.

pub mod cluster;
pub mod remarks;
