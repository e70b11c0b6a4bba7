/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Generated from Documentation/netlink/specs/ssi.yaml by scripts/generate: do not edit. */

#ifndef _UAPI_LINUX_SSI_H
#define _UAPI_LINUX_SSI_H

#define SSI_FAMILY_NAME		"ssi"
#define SSI_FAMILY_VERSION	1

#define SSI_NAME_MAX	15
#define SSI_VIPS_MAX	32
#define SSI_BUCKETS_MAX	65536

/**
 * enum ssi_mode - How a request reaches every node.
 * @SSI_MODE_MULTICAST: Clients send to the group MAC; the network floods it.
 * @SSI_MODE_FORWARD: Clients send to the base MAC; the node that gets a frame,
 *   the master as a rule, forwards what others serve by an interface that the
 *   nodes have among themselves.
 */
enum ssi_mode {
	SSI_MODE_MULTICAST,
	SSI_MODE_FORWARD,
};

/**
 * enum ssi_forward - In mode forward, whom a request is forwarded to.
 * @SSI_FORWARD_ALL: All nodes, to the group MAC; each filters it.
 * @SSI_FORWARD_OWNER: The node whose bucket it is in, to its own MAC; all,
 *   where that is not known for sure.
 */
enum ssi_forward {
	SSI_FORWARD_ALL,
	SSI_FORWARD_OWNER,
};

/**
 * enum ssi_function - What makes the owned bitmap when none is given.
 * @SSI_FUNCTION_MODULO: As many buckets as nodes; node i owns bucket i.
 * @SSI_FUNCTION_BITMAP: Any number of buckets; the owned bitmap says which are
 *   this node's.
 */
enum ssi_function {
	SSI_FUNCTION_MODULO,
	SSI_FUNCTION_BITMAP,
};

/**
 * enum ssi_hash - What the bucket is taken of.
 * @SSI_HASH_NONE: The source address itself, a big-endian integer.
 * @SSI_HASH_SIPHASH: The upper 32 bits of SipHash-2-4 of the source address's
 *   bytes, in network order, under the hash-seed.
 */
enum ssi_hash {
	SSI_HASH_NONE,
	SSI_HASH_SIPHASH,
};

/**
 * enum ssi_client_key - What of a client the bucket is taken of, plain or
 *   hashed.
 * @SSI_CLIENT_KEY_SOURCE: Its address.
 * @SSI_CLIENT_KEY_SOURCE_PORT: Its address and its port, of TCP, UDP,
 *   UDP-Lite, SCTP and DCCP; its address alone of all else, and of fragments.
 *   With hash siphash only. What is hashed is the address and the two bytes of
 *   the port.
 * @SSI_CLIENT_KEY_PREFIX: The number of its network, which is its address
 *   without the bits behind prefix4 or prefix6.
 */
enum ssi_client_key {
	SSI_CLIENT_KEY_SOURCE,
	SSI_CLIENT_KEY_SOURCE_PORT,
	SSI_CLIENT_KEY_PREFIX,
};

/**
 * enum ssi_reply_mac - Source MAC of frames that leave with a cluster address.
 * @SSI_REPLY_MAC_CLUSTER: The base MAC.
 * @SSI_REPLY_MAC_GROUP: The group MAC. Linux bridges and many switches drop
 *   such frames.
 * @SSI_REPLY_MAC_NODE: The interface's own MAC. Nothing is rewritten but ARP
 *   payload.
 */
enum ssi_reply_mac {
	SSI_REPLY_MAC_CLUSTER,
	SSI_REPLY_MAC_GROUP,
	SSI_REPLY_MAC_NODE,
};

/**
 * enum ssi_hook - Where the module meets received frames.
 * @SSI_HOOK_AUTO: In a request only; rx-handler where the interface has none
 *   yet, else ingress.
 * @SSI_HOOK_INGRESS: The netfilter hook of family netdev.
 */
enum ssi_hook {
	SSI_HOOK_AUTO,
	SSI_HOOK_RX_HANDLER,
	SSI_HOOK_INGRESS,
};

/**
 * enum ssi_reason - Why an event happened.
 * @SSI_REASON_REQUEST: A request asked for it.
 * @SSI_REASON_DEVICE_GONE: The interface was deleted or moved to another
 *   namespace.
 * @SSI_REASON_EMPTY: The buckets have no connection any more.
 * @SSI_REASON_DEADLINE: The drain-time is over; connections that are left are
 *   not served.
 * @SSI_REASON_LEASE: The lease has run out.
 * @SSI_REASON_PEERS: What the other nodes announce.
 */
enum ssi_reason {
	SSI_REASON_REQUEST,
	SSI_REASON_DEVICE_GONE,
	SSI_REASON_EMPTY,
	SSI_REASON_DEADLINE,
	SSI_REASON_LEASE,
	SSI_REASON_PEERS,
};

