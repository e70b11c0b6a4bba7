// SPDX-License-Identifier: GPL-2.0-only

//! Errors of Corosync's libraries, by `/usr/include/corosync/corotypes.h`.

use std::fmt;

/// Why a call failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// Corosync does not run, or its libraries are not there.
    Library,
    /// Not now.
    TryAgain,
    /// Only root may ask.
    Access,
    /// Another.
    Other(u32),
}

/// A result of a library.
pub type Result<T> = std::result::Result<T, Error>;

/// What a function's return value says.
pub fn checked(code: u32) -> Result<()> {
    match code {
        1 => Ok(()),
        2 => Err(Error::Library),
        6 => Err(Error::TryAgain),
        11 => Err(Error::Access),
        other => Err(Error::Other(other)),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Library => write!(f, "no connection"),
            Error::TryAgain => write!(f, "\"try again\""),
            Error::Access => write!(f, "no access"),
            Error::Other(code) => write!(f, "error {code}, as cs_error_t numbers them"),
        }
    }
}
