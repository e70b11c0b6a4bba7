// SPDX-License-Identifier: GPL-2.0-only

//! The kernel module's pure code as an ordinary crate: see `src/logic.rs`, whose list this repeats.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

#[path = "../../../src/logic/agreement.rs"]
pub mod agreement;
#[path = "../../../src/logic/announcement.rs"]
pub mod announcement;
#[path = "../../../src/logic/bytes.rs"]
pub mod bytes;
#[path = "../../../src/logic/client.rs"]
pub mod client;
#[path = "../../../src/logic/config.rs"]
pub mod config;
#[path = "../../../src/logic/counter.rs"]
pub mod counter;
#[path = "../../../src/logic/distribution.rs"]
pub mod distribution;
#[path = "../../../src/logic/fast_path.rs"]
pub mod fast_path;
#[path = "../../../src/logic/flood.rs"]
pub mod flood;
#[path = "../../../src/logic/fraction.rs"]
pub mod fraction;
#[path = "../../../src/logic/frame.rs"]
pub mod frame;
#[path = "../../../src/logic/frame6.rs"]
pub mod frame6;
#[path = "../../../src/logic/generation.rs"]
pub mod generation;
#[path = "../../../src/logic/gratuitous.rs"]
pub mod gratuitous;
#[path = "../../../src/logic/key.rs"]
pub mod key;
#[path = "../../../src/logic/lease.rs"]
pub mod lease;
#[path = "../../../src/logic/lease_end.rs"]
pub mod lease_end;
#[path = "../../../src/logic/mac.rs"]
pub mod mac;
#[path = "../../../src/logic/moving.rs"]
pub mod moving;
#[path = "../../../src/logic/name.rs"]
pub mod name;
#[path = "../../../src/logic/numbered.rs"]
pub mod numbered;
#[path = "../../../src/logic/opened.rs"]
pub mod opened;
#[path = "../../../src/logic/owned.rs"]
pub mod owned;
#[path = "../../../src/logic/owners.rs"]
pub mod owners;
#[path = "../../../src/logic/perfect_hash.rs"]
pub mod perfect_hash;
#[path = "../../../src/logic/rate.rs"]
pub mod rate;
#[path = "../../../src/logic/receive.rs"]
pub mod receive;
#[path = "../../../src/logic/refusal.rs"]
pub mod refusal;
#[path = "../../../src/logic/reset.rs"]
pub mod reset;
#[path = "../../../src/logic/rules.rs"]
pub mod rules;
#[path = "../../../src/logic/segment.rs"]
pub mod segment;
#[path = "../../../src/logic/send.rs"]
pub mod send;
#[path = "../../../src/logic/session.rs"]
pub mod session;
#[path = "../../../src/logic/siphash.rs"]
pub mod siphash;
#[path = "../../../src/logic/states.rs"]
pub mod states;
#[path = "../../../src/logic/stick.rs"]
pub mod stick;
#[path = "../../../src/logic/sum.rs"]
pub mod sum;
#[path = "../../../src/logic/text.rs"]
pub mod text;
#[path = "../../../src/logic/transition.rs"]
pub mod transition;
#[path = "../../../src/logic/vip_index.rs"]
pub mod vip_index;
#[path = "../../../src/logic/vips.rs"]
pub mod vips;

#[cfg(test)]
#[path = "../../../src/logic/tests/sample.rs"]
mod sample;
#[path = "../../../src/logic/wire.rs"]
pub mod wire;
