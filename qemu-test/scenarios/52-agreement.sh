#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 40
# Nodes of a static cluster that do not go together, in mode multicast: each says in what, and says no more once that is
# mended. One cluster a row of what may be wrong, all at once.
#
#     n0 (master) n1 ── p0 p1 ┐ sw: a learning bridge
#     x, a stranger  ── px    ┘
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

forge=$(dirname "$0")/lib/forge.py
SEED=000102030405060708090a0b0c0d0e0f

tidy_first() { end_all; }

after_failure() {
	end_all
	all_gone
}

# A test's subshell forgets its variables, not its files.
end_all() {
	local pid
	[[ -e $WORK/mine ]] || return 0
	while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$WORK/mine"
	rm -f "$WORK/mine"
}

all_gone() {
	local node name
	for node in n0 n1; do
		in_ns "$node" ssictl -j cluster show | jq -r '.[].name' | while read -r name; do
			in_ns "$node" ssictl cluster del "$name"
		done
	done
}

# make NODE NAME ARG…: a cluster that has an address of its own. n0 has rank 0 and is the master, n1 rank 1, of two nodes,
# where nothing else is said.
make() {
	local node=$1 name=$2 number rest=()
	shift 2
	printf -v number '%d' "'$name"
	[[ " $* " == *" --nodes "* ]] || rest+=(--nodes 2)
	[[ " $* " == *" --rank "* ]] || rest+=(--rank "${node#n}")
	in_ns "$node" ssictl cluster add "$name" --dev eth0 --vip "10.9.0.$number/32" "${rest[@]}" "$@" 2>"$WORK/make" ||
		fail "$(cat "$WORK/make")"
}

hash=(--hash siphash --hash-seed "$SEED")
bitmap=(--function bitmap --buckets 8)

# Name, what n0 says at last, and what n1 says; then how n0 and n1 are made, and how n1 is mended.
rows() {
	make n0 a
	make n1 a
	make n0 b --master
	make n1 b --master
	make n0 c --master
	make n1 c --rank 0
	make n0 d --master
	make n1 d --nodes 3
	make n0 e --master "${hash[@]}"
	make n1 e --hash siphash --hash-seed "${SEED%f}0"
	make n0 f --master
	make n1 f --vip 10.9.0.200/32
	make n0 g --master "${bitmap[@]}" --owned 0-3
	make n1 g --function bitmap --buckets 16 --owned 8-15
	make n0 h --master "${hash[@]}"
	make n1 h
	make n0 i --master "${bitmap[@]}" --owned 0-3
	make n1 i "${bitmap[@]}" --owned 3-7
	make n0 j --master
	make n1 j --mac 02:5a:00:00:00:99
	make n0 k --master "${bitmap[@]}" "${hash[@]}" --owned 0-3
	make n1 k "${bitmap[@]}" "${hash[@]}" --owned 4-7
	make n0 l --master
	make n1 l --mode forward --forward-dev eth0.100
	make n0 m --master
	make n1 m --function bitmap --buckets 2 --owned 1
	make n0 n --master
	make n1 n --key prefix
}

due() {
	if [[ $1 == n0 ]]; then
		jq -cn '{a: "no-master", b: "master", c: "node", d: "buckets,nodes", e: "hash-seed", f: "vip", g: "buckets", h: "hash",
			i: "owned", j: "mac,group-mac", k: "", l: "mode", m: "function", n: "key"}'
	else
		# To n1 the master of j, which has another MAC, is none of its cluster.
		due n0 | jq -c '.j += ",no-master"'
	fi
}

mend() {
	in_ns n1 ssictl cluster set a --master on
	in_ns n1 ssictl cluster set b --master off
	in_ns n1 ssictl cluster set c --rank 1
	in_ns n1 ssictl cluster set d --nodes 2
	in_ns n1 ssictl cluster set e --hash-seed $SEED
	in_ns n1 ssictl cluster set f --vip 10.9.0.102/32
	in_ns n1 ssictl cluster set g --buckets 8 --owned 4-7
	in_ns n1 ssictl cluster set h "${hash[@]}"
	in_ns n1 ssictl cluster set i --owned 4-7
	in_ns n1 ssictl cluster del j
	make n1 j
	in_ns n1 ssictl cluster del l
	make n1 l
	in_ns n1 ssictl cluster set m --function modulo
	in_ns n1 ssictl cluster set n --key source
}

# said NODE: in what the nodes of each cluster do not go together. The address of j is claimed as well while its master, of
# another MAC, announces itself.
said() {
	in_ns "$1" ssictl -j cluster show | jq -c 'map({(.name): (.differs - ["claimed"] | join(","))}) | add'
}

