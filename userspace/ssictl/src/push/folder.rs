// SPDX-License-Identifier: GPL-2.0-only

//! The folder that `init` wrote: what is in it, as it will be on the nodes.

use std::fs;
use std::path::{Path, PathBuf};

use ssi_cluster::failure::Failure;
use ssi_cluster::file::ClusterFile;
use ssi_cluster::file::place::failed;

/// The folders whose files go to the nodes.
const FOLDERS: [&str; 2] = ["etc/corosync", "etc/ssi"];

/// It.
pub struct Folder {
    /// The cluster file, read.
    pub file: ClusterFile,
    /// Places below `/`, and where they are here: keys first.
    pub files: Vec<(String, PathBuf)>,
}

impl Folder {
    /// Reads and checks it.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        fs::metadata(folder).map_err(|e| failed(&folder.display().to_string(), &e))?;
        let mut files = Vec::new();
        for place in FOLDERS {
            files.extend(inside(folder, place)?);
        }
        // What refers to a key comes after it.
        files.sort_by_key(|(place, _)| (crate::init::mode(place) != 0o400, place.clone()));
        let clusters: Vec<&PathBuf> = files
            .iter()
            .filter(|(place, _)| place.ends_with(".toml"))
            .map(|(_, path)| path)
            .collect();
        match clusters.as_slice() {
            [path] => Ok(Self {
                file: ClusterFile::read(path)?,
                files,
            }),
            several => Err(Failure::Usage(format!(
                "{}: give a folder with one cluster file in etc/ssi, as ssictl init writes it; there are {} here",
                folder.display(),
                several.len()
            ))),
        }
    }

    /// Whether the nodes are to run Corosync as the folder has it.
    pub fn has_corosync(&self) -> bool {
        let is = |(place, _): &(String, PathBuf)| place == "etc/corosync/corosync.conf";
        self.files.iter().any(is)
    }
}

fn inside(folder: &Path, place: &str) -> Result<Vec<(String, PathBuf)>, Failure> {
    let path = folder.join(place);
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(&format!("looking into {}", path.display()), &e)),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    // An editor's leavings are nobody's configuration, nor is what a shell would take for something else.
    let is_plain = |name: &String| {
        let right = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        name.chars().all(right) && !name.starts_with(['.', '-'])
    };
    Ok(names
        .filter(is_plain)
        .map(|name| (format!("{place}/{name}"), path.join(name)))
        .collect())
}
