#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 24 48
# Who answers whom: each request by exactly the node that the formula names, once.
#
#     n0 … n7 eth0 10.9.0.1 … 8 ── p0 … p7 ┐
#     cluster "c", VIP 10.9.0.100          ┤ sw: a learning bridge ├ pc ── eth0 cl
#                                                                          513 addresses of 10.64.0.0/10
. "$(dirname "$0")/lib/scenario.sh"

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
claim claim_7_explain_says_what_the_formula_says explained
