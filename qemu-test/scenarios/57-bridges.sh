#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 13 22
# A node that is a hypervisor: the cluster is on its bridge, or on the port that leads out.
#
#     vm 10.9.2.1 and, as its own, 10.128.0.0/16 ── vm0 ┐
#                           n0 10.9.0.1 (rank 0)   br0 ┤
#                                                 eth0 ┘── p0 ┐
#     n1 10.9.0.2 (rank 1)  eth0 ── p1                        ┤ sw: br0 without snooping ├ pc ── cl
. "$(dirname "$0")/lib/scenario.sh"


# add NODE DEV [ARG…]
add() {
	local node=$1 dev=$2
	shift 2
	in_ns "$node" ssictl cluster add c --dev "$dev" --vip "$VIP/32" --vip fd5a::100/64 --rank "${node#n}" --nodes 2 "$@"
}

# clusters DEV-OF-N0 [ARG-OF-N0…]
clusters() {
	add n0 "$@" --master
	add n1 eth0
	ip -n cl neigh flush dev eth0
	ip -n vm neigh flush dev eth0
}

gone() {
	in_ns n0 ssictl cluster del c
	in_ns n1 ssictl cluster del c
}

hook() {
	in_ns n0 ssictl -j cluster show c | jq -r '.[0].hook'
}

# asked: clients outside get one answer each, of the right node.
asked() {
	local proto
	capture all
	for proto in udp tcp ping; do ask $proto 10.64.0.0-10.64.0.15 $proto --bytes 5000; done
	stop_capture
	ssi-probe answers --table "$WORK/table" "$WORK"/{udp,tcp,ping}.json >/dev/null
	wire all 2 --table "$WORK/table" --master n0 >/dev/null
	counters_agree all n0 n1 >/dev/null
}

asked_by_ipv6() {
	each_once6 fd5a:0:0:1::1-fd5a:0:0:1::10 "$WORK/table"
}

# asked_from_within NAME: clients behind the node's own bridge.
asked_from_within() {
	local proto
	for proto in udp tcp ping; do
		ssi-probe --netns vm ask --proto $proto --sources 10.128.0.0-10.128.0.15 --to "$VIP:7000" --bytes 5000 --out "$WORK/vm-$proto.json"
	done
	ssi-probe answers --table "$WORK/table" "$WORK"/vm-{udp,tcp,ping}.json >/dev/null
}

# reach: how many of 4 frames to the group MAC the bridge gives to its own host.
reach() {
	background ssi-probe --netns n0 capture --dev br0 --ethertype 0x0800 --out "$WORK/reach.pcapng"
	in_ns cl ping -q -c 4 -i 0.02 -W 0.5 -I 10.64.0.1 10.9.0.99 >/dev/null || true
	ssi-probe stop "$started"
	tcpdump -nr "$WORK/reach.pcapng" "ether dst $GROUP and icmp" 2>/dev/null | wc -l
}

on_bridge() {
	clusters br0
	same hook rx-handler "$(hook)"
	asked
	asked_by_ipv6
	asked_from_within
	gone
	echo "clients outside and behind the bridge: one answer each, of its owner"
}

# A bridge that snoops and knows a querier keeps what nobody reported for from its own host, but for a cluster there.
on_bridge_with_querier() {
	local i
	same "frames that reach the host before there is a querier" 4 "$(reach)"
	ip -n n0 link set br0 type bridge mcast_query_response_interval 10 mcast_querier 1
	for i in {1..60}; do
		(($(reach))) || break
	done
	same "frames that reach the host beside a querier" 0 "$(reach)"
	clusters br0
	same "frames that reach the cluster's host" 4 "$(reach)"
	ssi-probe --netns cl ask --sources 10.64.0.0-10.64.0.15 --to "$VIP:7000" --out "$WORK/udp.json"
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json" >/dev/null
	asked_by_ipv6
	gone
	same "frames that reach the host once the cluster went" 0 "$(reach)"
	ip -n n0 link set br0 type bridge mcast_querier 0 mcast_query_response_interval 1000
	echo "of 4 frames beside a querier the host gets none, with a cluster 4; clients answered once"
}

