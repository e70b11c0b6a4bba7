/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Headers of what bindings_allowlist names.
 *
 * struct net_device is opaque in kernel::bindings and drags in some seventy types that depend on
 * the configuration, so it stays opaque: the few fields that we read are bound by their offsets.
 */

#include <crypto/utils.h>
#include <linux/hrtimer_types.h>

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/time_namespace.h>
#include <net/genetlink.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/rtnetlink.h>
#include <net/tcp.h>

#define SSI_FIELD(field) const size_t SSI_NET_DEVICE_##field = offsetof(struct net_device, field)

SSI_FIELD(addr_len);
SSI_FIELD(dev_addr);
SSI_FIELD(flags);
SSI_FIELD(ifindex);
SSI_FIELD(nd_net);
SSI_FIELD(priv);
SSI_FIELD(rtnl_link_ops);
SSI_FIELD(rx_handler_data);
SSI_FIELD(type);

/* Sockets of all kinds begin with a struct sock_common. */
#define SSI_SOCK(name, field) const size_t SSI_SOCK_##name = offsetof(struct sock_common, field)

SSI_SOCK(daddr, skc_daddr);
SSI_SOCK(daddr6, skc_v6_daddr);
SSI_SOCK(dport, skc_dport);
SSI_SOCK(family, skc_family);
SSI_SOCK(net, skc_net);
SSI_SOCK(nulls_node, skc_nulls_node);
SSI_SOCK(rcv_saddr, skc_rcv_saddr);
SSI_SOCK(rcv_saddr6, skc_v6_rcv_saddr);
SSI_SOCK(state, skc_state);
SSI_SOCK(tw_rcv_nxt, skc_tw_rcv_nxt);

/* Those of connections. */
#define SSI_TCP_SOCK(field) const size_t SSI_TCP_SOCK_##field = offsetof(struct tcp_sock, field)

SSI_TCP_SOCK(max_window);
SSI_TCP_SOCK(rcv_nxt);
SSI_TCP_SOCK(rcv_wnd);
SSI_TCP_SOCK(snd_una);
SSI_TCP_SOCK(write_seq);

const size_t SSI_REQUEST_snt_isn = offsetof(struct tcp_request_sock, snt_isn);
const size_t SSI_TIMEWAIT_rcv_wnd = offsetof(struct tcp_timewait_sock, tw_rcv_wnd);
const size_t SSI_TIMEWAIT_substate = offsetof(struct inet_timewait_sock, tw_substate);
const unsigned char SSI_TCP_FIN_WAIT2 = TCP_FIN_WAIT2;
const unsigned char SSI_TCP_NEW_SYN_RECV = TCP_NEW_SYN_RECV;
const unsigned char SSI_TCP_SYN_SENT = TCP_SYN_SENT;
const unsigned char SSI_TCP_TIME_WAIT = TCP_TIME_WAIT;
const size_t SSI_INET_HASHINFO_ehash = offsetof(struct inet_hashinfo, ehash);
const size_t SSI_INET_HASHINFO_ehash_mask = offsetof(struct inet_hashinfo, ehash_mask);
const size_t SSI_INET_HASHINFO_pernet = offsetof(struct inet_hashinfo, pernet);

/* A namespace, which older kernels' crates have opaque as well, and its references. */
const size_t SSI_NET_genl_sock = offsetof(struct net, genl_sock);
const size_t SSI_NET_hashinfo = offsetof(struct net, ipv4.tcp_death_row.hashinfo);
const size_t SSI_NET_inum = offsetof(struct net, ns.inum);
const size_t SSI_NET_syncookies = offsetof(struct net, ipv4.sysctl_tcp_syncookies);
const size_t SSI_NET_user_ns = offsetof(struct net, user_ns);
const size_t SSI_NET_ns = offsetof(struct net, ns);
const size_t SSI_NET_ns_ref = offsetof(struct net, ns.__ns_ref);

/* Whose fragments are put together: those of others stay apart from ours. */
const unsigned int SSI_IP_DEFRAG_USER = IP_DEFRAG_MACVLAN;

/*
 * What goes along with a packet: its bit in active_extensions, 0 where the kernel has no such thing.
 */
#ifdef CONFIG_XFRM
const unsigned char SSI_SKB_EXT_SEC_PATH = 1 << SKB_EXT_SEC_PATH;
#else
const unsigned char SSI_SKB_EXT_SEC_PATH = 0;
#endif
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
const unsigned char SSI_SKB_EXT_BRIDGE_NF = 1 << SKB_EXT_BRIDGE_NF;
/* Where the extensions have its offset, and where its port is in it. */
const size_t SSI_SKB_EXT_BRIDGE_NF_offset = offsetof(struct skb_ext, offset[SKB_EXT_BRIDGE_NF]);
const size_t SSI_BRIDGE_NF_physinif = offsetof(struct nf_bridge_info, physinif);
#else
const unsigned char SSI_SKB_EXT_BRIDGE_NF = 0;
const size_t SSI_SKB_EXT_BRIDGE_NF_offset = 0;
const size_t SSI_BRIDGE_NF_physinif = 0;
#endif

/* The caller's clock. */
const size_t SSI_TIME_NAMESPACE_boottime = offsetof(struct time_namespace, offsets.boottime);

