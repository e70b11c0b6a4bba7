// SPDX-License-Identifier: GPL-2.0-only

//! Why a request failed.

use kernel::{
    error::Error,
    ffi::c_int, //
};

use crate::{
    abstractions::bindings as k,
    logic::refusal::{
        Errno,
        Refusal, //
    },
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
        let refusal = match self {
            Self::Error(error) => return error.to_errno(),
            Self::Refused(refusal) => refusal,
        };
        // By numbers, of which all kernels have all.
        let number = match refusal.errno() {
            Errno::Invalid => k::EINVAL,
            Errno::Exists => k::EEXIST,
            Errno::NoEntry => k::ENOENT,
            Errno::NoDevice => k::ENODEV,
            Errno::Stale => k::ESTALE,
            Errno::Busy => k::EBUSY,
            Errno::NoSpace => k::ENOSPC,
            Errno::NotSupported => k::EOPNOTSUPP,
        };
        (number as c_int).wrapping_neg()
    }
}
