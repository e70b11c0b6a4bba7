// SPDX-License-Identifier: GPL-2.0-only

//! Why a request failed.

use kernel::{
    error::{
        code,
        Error, //
    },
    ffi::c_int, //
};

use crate::logic::refusal::{
    Errno,
    Refusal, //
};

/// Why a request failed.
pub(crate) enum Failure {
    /// It asks for something wrong; the sentence goes back with the error.
    Refused(Refusal),
    /// The kernel could not.
    Error(Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Failure {
    /// The error number, negative.
    pub(crate) fn errno(&self) -> c_int {
        let error = match self {
            Self::Error(error) => *error,
            Self::Refused(refusal) => match refusal.errno() {
                Errno::Invalid => code::EINVAL,
                Errno::Exists => code::EEXIST,
                Errno::NoEntry => code::ENOENT,
                Errno::NoDevice => code::ENODEV,
                Errno::Stale => code::ESTALE,
                Errno::Busy => code::EBUSY,
                Errno::NoSpace => code::ENOSPC,
                Errno::NotSupported => code::EOPNOTSUPP,
            },
        };
        error.to_errno()
    }
}
