// SPDX-License-Identifier: GPL-2.0-only

//! Writing the files: all of them or none, and a key never twice.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ssi_cluster::failure::Failure;
use ssi_cluster::file::place::failed;

use crate::init::files::{Planned, mode};
use crate::init::plan::Plan;

/// Bytes of Corosync's key, as corosync-keygen makes it.
const AUTHKEY: usize = 256;
/// Bytes of the cluster's, which is written in hexadecimal digits.
const KEY: usize = 32;

/// What became of a file.
pub struct Written {
    /// Its place.
    pub place: String,
    /// A key that was there, and stays.
    pub kept: bool,
}

/// Writes them.
pub fn all(plan: &Plan, force: bool) -> Result<Vec<Written>, Failure> {
    let at = |file: &Planned| plan.folder.join(&file.place);
    let there = |file: &&Planned| file.text.is_some() && at(file).exists();
    if let Some(file) = plan.files.iter().find(there).filter(|_| !force) {
        return Err(Failure::Refused(format!(
            "{} is there already: give --force to replace it, or --into another FOLDER",
            at(file).display()
        )));
    }
    let mut made: Vec<PathBuf> = Vec::new();
    let mut written = Vec::new();
    for file in &plan.files {
        let path = at(file);
        let was_there = path.exists();
        let kept = file.text.is_none() && was_there;
        if !kept {
            if let Err(e) = write(&path, file) {
                // What was there before is replaced at once, so only what came is taken back.
                made.iter().for_each(|path| drop(fs::remove_file(path)));
                return Err(failed(&format!("writing {}", path.display()), &e));
            }
        }
        if !was_there {
            made.push(path);
        }
        written.push(Written {
            place: file.place.clone(),
            kept,
        });
    }
    Ok(written)
}

fn write(path: &Path, file: &Planned) -> io::Result<()> {
    let bytes = match &file.text {
        Some(text) => text.clone().into_bytes(),
        None => key(&file.place)?,
    };
    if let Some(folder) = path.parent() {
        // There are keys in it.
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(folder)?;
    }
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let options = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside);
    let written = options.and_then(|mut to| {
        to.write_all(&bytes)?;
        to.set_permissions(fs::Permissions::from_mode(mode(&file.place)))?;
        to.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&beside, path));
    if placed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    placed
}

/// A new key: of the kernel's random numbers.
fn key(place: &str) -> io::Result<Vec<u8>> {
    let is_own = place.ends_with(".key");
    let mut bytes = vec![0; if is_own { KEY } else { AUTHKEY }];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    if !is_own {
        return Ok(bytes);
    }
    let mut digits = Vec::with_capacity(2 * bytes.len() + 1);
    for byte in bytes {
        write!(digits, "{byte:02x}")?;
    }
    digits.push(b'\n');
    Ok(digits)
}
