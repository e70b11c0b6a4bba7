#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 6 14
# Kinds of interfaces, one after the other: where the cluster meets frames there, and that each client is answered once
# by its owner.
#
#     n0 10.9.0.1 on e0, or on something above e0, which may be in a namespace of its own (h) ── p0 ┐
#     n1 eth0 10.9.0.2                                                                         ── p1 ┤ sw: br0 ├ pc ── cl
. "$(dirname "$0")/lib/scenario.sh"

# n0_with NS LINE…: n0, and e0 in NS, n0 or h; then lines of ip there.
n0_with() {
	local ns=$1 line
	shift
	namespace n0
	[[ $ns == n0 ]] || namespace h
	ip -n sw link add p0 type veth peer name e0 address "$(node_mac 0)" netns "$ns"
	join p0
	ip -n "$ns" link set e0 up
	for line in "$@"; do
		# shellcheck disable=SC2086 # words
		ip -n "$ns" $line
	done
}

n0_gone() {
	remove_clusters || true
	ip -n sw link del p0
	ip netns del n0
	[[ ! -e /run/netns/h ]] || ip netns del h
}

# answered DEV HOOK: n0's cluster is on DEV, meets frames at HOOK, and 16 clients are served as they should be.
answered() {
	local dev=$1 proto served
	ip -n n0 -batch - <<-END
		addr add 10.9.0.1/16 dev $dev
		link set $dev up
		route add 10.64.0.0/10 dev $dev
	END
	in_ns n0 ssictl cluster add c --dev "$dev" --vip "$VIP/32" --rank 0 --nodes 2 --master
	in_ns n1 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 1 --nodes 2
	same "hook on $dev" "$2" "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0].hook')"
	background ssi-probe --netns n0 serve --name n0 --udp 7000 --tcp 7000 --address "$VIP"
	served=$started
	ip -n cl neigh flush dev eth0
	capture all
	for proto in udp tcp ping; do ask $proto 10.64.0.0-10.64.0.15 $proto --bytes 5000; done
	stop_capture
	ssi-probe stop "$served"
	ssi-probe answers --table "$WORK/table" "$WORK"/{udp,tcp,ping}.json >/dev/null || return
	wire all 2 --table "$WORK/table" --master n0 >/dev/null || return
	counters_agree all n0 n1 >/dev/null
	echo "hook $2, 16 clients by UDP, TCP, ping answered by their owners"
}

on() {
	local ns=$1 dev=$2 hook=$3
	shift 3
	n0_with "$ns" "$@"
	answered "$dev" "$hook"
	n0_gone
}

# Another interface in the same segment hears what the cluster's hears: as the kernel is, it answers for all of the
# machine's addresses, until it is told to mind its own.
second_interface() {
	n0_with n0 'link add link e0 name m0 type macvlan mode bridge' 'link set m0 up'
	refused answered e0 ingress
	remove_clusters || true
	ip -n n0 addr flush dev e0
	in_ns n0 sysctl -q -w net.ipv4.conf.m0.arp_ignore=1 net.ipv4.conf.m0.drop_unicast_in_l2_multicast=1
	answered e0 ingress
	n0_gone
}

in_vrf() {
	n0_with n0 'link add red type vrf table 10' 'link set red up' 'link set e0 master red' \
		'route add 10.64.0.0/10 dev e0 table 10'
	in_ns n0 sysctl -q -w net.ipv4.udp_l3mdev_accept=1 net.ipv4.tcp_l3mdev_accept=1
	answered e0 rx-handler
	n0_gone
}

# refused_on DEV SENTENCE
refused_on() {
	local said
	said=$(in_ns n0 ssictl cluster add c --dev "$1" --vip "$VIP/32" --rank 0 --nodes 2 2>&1) && fail "a cluster on $1"
	[[ $said == *"$2"* ]] || fail "refused with: $said"
}

# What is a member of something else says so by its hook; what cannot work is refused, and the other way round.
roles() {
	n0_with n0 'link add red type vrf table 10' 'link add bond0 type bond mode active-backup' 'link set e0 down' \
		'link set e0 master bond0' 'link add e1 type veth peer name e2' 'link set e1 up'
	refused_on red 'a VRF receives no frames; put the cluster on an interface that is in it'
	ip -n n0 link add link e1 name v0 type vlan id 20 reorder_hdr off
	refused_on v0 'leaves its tag in frames'
	ip -n n0 link set v0 type vlan reorder_hdr on
	in_ns n0 ssictl cluster add c --dev v0 --vip "$VIP/32" --rank 0 --nodes 2
	in_ns n0 ssictl cluster del c
	in_ns n0 ssictl cluster add c --dev e0 --vip "$VIP/32" --rank 0 --nodes 2
	same "hook on a bond's member" ingress "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0].hook')"
	in_ns n0 ssictl cluster del c
	in_ns n0 ssictl cluster add c --dev e1 --vip "$VIP/32" --rank 0 --nodes 2
	refused ip -n n0 link add link e1 name m type macvlan
	in_ns n0 ssictl cluster del c
	in_ns n0 ssictl cluster add c --dev e1 --vip "$VIP/32" --rank 0 --nodes 2 --hook ingress
	ip -n n0 link add link e1 name m type macvlan
	n0_gone
	echo "VRF and a VLAN that keeps its tags refused; a bond's member takes ingress; a macvlan comes later where the hook is ingress"
}

after_failure() {
	n0_gone 2>/dev/null
	stop_all_probes
	serve_n1
}

serve_n1() {
	ssi-probe --netns n1 serve --name n1 --udp 7000 --tcp 7000 --address "$VIP" --detach >>"$WORK/pids"
}

quiet_kernel
switch bridge
namespace n1
plug n1 p1 "$(node_mac 1)" 10.9.0.2/16
ip -n n1 route add 10.64.0.0/10 dev eth0
client
serve_n1
modprobe ssi_filter
table "$WORK/table" 2

claim claim_7_on_macvlan on h m0 rx-handler "link add link e0 name m0 netns n0 address 06:00:00:00:00:a0 type macvlan mode bridge"
also claim_7_on_ipvlan on h i0 ingress "link add link e0 name i0 netns n0 type ipvlan mode l2"
also claim_7_beside_macvlan second_interface
also claim_7_in_vrf in_vrf
also claim_7_roles_of_interfaces roles
