// SPDX-License-Identifier: GPL-2.0-only

//! `--help` of each verb as it was looked at last. `UPDATE=1 cargo test --test help` writes it anew.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const VERBS: &[&str] = &[
    "",
    "cluster",
    "cluster add",
    "cluster join",
    "cluster set",
    "cluster del",
    "cluster show",
    "init",
    "push",
    "status",
    "top",
    "events",
    "apply",
    "plan",
    "join",
    "leave",
    "drain",
    "weight",
    "sessions",
    "kick",
    "confirm-dead",
    "doctor",
    "egress",
    "table",
    "table show",
    "table set",
    "table settle",
    "lease",
    "stats",
    "explain",
    "peers",
    "monitor",
    "import",
    "watch",
    "completions",
    "help",
];

fn ssictl(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ssictl"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_is_as_it_was_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    for verb in VERBS {
        let arguments: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let printed = ssictl(&arguments);
        for line in printed.lines().filter(|line| !line.starts_with("Usage:")) {
            assert!(
                line.chars().count() <= 100,
                "{verb}: too long for a terminal: {line}"
            );
        }
        let name = ["ssictl"].into_iter().chain(verb.split_whitespace());
        let path = folder.join(name.collect::<Vec<_>>().join("-") + ".txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(
                &path,
                format!("SPDX-License-Identifier: GPL-2.0-only\n\n{printed}"),
            )
            .unwrap();
        }
        let seen = fs::read_to_string(&path).unwrap_or_default();
        let (_, seen) = seen.split_once("\n\n").unwrap_or_default();
        assert_eq!(
            printed,
            seen,
            "{} differs: look at it, then run with UPDATE=1",
            path.display()
        );
    }
}

#[test]
fn every_verb_teaches_by_example() {
    for verb in VERBS
        .iter()
        .filter(|verb| !matches!(**verb, "cluster" | "table"))
    {
        let arguments: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let help = ssictl(&arguments);
        assert!(help.contains("Example"), "{verb}");
        assert!(help.contains(&format!("ssictl {verb}")), "{verb}");
    }
}

#[test]
fn every_verb_has_a_man_page() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("man");
    ssictl(&["man", folder.to_str().unwrap()]);
    for verb in VERBS {
        let name = ["ssictl"].into_iter().chain(verb.split_whitespace());
        let page = folder.join(name.collect::<Vec<_>>().join("-") + ".8");
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.contains(".TH"), "{}", page.display());
    }
}

#[test]
fn completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(ssictl(&["completions", shell]).contains("SSICTL_COMPLETE"));
    }
    // As the function of bash asks.
    let asked = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_ssictl"))
            .arg("--")
            .args(words)
            .env("SSICTL_COMPLETE", "bash")
            .env("_CLAP_IFS", "\n")
            .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
            .output()
            .unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(asked(&["ssictl", "expl"]).trim(), "explain");
    // Every namespace has this interface.
    let devices = asked(&["ssictl", "cluster", "add", "web", "--dev", "l"]);
    assert!(devices.lines().any(|line| line == "lo"), "{devices}");
}
