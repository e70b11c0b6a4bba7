/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Headers of what bindings_allowlist names.
 *
 * struct net_device is opaque in kernel::bindings and drags in some seventy types that depend on
 * the configuration, so it stays opaque: the few fields that we read are bound by their offsets.
 */

#include <linux/hrtimer_types.h>

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
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
SSI_SOCK(family, skc_family);
SSI_SOCK(net, skc_net);
SSI_SOCK(nulls_node, skc_nulls_node);
SSI_SOCK(rcv_saddr, skc_rcv_saddr);
SSI_SOCK(rcv_saddr6, skc_v6_rcv_saddr);
SSI_SOCK(state, skc_state);
SSI_SOCK(tw_rcv_nxt, skc_tw_rcv_nxt);
const size_t SSI_REQUEST_snt_isn = offsetof(struct tcp_request_sock, snt_isn);
const size_t SSI_TIMEWAIT_rcv_wnd = offsetof(struct tcp_timewait_sock, tw_rcv_wnd);
const size_t SSI_TIMEWAIT_substate = offsetof(struct inet_timewait_sock, tw_substate);
const unsigned char SSI_TCP_FIN_WAIT2 = TCP_FIN_WAIT2;
const unsigned char SSI_TCP_NEW_SYN_RECV = TCP_NEW_SYN_RECV;
const unsigned char SSI_TCP_TIME_WAIT = TCP_TIME_WAIT;
const size_t SSI_INET_HASHINFO_ehash = offsetof(struct inet_hashinfo, ehash);
const size_t SSI_INET_HASHINFO_ehash_mask = offsetof(struct inet_hashinfo, ehash_mask);
const size_t SSI_INET_HASHINFO_pernet = offsetof(struct inet_hashinfo, pernet);

/* A namespace's references. */
const size_t SSI_NET_ns = offsetof(struct net, ns);
const size_t SSI_NET_ns_ref = offsetof(struct net, ns.__ns_ref);

/* Whose fragments are put together: those of others stay apart from ours. */
const unsigned int SSI_IP_DEFRAG_USER = IP_DEFRAG_MACVLAN;

/* The directory in sysfs. */
const size_t SSI_NET_DEVICE_kobj = offsetof(struct net_device, dev.kobj);
const size_t SSI_RTNL_LINK_OPS_kind = offsetof(struct rtnl_link_ops, kind);
const size_t SSI_VLAN_DEV_PRIV_flags = offsetof(struct vlan_dev_priv, flags);
