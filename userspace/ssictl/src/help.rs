// SPDX-License-Identifier: GPL-2.0-only

//! Examples of `--help` and the man pages.

use ssi_netlink::spec::Counter;

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

/// Of `cluster`.
pub const CLUSTER: &str = "\
Without a verb it shows all clusters.";

/// Of `cluster add`.
pub const CLUSTER_ADD: &str = "\
LIST:
  0-3,7,16-20   these buckets
  mod           each m with m mod nodes = node (the default)
  all, none
  hex:8f001f    the bitmap itself: bucket m is bit m mod 8, from the lowest, of byte m / 8

MAC:
  auto          02:5a and the bytes of the lowest IPv4 address, else a hash of the IPv6 one
  igmp, mld     the base MAC as auto; clients send to the MAC of an IP multicast group, and
                the node joins that group, for switches that snoop. --group, else 239.255.c.d
                of the address a.b.c.d, or ff15:: and 32 bits of the address
  02:00:00:…    this base MAC

Mode forward:
  Clients send to the base MAC. Whichever node gets a request sends it on by the interface
  that --vlan or --forward-dev names to its owner, or to all. --forward, --vlan and
  --forward-dev go with --mode forward only, and it needs one of the latter two.

A cluster address is no gateway: what is for other addresses is not routed.

Examples:
  Three nodes; each runs this with its own --rank, one of them with --master:
    ssictl cluster add store --dev eth0 --vip 192.0.2.10/32 --rank 0 --nodes 3 --master
  1024 buckets, so that load can be moved in small steps; the source addresses
  are hashed, so that no pattern in them matters:
    ssictl cluster add web --dev eth0 --vip 192.0.2.20/24 --rank 1 --nodes 3 \\
        --function bitmap --buckets 1024 --hash siphash \\
        --hash-seed-file /etc/ssi/seed
  Many clients are behind one address, and each connection stands for itself:
    ssictl cluster add api --dev eth0 --vip 192.0.2.40/24 --rank 0 --nodes 3 \\
        --hash siphash --hash-seed-file /etc/ssi/seed --key source-port
  Two addresses, and this node serves the first quarter:
    ssictl cluster add db --dev eth0 --vip 192.0.2.30/24 --vip 192.0.2.31/24 \\
        --rank 0 --nodes 4 --function bitmap --buckets 16 --owned 0-3
  Where the network cannot flood; the others join:
    ssictl cluster add store --dev eth0 --vip 192.0.2.10/32 --rank 0 --nodes 3 --master \\
        --mode forward --vlan 100 --key-file /etc/ssi/store.key
    ssictl cluster join store --dev eth0 --vlan 100 --rank 1 \\
        --key-file /etc/ssi/store.key
  Where switches snoop IGMP:
    ssictl cluster add store --dev eth0 --vip 192.0.2.10/32 --rank 0 --nodes 3 --mac igmp

An address that the interface has already stays what it is. When a step fails,
those before it are undone.";

/// Of `cluster join`.
pub const CLUSTER_JOIN: &str = "\
In mode forward every node announces itself to the others each second. This
command listens for that, takes MAC, addresses, nodes, function, buckets, hash,
key of clients and forward as the master has them, and then does what cluster
add does. The hash's key is no part of announcements. Nodes are believed that
have the key of --key-file and show that they are there. With --insecure whoever
can send in the VLAN is believed: it has to be the nodes' own.

Examples:
  A new node of a cluster that has a place for rank 2:
    ssictl cluster join store --dev eth0 --vlan 100 --rank 2 \\
        --key-file /etc/ssi/store.key
  Two clusters forward by the same VLAN, and the addresses want a subnet:
    ssictl cluster join web --dev eth0 --vlan 100 --rank 1 --insecure \\
        --mac 02:5a:c0:00:02:14 --prefix 24";

/// Of `cluster set`.
pub const CLUSTER_SET: &str = "\
A packet meets the configuration before or after the change, never a mixture.

