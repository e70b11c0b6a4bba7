// SPDX-License-Identifier: GPL-2.0-only

//! Configurations of other software, which `ssictl import` reads. The readers are `ssictl`'s own files; what they take of its other parts
//! is here.
//!
//! An input: a byte of which format, and the text.

use crate::import::kind::Kind;
use crate::input::Input;

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let kinds = [
        Kind::Cib,
        Kind::Crm,
        Kind::Pcs,
        Kind::Iptables,
        Kind::Nft,
        Kind::Nlb,
        Kind::PowerShell,
        Kind::Keepalived,
    ];
    let kind = kinds[usize::from(input.u8()) % kinds.len()];
    let text = String::from_utf8_lossy(input.rest());
    let _ = Kind::of(&text);
    match kind.read(&text) {
        Ok(all) => {
            for found in all {
                let label = found.label();
                assert!(!label.is_empty() && (found.name.is_empty() || found.is(&label)));
                assert!(found.vips.iter().all(|vip| found.is(&vip.to_string())));
                // Each address once.
                let mut vips = found.vips.clone();
                vips.sort();
                assert!(vips.is_sorted_by(|a, b| a < b), "{vips:?}");
            }
        }
        Err(why) => assert!(!why.is_empty() && why.lines().count() == 1, "{why:?}"),
    }
}
