// SPDX-License-Identifier: GPL-2.0-only

//! Examples of `--help` and the man pages, a family of commands a file.

mod cluster;
mod daemon;
mod file;
mod look;
mod nodes;
mod table;

pub use cluster::*;
pub use daemon::*;
pub use file::*;
pub use look::*;
pub use nodes::*;
pub use table::*;

/// Of `ssictl`.
pub const SSICTL: &str = "\
Examples:
  ssictl cluster add store --dev eth0 --vip 192.0.2.10/32 --rank 0 --nodes 3 --master
  ssictl
  ssictl stats
  ssictl explain 198.51.100.7
  ssictl explain api 198.51.100.7:50000
  ssictl peers
  ssictl -j monitor
  With the daemon ssid on every node:
    ssictl status
    ssictl top
    ssictl drain n2 --wait

NAME is the cluster's; where this machine has one only, it may be left out, but
for cluster add, join and del. ssictl list (ls) is cluster show, ssictl rm is
cluster del.

Exit status:
  0  done
  1  refused by the kernel or the system, and nothing was changed; of status
     and peers: something is wrong with the cluster
  2  used wrongly: the command, or the file that it reads, is wrong in itself;
     nothing was tried

JSON:
  -j names everything as the netlink specification does; ssictl-json.md in the
  documentation lists each field.";

/// Of `help`.
pub const HELP: &str = "\
The same as --help behind a command. The man pages have it too: man ssictl-drain.

Examples:
  ssictl help
  ssictl help cluster add";

/// Of `completions`.
pub const COMPLETIONS: &str = "\
Example:
  ssictl completions bash > /usr/share/bash-completion/completions/ssictl";
