// SPDX-License-Identifier: GPL-2.0-only

//! State file: the orders of operators to this node, a file for each cluster.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::agent::Wishes;

/// The folder of such files; `SSI_STATE` names another.
fn folder() -> PathBuf {
    std::env::var_os("SSI_STATE").map_or_else(|| PathBuf::from("/var/lib/ssi"), PathBuf::from)
}

/// A cluster's file.
pub fn path(cluster: &str) -> PathBuf {
    folder().join(format!("{cluster}.wishes.json"))
}

/// Reads them; none where there is no file.
///
/// # Errors
///
/// Where there is one and it cannot be read, in a sentence.
pub fn read(path: &Path) -> Result<Wishes, String> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Wishes::default()),
        Err(e) => return Err(format!("{}: {e}", path.display())),
    };
    serde_json::from_slice(&text).map_err(|e| {
        format!(
            "{}: {e}; remove the file to forget what was asked of this node",
            path.display()
        )
    })
}

/// Writes them whole or not at all.
///
/// # Errors
///
/// Where the disk refuses.
pub fn write(path: &Path, wishes: &Wishes) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(&serde_json::to_vec(wishes)?)?;
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
            leave: false,
            weight: Some(7),
        };
        write(&path, &wishes).unwrap();
        assert_eq!(read(&path), Ok(wishes));
        fs::write(&path, "{").unwrap();
        assert!(read(&path).unwrap_err().contains("remove the file"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
