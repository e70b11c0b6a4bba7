#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 30 56
# Who answers whom: each request by exactly the node that the formula names, once.
#
#     n0 … n7 eth0 10.9.0.1 … 8 ── p0 … p7 ┐
#     cluster "c", VIP 10.9.0.100          ┤ sw: a learning bridge ├ pc ── eth0 cl
#                                                                          513 addresses of 10.64.0.0/10
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

many_ports=$(dirname "$0")/lib/ports.py

# TCP takes an emulated processor longest: there a table in three has it, all have it in UML. The choice of a node
# looks at nothing above IP.
with_tcp() {
	[[ ${SSI_LANE-} != stock || " 3 5 " == *" $1 "* ]]
}

# distributed N [ARG of table…]: N of the eight nodes form a cluster.
distributed() {
	local n=$1 t=$WORK/table wrong=$WORK/wrong names
	table "$t" "$@"
	clusters_up "$t"
	capture all
	rm -f "$WORK"/*.json
	ask udp "$DENSE" udp
	ask ping "$SPREAD" ping
	if with_tcp "$n"; then ask tcp "$SPREAD" tcp; fi
	# A connection's last segments, sent again after 200 ms, are to be in the capture as they are in the counters.
	sleep 0.5
	stop_capture
	ssi-probe answers --table "$t" "$WORK"/*.json
	wire all "$n" --table "$t" --master n0
	names=$(all_nodes "$t")
	# shellcheck disable=SC2086 # one word a node
	counters_agree all $names
	# The same judges with another formula have to object.
	table "$wrong" $((n + 1))
	refused ssi-probe answers --table "$wrong" "$WORK/udp.json"
	refused wire all "$n" --table "$wrong"
	# shellcheck disable=SC2086
	clusters_down $names
}

# served: what each of three nodes has served.
served() {
	local node
	for node in n0 n1 n2; do in_ns $node ssictl -j stats c | jq -c --arg n $node '{($n): .[0].stats["rx-served"]}'; done | jq -cs add
}

# counted WHAT: the nodes serve each as many packets more as ports.py says when it does this.
counted() {
	local before want got _
	before=$(served)
	want=$(in_ns cl "$many_ports" "$WORK/table" 10.9.1.1 "$VIP" "$1")
	for _ in {1..50}; do
		got=$(jq -nc --argjson now "$(served)" --argjson before "$before" '$now | with_entries(.value -= $before[.key])')
		[[ $got != "$want" ]] || break
		sleep 0.1
	done
	same "served of $1" "$want" "$got"
	echo "$1: $got"
}

# One address of many ports, as those behind a NAT have: each port is one node's, a packet in parts and an error too.
by_port() {
	local port verdict
	in_ns cl "$many_ports" "$WORK/table" 10.9.1.1 "$VIP" ask
	# The same judge with another formula has to object.
	jq -c '.siphash = "11112233445566778899aabbccddeeff"' "$WORK/table" >"$WORK/wrong"
	refused in_ns cl "$many_ports" "$WORK/wrong" 10.9.1.1 "$VIP" ask
	counted errors
	counted parts
	verdict=$(for node in n0 n1 n2; do in_ns $node ssictl -j explain c 10.9.1.1:40000; done | jq -cs 'map(.verdict) | sort')
	same "explained" '["drop","drop","serve"]' "${verdict//forward/drop}"
}

# What n1 has is counted and listed by ports when its buckets go, and its drain ends with it.
drained() {
	local want held got _
	in_ns cl "$many_ports" "$WORK/table" 10.9.1.1 "$VIP" hold < <(until [[ -e $WORK/over ]]; do sleep 0.1; done) >"$WORK/held" &
	held=$!
	for _ in {1..100}; do [[ ! -s $WORK/held ]] || break; sleep 0.1; done
	want=$(jq .n1 "$WORK/held")
	in_ns n1 ssictl cluster set c --owned none
	for _ in {1..50}; do
		got=$(in_ns n1 ssictl -j table show c | jq .connections)
		[[ $got != "$want" ]] || break
		sleep 0.2
	done
	same "connections that n1 has counted" "$want" "$got"
	same "sessions of n1 that drain" "$want" "$(in_ns n1 ssictl -j sessions c --draining | jq length)"
	touch "$WORK/over"
	wait $held
	for _ in {1..50}; do
		got=$(in_ns n1 ssictl -j table show c | jq -r .draining)
		[[ $got != none ]] || break
		sleep 0.2
	done
	same "what n1 drains when they are over" none "$got"
	echo "$want connections of n1 counted, listed and drained"
}

keyed() {
	table "$WORK/table" 3 --shape irregular --buckets 1024 --siphash $seed --key source-port
	in_mode "$1" "$WORK/table" by_port
	[[ $1 == multicast ]] || return 0
	clusters_up "$WORK/table"
	drained
	clusters_down n0 n1 n2
}

# What a person is told by "ssictl explain" is what the formula says.
explained() {
	local t=$WORK/table owner source node said n=0
	table "$t" 3 --shape irregular --buckets 16 --seed 5
	clusters_up "$t"
	while read -r source owner; do
		for node in n0 n1 n2; do
			said=$(in_ns "$node" ssictl -j explain c "$source" | jq -r .verdict)
			if [[ $node == "$owner" ]]; then same "$node of $source" serve "$said"; else same "$node of $source" drop "$said"; fi
			n=$((n + 1))
		done
	done < <(ssi-probe owners --table "$t" 10.64.0.1-10.64.0.4,192.0.2.77)
	clusters_down n0 n1 n2
	echo "$n explanations agree"
}

after_failure() { remove_clusters; }

quiet_kernel
switch bridge
nodes 8
both_families 3
client
serve n{0..7}
modprobe ssi_filter

seed=00112233445566778899aabbccddeeff
also claim_10_modulo_n2 distributed 2
claim claim_10_modulo_n3 distributed 3
also claim_10_modulo_n5 distributed 5
also claim_10_modulo_n8 distributed 8
also claim_11_bitmap_k16 distributed 3 --shape irregular --buckets 16
claim claim_11_bitmap_k1024 distributed 5 --shape irregular --buckets 1024
also claim_11_bitmap_k65536 distributed 8 --shape irregular --buckets 65536
claim claim_10_modulo_siphash_n3 distributed 3 --siphash $seed
also claim_11_bitmap_siphash_k1024 distributed 4 --shape irregular --buckets 1024 --siphash $seed
named claim_10_addresses_of_a_network_are_one_nodes distributed 3 --shape irregular --buckets 1024 --key prefix:20,64
also claim_10_ports_of_an_address_are_of_many_nodes keyed multicast
named claim_10_ports_of_an_address_are_of_many_nodes_forward_all keyed forward-all
named claim_10_ports_of_an_address_are_of_many_nodes_forward_owner keyed forward-owner
claim claim_7_explain_says_what_the_formula_says explained