# say WHAT: both nodes do, soon.
say() {
	local node want
	for node in n0 n1; do
		want=$("$1" "$node")
		soon "what $node says" "$want" said "$node"
	done
}

# soon WHAT WANTED CMD…: it prints that within 30 s.
soon() {
	local _ got
	for _ in {1..150}; do
		got=$("${@:3}")
		[[ $got != "$2" ]] || return 0
		sleep 0.2
	done
	same "$1" "$2" "$got"
}

nothing() { due n0 | jq -c 'map_values("")'; }

# remark NAME SENTENCE: n0 says so of a cluster, and that it is trouble.
remark() {
	local rc=0
	in_ns n0 ssictl peers "$1" >"$WORK/peers" || rc=$?
	same "status of peers $1" 1 $rc
	grep -qF "$2" "$WORK/peers" || fail "expected of $1: $2, got: $(cat "$WORK/peers")"
}

# Of each cluster, the events that told of it: some at first, none at last.
events_told() {
	jq -cs 'map(select(.event == "agreement")) | group_by(.name) | map({(.[0].name): [.[].differs | join(",")]}) | add // {}' \
		"$WORK/events"
}

last_told() { events_told | jq -c 'map_values(.[-1])'; }

misconfigured() {
	local seen
	in_ns n0 ssictl -j monitor >"$WORK/events" &
	echo $! >>"$WORK/mine"
	rows
	say due
	remark a 'no master among the 2 nodes that are seen: nobody answers ARP'
	remark b 'this node is master, and rank 1 too'
	remark c "rank 0 is this node's, and $(node_mac 1) uses it as well"
	remark d 'rank 1 does not agree: it has 3 nodes, this one 2'
	remark e 'rank 1 does not agree: its hash has another seed'
	remark f 'rank 1 does not agree: its addresses are others'
	remark g 'rank 1 does not agree: it has 16 buckets, this one 8'
	remark h 'rank 1 does not agree: its hash is not siphash'
	remark i 'rank 1 owns buckets that this node owns too'
	remark j "$(node_mac 1), rank 1, has an address of this cluster and another base MAC"
	remark l 'rank 1 does not agree: its mode is not multicast'
	remark m 'rank 1 does not agree: its function is not modulo'
	remark n 'rank 1 does not agree: its client key is not source'
	! in_ns n0 ssictl -j peers e | grep -q $SEED || fail "the seed is told"
	in_ns n0 ssictl peers k >"$WORK/peers" || fail "of a cluster in which all is well: $(cat "$WORK/peers")"
	soon "events" "$(due n0 | jq -c 'del(.k)')" last_told
	mend
	say nothing
	soon "events at last" "$(nothing | jq -c 'del(.k)')" last_told
	end_all
	seen=$(in_ns n0 ssictl -j stats | jq -c 'map(.stats["rx-refused"]) | add')
	same "messages of nodes that were refused" 0 "$seen"
	all_gone
	echo "12 kinds of trouble told on both nodes and by an event, and none when they were mended; nothing of the healthy one"
}

# lies NAME: the stranger says that the cluster has a node more.
lies() {
	local number
	printf -v number '%02x' "'$1"
	nsenter --net=/run/netns/x -- python3 "$forge" lie "02:5a:0a:09:00:$number" >"$WORK/lies" 2>&1 &
	echo $! >>"$WORK/mine"
	until_ok has_lied 20
}

has_lied() { (($(wc -l <"$WORK/lies") >= $1)); }
counts() { (($(in_ns n0 ssictl -j stats "$1" | jq ".[0].stats[\"$2\"]") >= $3)); }

stranger() {
	make n0 n --master
	make n1 n
	lies n
	soon "what n0 says by a stranger's word, without a key" '{"n":"nodes"}' said n0
	end_all
	all_gone

	make n0 n --master --key-file "$WORK/key"
	make n1 n --key-file "$WORK/key"
	until_ok hears_one n
	lies n
	until_ok counts n rx-refused 100
	same "what n0 says" '{"n":""}' "$(said n0)"
	in_ns n0 ssictl peers n >"$WORK/peers" || fail "by a stranger's word: $(cat "$WORK/peers")"
	end_all
	all_gone
	echo "without a key a stranger's word is told, with one it is refused"
}

hears_one() { in_ns n0 ssictl -j peers "$1" | jq -e '.peers | length == 1'; }

quiet_kernel
modprobe ssi_filter
switch bridge
nodes 2
namespace x
plug x px 0a:00:00:00:00:66 10.9.2.250/16
forward_vlan 2
(umask 077 && printf '%s\n' "$(printf 'a1%.0s' {1..32})" >"$WORK/key")

also claim_16_nodes_that_do_not_agree_say_so misconfigured
also claim_16_a_strangers_word_is_not_told_with_a_key stranger
