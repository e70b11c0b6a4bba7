// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl import`: a cluster file made of another cluster software's configuration. One file a format reads text into
//! [`Found`]; only this file looks at the machine. What has no counterpart comes as comments, ahead of the file's keys.

pub mod args;
mod cib;
mod crm;
mod file;
mod found;
mod ipaddr2;
mod iptables;
mod keepalived;
mod keepalived_blocks;
mod kind;
mod nft;
mod nlb;
mod pcs;
mod powershell;
mod words;

use std::fs::File;
use std::io::{self, Read as _};

use serde::Serialize;
use ssi_cluster::failure::{Failure, reason};

use crate::import::args::Import;
use crate::import::file::Made;
use crate::import::found::Found;
use crate::import::kind::Kind;
use crate::output::{Output, Text};
use crate::value::Seed;

/// The longest text that is read, in bytes: a CIB with its status has some hundred thousand.
const LONGEST: u64 = 16 << 20;

/// What was made.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// The cluster's name.
    name: String,
    /// What the source is of.
    from: &'static str,
    /// The text of the cluster file, with the notes as comments.
    file: String,
    /// What has no counterpart or is to be looked at, a sentence each.
    notes: Vec<String>,
}

/// Reads, makes the file, and shows it.
pub fn run(output: Output, import: &Import) -> Result<(), Failure> {
    import.seed.warn();
    let text = read(&import.file)?;
    let seed = match import.seed.value() {
        Some(seed) => seed,
        None => random()?,
    };
    output.show(&imported(import, &text, seed)?)
}

/// The same without the machine.
pub fn imported(import: &Import, text: &str, seed: Seed) -> Result<Imported, Failure> {
    let kind = import.from.or_else(|| Kind::of(text)).ok_or_else(|| {
        Failure::Usage(format!(
            "{}: it looks like nothing that is known: give --from, one of {}",
            import.file,
            Kind::NAMES.join(", ")
        ))
    })?;
    let about = |sentence: String| Failure::Refused(format!("{}: {sentence}", import.file));
    let all = kind.read(text).map_err(about)?;
    let found = chosen(all, import, kind)?;
    let Made { name, text, notes } = file::make(found, import, kind.name(), seed)?;
    Ok(Imported {
        name,
        from: kind.name(),
        file: text,
        notes,
    })
}

/// The one of those found that is meant.
fn chosen(all: Vec<Found>, import: &Import, kind: Kind) -> Result<Found, Failure> {
    let names: Vec<String> = all.iter().map(Found::label).collect();
    let file = &import.file;
    let mut fit: Vec<Found> = match &import.only {
        None => all,
        Some(only) => all.into_iter().filter(|one| one.is(only)).collect(),
    };
    match (fit.pop(), fit.is_empty()) {
        (Some(found), true) => Ok(found),
        (Some(_), false) => Err(Failure::Usage(format!(
            "{file}: give --only, as there are several: {}",
            names.join(", ")
        ))),
        (None, _) if names.is_empty() => Err(Failure::Refused(format!(
            "{file}: {} in it",
            kind.nothing()
        ))),
        (None, _) => Err(Failure::Usage(format!(
            "--only {}: there is no such one; there are {}",
            import.only.as_deref().unwrap_or_default(),
            names.join(", ")
        ))),
    }
}

fn read(path: &str) -> Result<String, Failure> {
    let failed = |e: io::Error| Failure::Refused(format!("{path}: {}", reason(&e)));
    let mut bytes = Vec::new();
    let length = match path {
        "-" => io::stdin().lock().take(LONGEST).read_to_end(&mut bytes),
        _ => File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes)),
    };
    if u64::try_from(length.map_err(failed)?).is_ok_and(|length| length == LONGEST) {
        return Err(Failure::Refused(format!("{path}: it is too long")));
    }
    Ok(decoded(&bytes))
}

/// PowerShell writes files in UTF-16, and editors of Windows a mark at the begin.
fn decoded(bytes: &[u8]) -> String {
    let halves = |from: fn([u8; 2]) -> u16| {
        let pairs = bytes.chunks_exact(2).skip(1);
        let halves: Vec<u16> = pairs
            .filter_map(|pair| pair.try_into().ok().map(from))
            .collect();
        String::from_utf16_lossy(&halves)
    };
    match bytes {
        [0xff, 0xfe, ..] => halves(u16::from_le_bytes),
        [0xfe, 0xff, ..] => halves(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A new key of the hash.
fn random() -> Result<Seed, Failure> {
    let mut bytes = [0; 16];
    let taken = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    taken.map_err(|e| Failure::Refused(format!("/dev/urandom: {}", reason(&e))))?;
    Ok(Seed(bytes))
}

impl Text for Imported {
    fn text(&self) -> String {
        self.file.clone()
    }
}

#[cfg(test)]
pub mod tests;
