// SPDX-License-Identifier: GPL-2.0-only

//! Examples of `cluster` and its verbs.

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
    ssictl cluster add web --dev eth0 --vip 192.0.2.20/32 --rank 1 --nodes 3 \\
        --function bitmap --buckets 1024 --hash siphash \\
        --hash-seed-file /etc/ssi/seed
  Many clients are behind one address, and each connection stands for itself:
    ssictl cluster add api --dev eth0 --vip 192.0.2.40/32 --rank 0 --nodes 3 \\
        --hash siphash --hash-seed-file /etc/ssi/seed --key source-port
  Two addresses, and this node serves the first quarter:
    ssictl cluster add db --dev eth0 --vip 192.0.2.30/32 --vip 192.0.2.31/32 \\
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
