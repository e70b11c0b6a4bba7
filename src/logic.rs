// SPDX-License-Identifier: GPL-2.0-only

//! Pure decisions, without the kernel: no `unsafe`, no allocation, no kernel imports.
//!
//! The same files are the ordinary crate `userspace/logic`, where unit and property tests run and
//! from which `ssictl` takes its explanations.

#![forbid(unsafe_code)]
// Items are public for the crate, which also uses some that the module does not.
#![allow(dead_code, unreachable_pub)]

pub(crate) mod agreement;
pub(crate) mod announcement;
pub(crate) mod bytes;
pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod counter;
pub(crate) mod distribution;
pub(crate) mod fast_path;
pub(crate) mod flood;
pub(crate) mod fraction;
pub(crate) mod frame;
pub(crate) mod frame6;
pub(crate) mod generation;
pub(crate) mod gratuitous;
pub(crate) mod key;
pub(crate) mod lease;
pub(crate) mod lease_end;
pub(crate) mod mac;
pub(crate) mod moving;
pub(crate) mod name;
pub(crate) mod numbered;
pub(crate) mod opened;
pub(crate) mod owned;
pub(crate) mod owners;
pub(crate) mod perfect_hash;
pub(crate) mod rate;
pub(crate) mod receive;
pub(crate) mod refusal;
pub(crate) mod reset;
pub(crate) mod rules;
pub(crate) mod segment;
pub(crate) mod send;
pub(crate) mod session;
pub(crate) mod siphash;
pub(crate) mod states;
pub(crate) mod stick;
pub(crate) mod sum;
pub(crate) mod text;
pub(crate) mod transition;
pub(crate) mod vip_index;
pub(crate) mod vips;
pub(crate) mod wire;
