// SPDX-License-Identifier: GPL-2.0-only

//! The commands of the documents are ones that this program takes.

use std::path::Path;
use std::{env, fs, process};

use clap::Parser as _;

use crate::args::Args;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "Documentation/start.md",
    "Documentation/operate.md",
    "Documentation/reference.md",
    "Documentation/migrate.md",
];

/// Arguments of a command line, up to what a shell makes of the rest.
fn arguments(line: &str) -> Vec<&str> {
    line.split_whitespace()
        .take_while(|text| !text.starts_with(['#', '|', '>', '&', '<', ';']))
        .map(|text| text.trim_end_matches(';'))
        .collect()
}

/// What is typed in a line of an example: after a prompt, or as it is.
fn command(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let typed = match line.split_once("# ") {
        Some((prompt, typed)) if !prompt.contains("ssictl") => typed,
        _ => match line.split_once(": ") {
            Some((node, typed)) if node.starts_with("node ") => typed,
            _ => line,
        },
    };
    (typed.starts_with("ssictl ") && !typed.contains('…')).then_some(typed)
}

/// How many commands there are in the text's blocks, each of which is taken.
fn checked(name: &str, text: &str) -> usize {
    // Keys are read with the command line.
    let key = env::temp_dir().join(format!(
        "ssictl-{}-{}",
        process::id(),
        name.replace('/', "-")
    ));
    fs::write(&key, "0".repeat(64)).unwrap();
    let text = text
        .replace("\\\n", " ")
        .replace("/etc/ssi/store.key", key.to_str().unwrap());
    let mut fenced = false;
    let mut count = 0;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if let Some(typed) = command(line).filter(|_| fenced) {
            let taken = Args::try_parse_from(arguments(typed));
            assert!(
                taken.is_ok(),
                "{name}: {line}\n{}",
                taken.err().map(|e| e.to_string()).unwrap_or_default()
            );
            count += 1;
        }
    }
    fs::remove_file(key).ok();
    count
}

#[test]
fn documents_have_commands_that_are_taken() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in DOCUMENTS {
        let text = fs::read_to_string(top.join(name)).unwrap();
        assert!(checked(name, &text) > 1, "{name}: no commands in it");
    }
}

#[test]
#[should_panic(expected = "example: node 0: ssictl cluster add store --devv eth0")]
fn a_command_that_is_not_taken_is_found() {
    checked(
        "example",
        "```\nnode 0: ssictl cluster add store --devv eth0\n```\n",
    );
}
