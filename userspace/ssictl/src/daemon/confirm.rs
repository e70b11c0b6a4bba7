// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl confirm-dead`: somebody who knows it confirms to one of two nodes that the other is dead.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::host;
use ssid_api::{Answer, Ask};

use crate::daemon::Place;
use crate::output::{Output, Text};
use crate::value;

/// Confirm that the other of two nodes is dead, so that this one goes on alone.
#[derive(clap::Args, Debug)]
pub struct ConfirmDead {
    /// The node that is dead
    #[arg(value_name = "NODE", value_parser = host)]
    pub node: String,

    /// The cluster; without it, the only one here
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// Do not ask whether it is
    #[arg(short, long)]
    pub yes: bool,
}

/// Asks whether it is true, unless that is given, and has it confirmed to the daemon here.
pub fn run(output: Output, confirm: &ConfirmDead) -> Result<(), Failure> {
    let place = Place::find(confirm.name.as_deref())?;
    if !confirm.yes {
        ask(&confirm.node)?;
    }
    output.show(&confirmed(&place, &confirm.node)?)
}

fn confirmed(place: &Place, node: &str) -> Result<Confirmed, Failure> {
    let node = node.to_owned();
    let mut client = place.ask(&Ask::ConfirmDead { node: node.clone() })?;
    match place.answer(&mut client)? {
        Answer::Done => Ok(Confirmed {
            name: place.cluster.clone(),
            node,
        }),
        other => Err(place.unfit(&other)),
    }
}

/// Whoever is at a terminal types the node's name.
fn ask(node: &str) -> Result<(), Failure> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::Usage(format!(
            "confirm-dead {node}: give --yes, as there is no terminal to ask at"
        )));
    }
    let mut stderr = io::stderr().lock();
    write!(
        stderr,
        "Is {node} surely dead: its power cut, or reset, since this node reached it last?\n\
         If it only cannot be reached, and gets the same of this node, both serve the same\n\
         clients, and data may be lost. To confirm it, type its name: "
    )?;
    stderr.flush()?;
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    match line.trim() == node {
        true => Ok(()),
        false => Err(Failure::Refused(format!(
            "{node} is not confirmed dead, and nothing was done"
        ))),
    }
}

/// What was confirmed to the daemon.
#[derive(Debug, Serialize)]
struct Confirmed {
    name: String,
    node: String,
}

impl Text for Confirmed {
    fn text(&self) -> String {
        let Self { name, node } = self;
        format!(
            "{name}: {node} is confirmed dead, and this node goes on alone until it is back: ssictl status {name}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::fake::Daemon;
    use crate::json_tests::shows;

    #[test]
    fn the_daemon_may_refuse() {
        let daemon = Daemon::answering(|_| vec![Answer::Done]);
        let done = confirmed(&daemon.place, "n2").unwrap();
        let node = "n2".to_owned();
        assert_eq!(daemon.asked(), [Ask::ConfirmDead { node }]);
        assert!(done.text().contains("web: n2 is confirmed dead"));
        shows(&done, "confirm-dead NODE [NAME]");
        let why = "n2: it is not dead";
        let daemon = Daemon::answering(move |_| vec![Answer::Refused(why.into())]);
        let refused = confirmed(&daemon.place, "n2").unwrap_err();
        assert_eq!(refused, Failure::Refused(why.into()));
    }
}
