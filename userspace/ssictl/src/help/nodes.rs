// SPDX-License-Identifier: GPL-2.0-only

//! Examples of what brings nodes and their sessions in and out.

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
