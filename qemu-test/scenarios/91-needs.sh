#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 50 30
# A node that loses what it needs to serve, under ssid: the clients' link, addresses, the interface, a kernel
# that answers. SYNs come to all buckets meanwhile, and connections are held.
#
#     n0 n1 n2 eth0  ── p0 p1 p2 ┐
#     VIP 10.9.0.100, fd5a::100  ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it, and for
#                                                                    SYNs 10.128.0.0/16, fd5c::/64
#     n0 n1 n2 ring0 ── r0 r1 r2 ─ rsw: it stays whole all the time
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"

members=(n0 n1 n2)
witness=n0
# What the nodes need to take over from one that says that it cannot serve: no lease is waited for.
AT_ONCE=1500
# A kernel that does not answer is taken for one after a lease, and its table ends by then.
SILENCE=$((SSID_LEASE * 5 / 2 + 1500))

tidy_first() {
	daemons_down "${members[@]}"
	ring_files_down
}

after_failure() {
	stop_all_probes
	daemons_down "${members[@]}"
	remove_clusters
	for node in "${members[@]}"; do
		ip -n sw link set "p${node#n}" up
		server_up "$node"
	done
	begin
}

begin() {
	ssid_files 3
	ring_start "${members[@]}"
	ssid_start "${members[@]}"
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
	watch_events $witness
	hold
}

# is_whole: nothing is wrong, and all nodes have their shares, once the connections have ended that keep buckets in transition.
is_whole() {
	ssid_sees '.unserved == 0 and .trouble == []' "${members[@]}"
	spread
	until_ok shares "${members[@]}"
	each_has_one_owner "${members[@]}"
}

# lost NODE "WHAT" MS FILTER COMMAND… -- COMMAND…: something is lost and comes back. Clients are served again within so long,
# and the status of another node says what is wrong.
lost() {
	local node=$1 what=$2 within=$3 filter=$4 other
	other=$(others "$node")
	shift 4
	measure_with "$node"
	mark "$what"
	each "$@"
	ssid_sees ".unserved == 0 and ([.nodes[] | select(.name == \"$node\").owned] == [0]) and any(.trouble[]; $filter)" "${other%% *}"
	sleep 1
	mark "back"
	each "${behind[@]}"
	is_whole
	sleep 1
	measured "$node"
	(($(reported ".held.broken_at.$node // 0") > $(jq ".held.broken_at.$node // 0" "$WORK/before"))) ||
		fail "no connection of $node broke: this shows nothing"
	served_again_within "$within" "$what"
}

carrier_lost() {
	lost n1 "no carrier" $AT_ONCE 'contains("n1: eth0 has no carrier")' "ip -n sw link set p1 down" -- "ip -n sw link set p1 up"
}

# Who asks for the address afterwards is answered by another node.
masters_carrier_lost() {
	witness=n1
	watch_events n1
	lost n0 "no carrier of the master" $AT_ONCE 'contains("n0: eth0 has no carrier")' \
		"ip -n sw link set p0 down" asked_anew -- "ip -n sw link set p0 up"
	watch_events n0
}

asked_anew() {
	ssid_sees '.master == "n1"' n2
	in_ns cl ip neigh flush all
	in_ns cl ping -qc 1 -W 5 "$VIP" >&2
}

set_down() {
	lost n2 "interface set down" $AT_ONCE 'contains("n2: eth0 is set down")' "ip -n n2 link set eth0 down" -- up_again
}

# What the kernel has taken along: IPv6 addresses and routes. The node's own are its administrator's.
up_again() {
	ip -n n2 link set eth0 up
	own_again n2
}

own_again() {
	second_family "$1"
	far_routes "$1"
}

# The interface is another one of that name, and so the module's cluster is gone.
made_anew() {
	lost n2 "interface deleted" $AT_ONCE 'contains("n2: there is no interface eth0")' "ip -n sw link del p2" -- plugged_again
	in_ns n2 ip -br addr show eth0 | grep -qF "$VIP" || fail "n2 does not have $VIP"
}

plugged_again() {
	plug n2 p2 "$(node_mac 2)" 10.9.0.3/16
	own_again n2
	room_for_storms n2
}

# taken_off NODE: its addresses are there again, whoever took them away, and nobody loses a connection.
taken_off() {
	local node begun took=0 longest=0 address
	measure
	for node in n1 n0; do
		for address in "$VIP/32" "$VIP6/64"; do
			mark "addr del $address at $node"
			begun=${EPOCHREALTIME/[.,]/}
			ip -n "$node" addr del "$address" dev eth0
			until_ok has_address "$node" "${address%/*}"
			took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
			((took <= longest)) || longest=$took
			sleep 1
		done
	done
	is_whole
	measured
	((longest <= 1000)) || fail "an address was away for $longest ms"
	echo "put back after at most $longest ms, on the master too"
}

has_address() { in_ns "$1" ip -br addr show eth0 | grep -qF "$2"; }

# The thread that speaks to the kernel stands still, as it does where a request is never answered.
kernel_silent() {
	lost n1 "kernel does not answer" $SILENCE 'contains("n1: the kernel has not answered")' still -- answers
}

still() {
	daemon n1 still "$(dirname "$0")/lib/still.py" "$(pid_of n1 ssid)" kernel
	until_ok grep -q "stands still" "$(node_dir n1)/still.out"
}

answers() { signal n1 still TERM; }

# An operator's drain: what is new goes to the others at once, sessions stay until the deadline and end then.
deadline() {
	local begun
	measure_with n2
	mark "drain"
	begun=$EPOCHREALTIME
	in_node n0 ssictl drain n2 --deadline 5s >&2
	ssid_sees '.nodes[] | select(.name == "n2") | .owned == 0 and .draining > 0' n0
	tell round
	same "connections broken before the deadline" "$(jq -c .held.broken_at "$WORK/before")" "$(reported '.held.broken_at | tojson')"
	ssid_sees '.nodes[] | select(.name == "n2") | .state == "draining" and .draining == 0' n0
	awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { exit !(b - a >= 5) }' || fail "it was drained before the deadline"
	tell round
	mark "back"
	in_node n0 ssictl join n2 >&2
	is_whole
	measured n2
	(($(reported '.held.broken_at.n2 // 0') > $(jq '.held.broken_at.n2 // 0' "$WORK/before"))) ||
		fail "no connection of n2 broke: this shows nothing"
}

fault_network "${members[@]}"
begin

claim claim_14_a_link_without_carrier_is_taken_over_at_once carrier_lost
claim claim_14_the_masters_link_without_carrier masters_carrier_lost
claim claim_14_addresses_taken_away_are_put_back taken_off
also claim_14_interface_set_down set_down
also claim_14_interface_made_anew made_anew
claim claim_14_a_kernel_that_never_answers kernel_silent
also claim_14_a_drain_with_a_deadline deadline
