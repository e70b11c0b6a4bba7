# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows of what pktgen does not make, sent into the other end of the veth by a packet socket: TCP, IPv6, ARP, neighbour
# discovery. And mode forward, whose frames are nobody else's.

# connected: a connection of a client, whose segments are in $TCP_KERNEL and $TCP_GROUP. The address is the kernel's.
connected() {
	: >/run/connection
	python3 "$BENCH"/guest/frames.py connect v1 "$OWN" >>/run/connection &
	holder=$!
	until [[ $(wc -l </run/connection) == 2 ]]; do
		kill -0 $holder || die "no connection was made"
		sleep 0.1
	done
	eval "$(cat /run/connection)"
}

# The kernel alone.
wire_kernel_rows() {
	row wire-stray delivered:0 blast "$TCP_STRAY"
	row wire-stray6 delivered:0 blast "$UDP6_STRAY"
	local_vip on
	connected
	row wire-kernel-tcp delivered:1 blast "$TCP_KERNEL"
	row wire-kernel-arp - blast "$ARP_VIP"
	row wire-kernel-arp-other - blast "$ARP_NOBODY"
	row wire-kernel-ns - blast "$NS_VIP"
	row wire-kernel-ns-other - blast "$NS_NOBODY"
	local_vip off
}

wire_rows() {
	wire_kernel_rows
	modprobe ssi_filter
	cluster v0 --vip "$VIP6"/64 --function bitmap --buckets 16 --owned all --master
	row tcp-owned rx-served:1 blast "$TCP_GROUP"
	row arp-answered rx-arp-answered:1 blast "$ARP_VIP"
	row arp-other rx-arp-ignored:0 blast "$ARP_NOBODY"
	row ns-answered rx-nd-answered:1 blast "$NS_VIP"
	row ns-other rx-nd-ignored:0 blast "$NS_NOBODY"
	ssictl table set bench-v0 --buckets 16 --owned none
	row drain-hit rx-draining:1 blast "$TCP_GROUP"
	kill $holder
	ssictl cluster del bench-v0
	cluster v0 --vip "$VIP6"/64 --function bitmap --buckets 16 --owned none
	row drop-tcp rx-other:1 blast "$TCP_UNKNOWN"
	row drop-udp6 rx-other:1 blast "$UDP6_GROUP"
	row arp-ignored rx-arp-ignored:1 blast "$ARP_VIP"
	row ns-ignored rx-nd-ignored:1 blast "$NS_VIP"
	ssictl table set bench-v0 --buckets 16 --owned all
	row adopt-miss rx-left:1 blast "$TCP_UNKNOWN"
	ssictl cluster del bench-v0
	rmmod ssi_filter
}

# A node of rank 2 that tells what it owns. What it says on f0 comes in at d0, by which we forward, so that nothing but
# the forwarding is paid for.
other_node() {
	ip netns add peer
	ip link add f0 type veth peer name f1 netns peer
	ip -n peer link add c0 type veth peer name c1
	for dev in f1 c0 c1 lo; do ip -n peer link set $dev up; done
	ip link set f0 up
	tc qdisc add dev f0 clsact
	tc filter add dev f0 ingress matchall action mirred ingress redirect dev d0
	nsenter --net=/run/netns/peer ssictl cluster add bench-peer --dev c0 --vip "$VIP/24" --rank 2 --nodes 3 \
		--mode forward --forward owner --forward-dev f1
}

forward_rows() {
	local whom
	row unshared-stray delivered:0 unshared "$STRAY" "$OTHER"
	modprobe ssi_filter
	cluster v0
	row unshared-drop rx-other:1 unshared "$GROUP" "$OTHER"
	ssictl cluster del bench-v0
	other_node
	for whom in all owner; do
		cluster v0 --mode forward --forward $whom --forward-dev d0 --master
		sleep 3
		row "forward-$whom" rx-forwarded:1 unshared "$BASE" "$OTHER"
		ssictl cluster del bench-v0
	done
	# The end of a namespace is not waited for, and its cluster holds the module.
	nsenter --net=/run/netns/peer ssictl cluster del bench-peer
	ip netns del peer
	rmmod ssi_filter
}
