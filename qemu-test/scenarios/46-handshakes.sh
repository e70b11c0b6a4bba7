#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 21 110
# Connections at their beginning and at their end while buckets move, and in mode forward: with the transition none
# breaks, without it some do.
#
#     n0 … n5 eth0 ── p0 … p5   ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it
#     in mode forward by eth0.100
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

after_failure() {
	stop_all_probes
	remove_clusters
	near
	syncookies 1
}

# The client's packets take a while: handshakes are under way for as long.
far_away() { tc -n cl qdisc replace dev eth0 root netem delay 400ms limit 20000; }
near() { tc -n cl qdisc del dev eth0 root 2>/dev/null || true; }

# new_ones WITH [ARG…]: connections that come and go through ten changes. WITH: broken, or unbroken.
new_ones() {
	local with=$1 options=("${with_transition[@]}") patience=60000
	shift
	[[ $with == unbroken ]] || options=("${without_transition[@]}") patience=15000
	through "$WORK/steps" "${options[@]}" -- --each 0 --fresh 100 --patience $patience "$@"
	[[ $with == unbroken ]] || (($(reported .fresh.broken) > 0)) || fail "nothing broke: this shows nothing"
	[[ $with != unbroken ]] || unbroken 0
	reported '.fresh | "\(.opened) opened, \(.good) good, \(.broken) broken \(.ends)"'
}

# Whose SYN-ACK is there when the bucket moves.
half_open() {
	far_away
	new_ones "$1"
	near
}

# Of those nobody knows anything. The nodes have one kernel here, whose cookies they share: both that are asked take the
# connection, one of them in vain. So whose it is cannot be judged, nor what the other says of it at the end; this test
# is the last. And a listener resets what has a right cookie if it has sent none for two minutes: each sends one first.
cookies() {
	local judged=false node # judged is for "through"
	# shellcheck disable=SC2317 # called by "play"
	before_change() {
		[[ $1 == join=* ]] || return 0
		joins "${1#join=}"
		for node in n0 n1 n2 n3 "${1#join=}"; do
			in_ns "$node" timeout 10 bash -c "exec 3<>/dev/tcp/$VIP/7000 4<>/dev/tcp/$VIP6/7000"
		done
	}
	syncookies 2
	half_open "$1"
	syncookies 1
}

syncookies() {
	local i
	for i in {0..5}; do in_ns "n$i" sysctl -q -w net.ipv4.tcp_syncookies="$1"; done
}

# The server ends each, a client's end may come when the bucket has moved, and each client comes again from the same port,
# of which a node may have a socket in TIME_WAIT.
time_wait() {
	new_ones "$1" --server-ends --linger 1500 --fresh-from 5000
}

# Every frame of a client goes to one node, which has to find who has the connection.
forward() {
	local options=("${with_transition[@]}") patience=60000
	[[ $1 == unbroken ]] || options=("${without_transition[@]}") patience=15000
	forward_vlan 6
	# shellcheck disable=SC2317 # called by "through"
	members_ready() { settled n0 n1 n2 n3; }
	# shellcheck disable=SC2046 # one word an option
	through "$WORK/steps" "${options[@]}" $(mode_options "$2") -- --each 1 --period 4000 --fresh 20 --patience $patience
	[[ $1 == unbroken ]] || (($(reported .held.broken) > 0)) || fail "nothing broke: this shows nothing"
	[[ $1 != unbroken ]] || unbroken 1000
	reported '"\(.held.alive) of 1000 alive, \(.held.broken) broken; new ones: \(.fresh.good) good, \(.fresh.broken) broken"'
}

far_cluster 6
# A handshake that a client began with two nodes is over with one of them after 15 s, not 63.
for i in {0..5}; do in_ns "n$i" sysctl -q -w net.ipv4.tcp_synack_retries=3; done
ssi-probe changes --table "$WORK/table" join=n4 level=200 weigh=n0:3 level=200 drain=n1 weigh=n1:1 leave=n4 level=200 weigh=n0:1 level=200 \
	>"$WORK/steps"

also claim_14_handshakes_go_on_while_buckets_move half_open unbroken
also claim_14_handshakes_break_without_the_transition half_open broken
claim claim_14_time_wait_and_last_words_while_buckets_move time_wait unbroken
also claim_14_last_words_are_reset_without_the_transition time_wait broken
also claim_14_held_in_mode_forward_owner forward unbroken forward-owner
named claim_14_held_in_mode_forward_all forward unbroken forward-all
also claim_14_mode_forward_breaks_without_the_transition forward broken forward-owner
also claim_14_syn_cookies_are_taken_while_buckets_move cookies unbroken
