// SPDX-License-Identifier: GPL-2.0-only

//! The numbers and names of `Documentation/netlink/specs/ssi.yaml`, the same that the module has.

pub use logic::wire::*;

/// The family's name.
pub const FAMILY: &str = text(logic::wire::FAMILY);
/// The multicast group that events come from.
pub const EVENTS: &str = text(logic::wire::EVENTS);

const fn text(name: &'static std::ffi::CStr) -> &'static str {
    match name.to_str() {
        Ok(name) => name,
        Err(_) => "",
    }
}
