// SPDX-License-Identifier: GPL-2.0-only

//! The command line.

use clap::Parser;

const EXAMPLES: &str = "\
Examples:
  ssid                       runs the cluster of the only file in /etc/ssi
  ssid store                 that of /etc/ssi/store.toml
  ssid --check ./new.toml    says what is wrong with a file, and does nothing
  ssid --node n2 store       on a machine that is not named as in the file

Signals: SIGHUP reads the file again; what is wrong with it changes nothing. SIGTERM ends ssid; the kernel
serves on while its lease lasts, and the next ssid takes over what it has.

Files: /etc/ssi/NAME.toml, /run/ssi/NAME.sock (SSI_RUN), /var/lib/ssi/NAME.wishes.json (SSI_STATE).
Exit status: 0 it was told to end, 1 it cannot run, 2 the file or the command is wrong.";

/// Run an ssi cluster: one ssid on each node, over Corosync.
#[derive(Parser)]
#[command(name = "ssid", version, after_help = EXAMPLES)]
pub struct Args {
    /// The cluster file, or the cluster's name; without it, the only file in /etc/ssi
    pub file: Option<String>,

    /// Which node of the file this is; without it, the one that is named as the machine
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,

    /// Check the file and end
    #[arg(long)]
    pub check: bool,

    /// Log each step
    #[arg(short, long)]
    pub verbose: bool,
}
