// SPDX-License-Identifier: GPL-2.0-only

//! Examples of what writes, reads and carries files.

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
