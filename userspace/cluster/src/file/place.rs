// SPDX-License-Identifier: GPL-2.0-only

//! Paths of cluster files, and their replacement.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, reason};

/// The folder of this machine's files.
pub const FOLDER: &str = "/etc/ssi";
const ENDING: &str = "toml";

/// The file that is meant: the path given, or the cluster of that name in `folder`, or the only file there.
pub fn find(given: Option<&str>, folder: &Path) -> Result<PathBuf, Failure> {
    let Some(given) = given else {
        return only(folder);
    };
    let path = Path::new(given);
    let is_path = given.contains('/') || path.extension().is_some_and(|e| e == ENDING);
    // A folder of the cluster's name is what "ssictl init" has made, and no file.
    match is_path || path.is_file() {
        true => Ok(path.to_owned()),
        false => Ok(folder.join(format!("{given}.{ENDING}"))),
    }
}

fn only(folder: &Path) -> Result<PathBuf, Failure> {
    let shown = folder.display();
    let files = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(Failure::Refused(format!(
                "there is no cluster file here: there is no {shown}"
            )));
        }
        Err(e) => return Err(failed(&format!("looking into {shown}"), &e)),
    };
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|e| e == ENDING))
        .collect();
    files.sort();
    match files.as_slice() {
        [file] => Ok(file.clone()),
        [] => Err(Failure::Refused(format!(
            "there is no cluster file here: there is none in {shown}"
        ))),
        several => {
            let names: Vec<_> = several
                .iter()
                .filter_map(|path| path.file_stem())
                .map(|name| name.to_string_lossy())
                .collect();
            Err(Failure::Usage(format!(
                "give a cluster file; {shown} has several: {}",
                names.join(", ")
            )))
        }
    }
}

/// Puts a text in a file's place, at once: whoever reads finds the old one whole or the new one. It was `old` when it
/// was read; if it is not any more, somebody else edits it too, and nothing is written.
pub fn replace(path: &Path, old: &str, new: &str) -> Result<(), Failure> {
    let what = format!("writing {}", path.display());
    // What a link leads to is the file.
    let target = fs::canonicalize(path).map_err(|e| failed(&what, &e))?;
    let there = fs::read(&target).map_err(|e| failed(&what, &e))?;
    if there != old.as_bytes() {
        return Err(Failure::Refused(format!(
            "{}: somebody else changed it meanwhile; nothing was written, try again",
            path.display()
        )));
    }
    write(&target, new.as_bytes(), Some(&target)).map_err(|e| failed(&what, &e))
}

/// Writes a file beside its place and then puts it there; `like` has the permissions that it gets.
pub fn write(path: &Path, bytes: &[u8], like: Option<&Path>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let written = (|| {
        let mut file = File::create_new(&beside)?;
        if let Some(like) = like {
            // A seed may be in it: nobody is to read it who may not read the old one.
            file.set_permissions(fs::metadata(like)?.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // It is there only if it was made.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// An error of the file system without its number.
pub fn failed(what: &str, error: &io::Error) -> Failure {
    Failure::Refused(format!("{what}: {}", reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ssictl-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        folder
    }

    #[test]
    fn finds() {
        let folder = folder("find");
        let wrong = |given, part: &str| match find(given, &folder) {
            Err(Failure::Usage(sentence)) => assert!(sentence.contains(part), "{sentence}"),
            other => panic!("{other:?}"),
        };
        let none = |part: &str| match find(None, &folder) {
            Err(Failure::Refused(sentence)) => assert!(sentence.contains(part), "{sentence}"),
            other => panic!("{other:?}"),
        };
        none("there is none in");
        fs::write(folder.join("web.toml"), "").unwrap();
        fs::write(folder.join("web.toml.bak"), "").unwrap();
        assert_eq!(find(None, &folder), Ok(folder.join("web.toml")));
        fs::write(folder.join("db.toml"), "").unwrap();
        wrong(None, "has several: db, web");
        assert_eq!(find(Some("db"), &folder), Ok(folder.join("db.toml")));
        assert_eq!(find(Some("x.toml"), &folder), Ok("x.toml".into()));
        assert_eq!(find(Some("/a/b"), &folder), Ok("/a/b".into()));
        // A folder here.
        assert_eq!(find(Some("src"), &folder), Ok(folder.join("src.toml")));
        fs::remove_dir_all(&folder).unwrap();
        none("there is no /");
    }

    #[test]
    fn replaces_whole_and_keeps_permissions_and_links() {
        let folder = folder("replace");
        let (file, link) = (folder.join("web.toml"), folder.join("link.toml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(replace(&link, "old", "new"), Ok(()));
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let Err(Failure::Refused(sentence)) = replace(&link, "old", "newer") else {
            panic!("not refused");
        };
        assert!(sentence.contains("somebody else"), "{sentence}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }
}
