// SPDX-License-Identifier: GPL-2.0-only

//! Errors between a client and the kernel.

use std::fmt;
use std::io;

use netlink_packet_core::DecodeError;

use crate::extack::Extack;
use crate::spec::Attr;

/// The kernel refused a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error number, positive.
    pub errno: i32,
    /// The kernel's own message, and which attribute it found at fault.
    pub extack: Extack,
}

impl Refusal {
    /// The error number as the standard library has it.
    pub fn kind(&self) -> io::ErrorKind {
        io::Error::from_raw_os_error(self.errno).kind()
    }

    /// Which attribute of a request of the family is at fault, where the kernel reports it.
    pub fn attribute(&self) -> Option<Attr> {
        Attr::try_from(self.extack.attribute?).ok()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.extack.text {
            Some(text) => f.write_str(text)?,
            None => {
                // The standard library appends "(os error 1)", which means nothing to a person.
                let text = io::Error::from_raw_os_error(self.errno).to_string();
                let reason = text.split(" (os error").next().unwrap_or_default();
                f.write_str(reason)?;
            }
        }
        Ok(())
    }
}

/// Why a request was not carried out.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The kernel refused it; nothing has changed.
    Refused(Refusal),
    /// There is no such family: the module is not loaded.
    NoModule,
    /// The configuration changed again and again while it was being read.
    Unsteady,
    /// Events came faster than they were read, and some are lost.
    Lost,
    /// The kernel is built without what ends connections.
    CannotEnd,
    /// An attribute is too long to be sent.
    TooLong {
        /// The attribute's number.
        attribute: u16,
        /// Its length in bytes.
        length: usize,
    },
    /// The kernel's answer is not as the specification has it.
    Decode(DecodeError),
    /// The socket failed.
    Io(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NoModule => f.write_str("the kernel module is not loaded: modprobe ssi_filter"),
            Self::Unsteady => f.write_str(
                "the configuration changed each time it was read: try again when it is at rest",
            ),
            Self::Lost => f.write_str("events came faster than they were read; some are lost"),
            Self::CannotEnd => f.write_str(
                "this kernel cannot end connections: it is built without CONFIG_INET_DIAG_DESTROY",
            ),
            Self::TooLong { attribute, length } => write!(
                f,
                "attribute {attribute} has {length} bytes; a message holds 65531 in one"
            ),
            Self::Decode(e) => write!(
                f,
                "the kernel's answer is not understood ({e}): module and tools are of different versions"
            ),
            Self::Io(e) => write!(f, "netlink socket: {e}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<DecodeError> for Error {
    fn from(e: DecodeError) -> Self {
        Self::Decode(e)
    }
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}
