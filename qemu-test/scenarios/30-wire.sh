#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 32 0
# What the frames look like, captured where they enter the switch.
#
#     n0 (master) n1 n2 eth0 ── p0 p1 p2 ┐
#     VIP 10.9.0.100                     ┤ sw: bridge or hub ├ pc ── eth0 cl
. "$(dirname "$0")/lib/scenario.sh"

clients_entry() {
	ip -n cl neigh show "$VIP" | grep -o 'lladdr [^ ]*' | cut -d' ' -f2
}

group_mac_in_nic_filter() {
	local node
	for node in n0 n1 n2; do
		ip -n $node maddr show dev eth0 | grep -q "link  $GROUP" || fail "$node does not listen to $GROUP"
	done
	in_ns n2 ssictl cluster del c
	! ip -n n2 maddr show dev eth0 | grep -q "$GROUP" || fail "n2 listens to $GROUP after the cluster went"
	in_ns n2 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 2 --nodes 3
	echo "$GROUP on each node, gone with the cluster"
}

# No node was told: each makes the same MAC of the same address.
same_mac() {
	local node
	for node in n0 n1 n2; do
		same "MACs of $node" "$BASE $GROUP" "$(in_ns $node ssictl -j cluster show c | jq -r '.[0] | "\(.mac) \(."group-mac")"')"
	done
	echo "$BASE on each node, with no exchange"
}

arp_entry() {
	ip -n cl neigh flush dev eth0
	ask udp 10.64.0.0-10.64.0.63 udp
	same "client's ARP entry" "$GROUP" "$(clients_entry)"
	echo "$VIP is at $GROUP"
}

# Requests by ARP and by arping, unicast and broadcast: one reply each, and it is the master's.
one_arp_reply() {
	local answers
	capture arp
	answers=$(in_ns cl arping -c 4 -I eth0 -w 20 "$VIP" | grep -ci "$1") || true
	ip -n cl neigh flush dev eth0
	ask udp 10.64.0.1 udp
	stop_capture
	same "replies to 4 ARP requests" 4 "$answers"
	wire arp 3 --master "$2" >/dev/null
	echo "$(jq .arp_requests "$WORK/arp.facts") requests, as many replies, all from $2"
}

master_moves() {
	in_ns n0 ssictl cluster set c --master off
	in_ns n1 ssictl cluster set c --master on
	one_arp_reply "$GROUP" n1
	in_ns n1 ssictl cluster set c --master off
	capture none
	in_ns cl arping -c 1 -I eth0 -w 1 "$VIP" >/dev/null && fail "somebody answers ARP and nobody is master"
	stop_capture
	wire none 3 >/dev/null
	same "ARP replies without a master" 0 "$(jq '[.nodes[].arp_replies] | add' "$WORK/none.facts")"
	in_ns n0 ssictl cluster set c --master on
}

# wire_is MODE: real traffic of all kinds, with source MACs as reply-mac says.
wire_is() {
	local node
	ip -n cl neigh flush dev eth0
	# So the nodes have to ask for the clients, with the cluster's address as sender.
	for node in n0 n1 n2; do ip -n $node neigh flush dev eth0; done
	capture all
	ask udp 10.64.1.0-10.64.1.63 udp
	ask tcp 10.64.1.0-10.64.1.63 tcp --bytes 5000
	ask ping 10.64.1.0-10.64.1.63 ping
	stop_capture
	ssi-probe answers --table "$WORK/table" "$WORK"/{udp,tcp,ping}.json >/dev/null
	wire all 3 --table "$WORK/table" --master n0 --reply-mac "$1"
	[[ $1 == node ]] || refused wire all 3 --reply-mac node
	[[ $1 == cluster ]] || refused wire all 3 --reply-mac cluster
	same "client's ARP entry" "$GROUP" "$(clients_entry)"
	(($(jq '[.nodes[].arp_requests] | min' "$WORK/all.facts") > 0)) || fail "a node sent no ARP request of its own"
}

reply_mac() {
	local node
	for node in n0 n1 n2; do in_ns $node ssictl cluster set c --reply-mac "$1"; done
	wire_is "$1"
}

# All the ways in which a node may say on its own that the cluster's address is at its MAC. That a tool hears no
# answer is no matter here: it goes to the group MAC, or to the client's owner.
tell_tales() {
	local node=$1
	{
		in_ns "$node" arping -q -U -c 1 -I eth0 -w 1 -s "$VIP" "$VIP" &
		in_ns "$node" arping -q -A -c 1 -I eth0 -w 1 -s "$VIP" "$VIP" &
		in_ns "$node" arping -q -c 1 -I eth0 -w 1 -s "$VIP" 10.9.1.1 &
		in_ns "$node" ping -q -c 1 -W 1 -I "$VIP" 10.9.1.1 &
		wait
	} >/dev/null
	in_ns "$node" sysctl -q -w net.ipv4.conf.eth0.arp_notify=1
	ip -n "$node" link set eth0 down
	ip -n "$node" link set eth0 up
	ip -n "$node" route add 10.64.0.0/10 dev eth0
}

nobody_tells_the_nodes_mac() {
	local node
	capture all
	for node in n0 n1 n2; do tell_tales $node; done
	stop_capture
	wire all 3 >/dev/null
	same "client's ARP entry" "$GROUP" "$(clients_entry)"
	(($(jq '[.nodes[].gratuitous] | min' "$WORK/all.facts") >= 3)) || fail "too few gratuitous ARP: $(jq -c .nodes "$WORK/all.facts")"
	jq -r '[.nodes[]] | "gratuitous \([.[].gratuitous] | add), own requests \([.[].arp_requests] | add): the group MAC in all"' "$WORK/all.facts"
}

# Frames with a tag of VLAN 0, which tells a priority only: the stack takes them for untagged, and so must the module.
priority_tagged() {
	local said
	ip -n cl link add link eth0 name prio type vlan id 0
	ip -n cl link set prio up
	ip -n cl neigh add "$VIP" lladdr "$GROUP" dev prio nud permanent
	ip -n cl route add "$VIP/32" dev prio src 10.9.1.1
	said=$(in_ns cl ping -c 4 -i 0.2 -W 3 "$VIP") || fail "no answer: $said"
	ip -n cl link del prio
	! grep DUP <<<"$said" || fail "more than one node answered"
	grep -q '4 received' <<<"$said" || fail "$said"
	echo "4 pings, one answer each"
}

# Over a hub, which is no bridge, so that frames with a group source pass.
hub() {
	stop_all_probes
	namespaces_down
	switch hub
	nodes 3
	client
	serve n0 n1 n2
	clusters_up "$WORK/table"
	reply_mac group
	echo "through a hub"
}

quiet_kernel
switch bridge
nodes 3
client
serve n0 n1 n2
modprobe ssi_filter
table "$WORK/table" 3
clusters_up "$WORK/table"

claim claim_5_6_group_mac_in_nic_filter group_mac_in_nic_filter
claim claim_2_nodes_make_the_same_mac same_mac
claim claim_4_clients_arp_entry_is_the_group_mac arp_entry
claim claim_1_9_reply_carries_the_base_mac wire_is cluster
claim claim_15_only_the_master_answers_arp one_arp_reply "$GROUP" n0
claim claim_15_master_moves master_moves
claim claim_1_reply_mac_node reply_mac node
claim claim_1_reply_mac_cluster_again reply_mac cluster
claim claim_1_nobody_tells_a_nodes_mac nobody_tells_the_nodes_mac
claim claim_8_priority_tagged_answered_once priority_tagged
claim claim_1_reply_mac_group_over_a_hub hub
