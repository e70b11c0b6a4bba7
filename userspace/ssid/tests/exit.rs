// SPDX-License-Identifier: GPL-2.0-only

//! Exit statuses, as the reference has them (ssictl's tests have those of its programs).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../../ssictl/tests/exit/table.rs"]
mod table;

#[test]
fn programs_end_as_the_page_says() {
    let outside = concat!(env!("CARGO_MANIFEST_DIR"), "/outside/ssi-outside");
    let fenced = concat!(env!("CARGO_MANIFEST_DIR"), "/pacemaker/ssi-fenced");
    table::ends_as_the_page_says(&[
        ("ssid", &[env!("CARGO_BIN_EXE_ssid")]),
        ("ssi-outside", &["sh", outside]),
        ("ssi-fenced", &["sh", fenced]),
    ]);
}
