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
#include <net/rtnetlink.h>

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

/* The directory in sysfs. */
const size_t SSI_NET_DEVICE_kobj = offsetof(struct net_device, dev.kobj);
const size_t SSI_RTNL_LINK_OPS_kind = offsetof(struct rtnl_link_ops, kind);
const size_t SSI_VLAN_DEV_PRIV_flags = offsetof(struct vlan_dev_priv, flags);
