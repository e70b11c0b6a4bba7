// SPDX-License-Identifier: GPL-2.0-only

//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::again::Again;
use crate::apply::Apply;
use crate::cluster::add::Add;
use crate::cluster::join::Join;
use crate::cluster::set::Set;
use crate::daemon::confirm::ConfirmDead;
use crate::doctor::Doctor;
use crate::edit::drain::Drain;
use crate::edit::join::Join as EditJoin;
use crate::edit::leave::Leave;
use crate::edit::weight::Weight;
use crate::egress::Wish;
use crate::explain::source::{Source, port};
use crate::export::Export;
use crate::help;
use crate::import::args::Import;
use crate::init::Init;
use crate::plan::Plan;
use crate::push::Push;
use crate::sessions::Sessions;
use crate::sessions::kick::Kick;
use crate::table::set::Set as TableSet;
use crate::value;
use crate::watch::Remake;

/// Configure and watch ssi clusters: many nodes, one IP and one MAC address.
///
/// Without arguments it shows the clusters of this network namespace.
/// Changes take CAP_NET_ADMIN.
#[derive(Parser)]
#[command(name = "ssictl", version, after_help = help::SSICTL)]
#[command(disable_help_subcommand = true)]
pub struct Args {
    /// Show JSON instead of text
    #[arg(short, long, global = true, display_order = 900)]
    pub json: bool,

    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What to do.
#[derive(Subcommand)]
pub enum Verb {
    /// Make, change, remove and show clusters
    #[command(after_help = help::CLUSTER)]
    Cluster {
        #[command(subcommand)]
        verb: Option<Box<ClusterVerb>>,
    },

    /// Write the files of a new cluster into a folder
    #[command(after_help = help::INIT)]
    Init(Init),

    /// Copy a cluster's files to its nodes by ssh, and put them in force
    #[command(after_help = help::PUSH)]
    Push(Push),

    /// Show how a cluster with ssid is: quorum, nodes, shares, and what is wrong
    #[command(after_help = help::STATUS)]
    Status {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,

        #[command(flatten)]
        again: Again,
    },

    /// Watch the load of nodes and buckets, live
    #[command(after_help = help::TOP)]
    Top {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,
    },

    /// Show what happens in a cluster with ssid, as it happens
    #[command(after_help = help::EVENTS)]
    Events {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,
    },

    /// Put a cluster file in force on this node
    #[command(after_help = help::APPLY)]
    Apply(Apply),

    /// Show what would move if nodes came, went or changed
    #[command(after_help = help::PLAN)]
    Plan(Plan),

    /// Let a node serve again, or add one to a cluster file
    #[command(after_help = help::JOIN)]
    Join(EditJoin),

    /// Let a node go: its buckets move to the others
    #[command(after_help = help::LEAVE)]
    Leave(Leave),

    /// Move a node's buckets to the others; it stays in the cluster
    #[command(after_help = help::DRAIN)]
    Drain(Drain),

    /// Give a node another share of the load
    #[command(after_help = help::WEIGHT)]
    Weight(Weight),

    /// Show clients' sessions at this node: who is left, and in which buckets
    #[command(after_help = help::SESSIONS)]
    Sessions(Sessions),

    /// End a client's sessions at this node
    #[command(after_help = help::KICK)]
    Kick(Kick),

    /// Confirm that the other of two nodes is dead, so that this one goes on alone
    #[command(after_help = help::CONFIRM_DEAD)]
    ConfirmDead(ConfirmDead),

    /// Show and replace bucket tables
    Table {
        #[command(subcommand)]
        verb: TableVerb,
    },

    /// Show the packet counters
    #[command(after_help = help::stats())]
    Stats {
        /// The cluster; without it, all
        #[arg(value_parser = value::name)]
        name: Option<String>,

        /// Count by bucket: what all clients sent, and what this node served
        #[arg(long)]
        buckets: bool,

        #[command(flatten)]
        again: Again,
    },

    /// Export this node's clusters as metrics for Prometheus
    #[command(after_help = help::EXPORT)]
    Export(Export),

    /// Show what this node does with a client's packets, and why
    #[command(after_help = help::EXPLAIN, allow_missing_positional = true)]
    Explain {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,

        /// The client's address, or ADDRESS:PORT
        source: Source,

        /// The client's port, where buckets are by ports
        #[arg(long, value_name = "PORT", allow_negative_numbers = true, value_parser = port)]
        port: Option<u16>,
    },

