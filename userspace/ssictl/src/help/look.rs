// SPDX-License-Identifier: GPL-2.0-only

//! Examples of what looks.

use ssi_netlink::spec::Counter;

/// Of `stats`.
pub fn stats() -> String {
    let mut text =
        "Counters, packets since the cluster was made; each packet is counted once:\n".to_owned();
    for counter in Counter::ALL {
        let mut line = format!("  {:<16}", counter.name());
        if line.len() > 18 {
            text += &line;
            text += "\n";
            line = " ".repeat(18);
        }
        for part in counter.about().split(' ') {
            if line.len() + 1 + part.len() > 80 {
                text += &line;
                text += "\n";
                line = " ".repeat(18);
            }
            line += " ";
            line += part;
        }
        text += &line;
        text += "\n";
    }
    text + "
Examples:
  ssictl stats
  ssictl stats web --buckets
  ssictl -j stats web | jq '.[0].stats.\"rx-served\"'"
}

/// Of `explain`.
pub const EXPLAIN: &str = "\
It asks the kernel for the configuration in force and decides with the very
code that the kernel module runs. In mode forward it shows what becomes of a
packet that the network gave to this node.

Examples:
  ssictl explain store 198.51.100.7
  ssictl -j explain store 198.51.100.7 | jq .owner";

/// Of `peers`.
pub const PEERS: &str = "\
Every node announces itself to the others each second: in mode multicast by a
frame to the group MAC, in mode forward in the nodes' VLAN. What is wrong with
them is printed below the table, and the status is 1 then:
  AGE        seconds since its last announcement; after 3 it is taken for gone
  AGREES     whether its nodes, function, buckets, hash, seed, key of clients and
             addresses are as here

Examples:
  ssictl peers store
  ssictl -j peers store | jq -r '.remarks[]'";

/// Of `doctor`.
pub const DOCTOR: &str = "\
It looks at the module, the interface, addresses, other nodes, settings of the
kernel, firewall, services and ssid, and changes nothing. For some five seconds it
listens to ARP and to the nodes' messages at the cluster's interface. It sends an
ARP request for each address, four pings to each of four other nodes at most, and
asks UDP servers of this machine; with --no-probe nothing.

Each finding has what is wrong, by what that is seen, what to do, and where there
is more of it: man ssi-doctor. BROKEN: clients are not served. RISK: they will not
be once something else happens. NOTE: it explains what else is seen. With ssid,
what that says of other nodes is among the findings.

With --all each node of the cluster's file looks, at the same time, and with --on
those that are given: by ssh as it is set up here, best as root. What several
nodes find is shown once. A machine that is no node can ask, too; a witness is not
asked.

Exit status:
  0   nothing is found, or notes only
  1   it could not look; with --all or --on: not on each node, and nothing is found
  2   used wrongly
  11  one finding; 12 two, and so on, 99 at most

Examples:
  ssictl doctor
  ssictl doctor --list
  ssictl doctor store --no-probe
  ssictl doctor store --all
  ssictl doctor --on n1,n2 --host n2=root@10.0.0.2
  ssictl -j doctor | jq -r '.findings[] | .check + \" \" + .what'";

/// Of `monitor`.
pub const MONITOR: &str = "\
One line an event, written at once. It ends, with status 0, on SIGINT and
SIGTERM and when its reader has gone.

Examples:
  ssictl monitor
  ssictl -j monitor | jq --unbuffered -r '.event + \" \" + .name'";

/// Of `export`.
pub const EXPORT: &str = "\
Metrics of what the kernel has, in Prometheus' text form, of static clusters as of
others; those of ssid come from ssid itself (`metrics` in its file). A file is
replaced whole, for the textfile collector of Prometheus' node exporter.
Documentation/reference.md has the names, and Documentation/examples/prometheus
rules for alerts.

Examples:
  ssictl export
  ssictl export --file /var/lib/prometheus/node-exporter/ssi.prom
  ssictl export --file /var/lib/prometheus/node-exporter/ssi.prom --every 15s";

/// Of `watch`.
pub const WATCH: &str = "\
Network managers take away addresses that they do not know, and with an
interface that is set down its IPv6 addresses go. Each is put back within a
second, with a line on what was done. A cluster whose interface is renamed stays
with it. One whose interface is deleted goes, and is made again once there is one
of the name that the cluster file has: by that file, with the buckets that this
node had, and only if the file is still that of the same cluster and ssictl apply
made the table. In what the nodes do not agree for some seconds already is shown
as `peers` shows it. Where ssid runs the cluster, it does this itself. It ends,
with status 0, on SIGINT and SIGTERM and when its reader has gone; with status 1
when somebody removed the cluster, or when it went with its interface and has no
file.

Examples:
  ssictl watch web
  ssictl -j watch web | jq --unbuffered -r .address
  systemctl enable --now ssi-watch@web      (Documentation/start.md has it)";
