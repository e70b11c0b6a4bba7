// SPDX-License-Identifier: GPL-2.0-only

//! One try of a check.

mod command;
mod http;
mod tcp;

use std::path::Path;
use std::time::Duration;

use ssi_cluster::file::check::Kind;
use tokio::time::timeout;

use crate::health::apart::Apart;
use crate::health::outcome::Outcome;

pub use command::Command;

/// A check that can be tried again and again.
pub struct Probe {
    method: Method,
    timeout: Duration,
}

enum Method {
    Tcp(std::net::SocketAddr),
    Http(String),
    /// By who runs commands apart, or where there is nobody by this program itself.
    Command(Apart, Command),
    /// The same of `systemctl is-active`, with the unit's name.
    Unit(String, Command),
}

impl Probe {
    /// `apart`: the socket of who runs commands apart.
    pub fn new(kind: Kind, timeout: Duration, apart: &Path) -> Self {
        let method = match kind {
            Kind::Tcp(address) => Method::Tcp(address),
            Kind::Http(url) => Method::Http(url),
            Kind::Command(command) => {
                Method::Command(Apart::new(apart, command.clone()), Command::new(command))
            }
            Kind::Unit(unit) => {
                let command = is_active(&unit);
                Method::Unit(unit, Command::new(command))
            }
        };
        Self { method, timeout }
    }

    /// Tries it, for the timeout at most.
    pub async fn run(&mut self) -> Outcome {
        let limit = self.timeout;
        match &mut self.method {
            Method::Tcp(address) => timeout(limit, tcp::connect(*address))
                .await
                .unwrap_or_else(|_| late(address, limit)),
            Method::Http(url) => timeout(limit, http::get(url))
                .await
                .unwrap_or_else(|_| late(url, limit)),
            Method::Command(apart, command) => match apart.run(limit).await {
                Some(outcome) => outcome,
                None => command.run(limit).await,
            },
            Method::Unit(unit, command) => {
                let outcome = command.run(limit).await;
                Outcome::of(outcome.good, format_args!("{unit}: {}", outcome.text))
            }
        }
    }
}

fn late(what: &impl std::fmt::Display, limit: Duration) -> Outcome {
    Outcome::bad(format_args!("{what} does not answer within {limit:?}"))
}

/// Exit status 0 and "active" while the unit is; else another status and what it is instead.
fn is_active(unit: &str) -> Vec<String> {
    ["systemctl", "is-active", "--", unit]
        .map(str::to_owned)
        .to_vec()
}
