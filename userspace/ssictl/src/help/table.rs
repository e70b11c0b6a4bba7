// SPDX-License-Identifier: GPL-2.0-only

//! Examples of what sets one thing in the kernel.

/// Of `table show`.
pub const TABLE_SHOW: &str = "\
Examples:
  ssictl table show web
  ssictl -j table show web | jq -r .owned";

/// Of `table set`.
pub const TABLE_SET: &str = "\
The new table has generation G, which must be greater than the one in force
and at most 2^62; without --generation it is the next.

LIST is as in ssictl cluster add --help. When the command is done, what this
node has lost may be given to another: it serves nothing new there. Connections
stay where they are for the cluster's --drain-time.

Examples:
  ssictl table set web --buckets 1024 --owned 0-340
  The node that had buckets 341 to 400 is dead:
    ssictl table set web --buckets 1024 --owned 0-400 --cold 341-400
  ssictl table set web --buckets 16 --owned mod --generation 12";

/// Of `table settle`.
pub const TABLE_SETTLE: &str = "\
A bucket that drains is done with, one that is adopted is this node's and
nothing else. By itself that happens when the last connection has ended, or
after the cluster's --drain-time. Sessions that are left in buckets which this
node has given away are reset, so that their clients come back at once. LIST
is as in ssictl cluster add --help.

Examples:
  ssictl table settle web all
  ssictl table settle web 341-400";

/// Of `lease`.
pub const LEASE: &str = "\
With a lease a node serves only as long as the lease is renewed: when it has run
out, the node gives all its buckets away, and only a new table brings it back.
A lease begins with ssictl table set --lease; this lets it run for MS
milliseconds from now, if that is longer.

Examples:
  ssictl table set web --buckets 1024 --owned 0-340 --lease 5000
  while healthy; do ssictl lease web 5000; sleep 1; done";

/// Of `egress`.
pub const EGRESS: &str = "\
A frame that tc or BPF redirects to an interface, as container networks do,
meets no netfilter hook there, so that the module does not set its source MAC.
A rule of tc can: one for each of the cluster's addresses, at the interface's
egress (clsact, flower, skbmod, pref 21331 and 21332). It costs each packet that
leaves, so none is made unasked. Use on again when addresses or MACs have
changed. ARP and neighbour discovery that are redirected stay as they are.
Redirections by BPF are not seen here.

Examples:
  ssictl egress web
  ssictl egress web on";
