// SPDX-License-Identifier: GPL-2.0-only

//! Examples of what asks ssid.

/// Of `status`.
pub const STATUS: &str = "\
It asks ssid, the daemon, which runs on every node of a cluster whose file has a
section [daemon]. Any node knows of all. WEIGHT 50/100 is a node that by its
checks or its load has less than it is to have; BUCKETS 17+40 one that serves 17
and connections in 40 that it gave away. Last comes what is wrong, a sentence
each. A static cluster has ssictl cluster show.

Exit status:
  0  all is well
  1  something is wrong, or there is no ssid to ask
  2  used wrongly

Examples:
  ssictl status
  ssictl status web
  ssictl status web > /dev/null || mail -s 'web is ill' admin < /dev/null
  ssictl -j status web | jq -r '.nodes[] | .name + \" \" + .state'";

/// Of `top`.
pub const TOP: &str = "\
Bars show each node's packets, connections, busy processors, and pressure: the
share of time in which something waited for a processor. Below is a map of the
buckets: the colour is the node's, and more load is brighter. Keys:
  q       end
  h       help
  s       sort nodes by packets, connections, cpu, pressure
  arrows  look at a cell: its buckets, whose they are, their load

A static cluster is as this node sees it: all loads in mode multicast, whose requests
reach all nodes, and names and buckets of others as the cluster file has them.

Colours follow TERM; with NO_COLOR nodes are letters.

Examples:
  ssictl top
  NO_COLOR=1 ssictl top web";

/// Of `events`.
pub const EVENTS: &str = "\
A line has the time (UTC), the kind, the node that it is about, and a sentence.
Kinds: view, no-view, quorum, no-quorum, master, drained, stick, lapsed,
left-out, held-out, strange, check, need, broken, dead, wish, agreement, config.
What was before is in the journal: journalctl -u ssid. ssictl monitor shows
what this node's kernel does.

Examples:
  ssictl events
  ssictl -j events web | jq --unbuffered -r 'select(.kind == \"check\") | .text'";

/// Of `confirm-dead`.
pub const CONFIRM_DEAD: &str = "\
For two nodes whose file has two-node = \"fenced\". Half of two is no majority, so a
node that is alone serves nothing after its lease, as the other may serve as
well. Once that one is surely dead, its power cut or the machine reset, this says so to
the ssid of this node, which goes on alone until the other is back. At a
terminal it asks first; --yes is for scripts. With Pacemaker its alert agent
ssi-fenced gives it after each fencing that has succeeded.

It is refused while the other node is heard. It is said of what ran there until
now, and holds for as long as ssid runs here: a node that is started again alone
has to be told again, and then the other machine is to be off.

Examples:
  ssictl confirm-dead n2
  ipmitool -H n2-bmc power off && ssictl confirm-dead n2 --yes";
