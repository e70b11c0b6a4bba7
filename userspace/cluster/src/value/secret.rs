// SPDX-License-Identifier: GPL-2.0-only

//! A secret from a file, or from the standard input: what stands on a command line all users of the machine can read.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::str::FromStr;

use crate::failure::reason;

/// The most bytes of one. What is longer is some other file.
const LONGEST: usize = 4096;
/// Bits of a mode that let others than the owner read.
const OTHERS: u32 = 0o044;

/// A secret that was read; made of a file's path, or of "-".
#[derive(Clone)]
pub struct Secret<T> {
    /// It.
    pub value: T,
    /// A warning about the file: that others may read it.
    pub remark: Option<String>,
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why there is none.
#[derive(Debug, PartialEq, Eq)]
pub enum NoSecret {
    /// It could not be read here.
    Unread(String),
    /// What was read is none.
    Wrong(String),
}

impl fmt::Display for NoSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unread(why) | Self::Wrong(why)) = self;
        f.write_str(why)
    }
}

impl std::error::Error for NoSecret {}

impl From<io::Error> for NoSecret {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::Wrong(reason(&error)),
            _ => Self::Unread(reason(&error)),
        }
    }
}

impl<T: FromStr<Err = String>> FromStr for Secret<T> {
    type Err = NoSecret;

    /// Reads the file of this path, or what comes in at the standard input.
    fn from_str(path: &str) -> Result<Self, NoSecret> {
        match path {
            "-" => Self::of(io::stdin().lock(), None),
            _ => {
                let file = File::open(path)?;
                let about = file.metadata()?;
                if about.is_dir() {
                    return Err(NoSecret::Unread("this is a folder".to_owned()));
                }
                Self::of(file, exposed(Path::new(path), &about))
            }
        }
    }
}

impl<T: FromStr<Err = String>> Secret<T> {
    fn of(from: impl Read, remark: Option<String>) -> Result<Self, NoSecret> {
        let mut text = String::new();
        let room = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        let mut from = from.take(room.saturating_add(1));
        from.read_to_string(&mut text)?;
        if text.len() > LONGEST {
            return Err(NoSecret::Wrong("this is too long for a secret".to_owned()));
        }
        let value = text.trim().parse().map_err(NoSecret::Wrong)?;
        Ok(Self { value, remark })
    }
}

/// A warning about a file with a secret, if others than its owner may read it.
pub fn exposed(path: &Path, about: &Metadata) -> Option<String> {
    let mode = about.permissions().mode() & 0o777;
    let is_exposed = about.is_file() && mode & OTHERS != 0;
    let path = path.display();
    is_exposed.then(|| {
        format!(
            "{path}: there is a secret in it, and others than its owner may read it (mode {mode:03o}): chmod 600 {path}"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::value::Seed;

    const SEED: &str = "000102030405060708090a0b0c0d0e0f";

    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str, text: impl AsRef<[u8]>, mode: u32) -> Self {
            let path =
                std::env::temp_dir().join(format!("ssi-secret-{}-{name}", std::process::id()));
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            Self(path)
        }

        fn read(&self) -> Result<Secret<Seed>, NoSecret> {
            self.0.display().to_string().parse()
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn is_read_and_never_shown() {
        for text in [
            SEED.to_owned(),
            format!("{SEED}\n"),
            format!("  {SEED} \n\n"),
        ] {
            let secret = Temporary::new("read", text, 0o600).read().unwrap();
            assert_eq!(secret.value.to_string(), SEED);
            assert_eq!(secret.remark, None);
            assert_eq!(format!("{secret:?}"), "Secret(…)");
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_remarked_on() {
        for (mode, is_exposed) in [
            (0o600, false),
            (0o400, false),
            (0o700, false),
            (0o640, true),
            (0o604, true),
            (0o644, true),
        ] {
            let file = Temporary::new("mode", SEED, mode);
            let remark = file.read().unwrap().remark;
            assert_eq!(remark.is_some(), is_exposed, "{mode:o}: {remark:?}");
            if let Some(remark) = remark {
                let path = file.0.display();
                assert_eq!(
                    remark,
                    format!(
                        "{path}: there is a secret in it, and others than its owner may read it (mode {mode:o}): \
                         chmod 600 {path}"
                    )
                );
            }
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_in_a_sentence() {
        let wrong = "a seed has 32 hexadecimal digits, the same on every node";
        for (text, sentence) in [
            (b"".as_slice(), wrong),
            (b"xyz".as_slice(), wrong),
            (&[b'0'; 5000], "this is too long for a secret"),
            (&[0xff; 32], "stream did not contain valid UTF-8"),
        ] {
            let refusal = Temporary::new("wrong", text, 0o600).read().unwrap_err();
            assert_eq!(refusal, NoSecret::Wrong(sentence.into()));
        }
        let refusal = "/nonexistent/seed".parse::<Secret<Seed>>().unwrap_err();
        let unread = |why: &str| NoSecret::Unread(why.into());
        assert_eq!(refusal, unread("No such file or directory"));
        assert_eq!(
            "/".parse::<Secret<Seed>>().unwrap_err(),
            unread("this is a folder")
        );
        assert_eq!(refusal.to_string(), "No such file or directory");
    }
}
