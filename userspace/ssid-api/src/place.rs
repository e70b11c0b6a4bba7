// SPDX-License-Identifier: GPL-2.0-only

//! Paths of daemons' sockets.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of the sockets.
pub const FOLDER: &str = "/run/ssi";
/// Names another folder: for tests, and for network namespaces that share `/run`.
pub const FOLDER_VARIABLE: &str = "SSI_RUN";
const ENDING: &str = "sock";

/// The folder of the sockets: [`FOLDER`], or that of [`FOLDER_VARIABLE`], to daemon and client alike.
pub fn folder() -> PathBuf {
    env::var_os(FOLDER_VARIABLE)
        .filter(|name| !name.is_empty())
        .map_or_else(|| PathBuf::from(FOLDER), PathBuf::from)
}

/// Where the daemon of a cluster listens, by the rules of [`folder`].
pub fn socket(cluster: &str) -> PathBuf {
    socket_in(&folder(), cluster)
}

/// The same in a given folder.
pub fn socket_in(folder: &Path, cluster: &str) -> PathBuf {
    folder.join(format!("{cluster}.{ENDING}"))
}

/// The clusters that have a socket in a folder, in order; none where there is no folder.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn clusters(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            let name = path.file_stem().and_then(|name| name.to_str());
            names.extend(name.map(str::to_owned));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_sockets_by_their_names() {
        let folder = env::temp_dir().join(format!("ssi-control-place-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        assert_eq!(clusters(&folder).unwrap(), Vec::<String>::new());
        fs::create_dir(&folder).unwrap();
        for name in ["web.sock", "db.1.sock", "web.pid", "sock"] {
            fs::write(folder.join(name), "").unwrap();
        }
        assert_eq!(clusters(&folder).unwrap(), ["db.1", "web"]);
        assert_eq!(socket_in(&folder, "db.1"), folder.join("db.1.sock"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
