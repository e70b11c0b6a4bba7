// SPDX-License-Identifier: GPL-2.0-only

//! View of sessions: a line each.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;
use ssi_cluster::sessions::Role;

use crate::daemon::amount::{counted, short, time};
use crate::output::{Columns, Head, Text};
use crate::sessions::found::{Found, count};
use crate::sessions::service::Services;

/// One session.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Line {
    name: String,
    client: IpAddr,
    client_port: u16,
    vip: IpAddr,
    port: u16,
    service: Option<String>,
    state: &'static str,
    /// Milliseconds since an end has sent data.
    idle: Option<u32>,
    received: u64,
    sent: u64,
    bucket: u32,
    role: &'static str,
}

impl Line {
    fn new(found: &Found, services: &Services) -> Self {
        let session = &found.session;
        Self {
            name: found.name.clone(),
            client: session.remote.ip(),
            client_port: session.remote.port(),
            vip: session.local.ip(),
            port: session.local.port(),
            service: services.name(session.local.port()).map(str::to_owned),
            state: session.state.name(),
            idle: session.idle,
            received: session.received,
            sent: session.sent,
            bucket: found.bucket,
            role: found.role.name(),
        }
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            SocketAddr::new(self.client, self.client_port).to_string(),
            SocketAddr::new(self.vip, self.port).to_string(),
            self.service.clone().unwrap_or_else(|| "-".to_owned()),
            self.state.to_owned(),
            self.idle
                .map_or_else(|| "-".to_owned(), |idle| time(idle.into())),
            short(self.received),
            short(self.sent),
            self.bucket.to_string(),
            self.role.to_owned(),
        ]
    }
}

/// Sessions as they are shown.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Listed {
    lines: Vec<Line>,
    /// What there is to say of all.
    #[serde(skip)]
    summary: String,
}

impl Listed {
    /// Of these.
    pub fn new(all: &[Found]) -> Self {
        let services = Services::of_this_machine();
        Self {
            lines: all
                .iter()
                .map(|found| Line::new(found, &services))
                .collect(),
            summary: summary(all),
        }
    }

    /// The table alone.
    pub fn table(&self) -> String {
        let left = |name: &str| Head::Left(name.to_owned());
        let right = |name: &str| Head::Right(name.to_owned());
        let mut columns = Columns::new(vec![
            left("NAME"),
            left("CLIENT"),
            left("ADDRESS"),
            left("SERVICE"),
            left("STATE"),
            right("IDLE"),
            right("RECEIVED"),
            right("SENT"),
            right("BUCKET"),
            left("ROLE"),
        ]);
        for line in &self.lines {
            columns.row(line.cells());
        }
        columns.text()
    }
}

fn summary(all: &[Found]) -> String {
    let of = |role: Role| {
        let some = all.iter().filter(|found| found.role == role);
        u64::try_from(some.count()).unwrap_or(u64::MAX)
    };
    let mut text = count(all);
    let draining = of(Role::Draining);
    if draining > 0 {
        text += &format!("; {draining} in buckets that drain");
    }
    match of(Role::Stranded) {
        0 => {}
        stranded => {
            text += &format!(
                "; {} served no more: ssictl kick all --draining tells the clients",
                counted(stranded, "session")
            );
        }
    }
    text
}

impl Text for Listed {
    fn text(&self) -> String {
        format!("{}{}\n", self.table(), self.summary)
    }
}
