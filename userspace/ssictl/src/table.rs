// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl table`: one verb a file.

pub mod set;
pub mod settle;
pub mod show;
