// SPDX-License-Identifier: GPL-2.0-only

//! Exit statuses, as the reference has them (ssid's tests have those of its programs).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "exit/table.rs"]
mod table;

#[test]
fn programs_end_as_the_page_says() {
    let upgrade = concat!(env!("CARGO_MANIFEST_DIR"), "/upgrade/ssi-upgrade");
    table::ends_as_the_page_says(&[
        ("ssictl", &[env!("CARGO_BIN_EXE_ssictl")]),
        ("ssi-upgrade", &["sh", upgrade]),
    ]);
}
