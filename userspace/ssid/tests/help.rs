// SPDX-License-Identifier: GPL-2.0-only

//! Help of ssid, and the man page made of it.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn ssid(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ssid"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_has_examples() {
    let help = ssid(&["--help"]);
    for part in ["Examples:", "ssid --check", "SIGHUP", "/etc/ssi/NAME.toml"] {
        assert!(help.contains(part), "{part}");
    }
    assert!(!help.contains("--man"), "for packaging only");
}

#[test]
fn the_man_page_has_what_the_help_has() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("man");
    ssid(&["--man", folder.to_str().unwrap()]);
    let page = fs::read_to_string(folder.join("ssid.8")).unwrap();
    for part in [
        ".TH ssid 8",
        ".SH SYNOPSIS",
        ".SH OPTIONS",
        ".SH EXAMPLES",
        ".SH SIGNALS",
        ".SH FILES",
        ".SH EXIT STATUS",
        "ssictl(8)",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("\\-\\-man"), "{page}");
}