/**
 * enum ssi_lease_expiry - What becomes of connections when the lease has run
 *   out.
 * @SSI_LEASE_EXPIRY_DRAIN: They are served for the drain-time, as those of a
 *   lost bucket are, and 600 s at most.
 * @SSI_LEASE_EXPIRY_DROP: They are not served any more.
 */
enum ssi_lease_expiry {
	SSI_LEASE_EXPIRY_DRAIN,
	SSI_LEASE_EXPIRY_DROP,
};

/**
 * enum ssi_difference - In what nodes that announce themselves do not go
 *   together.
 * @SSI_DIFFERENCE_MODE: It has another mode.
 * @SSI_DIFFERENCE_MAC: It has one of the cluster addresses and another base
 *   MAC.
 * @SSI_DIFFERENCE_GROUP_MAC: It has another group MAC.
 * @SSI_DIFFERENCE_BUCKETS: It has another number of buckets.
 * @SSI_DIFFERENCE_NODES: It has another number of nodes.
 * @SSI_DIFFERENCE_FUNCTION: It has another function.
 * @SSI_DIFFERENCE_HASH: It has another hash.
 * @SSI_DIFFERENCE_HASH_SEED: It has another seed of the hash.
 * @SSI_DIFFERENCE_VIP: It has other cluster addresses.
 * @SSI_DIFFERENCE_NODE: Two nodes have its rank.
 * @SSI_DIFFERENCE_OWNED: It owns a bucket that this node owns too.
 * @SSI_DIFFERENCE_MASTER: It is a master, and not the only one.
 * @SSI_DIFFERENCE_NO_MASTER: No node whose messages come is the master, nor is
 *   this one.
 * @SSI_DIFFERENCE_CLAIMED: Another host claims a cluster address.
 * @SSI_DIFFERENCE_KEY: It has another client-key.
 */
enum ssi_difference {
	SSI_DIFFERENCE_MODE = 1,
	SSI_DIFFERENCE_MAC = 2,
	SSI_DIFFERENCE_GROUP_MAC = 4,
	SSI_DIFFERENCE_BUCKETS = 8,
	SSI_DIFFERENCE_NODES = 16,
	SSI_DIFFERENCE_FUNCTION = 32,
	SSI_DIFFERENCE_HASH = 64,
	SSI_DIFFERENCE_HASH_SEED = 128,
	SSI_DIFFERENCE_VIP = 256,
	SSI_DIFFERENCE_NODE = 512,
	SSI_DIFFERENCE_OWNED = 1024,
	SSI_DIFFERENCE_MASTER = 2048,
	SSI_DIFFERENCE_NO_MASTER = 4096,
	SSI_DIFFERENCE_CLAIMED = 8192,
	SSI_DIFFERENCE_KEY = 16384,
};

enum {
	SSI_A_VIP_ADDRESS = 1,

	__SSI_A_VIP_MAX,
	SSI_A_VIP_MAX = (__SSI_A_VIP_MAX - 1)
};

enum {
	SSI_A_CLUSTER_NAME = 1,
	SSI_A_CLUSTER_IFINDEX,
	SSI_A_CLUSTER_MODE,
	SSI_A_CLUSTER_MAC,
	SSI_A_CLUSTER_GROUP_MAC,
	SSI_A_CLUSTER_REPLY_MAC,
	SSI_A_CLUSTER_FUNCTION,
	SSI_A_CLUSTER_BUCKETS,
	SSI_A_CLUSTER_NODE,
	SSI_A_CLUSTER_NODES,
	SSI_A_CLUSTER_HASH,
	SSI_A_CLUSTER_HASH_SEED,
	SSI_A_CLUSTER_MASTER,
	SSI_A_CLUSTER_VIP,
	SSI_A_CLUSTER_OWNED,
	SSI_A_CLUSTER_GENERATION,
	SSI_A_CLUSTER_HOOK,
	SSI_A_CLUSTER_REASON,
	SSI_A_CLUSTER_STATS,
	SSI_A_CLUSTER_BUCKET_STATS,
	SSI_A_CLUSTER_PAD,
	SSI_A_CLUSTER_FORWARD,
	SSI_A_CLUSTER_FORWARD_IFINDEX,
	SSI_A_CLUSTER_MASTER_MAC,
	SSI_A_CLUSTER_FLOODED,
	SSI_A_CLUSTER_PEER,
	SSI_A_CLUSTER_DRAIN_TIME,
	SSI_A_CLUSTER_LEASE_EXPIRY,
	SSI_A_CLUSTER_LEASE,
	SSI_A_CLUSTER_LAPSED,
	SSI_A_CLUSTER_COLD,
	SSI_A_CLUSTER_SETTLED,
	SSI_A_CLUSTER_DRAINING,
	SSI_A_CLUSTER_ADOPTING,
	SSI_A_CLUSTER_DRAINED,
	SSI_A_CLUSTER_CONNECTIONS,
	SSI_A_CLUSTER_LEASE_UNTIL,
	SSI_A_CLUSTER_NETNS,
	SSI_A_CLUSTER_KEY,
	SSI_A_CLUSTER_KEY_ID,
	SSI_A_CLUSTER_DIFFERS,
	SSI_A_CLUSTER_CLIENT_KEY,
	SSI_A_CLUSTER_PREFIX4,
	SSI_A_CLUSTER_PREFIX6,
	SSI_A_CLUSTER_ANNOUNCE_EVERY,
	SSI_A_CLUSTER_STICKING,

