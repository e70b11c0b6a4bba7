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

/// Before a program helps others to leases that last `mine` ms, that is kept, if it is longer than what was. How long those of programs
/// before were, at the most.
///
/// # Errors
///
/// Where it cannot be read, or cannot be kept: a program that came after this one with shorter leases would not wait for those of
/// this one, and two nodes would serve a bucket. In a sentence.
pub fn begin_granting(path: &Path, mine: u64) -> Result<u64, String> {
    let before = read_granted(path)?.granted;
    if before < mine {
        write(path, &Granted { granted: mine }).map_err(|e| {
            format!(
                "{}: {e}: before this node helps others to leases of {mine} ms, that is to be kept there",
                path.display()
            )
        })?;
    }
    Ok(before)
}

fn parse<T: DeserializeOwned + Default>(path: &Path, hint: &str) -> Result<T, String> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(T::default()),
        Err(e) => return Err(format!("{}: {e}", path.display())),
    };
    serde_json::from_slice(&text).map_err(|e| format!("{}: {e}; {hint}", path.display()))
}

/// Writes a file whole or not at all. It is there after a loss of power, too.
///
/// # Errors
///
/// Where the disk refuses.
pub fn write(path: &Path, what: &impl Serialize) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(&serde_json::to_vec(what)?)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    match File::open(folder)?.sync_all() {
        // A file system that has nothing to do for a folder.
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
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

    #[test]
    fn nothing_is_granted_that_cannot_be_kept() {
        let folder = std::env::temp_dir().join(format!("ssid-granted-{}", std::process::id()));
        let path = folder.join("c.granted.json");
        let kept = || read_granted(&path).unwrap().granted;
        assert_eq!((begin_granting(&path, 1875), kept()), (Ok(0), 1875));
        assert_eq!((begin_granting(&path, 700), kept()), (Ok(1875), 1875));
        assert_eq!((begin_granting(&path, 4000), kept()), (Ok(1875), 4000));
        // A disk that is full.
        std::os::unix::fs::symlink("/dev/full", folder.join("c.granted.new")).unwrap();
        let refused = begin_granting(&path, 9000).unwrap_err();
        assert!(refused.contains("No space left on device"), "{refused}");
        assert!(
            refused.ends_with("leases of 9000 ms, that is to be kept there"),
            "{refused}"
        );
        assert_eq!(kept(), 4000, "it is as it was");
        // Where nothing has to be written, nothing is.
        assert_eq!(begin_granting(&path, 4000), Ok(4000));
        assert_eq!(begin_granting(&path, 700), Ok(4000));
        // A folder that nobody can make.
        let path = path.join("c.granted.json");
        assert!(begin_granting(&path, 1).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
