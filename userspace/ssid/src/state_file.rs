// SPDX-License-Identifier: GPL-2.0-only

//! State files of each cluster: the orders of operators to this node, and how long the leases may be that it has helped
//! others to. Two, as releases before the second read the first to the letter.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::agent::Wishes;

/// The folder of such files; `SSI_STATE` names another.
fn folder() -> PathBuf {
    std::env::var_os("SSI_STATE").map_or_else(|| PathBuf::from("/var/lib/ssi"), PathBuf::from)
}

/// A cluster's file.
pub fn path(cluster: &str) -> PathBuf {
    folder().join(format!("{cluster}.wishes.json"))
}

/// The other one.
pub fn granted_path(cluster: &str) -> PathBuf {
    folder().join(format!("{cluster}.granted.json"))
}

/// How long the leases may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Granted {
    /// In ms of this node's clock, from its last message on.
    pub granted: u64,
}

/// Reads the wishes; none where there is no file.
///
/// # Errors
///
/// Where there is one and it cannot be read, in a sentence.
pub fn read(path: &Path) -> Result<Wishes, String> {
    parse(
        path,
        "remove the file to forget what was asked of this node",
    )
}

/// Reads how long the leases may be; 0 where there is no file.
///
/// # Errors
///
/// As [`read`].
pub fn read_granted(path: &Path) -> Result<Granted, String> {
    parse(
        path,
        "remove the file when the leases of all other nodes are over",
    )
}

fn parse<T: DeserializeOwned + Default>(path: &Path, hint: &str) -> Result<T, String> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(T::default()),
        Err(e) => return Err(format!("{}: {e}", path.display())),
    };
    serde_json::from_slice(&text).map_err(|e| format!("{}: {e}; {hint}", path.display()))
}

/// Writes a file whole or not at all.
///
/// # Errors
///
/// Where the disk refuses.
pub fn write(path: &Path, what: &impl Serialize) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(&serde_json::to_vec(what)?)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was() {
        let folder = std::env::temp_dir().join(format!("ssid-state-{}", std::process::id()));
        let path = folder.join("c.wishes.json");
        assert_eq!(read(&path), Ok(Wishes::default()));
        let wishes = Wishes {
            drain: true,
            deadline: Some(90),
            leave: false,
            weight: Some(7),
        };
        write(&path, &wishes).unwrap();
        assert_eq!(read(&path), Ok(wishes));
        fs::write(&path, "{").unwrap();
        assert!(read(&path).unwrap_err().contains("remove the file"));

        let path = folder.join("c.granted.json");
        assert_eq!(read_granted(&path), Ok(Granted::default()));
        let granted = Granted { granted: 1875 };
        write(&path, &granted).unwrap();
        assert_eq!(read_granted(&path), Ok(granted));
        // Of a later release.
        fs::write(&path, r#"{"granted": 7, "clock": "tai"}"#).unwrap();
        assert_eq!(read_granted(&path), Ok(Granted { granted: 7 }));
        fs::write(&path, "{").unwrap();
        assert!(read_granted(&path).unwrap_err().contains("are over"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
