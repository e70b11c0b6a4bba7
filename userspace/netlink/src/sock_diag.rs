// SPDX-License-Identifier: GPL-2.0-only

//! TCP connections of this network namespace, by sock_diag: how they are listed, and ended.
//!
//! They are the kernel's: those of its own servers (NFS, iSCSI) are among them.

mod list;
mod message;
mod session;

use netlink_sys::protocols::NETLINK_SOCK_DIAG;

use crate::connection::Connection;
use crate::error::Error;
use message::{Message, REQUEST};

pub use list::{Bounds, List};
pub use session::{Session, SessionState};

/// `ENOENT`, `ESTALE`: there is no such connection any more.
const GONE: [i32; 2] = [2, 116];
/// `EOPNOTSUPP`: the kernel has no code for it.
const CANNOT: i32 = 95;

/// Ends connections: the program here finds its own broken, and the other end gets a reset (`SOCK_DESTROY`).
pub struct Ender {
    connection: Connection,
}

impl Ender {
    /// Connects. Nothing is ended yet.
    ///
    /// # Errors
    ///
    /// [`Error::CannotEnd`] where the kernel is built without it.
    pub fn open() -> Result<Self, Error> {
        let mut ender = Self {
            connection: Connection::open(NETLINK_SOCK_DIAG, REQUEST)?,
        };
        // A connection that nobody has: the kernel looks for it, or has nothing to look with.
        ender.destroy(Message::destroy_none())?;
        Ok(ender)
    }

    /// Ends a connection; whether it was still there.
    ///
    /// # Errors
    ///
    /// What the kernel refuses: it takes CAP_NET_ADMIN.
    pub fn end(&mut self, session: &Session) -> Result<bool, Error> {
        self.destroy(Message::destroy(session))
    }

    fn destroy(&mut self, message: Message) -> Result<bool, Error> {
        match self.connection.request(message) {
            Ok(_) => Ok(true),
            Err(Error::Refused(refusal)) if GONE.contains(&refusal.errno) => Ok(false),
            Err(Error::Refused(refusal)) if refusal.errno == CANNOT => Err(Error::CannotEnd),
            Err(e) => Err(e),
        }
    }
}

#[cfg(test)]
mod tests;