# On the port: the hook says so. It is second best: IPv6 wants its addresses where its packets come in, on the bridge,
# and what comes from within passes no hook, so that this node takes it whoever owns it.
on_port() {
	clusters eth0
	same hook ingress "$(hook)"
	asked
	# For 4 s the master announces itself, and who is asking is answered by that.
	sleep 3
	refused in_ns cl ping -6 -c 1 -W 1 -I fd5a:0:0:1::2 fd5a::100
	refused asked_from_within
	gone
	refused add n0 eth0 --hook rx-handler
	echo "hook ingress, as it has to; clients outside by IPv4 answered once, as the guide says no others"
}

# changed: what an administrator does to an interface under a cluster.
changed() {
	local said
	clusters br0
	ip -n n0 link set br0 down
	ip -n n0 link set br0 up
	ip -n n0 -batch - <<-END
		route add 10.64.0.0/10 dev br0
		route add 10.128.0.0/16 dev br0
		addr add fd5a::1/64 dev br0 nodad
		route add fd5a:0:0:1::/64 via fd5a::ffff dev br0
	END
	# The kernel keeps no IPv6 address of an interface that goes down.
	in_ns n0 ssictl cluster show c | grep -q 'fd5a::100.*not on br0' || fail "nobody tells that the address has gone"
	in_ns n0 ssictl cluster set c --vip "$VIP/32" --vip fd5a::100/64
	ip -n n0 link set br0 mtu 1400
	ip -n n0 link set br0 address 06:00:00:00:00:aa
	said=$(ip -n n0 link set br0 address $BASE 2>&1) && fail "the node took the cluster's MAC"
	[[ $said == *"a cluster on this interface has this mac"* ]] || fail "refused with: $said"
	same "MAC" 06:00:00:00:00:aa "$(ip -j -n n0 link show br0 | jq -r '.[0].address')"
	asked
	asked_by_ipv6
	ip -n n0 link set br0 mtu 1500
	gone
	ip -n n0 link set br0 address $BASE
	ip -n n0 link set br0 address "$(node_mac 0)"
	echo "down and up, another MTU, another MAC: served; the cluster's MAC is refused while it is there"
}

after_failure() {
	stop_all_probes
	remove_clusters
	serve n0 n1
}

quiet_kernel
sysctl -q -w net.ipv6.neigh.default.gc_thresh{3,2,1}=32768
switch bridge
ip -n sw link set br0 type bridge mcast_snooping 0
nodes 2
client
namespace vm
ip -n n0 addr flush dev eth0
ip -n n0 link add br0 address "$(node_mac 0)" type bridge
ip -n n0 link add vm0 type veth peer name eth0 address 0a:00:00:00:00:02 netns vm
ip -n n0 -batch - <<-END
	link set eth0 master br0
	link set vm0 up master br0
	link set br0 up
	addr add 10.9.0.1/16 dev br0
	route add 10.64.0.0/10 dev br0
END
ip -n vm -batch - <<-END
	addr add 10.9.2.1/16 dev eth0
	link set eth0 up
	route add local 10.128.0.0/16 dev lo
END
in_ns vm sysctl -q -w net.ipv4.ping_group_range='0 2147483647'
ip -n cl addr add fd5a::ffff/64 dev eth0 nodad
ip -n cl route add local fd5a:0:0:1::/64 dev lo
in_ns cl sysctl -q -w net.ipv6.ip_nonlocal_bind=1
# An address that nobody has: frames go to the group MAC and nobody answers.
ip -n cl neigh add 10.9.0.99 lladdr $GROUP dev eth0
ip -n n0 addr add fd5a::1/64 dev br0 nodad
ip -n n1 addr add fd5a::2/64 dev eth0 nodad
for r in 0 1; do
	ip -n n$r route add fd5a:0:0:1::/64 via fd5a::ffff
	ip -n n$r route add 10.128.0.0/16 dev "$([[ $r == 0 ]] && echo br0 || echo eth0)"
done
serve n0 n1
modprobe ssi_filter
table "$WORK/table" 2

claim claim_4_bridge_in_a_node on_bridge
also claim_4_bridge_beside_a_querier on_bridge_with_querier
claim claim_7_port_of_a_bridge_takes_ingress on_port
also claim_7_interface_changed_under_a_cluster changed
