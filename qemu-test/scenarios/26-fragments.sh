#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 39
# Datagrams in three to five fragments, of many sources in both families, all mixed up on the wire: each is put together
# at the node that its source names, and no other node's stack sees one of its fragments.
#
#     n0 n1 n2 eth0 ── p0 p1 p2 ┐
#     10.9.0.100, fd5a::100     ┤ sw: br0 ├ pc ── eth0 cl: frames of 500 IPv4 and 500 IPv6 sources
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

after_failure() {
	stop_all_probes
	remove_clusters
}

# 500 sources of each family, ten datagrams each.
plan=(--sources '10.64.4.0-10.64.5.243,fd5a:0:0:1::1-fd5a:0:0:1::1f4' --datagrams 10000)

# counter NODE NAME: of the cluster's counters.
counter() {
	in_ns "$1" ssictl -j stats c | jq ".[0].stats[\"$2\"]"
}

# stack NODE NAME: of the IP stack's own, since the test began.
stack() {
	local now
	now=$(in_ns "$1" nstat -asz "$2" | awk -v c="$2" '$1 == c { print $2 }')
	if [[ -e $WORK/$1.$2 ]]; then echo $((now - $(cat "$WORK/$1.$2"))); else echo "$now"; fi
}

remember_stacks() {
	local node what
	rm -f "$WORK"/n?.Ip*
	for node in n0 n1 n2; do
		for what in Ip{,6}Reasm{Reqds,OKs,Fails}; do stack $node "$what" >"$WORK/now" && mv "$WORK/now" "$WORK/$node.$what"; done
	done
}

# all_through FRAGMENTS: every node has counted as many.
all_through() {
	local node _
	for node in n0 n1 n2; do
		for _ in {1..300}; do
			(($(counter $node rx-served) + $(counter $node rx-other) < $1)) || continue 2
			sleep 0.1
		done
		fail "of $1 fragments $(counter $node rx-served) + $(counter $node rx-other) have reached $node"
	done
}

# all_served FRAGMENTS: the nodes together have served as many; in mode forward not every node gets all.
all_served() {
	local _
	for _ in {1..300}; do
		(($(counter n0 rx-served) + $(counter n1 rx-served) + $(counter n2 rx-served) < $1)) || return 0
		sleep 0.1
	done
	fail "of $1 fragments $(counter n0 rx-served) + $(counter n1 rx-served) + $(counter n2 rx-served) were served"
}

judge() {
	ssi-probe fragments judge "${plan[@]}" --table "$@"
}

# reassembled NODE: this node's stack put together what is its own, and nothing else ever got there.
reassembled() {
	local node=$1 family
	for family in 4 6; do
		local name=Ip${family#4}
		same "fragments that $node's stack saw, IPv$family" "$(fact "$node" fragments$family)" "$(stack "$node" "${name}ReasmReqds")"
		same "datagrams that $node's stack put together, IPv$family" "$(fact "$node" datagrams$family)" "$(stack "$node" "${name}ReasmOKs")"
		same "failures of $node's stack, IPv$family" 0 "$(stack "$node" "${name}ReasmFails")"
		grep -q "^FRAG${family#4}: inuse 0 memory 0$" <(in_ns "$node" cat /proc/net/sockstat{,6}) ||
			fail "$node still waits for fragments: $(in_ns "$node" grep -h FRAG /proc/net/sockstat{,6})"
	done
}

fact() {
	jq ".$1.$2" "$WORK/facts"
}

fragments() {
	local mode=$1 node sent own
	remember_stacks
	for node in n0 n1 n2; do
		background ssi-probe --netns $node fragments take "${plan[@]}" --address "$VIP,$VIP6" --out "$WORK/$node"
	done
	sent=$(ssi-probe --netns cl fragments send "${plan[@]}" --dev eth0 --from 0a:00:00:00:00:01 --to "$(mode_mac "$mode")" \
		--vip "$VIP" --vip "$VIP6")
	if [[ $mode == multicast ]]; then all_through "$sent"; else all_served "$sent"; fi
	stop_all_probes
	judge "$WORK/table" --facts "$WORK/facts" "n0=$WORK/n0" "n1=$WORK/n1" "n2=$WORK/n2"
	for node in n0 n1 n2; do
		reassembled $node
		own=$(($(fact $node fragments4) + $(fact $node fragments6)))
		same "rx-served of $node" $own "$(counter $node rx-served)"
		[[ $mode != multicast ]] || same "rx-other of $node" $((sent - own)) "$(counter $node rx-other)"
	done
	judge_can_fail
	echo "counters of module and stack agree, queues are empty"
}

judge_can_fail() {
	jq -c '.whole |= .[1:]' "$WORK/n2" >"$WORK/less"
	jq -c --slurpfile o "$WORK/n2" '.whole += $o[0].whole[:1]' "$WORK/n1" >"$WORK/more"
	refused judge "$WORK/table" "n0=$WORK/n0" "n1=$WORK/n1" "n2=$WORK/less"
	refused judge "$WORK/table" "n0=$WORK/n0" "n1=$WORK/more" "n2=$WORK/n2"
	refused judge "$WORK/table" "n0=$WORK/n0" "n1=$WORK/n2" "n2=$WORK/n1"
}

quiet_kernel
switch bridge
nodes 3
both_families 3
client
modprobe ssi_filter
table "$WORK/table" 3 --shape irregular --buckets 1024 --seed 5

also claim_8_10000_datagrams_in_fragments in_mode multicast "$WORK/table" fragments multicast
also claim_8_10000_datagrams_in_fragments_forward_all in_mode forward-all "$WORK/table" fragments forward-all
also claim_8_10000_datagrams_in_fragments_forward_owner in_mode forward-owner "$WORK/table" fragments forward-owner
