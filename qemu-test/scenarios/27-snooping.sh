#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 70
# A switch that snoops IGMP and MLD and is a querier itself: it gives frames to a group MAC whose IP address is no
# multicast one to router ports only. What a network admin can do about that is in Documentation/network-admin.md.
#
#     n0 n1 n2 eth0 ── p0 p1 p2 ┐
#     10.9.0.100, fd5a::100     ┤ sw: br0, querier ├ pc ── eth0 cl
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

after_failure() {
	remove_clusters
	plain_switch
}

bridge_is() {
	ip -n sw link set br0 type bridge "$@"
}

# A new querier waits for others' queries as long as hosts may take to answer; one second shortens the test.
snoop_and_query() {
	bridge_is mcast_snooping 1 mcast_query_response_interval 100 mcast_querier 1
}

plain_switch() {
	local i
	bridge_is mcast_querier 0
	bridge_is mcast_snooping 1
	for i in 0 1 2; do bridge -n sw link set dev p$i mcast_router 1; done
}

# answered: how many of six pings come back: in each family three sources, one for each node.
answered() {
	local i
	rm -f "$WORK"/back.*
	for i in 0 1 2; do
		in_ns cl ping -nq -c 1 -W 3 -I 10.64.0.$i $VIP >/dev/null && touch "$WORK/back.4.$i" &
		in_ns cl ping -nq -c 1 -W 3 -I fd5a:0:0:1::$i $VIP6 >/dev/null && touch "$WORK/back.6.$i" &
	done
	wait
	find "$WORK" -name 'back.*' | wc -l
}

# heard NODE: requests that its module met.
heard() {
	in_ns "$1" ssictl -j stats c | jq '.[0].stats | .["rx-served"] + .["rx-other"]'
}

heard_by_all() {
	local node
	for node in n0 n1 n2; do heard $node; done | paste -sd' '
}

works() {
	local before n0 n1 n2
	before=$(heard_by_all)
	same "pings that came back" 6 "$(answered)"
	ask udp 10.64.1.0-10.64.1.63 udp
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json" >/dev/null
	# Six pings and 64 datagrams, and in mode multicast each node hears all of them.
	read -r n0 n1 n2 <<<"$before"
	[[ $mode != multicast ]] || same "requests that n0, n1 and n2 heard" "$((n0 + 70)) $((n1 + 70)) $((n2 + 70))" "$(heard_by_all)"
}

# silent: nothing comes through, and no node hears of it.
silent() {
	local before
	before=$(heard_by_all)
	same "pings that came back" 0 "$(answered)"
	same "requests that n0, n1 and n2 heard" "$before" "$(heard_by_all)"
}

# What the first minutes look like: all is well until the querier's own waiting time is over.
goes_silent() {
	local _
	snoop_and_query
	for _ in {1..60}; do
		(($(answered) > 0)) || break
		sleep 0.5
	done
	silent
	told "$mode" cl
}

snooped() {
	mode=$1
	if [[ $mode == forward-owner ]]; then
		snoop_and_query
		# Longer than the querier waits.
		sleep 3
		works
		plain_switch
		echo "no matter to mode $mode"
		return
	fi
	works
	goes_silent
	plain_switch
	echo "clients know $(mode_mac "$mode"), and no request reaches a node"
}

# What the master forwards goes to a group address too, on the nodes' VLAN: only its own clients are served.
snooped_forward_all() {
	local _ i
	mode=forward-all
	works
	snoop_and_query
	for _ in {1..60}; do
		(($(answered) > 2)) || break
		sleep 0.5
	done
	same "pings that came back" 2 "$(answered)"
	told "$mode" cl
	for i in 0 1 2; do bridge -n sw link set dev p$i mcast_router 2; done
	works
	plain_switch
	echo "the master's own clients only, until the nodes' ports are router ports"
}

router_ports() {
	local i
	mode=$1
	goes_silent
	for i in 0 1 2; do bridge -n sw link set dev p$i mcast_router 2; done
	works
	plain_switch
	echo "70 requests in both families at all nodes"
}

no_snooping() {
	mode=$1
	goes_silent
	bridge_is mcast_snooping 0
	works
	plain_switch
	echo "70 requests in both families at all nodes"
}

quiet_kernel
switch bridge
nodes 3
both_families 3
client
ip -n cl -6 addr add fd5a::fffe/64 dev eth0 nodad
ip -n cl -6 route add local fd5a:0:0:1::/64 dev lo
in_ns cl sysctl -q -w net.ipv6.ip_nonlocal_bind=1
for node in n0 n1 n2; do ip -n $node -6 route add fd5a:0:0:1::/64 via fd5a::fffe; done
serve n0 n1 n2
modprobe ssi_filter
table "$WORK/table" 3

also claim_4_snooping_querier_silences_the_cluster in_mode multicast "$WORK/table" snooped multicast
also claim_3_snooping_querier_silences_forward_all in_mode forward-all "$WORK/table" snooped_forward_all
also claim_3_snooping_querier_leaves_forward_owner in_mode forward-owner "$WORK/table" snooped forward-owner
also claim_4_router_ports_hear_past_a_querier in_mode multicast "$WORK/table" router_ports multicast
also claim_4_no_snooping_past_a_querier in_mode multicast "$WORK/table" no_snooping multicast
# Place for a cluster with --mac igmp, which the switch is to forward by the nodes' own membership: goes through
# in_mode with that option, then works() while snoop_and_query is on.