	__SSI_A_CLUSTER_MAX,
	SSI_A_CLUSTER_MAX = (__SSI_A_CLUSTER_MAX - 1)
};

enum {
	SSI_A_STATS_PAD = 1,
	SSI_A_STATS_RX_SERVED,
	SSI_A_STATS_RX_OTHER,
	SSI_A_STATS_RX_NOT_VIP,
	SSI_A_STATS_RX_MALFORMED,
	SSI_A_STATS_RX_ARP_ANSWERED,
	SSI_A_STATS_RX_ARP_IGNORED,
	SSI_A_STATS_RX_ARP_REPLY,
	SSI_A_STATS_RX_ARP_OWN,
	SSI_A_STATS_RX_ARP_CONFLICT,
	SSI_A_STATS_RX_ND_ANSWERED,
	SSI_A_STATS_RX_ND_IGNORED,
	SSI_A_STATS_RX_ND_REPLY,
	SSI_A_STATS_RX_ND_OWN,
	SSI_A_STATS_RX_ND_CONFLICT,
	SSI_A_STATS_RX_FORWARDED,
	SSI_A_STATS_RX_PASSED_ON,
	SSI_A_STATS_RX_FORWARD_FAILED,
	SSI_A_STATS_RX_FLOODED,
	SSI_A_STATS_RX_FLOOD_PROBE,
	SSI_A_STATS_TX_REPLY,
	SSI_A_STATS_TX_UNTOUCHED,
	SSI_A_STATS_TX_ARP,
	SSI_A_STATS_TX_ND,
	SSI_A_STATS_TX_NO_MEMORY,
	SSI_A_STATS_RX_DRAINING,
	SSI_A_STATS_RX_LEFT,
	SSI_A_STATS_RX_GATE,
	SSI_A_STATS_RX_BROADCAST,
	SSI_A_STATS_TX_PROBE,
	SSI_A_STATS_RX_REFUSED,
	SSI_A_STATS_RX_REPLAYED,
	SSI_A_STATS_RX_RESET,

	__SSI_A_STATS_MAX,
	SSI_A_STATS_MAX = (__SSI_A_STATS_MAX - 1)
};

enum {
	SSI_A_PEER_PAD = 1,
	SSI_A_PEER_NODE,
	SSI_A_PEER_MAC,
	SSI_A_PEER_FORWARD_MAC,
	SSI_A_PEER_MASTER,
	SSI_A_PEER_AGE,
	SSI_A_PEER_AGREES,
	SSI_A_PEER_GENERATION,
	SSI_A_PEER_DIFFERS,
	SSI_A_PEER_BUCKETS,
	SSI_A_PEER_NODES,

	__SSI_A_PEER_MAX,
	SSI_A_PEER_MAX = (__SSI_A_PEER_MAX - 1)
};

enum {
	SSI_A_BUCKET_STATS_PAD = 1,
	SSI_A_BUCKET_STATS_BUCKET,
	SSI_A_BUCKET_STATS_SEEN_PACKETS,
	SSI_A_BUCKET_STATS_SEEN_BYTES,
	SSI_A_BUCKET_STATS_SERVED_PACKETS,
	SSI_A_BUCKET_STATS_SERVED_BYTES,
	SSI_A_BUCKET_STATS_SESSIONS,

	__SSI_A_BUCKET_STATS_MAX,
	SSI_A_BUCKET_STATS_MAX = (__SSI_A_BUCKET_STATS_MAX - 1)
};

enum {
	SSI_CMD_CLUSTER_NEW = 1,
	SSI_CMD_CLUSTER_SET,
	SSI_CMD_CLUSTER_DEL,
	SSI_CMD_CLUSTER_GET,
	SSI_CMD_TABLE_GET,
	SSI_CMD_TABLE_SET,
	SSI_CMD_STATS_GET,
	SSI_CMD_BUCKET_STATS_GET,
	SSI_CMD_CLUSTER_NEW_NTF,
	SSI_CMD_CLUSTER_SET_NTF,
	SSI_CMD_CLUSTER_DEL_NTF,
	SSI_CMD_PEER_GET,
	SSI_CMD_SETTLE,
	SSI_CMD_LEASE_RENEW,
	SSI_CMD_DRAINED_NTF,
	SSI_CMD_LAPSED_NTF,
	SSI_CMD_NETNS_CLUSTER_GET,
	SSI_CMD_NETNS_CLUSTER_DEL,
	SSI_CMD_AGREEMENT_NTF,

	__SSI_CMD_MAX,
	SSI_CMD_MAX = (__SSI_CMD_MAX - 1)
};

#define SSI_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_SSI_H */
