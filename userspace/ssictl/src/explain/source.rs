// SPDX-License-Identifier: GPL-2.0-only

//! The client whose packets are explained.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use logic::client::Client;
use ssi_cluster::failure::Failure;

/// An address, and perhaps a port.
#[derive(Clone, Copy, Debug)]
pub struct Source(Client);

impl Source {
    /// With the port of an option, if that is given.
    ///
    /// # Errors
    ///
    /// There is another one already.
    pub fn with(self, port: Option<u16>) -> Result<Client, Failure> {
        match (self.0.port, port) {
            (Some(first), Some(second)) if first != second => Err(Failure::Usage(format!(
                "--port {second}: the address has port {first} already"
            ))),
            (first, second) => Ok(Client {
                port: first.or(second),
                ..self.0
            }),
        }
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A server that listens for both families shows IPv4 clients so.
        let address = text
            .parse::<IpAddr>()
            .map(|ip| Client::from(ip.to_canonical()));
        let end = || {
            text.parse::<SocketAddr>()
                .map(|end| Client::from(SocketAddr::new(end.ip().to_canonical(), end.port())))
        };
        address.or_else(|_| end()).map(Self).map_err(|_| {
            "give a client's address, as 198.51.100.7, 198.51.100.7:50000 or [2001:db8::7]:50000"
                .to_owned()
        })
    }
}

/// A port that a client may have.
pub fn port(text: &str) -> Result<u16, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|_| is_number);
    port.ok_or_else(|| "a port is 0 to 65535".to_owned())
}
