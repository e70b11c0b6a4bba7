// SPDX-License-Identifier: GPL-2.0-only

//! What fuzzing kept and found, again: all corpora, all regressions, and a few executions more. Long runs are `scripts/fuzz`'s.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ssi_fuzz::{Target, named, one, targets};

/// Memory is counted of all that runs, so tests do not run side by side.
static ALONE: Mutex<()> = Mutex::new(());

fn folder(kind: &str, target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(kind)
        .join(target.name)
}

fn files(kind: &str, target: &Target) -> Vec<Vec<u8>> {
    let folder = folder(kind, target);
    let entries = fs::read_dir(&folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// One of the changes that fuzzers make.
fn bend(bytes: &mut Vec<u8>, others: &[Vec<u8>], random: &mut fastrand::Rng) {
    let at = random.usize(..=bytes.len());
    match random.u8(..8) {
        0..=2 => bytes
            .get_mut(at)
            .into_iter()
            .for_each(|byte| *byte ^= 1 << random.u8(..8)),
        3 | 4 => bytes
            .get_mut(at)
            .into_iter()
            .for_each(|byte| *byte = random.u8(..)),
        5 => bytes.insert(at, random.choice([0, 1, 0x7f, 0xff]).unwrap_or(0)),
        6 => bytes.truncate(at),
        _ => {
            let other = &others[random.usize(..others.len())];
            let from = random.usize(..=other.len());
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
    }
}

#[test]
fn all_that_was_kept_and_some_more() {
    let _alone = ALONE.lock().unwrap();
    for target in targets() {
        let mut all = (target.seeds)();
        assert!(!all.is_empty(), "{}", target.name);
        all.extend(files("corpus", target));
        all.extend(files("regressions", target));
        all.push(Vec::new());
        for bytes in &all {
            assert!(
                bytes.len() <= target.longest,
                "{}: {} bytes",
                target.name,
                bytes.len()
            );
            one(target, bytes);
        }
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..target.in_tests {
            let mut bytes = all[random.usize(..all.len())].clone();
            for _ in 0..=random.u8(..3) {
                bend(&mut bytes, &all, &mut random);
            }
            bytes.truncate(target.longest);
            one(target, &bytes);
        }
    }
}

/// `scripts/fuzz --planted` can put each of them into the sources, and each target has one.
#[test]
fn planted_bugs_are_where_the_table_says() {
    let _alone = ALONE.lock().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(folder.join("planted.toml")).unwrap();
    let table: toml_edit::DocumentMut = table.parse().unwrap();
    let bugs = table["bug"].as_array_of_tables().unwrap();
    for bug in bugs {
        let text = |key: &str| bug[key].as_str().unwrap();
        let source = fs::read_to_string(folder.join("../..").join(text("file"))).unwrap();
        assert_eq!(source.matches(text("old")).count(), 1, "{}", text("what"));
        assert_ne!(text("old"), text("new"));
        assert!(named(text("target")).is_some());
    }
    for target in targets() {
        let found = bugs
            .iter()
            .any(|bug| bug["target"].as_str() == Some(target.name));
        assert!(found, "nothing shows that {} finds anything", target.name);
    }
}