Examples:
  A fourth node has come; on each node:
    ssictl cluster set store --nodes 4
  This node answers ARP from now on:
    ssictl cluster set store --master on
  Serve two more buckets, but only if nobody changed the table meanwhile:
    ssictl cluster set web --owned 0-129 --generation 7
  All of a network are one node's from now on. Connections that there are end:
    ssictl cluster set store --key prefix:24,64
  The addresses are these from now on; the interface's follow:
    ssictl cluster set store --vip 192.0.2.10/32 --vip 192.0.2.11/32";

/// Of `cluster del`.
pub const CLUSTER_DEL: &str = "\
The addresses are taken off the interface first, so that this node never
answers for them with its own MAC address. Only those that ssi bound are: ip addr
shows them with proto 0x5a.

While there is a cluster in any network namespace the module cannot be unloaded.
With --all-namespaces root removes those of all, and is shown which these were;
where neither a process nor a name leads into a namespace its addresses stay.

Examples:
  ssictl cluster del store
  ssictl cluster del --all-namespaces && rmmod ssi_filter";

/// Of `cluster show`.
pub const CLUSTER_SHOW: &str = "\
Examples:
  ssictl cluster show
  ssictl cluster show store
  ssictl cluster show --all-namespaces
  ssictl -j cluster show | jq -r '.[].\"group-mac\"'";

/// Of `init`.
pub const INIT: &str = "\
At a terminal it asks for what is not given. Below FOLDER the files are as they
will be on every node, the same on all: etc/ssi/NAME.toml (man ssi.toml),
etc/corosync/corosync.conf, and keys, which only root may read. Ranks go by the
order of --node. Corosync and ssid look at the files where they are installed.
A key that is there is never replaced, or the nodes would not know each other.

Examples:
  ssictl init
  ssictl init store --vip 192.0.2.10/32 --interface eth0 \\
      --node n1=10.0.0.1 --node n2=10.0.0.2 --node n3=10.0.0.3
  Two that serve, and a small third machine that counts for the quorum:
    ssictl init store --vip 192.0.2.10/32 --interface eth0 \\
        --node n1=10.0.0.1 --node n2=10.0.0.2 --witness n3=10.0.0.3
  Two links, and no Corosync:
    ssictl init store --vip 192.0.2.10/32 --interface eth0 --no-corosync \\
        --node n1=10.0.0.1,10.1.0.1 --node n2=10.0.0.2,10.1.0.2 \\
        --node n3=10.0.0.3,10.1.0.3
  A static cluster:
    ssictl init web --static --vip 192.0.2.20/32 --interface eth0 \\
        --node n1 --node n2
  Then:
    ssictl push store";

/// Of `push`.
pub const PUSH: &str = "\
It wants to be root on the nodes, by ssh as it is set up here: keys, ~/.ssh/config,
an agent. Each step is done on all nodes before the next one: they are looked at,
keys that are there are compared, files are copied, Corosync and ssid check them,
and then Corosync is started everywhere, and ssid; of a static cluster ssictl apply
is run, and then ssictl apply --adopt. What runs already is told to read its files
again. Where a step fails on a node there is a sentence on it, and what comes after
that step is done nowhere; the same command goes on when that is mended.

Examples:
  ssictl push store
  ssictl push store --dry-run
  ssictl push store --host n1=root@10.0.0.1 --host n2=root@10.0.0.2
  A node that was down:
    ssictl push store --node n3
  ssictl push store --ssh 'ssh -p 2222'";

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
Kinds: view, no-view, quorum, no-quorum, master, moved, drained, lapsed,
left-out, strange, check, need, dead, wish, weight, kernel, agreement, config.
What was before is in the journal: journalctl -u ssid. ssictl monitor shows
what this node's kernel does.

Examples:
  ssictl events
  ssictl -j events web | jq --unbuffered -r 'select(.kind == \"check\") | .text'";

