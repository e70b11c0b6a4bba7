#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 28 0
# Nodes learn from the master's own messages what the cluster is (claims 2, 16, 30), and serve it with the master.
#
#     n0 (master) n1 n2 eth0 ── p0 p1 p2 ┐
#     and eth0.100, made by ssictl       ┤ sw: a learning bridge ├ pc ── eth0 cl: 256 addresses
. "$(dirname "$0")/lib/scenario.sh"

# until_true SECONDS CMD…: waits for something that comes.
until_true() {
	local left=$(($1 * 5))
	shift
	until "$@"; do
		((left-- > 0)) || fail "this did not come true: $*"
		sleep 0.2
	done
}

says() {
	[[ $(in_ns "$1" ssictl -j "${@:3}" | jq -r "$SHOWS") == "$2" ]]
}

# Seconds that a slow machine may take for a word each second; nothing waits as long where nodes speak.
patience=20

joins() {
	in_ns "$1" ssictl -j cluster join c --dev eth0 --insecure --timeout "$patience" "${@:2}"
}

# refused_with NODE WORDS ARG…: join says these words, and leaves no interface behind.
refused_with() {
	local node=$1 words=$2 before said
	shift 2
	before=$(ip -n "$node" -o link)
	! said=$(joins "$node" "$@" 2>&1) || fail "join was not refused: $*"
	grep -qF -- "$words" <<<"$said" || fail "expected '$words', got: $said"
	same "interfaces of $node" "$before" "$(ip -n "$node" -o link)"
}

# Two networks of nodes that do not see each other: no master there.
nobody_there() {
	patience=2
	refused_with n1 'no node was seen within 2 s' --vlan 101 --rank 1
	echo "on another VLAN nobody is seen; eth0.101 is gone again"
}

learn() {
	local i said want
	for i in 1 2; do
		said=$(joins n$i --vlan 100 --rank $i)
		want="$BASE $(node_mac 0) $VIP/32 $i of 3 owner"
		same "what n$i learnt" "$want" "$(jq -r \
			'"\(.mac) \(."master-mac") \(.vip[0].address)/\(.vip[0].prefix) \(.node) of \(.nodes) \(.forward)"' <<<"$said")"
		ip -n n$i -4 addr show dev eth0 | grep -q "inet $VIP/32" || fail "n$i does not have the address"
		ip -n n$i -d link show eth0.100 | grep -q 'alias ssi c' || fail "eth0.100 is not marked"
		SHOWS='.[0]."master-mac"' until_true 20 says n$i "$(node_mac 0)" cluster show c
	done
	echo "n1 and n2 know $VIP, $BASE and the master's $(node_mac 0)"
}

# together: n1 and n2 have joined, also where a test is run without the one that has them do so.
together() {
	local i
	for i in 1 2; do
		in_ns n$i ssictl cluster show c >/dev/null 2>&1 || joins n$i --vlan 100 --rank $i >/dev/null
	done
}

serve_together() {
	together
	for i in 0 1 2; do
		SHOWS='"\(.peers | length) \(.remarks | length)"' until_true 20 says n$i "2 0" peers c
	done
	for i in 1 2; do SHOWS='.[0].flooded' until_true 20 says n$i false cluster show c; done
	ask udp 10.64.0.0-10.64.0.255 udp
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json"
}

explained() {
	local to
	to=$(in_ns n0 ssictl -j explain c "$1" | jq -r '"\(.verdict) \(."forward-to")"')
	same "what n0 does with $1" "forward $2" "$to"
}

# An interface of a VLAN has the MAC of the one below.
explain_forward() {
	together
	explained 10.64.0.0 "$(node_mac 2)"
	explained 10.64.0.2 "$(node_mac 1)"
	echo "explain names the owner's MAC"
}

own_rank() {
	together
	in_ns n2 ssictl cluster del c
	refused_with n2 "--rank 1: the node $(node_mac 1) has this rank" --vlan 100 --rank 1
	refused_with n2 '--rank 3: the cluster has 3 nodes' --vlan 100 --rank 3
	joins n2 --vlan 100 --rank 2 >/dev/null
	echo "a rank that is taken or is not there is refused"
}

# A second cluster on the same VLAN.
two_clusters() {
	together
	in_ns n0 ssictl cluster add d --dev eth0 --vip 10.9.0.101/32 --rank 0 --nodes 2 --master --mode forward --vlan 100
	in_ns n2 ssictl cluster del c
	refused_with n2 "several clusters are seen, $BASE ($VIP), 02:5a:0a:09:00:65 (10.9.0.101)" --vlan 100 --rank 1
	joins n2 --vlan 100 --rank 1 --mac 02:5a:0a:09:00:65 >/dev/null
	same "the address of n2's cluster" 10.9.0.101 "$(in_ns n2 ssictl -j cluster show c | jq -r '.[0].vip[0].address')"
	in_ns n2 ssictl cluster del c
	in_ns n0 ssictl cluster del d
	ip -n n0 link show eth0.100 >/dev/null || fail "eth0.100 went with d, and c forwards by it"
	joins n2 --vlan 100 --rank 2 >/dev/null
	echo "refused with both, taken by --mac; the VLAN stays for the other cluster"
}

# What peers says of trouble.
remarks() {
	together
	in_ns n2 ssictl cluster set c --nodes 5
	SHOWS='.peers[] | select(.node == 2).agrees' until_true 20 says n0 false peers c
	! in_ns n0 ssictl peers c >"$WORK/peers" || fail "peers has status 0 where there is trouble"
	grep -q '^rank 2 does not agree: it has 5 nodes, this one 3' "$WORK/peers" || fail "no word of that rank 2 does not agree"
	in_ns n2 ssictl cluster set c --nodes 3 --master on
	SHOWS='.remarks[0] // ""' until_true 20 says n0 \
		'this node is master, and rank 2 too: cluster set --master off on all but one' peers c
	in_ns n2 ssictl cluster set c --master off
	SHOWS='.remarks | length' until_true 20 says n0 0 peers c
	in_ns n2 ssictl cluster set c --rank 1
	SHOWS='.remarks[0] // "" | split(",")[0]' until_true 20 says n1 "rank 1 is this node's" peers c
	in_ns n2 ssictl cluster set c --rank 2
	ip -n n2 link set eth0.100 down
	SHOWS='.remarks[-1] // "" | .[0:20]' until_true 20 says n0 'rank 2 was last seen' peers c
	ip -n n2 link set eth0.100 up
	SHOWS='.remarks | length' until_true 20 says n0 0 peers c
	echo "another configuration, two masters, a rank used twice and a silent node are told, and nothing when all is well"
}

gone() {
	together
	local i
	for i in 0 1 2; do
		in_ns n$i ssictl cluster del c
		! ip -n n$i link show eth0.100 2>/dev/null || fail "n$i still has eth0.100"
	done
	echo "no eth0.100 is left"
}

quiet_kernel
modprobe ssi_filter
switch bridge
nodes 3
client
serve n0 n1 n2
table "$WORK/table" 3
in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 0 --nodes 3 --master \
	--mode forward --forward owner --vlan 100

claim claim_2_nobody_to_learn_from nobody_there
claim claim_2_nodes_learn_address_and_mac_of_the_master learn
claim claim_3_joined_nodes_serve_with_the_master serve_together
claim claim_3_explain_names_who_gets_the_packet explain_forward
claim claim_2_a_rank_that_is_taken_is_refused own_rank
claim claim_2_two_clusters_on_one_vlan two_clusters
claim claim_16_peers_tell_of_trouble remarks
claim claim_3_vlan_goes_with_its_cluster gone
