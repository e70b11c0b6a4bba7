// SPDX-License-Identifier: GPL-2.0-only

//! The command line, and the man page that is made of it.

use std::io;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, Parser};
use ssi_cli::man;

const EXAMPLES: &str = "\
Examples:
  ssid                       runs the cluster of the only file in /etc/ssi
  ssid store                 that of /etc/ssi/store.toml
  ssid --check ./new.toml    shows what is wrong with a file, or what may be lost
                             and what is served then, and does nothing
  ssid --check -j store      the same, for programs
  ssid --node n2 store       on a machine that is not named as in the file
  systemctl reload ssid      the file is another
  ssictl status store        how the cluster is

Signals:
  SIGHUP   reads the file again; what is wrong with it changes nothing
  SIGTERM  ends ssid; the kernel serves on while its lease lasts, and the next
           ssid takes over what it has

Files:
  /etc/ssi/NAME.toml             the cluster file, the same on all nodes; it has
                                 a section [daemon]
  /run/ssi/NAME.sock             where ssictl asks; in SSI_RUN if that is set
  /var/lib/ssi/NAME.wishes.json  what operators want of this node; in SSI_STATE
                                 if that is set
  /var/lib/ssi/NAME.granted.json how long leases were, for a start with shorter
                                 ones; there too

Exit status:
  0  it was stopped, or the file is right
  1  it cannot run, or a cluster of the file could not work: leases that end
     before Corosync goes on without a node, a quorum device that Corosync's
     groups do not go with
  2  the file or the command is wrong";

/// Run an ssi cluster: one ssid on each node.
#[derive(Parser)]
#[command(name = "ssid", version, after_help = EXAMPLES)]
pub struct Args {
    /// The cluster file, or the cluster's name; without it, the only file in /etc/ssi
    pub file: Option<String>,

    /// Which node of the file this is; without it, the one that is named as the machine
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,

    /// Check the file, show what the cluster survives and in how long, and end
    #[arg(long)]
    pub check: bool,

    /// Print JSON, with --check
    #[arg(short, long, requires = "check")]
    pub json: bool,

    /// Log each step
    #[arg(short, long)]
    pub verbose: bool,

    /// Run checks' commands for who asks at the socket that standard input is, and not a cluster
    #[arg(long, hide = true)]
    pub checks: bool,

    /// Write ssid.8 into this folder and end; for packaging
    #[arg(long, value_name = "FOLDER", hide = true)]
    pub man: Option<PathBuf>,
}

/// Writes the man page.
///
/// # Errors
///
/// Those of the file.
pub fn manual(folder: &Path) -> io::Result<()> {
    let mut command = Args::command();
    command.build();
    let also = [
        "ssictl(8)",
        "ssictl-status(8)",
        "corosync(8)",
        "systemctl(1)",
    ]
    .map(str::to_owned);
    man::write(folder, &command, "ssid", "8", &also)
}
