// SPDX-License-Identifier: GPL-2.0-only

//! What the verbs write and say.

use std::fs;

use clap::Parser as _;

use super::*;
use crate::apply::tests::WEB;
use crate::args::{Args, Verb};
use crate::output::Text as _;

/// Runs a verb on a file with this text; what was said, and the text afterwards.
fn verb(text: &str, line: &str) -> (Result<String, Failure>, String) {
    let folder = std::env::temp_dir().join(format!(
        "ssictl-edit-{}-{}",
        std::process::id(),
        line.replace(' ', "_")
    ));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("web.toml");
    fs::write(&path, text).unwrap();
    let shown = path.to_str().unwrap();
    let words = ["ssictl"]
        .into_iter()
        .chain(line.split_whitespace())
        .chain(["--file", shown]);
    let (what, target) = match Args::try_parse_from(words).unwrap().verb.unwrap() {
        Verb::Join(join) => (join.what(), join.target),
        Verb::Leave(leave) => (leave.what(), leave.target),
        Verb::Drain(drain) => (drain.what(), drain.target),
        Verb::Weight(weight) => (weight.what(), weight.target),
        _ => panic!("another verb"),
    };
    let told = changed(&target, &what).map(|planned| planned.text().replace(shown, "web.toml"));
    let after = fs::read_to_string(&path).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    (told, after)
}

/// The lines after the one that says that the file is written.
fn next(told: &str) -> Vec<&str> {
    told.lines()
        .skip_while(|line| *line != "web.toml is written; next:")
        .skip(1)
        .collect()
}

const COPY: &str = "  1. copy web.toml to n1, n2, n3";
const APPLY: &str = "  2. on each of them: ssictl apply web.toml";
const ADOPT: &str = "  3. when all have: on each of them: ssictl apply --adopt web.toml";

#[test]
fn each_says_what_comes_next() {
    let (told, joined) = verb(WEB, "join n4");
    assert_eq!(
        next(&told.unwrap()),
        ["  1. copy web.toml to n1, n2, n3, n4", APPLY, ADOPT]
    );
    assert!(
        joined.contains("generation = 2\n") && joined.contains("name = \"n4\"\nrank = 3\nowns = ")
    );
    let (told, drained) = verb(WEB, "drain n2");
    assert_eq!(next(&told.unwrap()), [COPY, APPLY, ADOPT]);
    assert!(drained.contains("state = \"draining\"\nowns = \"none\"\n"));
    let (told, weighed) = verb(WEB, "weight n2 200");
    assert_eq!(next(&told.unwrap()), [COPY, APPLY, ADOPT]);
    assert!(weighed.contains("weight = 200\n"));
    let (told, left) = verb(WEB, "leave n3");
    let wait = "  4. on n3: ssictl apply --wait web.toml, which removes the cluster there when its connections have ended";
    assert_eq!(next(&told.unwrap()), [COPY, APPLY, ADOPT, wait]);
    let (told, gone) = verb(&left, "leave n3");
    assert_eq!(
        next(&told.unwrap()),
        [
            "  1. copy web.toml to n1, n2",
            APPLY,
            "  3. on n3, if it has the cluster still: ssictl cluster del web"
        ]
    );
    assert!(!gone.contains("n3") && gone.contains("generation = 3\n"));
    let (told, dead) = verb(WEB, "leave n3 --dead");
    assert_eq!(
        next(&told.unwrap()),
        [
            "  1. copy web.toml to n1, n2",
            "  2. on each of them: ssictl apply --cold web.toml"
        ]
    );
    assert!(!dead.contains("n3") && dead.contains("cold = "));
}

#[test]
fn a_dry_run_writes_nothing() {
    let (told, after) = verb(WEB, "join n4 --dry-run");
    let told = told.unwrap();
    assert!(
        told.starts_with("web: generation 1 -> 2, 3 of 12 buckets move\n"),
        "{told}"
    );
    assert!(told.ends_with("nothing was written\n"), "{told}");
    assert_eq!(after, WEB);
}

#[test]
fn a_refusal_writes_nothing() {
    for (line, sentence) in [
        (
            "leave n1",
            "n1 is the master, which answers ARP: give another by --master NODE",
        ),
        ("join n2", "n2 is serving already"),
        (
            "weight n9 5",
            "n9: no such node in the file; there are n1, n2, n3",
        ),
    ] {
        let (told, after) = verb(WEB, line);
        assert_eq!(told, Err(Failure::Refused(sentence.into())));
        assert_eq!(after, WEB);
    }
}
