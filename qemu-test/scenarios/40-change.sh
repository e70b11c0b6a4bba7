#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 12 20
# A change takes effect whole and at once, under load.
#
#     n0 … n3 eth0 ── p0 … p3   ┐
#     VIP 10.9.0.100            ┤ sw: a learning bridge ├ pc ── eth0 cl: 513 addresses, many requests each
#
# Each node changes to and fro between two tables, at its own pace. A source that has the same owner in both must get
# each request answered, once, by that owner: any mixture of one table's number of buckets with the other's bits would
# lose or double answers of most such sources, and the judge counts those that would notice.
. "$(dirname "$0")/lib/scenario.sh"

# An emulated processor gets through fewer.
rounds=60 least=1000
[[ ${SSI_LANE-} != stock ]] || { rounds=12 least=100; }

# whole NODES OPERATION: the nodes swap between the tables $WORK/a and $WORK/b while clients ask.
whole() {
	local node changes a b swaps=()
	capture all
	rm -f "$WORK"/*.swaps
	for node in $1; do
		read -ra a < <(state "$node" a "$2")
		read -ra b < <(state "$node" b "$2")
		background ssi-probe --netns "$node" swap --cluster c --operation "$2" --out "$WORK/$node.swaps" \
			"${a[@]/#/--a=}" "${b[@]/#/--b=}"
		swaps+=("$started")
	done
	ask udp "$SPREAD" load --rounds "$rounds" --timeout 20 --settle 2000 --window 128
	ssi-probe stop "${swaps[@]}"
	stop_capture
	ssi-probe answers --table "$WORK/a" --table "$WORK/b" "$WORK/load.json"
	refused ssi-probe answers --table "$WORK/a" "$WORK/load.json"
	wire all 4 --table "$WORK/a" --table "$WORK/b" >/dev/null
	for node in $1; do
		changes=$(cat "$WORK/$node.swaps")
		((changes >= least)) || fail "$node made only $changes changes"
		echo "$node changed $changes times"
	done
}

# state NODE TABLE OPERATION: the attributes that make it so.
state() {
	if [[ $3 == table-set ]]; then
		jq -r --arg n "$1" '"buckets=u32:\(.buckets) owned=bits:\(.buckets):\(.owned[$n])"' "$WORK/$2"
	else
		jq -r --arg n "$1" '"nodes=u32:\(.buckets) node=u32:\(.owned[$n])"' "$WORK/$2"
	fi
}

swap_bitmaps() {
	table "$WORK/a" 3 --shape irregular --buckets 16 --seed 1
	table "$WORK/b" 3 --shape irregular --buckets 1021 --seed 2
	clusters_up "$WORK/a"
	whole "n0 n1 n2" table-set
	clusters_down n0 n1 n2
}

# From three nodes to four, the new one as rank 0, which moves the others' ranks: else a node that took the new number
# with its old rank would be right for each steady source. n3 keeps still; what it takes is no steady source's.
swap_numbers() {
	table "$WORK/a" 3
	echo '{"buckets": 4, "owned": {"n3": "0", "n0": "1", "n1": "2", "n2": "3"}}' >"$WORK/b"
	clusters_up "$WORK/a"
	in_ns n3 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 0 --nodes 4
	whole "n0 n1 n2" cluster-set
	clusters_down n0 n1 n2 n3
}

# Once a command has returned, the next request meets the new table.
at_once() {
	local t=b node k
	table "$WORK/a" 2 --shape irregular --buckets 64 --seed 8
	table "$WORK/b" 2 --shape irregular --buckets 1024 --seed 9
	clusters_up "$WORK/a"
	for _ in 1 2 3 4 5 6; do
		k=$(jq .buckets "$WORK/$t")
		for node in n0 n1; do
			in_ns $node ssictl table set c --buckets "$k" --owned "$(jq -r ".owned.$node" "$WORK/$t")"
		done
		ask udp 10.64.7.0-10.64.7.127 now --settle 50
		ssi-probe answers --table "$WORK/$t" "$WORK/now.json" >/dev/null
		[[ $t == a ]] && t=b || t=a
		refused ssi-probe answers --table "$WORK/$t" "$WORK/now.json"
	done
	clusters_down n0 n1
	echo "6 changes, 128 requests right after each"
}

# A whole table carries its number; one for another generation is refused and changes nothing.
generations() {
	table "$WORK/a" 2 --shape irregular --buckets 64 --seed 8
	clusters_up "$WORK/a"
	local before after
	before=$(in_ns n0 ssictl -j table show c)
	refused in_ns n0 ssictl table set c --buckets 8 --owned 0-3 --generation 0
	refused in_ns n0 ssictl table set c --buckets 8 --owned 0-3 --generation "$(jq .generation <<<"$before")"
	after=$(in_ns n0 ssictl -j table show c)
	same "table after refusals" "$before" "$after"
	in_ns n0 ssictl table set c --buckets 8 --owned 0-3 --generation 1000
	same "generation" 1000 "$(in_ns n0 ssictl -j table show c | jq .generation)"
	clusters_down n0 n1
	echo "stale ones refused, 1000 taken"
}

after_failure() { remove_clusters; }

quiet_kernel
switch bridge
nodes 4
client
serve n0 n1 n2 n3
modprobe ssi_filter

claim claim_14_bitmaps_change_whole_under_load swap_bitmaps
also claim_14_number_of_nodes_changes_whole_under_load swap_numbers
claim claim_14_change_takes_effect_at_once at_once
also claim_14_stale_generation_is_refused generations