/// Of `apply`.
pub const APPLY: &str = "\
The file has the configuration of all nodes, and is the same on all. This
command puts it in force here: it makes the cluster where there is none, else it
changes what differs. A second time it finds nothing to do and prints nothing.

So that no two nodes ever serve a client, a new table comes in two steps. First,
on every node, ssictl apply: the node gives away what is no longer its own, and
goes on serving the connections there. Then, on every node, ssictl apply
--adopt: it takes what is its own. What a dead node had (ssictl leave --dead)
--cold takes at once, provided that every node has run apply with the file
before. With --adopt --cold all is taken as a dead node's.

A node that leaves runs ssictl apply --wait, and its cluster is removed when its
connections have ended, or after drain-time.

What this node has is kept in --memory: after a start ssictl apply goes on with
it. Generation 7 of the file is 7000 of the kernel's when this node has given
away what it had to, and 7500 when it has all.

Examples:
  A file, as one begins; what else there may be is in reference.md:
    name = \"web\"
    vips = [\"192.0.2.10/32\", \"2001:db8::10\"]
    interface = \"eth0\"
    master = \"n1\"
    [[node]]
    name = \"n1\"
    rank = 0
    [[node]]
    name = \"n2\"
    rank = 1
  On every node, the first time and at each start:
    ssictl apply /etc/ssi/web.toml
  After a node has joined the file; on every node, and then again on every node:
    ssictl apply web
    ssictl apply --adopt web
  What would be done:
    ssictl apply --dry-run web";

/// Of `plan`.
pub const PLAN: &str = "\
It shows which buckets would move, each node's share before and after, and how
many clients would find another node, compared with functions that have no
table: the source address mod the number of nodes, and iptables' xt_cluster.
Several changes together are one step. No file is written.

Examples:
  ssictl plan web
  ssictl plan web --join n5
  ssictl plan web --join n5:200 --leave n2
  ssictl plan web --weight n1=50 --drain n3
  ssictl -j plan web --dead n4 | jq .moved";

/// Of `join`.
pub const JOIN: &str = "\
A node that drains or leaves serves again. Where ssid runs the cluster (its file
has a section [daemon]), any node passes it on; a new node goes into the file on
every node instead. In the file of a static cluster a new node gets its share,
and no more, from the others, and comments stay as they are.

Examples:
  ssictl join n2 --wait
  A new node of a static cluster:
    ssictl join n5
    ssictl join n5 --file web --interface eth1 --weight 200
    ssictl join n5 --dry-run";

/// Of `leave`.
pub const LEAVE: &str = "\
The node's buckets, and no others, move. Where ssid runs the cluster, the node
gets the order, and takes the cluster off when its connections have ended;
ssictl join NODE brings it back. In the file of a static cluster it stays as
leaving until then; ssictl leave NODE once more takes it out. A node that is
dead goes at once.

Examples:
  ssictl leave n2
  ssictl leave n2 --wait --timeout 3600
  Static clusters:
    ssictl leave n1 --master n3
    ssictl leave n4 --dead";

/// Of `drain`.
pub const DRAIN: &str = "\
The node serves its connections to their end and gets no new ones. It may be the
master still. ssictl join NODE lets it serve again. Where ssid runs the cluster,
the node gets the order, and keeps it when it starts anew; else this is in the
file, and is so once that is applied.

Examples:
  ssictl drain n2
  Before n2 is taken down; sessions that last are given up after half an hour:
    ssictl drain n2 --deadline 30m --wait && ssh n2 reboot
  ssictl drain n2 --file web --dry-run";

/// Of `weight`.
pub const WEIGHT: &str = "\
Buckets are shared by weight: of three nodes with 100, 100 and 200 the last has
half of them. As few move as have to. Where ssid runs the cluster, the node
gets the order, and keeps it; default is the weight of the file.