/* The directory in sysfs. */
const size_t SSI_NET_DEVICE_kobj = offsetof(struct net_device, dev.kobj);
const size_t SSI_RTNL_LINK_OPS_kind = offsetof(struct rtnl_link_ops, kind);
const size_t SSI_VLAN_DEV_PRIV_flags = offsetof(struct vlan_dev_priv, flags);

/*
 * Connections whose packets go elsewhere: nf_conntrack's. Its functions are found by name at run time, where it
 * is there (symbol_get), so that their types are checked here.
 */
#define SSI_SAME(function, ...) \
	_Static_assert(__builtin_types_compatible_p(typeof(function), __VA_ARGS__), #function)

SSI_SAME(nf_conntrack_find_get, struct nf_conntrack_tuple_hash *(struct net *,
	const struct nf_conntrack_zone *, const struct nf_conntrack_tuple *));
SSI_SAME(nf_ct_iterate_cleanup_net, void (int (*)(struct nf_conn *, void *),
	const struct nf_ct_iter_data *));

/* What counts an entry's references begins it: nf_conntrack_destroy is given the entry. */
_Static_assert(offsetof(struct nf_conn, ct_general) == 0, "nf_conn");

const size_t SSI_CONNTRACK_TUPLE_size = sizeof(struct nf_conntrack_tuple);
const size_t SSI_CONNTRACK_TUPLE_port = offsetof(struct nf_conntrack_tuple, src.u.all);
const size_t SSI_CONNTRACK_TUPLE_family = offsetof(struct nf_conntrack_tuple, src.l3num);
const size_t SSI_CONNTRACK_TUPLE_to = offsetof(struct nf_conntrack_tuple, dst.u3);
const size_t SSI_CONNTRACK_TUPLE_to_port = offsetof(struct nf_conntrack_tuple, dst.u.all);
const size_t SSI_CONNTRACK_TUPLE_protocol = offsetof(struct nf_conntrack_tuple, dst.protonum);
const size_t SSI_CONNTRACK_TUPLE_direction = offsetof(struct nf_conntrack_tuple, dst.dir);
const size_t SSI_CONNTRACK_HASH_size = sizeof(struct nf_conntrack_tuple_hash);
const size_t SSI_CONNTRACK_HASH_tuple = offsetof(struct nf_conntrack_tuple_hash, tuple);
const size_t SSI_CONNTRACK_use = offsetof(struct nf_conn, ct_general.use);
const size_t SSI_CONNTRACK_timeout = offsetof(struct nf_conn, timeout);
const size_t SSI_CONNTRACK_hashes = offsetof(struct nf_conn, tuplehash);
const size_t SSI_CONNTRACK_status = offsetof(struct nf_conn, status);
const size_t SSI_CONNTRACK_seen = offsetof(struct nf_conn, proto.tcp.seen);
const size_t SSI_CONNTRACK_state = offsetof(struct nf_conn, proto.tcp.state);
const size_t SSI_CONNTRACK_SEEN_size = sizeof(struct ip_ct_tcp_state);
const size_t SSI_CONNTRACK_SEEN_end = offsetof(struct ip_ct_tcp_state, td_end);
const size_t SSI_CONNTRACK_SEEN_maxend = offsetof(struct ip_ct_tcp_state, td_maxend);
const size_t SSI_CONNTRACK_SEEN_maxwin = offsetof(struct ip_ct_tcp_state, td_maxwin);
const size_t SSI_CONNTRACK_ZONE_size = sizeof(struct nf_conntrack_zone);
const unsigned char SSI_CONNTRACK_ZONE_dir = NF_CT_DEFAULT_ZONE_DIR;
const unsigned long SSI_CONNTRACK_OFFLOAD = IPS_OFFLOAD | IPS_HW_OFFLOAD;
const unsigned char SSI_CONNTRACK_NONE = TCP_CONNTRACK_NONE;
const unsigned char SSI_CONNTRACK_TIME_WAIT = TCP_CONNTRACK_TIME_WAIT;
const unsigned char SSI_CONNTRACK_CLOSE = TCP_CONNTRACK_CLOSE;

/* Routes: what is asked for, and the function that sends by one. */
const size_t SSI_FLOWI_size = sizeof(struct flowi);
const size_t SSI_FLOWI_oif = offsetof(struct flowi, u.__fl_common.flowic_oif);
const size_t SSI_FLOWI_proto = offsetof(struct flowi, u.__fl_common.flowic_proto);
const size_t SSI_FLOWI_flags = offsetof(struct flowi, u.__fl_common.flowic_flags);
const unsigned char SSI_FLOWI_ANYSRC = FLOWI_FLAG_ANYSRC;
const size_t SSI_FLOWI4_saddr = offsetof(struct flowi, u.ip4.saddr);
const size_t SSI_FLOWI4_daddr = offsetof(struct flowi, u.ip4.daddr);
const size_t SSI_FLOWI6_saddr = offsetof(struct flowi, u.ip6.saddr);
const size_t SSI_FLOWI6_daddr = offsetof(struct flowi, u.ip6.daddr);
const size_t SSI_DST_output = offsetof(struct dst_entry, output);
const size_t SSI_IPCB_flags = offsetof(struct inet_skb_parm, flags);
const unsigned short SSI_IPCB_REROUTED = IPSKB_REROUTED;
const size_t SSI_IP6CB_flags = offsetof(struct inet6_skb_parm, flags);
const unsigned short SSI_IP6CB_REROUTED = IP6SKB_REROUTED;
