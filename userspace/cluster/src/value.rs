// SPDX-License-Identifier: GPL-2.0-only

//! Values of options and keys, one type a file: each is parsed whole, and its error names the right form.

mod buckets;
mod client_key;
mod gateway;
pub mod group;
mod key;
mod mac;
mod name;
mod number;
mod owned;
pub mod secret;
mod seed;
mod vip;

pub use buckets::{Buckets, counted};
pub use client_key::ClientKey;
pub use gateway::{gateway, gateway_or_none, gateways};
pub use key::Key;
pub use mac::{Mac, MacChoice};
pub use name::{device, name};
pub use number::{
    FOREVER, digits, drain_time, generation, lease, lease_or_none, number, prefix, rank, seconds,
    vlan,
};
pub use owned::{Owned, Shape, list};
pub use secret::{NoSecret, Secret};
pub use seed::Seed;
pub use vip::Vip;
