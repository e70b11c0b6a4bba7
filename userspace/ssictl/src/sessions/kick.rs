// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl kick`: ends sessions at this node, so that their clients come back at once.

use std::fmt::Write as _;

use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::sessions::Role;
use ssi_cluster::system::System;

use crate::daemon::amount::counted;
use crate::output::{Output, Text};
use crate::sessions::client::Client;
use crate::sessions::found::{Found, Which, count, found};
use crate::sessions::view::Listed;
use crate::value;

/// End a client's sessions at this node.
#[derive(clap::Args, Debug)]
pub struct Kick {
    /// The client: ADDRESS, ADDRESS:PORT, ADDRESS/LEN; or all, with --draining
    #[arg(value_name = "CLIENT[:PORT]")]
    pub client: Client,

    /// The cluster; without it, all
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// Only sessions in buckets that this node has given away
    #[arg(long)]
    pub draining: bool,

    /// Show which would end, and end none
    #[arg(long)]
    pub dry_run: bool,
}

/// What was ended.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kicked {
    dry_run: bool,
    /// How many; fewer than there are below where some ended by themselves meanwhile.
    ended: u32,
    sessions: Listed,
    #[serde(skip)]
    summary: String,
}

/// Ends them, and shows which.
pub fn run(system: &mut impl System, output: Output, kick: &Kick) -> Result<(), Failure> {
    output.show(&kicked(system, kick)?)
}

/// The same without the showing.
pub fn kicked(system: &mut impl System, kick: &Kick) -> Result<Kicked, Failure> {
    if kick.client == Client::ANY && !kick.draining {
        return Err(Failure::Usage(
            "all: give --draining, too, so that sessions of buckets that this node keeps go on; or a client".to_owned(),
        ));
    }
    // Whoever only looks is to know as well.
    system.can_end_sessions()?;
    let which = Which {
        name: kick.name.as_deref(),
        draining: kick.draining,
        client: kick.client,
    };
    let all = found(system, &which)?;
    let mut ended = 0u32;
    if !kick.dry_run {
        for one in &all {
            let is_ended = system
                .end_session(&one.session)
                .map_err(|e| refused(one, ended, &e))?;
            ended = ended.saturating_add(is_ended.into());
        }
    }
    Ok(Kicked {
        dry_run: kick.dry_run,
        ended,
        sessions: Listed::new(&all),
        summary: summary(kick, &all, ended),
    })
}

fn refused(one: &Found, ended: u32, error: &ssi_netlink::Error) -> Failure {
    let failure = Failure::refused(one.session.remote, error);
    match (failure, ended) {
        (Failure::Refused(why), 1..) => {
            let before = counted(ended.into(), "session");
            Failure::Refused(format!("{why}; {before} ended before it"))
        }
        (failure, _) => failure,
    }
}

fn summary(kick: &Kick, all: &[Found], ended: u32) -> String {
    if all.is_empty() {
        return match kick.client == Client::ANY {
            true => "no session is left in a bucket that this node has given away\n".to_owned(),
            false => format!("{} has no such session here\n", kick.client),
        };
    }
    let mut text = match kick.dry_run {
        true => format!("{} would end; nothing was done\n", count(all)),
        false => format!("{ended} of {} ended, by a reset\n", count(all)),
    };
    let is_kept = |found: &&Found| matches!(found.role, Role::Owned | Role::Adopting);
    let kept = all.iter().filter(is_kept).count();
    if kept > 0 {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{kept} in buckets of this node: their clients come back here"
        );
    }
    text
}

impl Text for Kicked {
    fn text(&self) -> String {
        format!("{}{}", self.sessions.table(), self.summary)
    }
}
