// SPDX-License-Identifier: GPL-2.0-only

//! Failures of commands, in one sentence.

use std::fmt;
use std::io;

use ssi_netlink::Error;

/// Why a command was not carried out.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The kernel or the system refuses.
    Refused(String),
    /// The command makes no sense.
    Usage(String),
    /// Whoever read the output has gone, and needs no more of it.
    ReaderGone,
}

impl Failure {
    /// What the kernel refuses, about something that is named.
    pub fn refused(what: impl fmt::Display, error: &Error) -> Self {
        match error {
            Error::Refused(refusal) => {
                // Generic netlink asks for the capability before the module sees the request.
                let hint = if refusal.kind() == io::ErrorKind::PermissionDenied {
                    "; it takes CAP_NET_ADMIN: be root"
                } else {
                    ""
                };
                Self::Refused(format!("{what}: {refusal}{hint}"))
            }
            _ => Self::from(error),
        }
    }

    /// The same with what undoing left behind.
    pub fn and_undoing(self, undone: Result<(), Self>) -> Self {
        match (self, undone) {
            (Self::Refused(first), Err(Self::Refused(second))) => {
                Self::Refused(format!("{first}; and what was begun stays, since {second}"))
            }
            (first, _) => first,
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<io::Error> for Failure {
    /// Of writing output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Refused(format!("writing the output: {}", reason(&error))),
        }
    }
}

/// An error's text without "(os error 28)", which the standard library appends and which means nothing to a person.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or_default();
    reason.to_owned()
}