    /// Show the nodes that a cluster has seen, and what is wrong with them
    #[command(after_help = help::PEERS)]
    Peers {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,

        #[command(flatten)]
        again: Again,
    },

    /// Find what keeps a cluster from serving
    #[command(after_help = help::DOCTOR)]
    Doctor(Doctor),

    /// Show and set rules of tc for frames that are redirected to a cluster's interface
    #[command(after_help = help::EGRESS)]
    Egress {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,

        /// Whether there are to be rules; without it, they are shown
        wish: Option<Wish>,
    },

    /// Let a cluster's lease run on
    #[command(after_help = help::LEASE, allow_missing_positional = true)]
    Lease {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,

        /// For so long from now
        #[arg(value_name = "MS", allow_negative_numbers = true, value_parser = value::lease)]
        milliseconds: u32,
    },

    /// Show events as they come: clusters made, changed, gone, drained
    #[command(after_help = help::MONITOR)]
    Monitor,

    /// Put back what is taken off this node, and show in what nodes differ
    #[command(after_help = help::WATCH)]
    Watch {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,

        #[command(flatten)]
        remake: Remake,
    },

    /// Make a cluster file of another cluster software's configuration
    #[command(after_help = help::IMPORT)]
    Import(Import),

    /// Print a completion script for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },

    /// Show this, or what a command takes: ssictl help cluster add
    #[command(after_help = help::HELP)]
    Help {
        /// The command
        #[arg(value_name = "COMMAND")]
        words: Vec<String>,
    },

    /// What `cluster show` does, by the names that people try first
    #[command(hide = true, alias = "ls")]
    List {
        /// The cluster; without it, all
        #[arg(value_parser = value::name)]
        name: Option<String>,

        #[command(flatten)]
        again: Again,
    },

    /// What `cluster del` does
    #[command(hide = true, alias = "del")]
    Rm {
        /// The cluster
        #[arg(value_parser = value::name)]
        name: String,
    },

    /// Write the man pages to a folder
    #[command(hide = true)]
    Man {
        /// The folder; it is made if there is none
        folder: PathBuf,
    },
}

impl Default for Verb {
    fn default() -> Self {
        Self::Cluster { verb: None }
    }
}

/// What to do with a cluster.
#[derive(Subcommand)]
pub enum ClusterVerb {
    /// Make a cluster on an interface and bind its addresses there
    #[command(after_help = help::CLUSTER_ADD)]
    Add(Add),

    /// Make a cluster in mode forward as its master announces it
    #[command(after_help = help::CLUSTER_JOIN)]
    Join(Join),

    /// Change a cluster: what is given; the rest stays
    #[command(after_help = help::CLUSTER_SET)]
    Set(Set),

    /// Remove a cluster and its addresses from the interface
    #[command(after_help = help::CLUSTER_DEL, visible_alias = "rm")]
    Del {
        /// The cluster
        #[arg(value_parser = value::name, required_unless_present = "all_namespaces")]
        name: Option<String>,

        /// Remove it, or all clusters, in all network namespaces
        #[arg(long)]
        all_namespaces: bool,
    },

    /// Show one cluster, or all
    #[command(after_help = help::CLUSTER_SHOW, visible_aliases = ["list", "ls"])]
    Show {
        /// The cluster; without it, all
        #[arg(value_parser = value::name)]
        name: Option<String>,

        /// Show which there are in all network namespaces, and where
        #[arg(long)]
        all_namespaces: bool,

        #[command(flatten)]
        again: Again,
    },
}

impl Default for ClusterVerb {
    fn default() -> Self {
        Self::Show {
            name: None,
            all_namespaces: false,
            again: Again::default(),
        }
    }
}

/// What to do with a bucket table.
#[derive(Subcommand)]
pub enum TableVerb {
    /// Show which buckets this node serves
    #[command(after_help = help::TABLE_SHOW, visible_aliases = ["list", "ls"])]
    Show {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,

        #[command(flatten)]
        again: Again,
    },

    /// Replace the whole table at once; function modulo becomes bitmap
    #[command(after_help = help::TABLE_SET)]
    Set(TableSet),

    /// End transitions: connections that are left are not served any more
    #[command(after_help = help::TABLE_SETTLE, allow_missing_positional = true)]
    Settle {
        /// The cluster; without it, the only one here
        #[arg(value_parser = value::name)]
        name: Option<String>,

        /// The buckets
        #[arg(value_name = "LIST")]
        buckets: value::Owned,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn is_sound() {
        Args::command().debug_assert();
    }
}