Examples:
  ssictl weight n2 200
  ssictl weight n2 default
  ssictl weight n2 50 --file web --dry-run";

/// Of `sessions`.
pub const SESSIONS: &str = "\
TCP connections of clients to the clusters' addresses, as the kernel of this
node has them, those of its own servers (NFS, iSCSI) among them. Another node's
are shown there. IDLE is the time since either end sent data. The kernel does not
know when a connection began. ROLE is what this node is to the bucket:
  owned     it has the bucket
  adopting  it has the bucket, and the node before may serve sessions in it still
  draining  it gave the bucket away, and serves the sessions that it has
  lapsed    its lease is over: sessions stand still, and go on if it is renewed soon
  stranded  it gave the bucket away and serves nothing in it any more; the client
            will know when it sends something, or by ssictl kick

Examples:
  Who is left on a node that drains:
    ssictl sessions --draining
  ssictl sessions web --client 198.51.100.0/24
  ssictl -j sessions web | jq -r '.[] | select(.service == \"nfs\").client' | sort -u";

/// Of `kick`.
pub const KICK: &str = "\
The server here finds its connection broken, and the client gets a reset, so that
it comes back at once: to the node that has its bucket now. Where that is this
node, it comes back here. all is for sessions of buckets that were given away,
with --draining. It takes a kernel with CONFIG_INET_DIAG_DESTROY, as Debian's.

Examples:
  Who is left on a node that drains, one by one, or all:
    ssictl kick 198.51.100.7 --dry-run
    ssictl kick 198.51.100.7
    ssictl kick all --draining
  One connection:
    ssictl kick '[2001:db8::7]:50000' web";

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
is more of it: Documentation/doctor.md. BROKEN: clients are not served. RISK: they
will not be once something else happens. NOTE: it explains what else is seen. With
ssid, what that says of other nodes is among the findings; without, run it on each.

Exit status:
  0   nothing is found, or notes only
  1   it could not look
  2   used wrongly
  11  one finding; 12 two, and so on, 99 at most

Examples:
  ssictl doctor
  ssictl doctor --list
  ssictl doctor store --no-probe
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
second, with a line on what was done. In what the nodes do not agree for some
seconds already is told as `peers` tells it. Where ssid runs the cluster, it does
this itself. It ends, with status 0, on SIGINT and SIGTERM and when its reader
has gone; with status 1 when the cluster has.

Examples:
  ssictl watch web
  ssictl -j watch web | jq --unbuffered -r .address
  systemctl enable --now ssi-watch@web      (Documentation/start.md has it)";

/// Of `import`.
pub const IMPORT: &str = "\
KIND:
  cib, crm, pcs    Pacemaker's resource of IPaddr2: cibadmin --query, crm configure
                   show, pcs config, or the commands that made it
  iptables, nft    CLUSTERIP and xt_cluster: iptables-save; jhash: nft list ruleset
  nlb, powershell  Network Load Balancing: nlb params; Get-NlbCluster, Get-NlbClusterNode
                   and Get-NlbClusterPortRule, best with | Format-List *
  keepalived       keepalived.conf

The file is one that ssictl apply or ssid takes; what has no counterpart is in
comments ahead of it, and nothing on this machine is read or changed but FILE. Where
something ran the old cluster, ssid is to run the new one. A hash has a new key, so
keep the file from others. Documentation/migrate.md has the way from each.

Examples:
  cibadmin --query | ssictl import - > web.toml
  iptables-save | ssictl import - --nodes n1,n2,n3
  ssictl import /etc/keepalived/keepalived.conf --only VI_1 --nodes n1,n2,n3
  ssictl import rules.txt --from powershell --dev eth0 --nodes n1,n2
  ssictl -j import web.xml | jq -r '.notes[]'";

/// Of `completions`.
pub const COMPLETIONS: &str = "\
Example:
  ssictl completions bash > /usr/share/bash-completion/completions/ssictl";
