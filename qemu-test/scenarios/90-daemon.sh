#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 88 98
# ssid with the engine "corosync" on real Corosync: three nodes, then four, through all that happens to nodes. SYNs come to all buckets meanwhile, and
# connections are held.
#
#     n0 … n3 eth0  ── p0 … p3  ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it, and for
#                                                                        SYNs 10.128.0.0/16, fd5c::/64
#     n0 … n3 ring0 ── r0 … r3  ─ rsw: a bridge for each part
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"
. "$(dirname "$0")/lib/differs.sh"

ALL=(n0 n1 n2 n3)
# Whose word it is that something was noticed: it is spared.
witness=n0
ssid_engine=corosync
# What the goal allows between a fault and the last SYN that nobody hears, in milliseconds: the ring's word, the lease with
# the drift of clocks, and what is said until all agree.
GOAL=$((RING_TOKEN * 5 / 2 + SSID_LEASE * 103 / 100 + 1500))

tidy_first() {
	daemons_down "${ALL[@]}"
	ring_files_down
}

after_failure() {
	stop_all_probes
	ring_heal
	daemons_down "${ALL[@]}"
	remove_clusters
	anew
}

# anew: all daemons begin anew, and clients have what they had.
anew() {
	local node
	daemons_down "${ALL[@]}"
	for node in "${ALL[@]}"; do
		if [[ ! -e /run/netns/$node ]]; then node_born "$node"; else server_up "$node"; fi
		ip -n sw link set "p${node#n}" up
	done
	ssid_files $ring_nodes
	ring_start "${members[@]}"
	ssid_start "${members[@]}"
	all_is_well "${members[*]}" "${members[@]}"
	watched
}

# watched: a witness listens, and 1,000 connections are held.
watched() {
	watch_events $witness
	hold
}

# A daemon that finds no Corosync waits for it, and a node alone for the majority.
starts() {
	local begun first
	ssid_start n2
	ring_start n1
	sleep 1
	ssid_start n1
	ring_start n2
	begun=${EPOCHREALTIME/[.,]/}
	ssid_sees '.quorate and .unserved == 0' n1 n2
	first=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	ring_start n0
	ssid_start n0
	begun=${EPOCHREALTIME/[.,]/}
	all_is_well "n0 n1 n2" n0 n1 n2
	until_ok shares n0 n1 n2
	each_has_one_owner n0 n1 n2
	echo "two of three serve all $first ms after the second node's Corosync was started, three $(((${EPOCHREALTIME/[.,]/} - begun) / 1000)) ms after the third's ssid"
}

# All know the master and the address, and the master alone answers who asks for it.
told_master() {
	local node master before
	master=$(ssid_status n0 | jq -r .master)
	for node in "${members[@]}"; do
		same "master, as $node knows" "$master" "$(ssid_status "$node" | jq -r .master)"
		same "whether $node is the master" "$([[ $node == "$master" ]] && echo true || echo false)" \
			"$(in_ns "$node" ssictl -j cluster show c | jq '.[0].master')"
		in_ns "$node" ip -br addr show | grep -q "$VIP" || fail "$node does not have $VIP"
	done
	before=$(in_ns "$master" ssictl -j stats c | jq '.[0].stats["rx-arp-answered"]')
	in_ns cl ip neigh flush all
	in_ns cl ping -qc 1 -W 5 "$VIP" >&2
	(($(in_ns "$master" ssictl -j stats c | jq '.[0].stats["rx-arp-answered"]') > before)) || fail "the master was not asked"
	echo "$master, in one voice of ${#members[@]}"
}

# away NODE "WHAT" COMMAND… -- COMMAND…: something makes the node go, and something else lets it come back.
away() {
	local node=$1 what=$2 rest
	shift 2
	rest=$(others "$node")
	measure_with "$node"
	mark "$what"
	each "$@"
	# shellcheck disable=SC2086 # one word a node
	all_is_well "$rest" $rest
	noticed view no-view
	mark "back"
	each "${behind[@]}"
	all_is_well "${members[*]}" "${members[@]}"
	noticed view no-view
	each_has_one_owner "${members[@]}"
	sleep 1
	measured "$node"
	(($(jq '.marks[0].unheard' "$WORK/storm.json") > 0)) || fail "nobody noticed: this shows nothing"
	served_again_within $GOAL "$what"
}

# pause NODE DAEMON SECONDS: stopped for so long, which is not long enough to be missed.
pause() {
	local node=$1
	measure
	mark "$2 stands still for $3 s"
	signal "$node" "$2" STOP
	sleep "$3"
	signal "$node" "$2" CONT
	sleep 3
	all_is_well "${members[*]}" "${members[@]}"
	each_has_one_owner "${members[@]}"
	measured
}

corosync_killed() { away n1 "kill -9 of corosync" "signal n1 corosync KILL" -- "ring_start n1"; }
ssid_stands() { away n1 "ssid stands still" "signal n1 ssid STOP" -- "signal n1 ssid CONT"; }
apart() { away n2 "partition 2|1" "ring_partition n2" -- ring_heal; }
unplugged() { away n1 "both links are down" "ring_cut n1" "ip -n sw link set p1 down" -- ring_heal "ip -n sw link set p1 up"; }
master_rebooted() {
	witness=n1
	watch_events n1
	away n0 "reboot of the master" "node_dies n0" -- "node_born n0" "ring_start n0" "ssid_start n0"
	watch_events n0
}

# A node more, in Corosync's file and in the cluster's: both are read anew while they run. So many buckets move at a time,
# and a move ends with its connections: those that earlier tests left are opened anew first.
added() {
	spread
	measure
	mark "a node is added"
	add_n3
	measured
}

# there_are_four: tests that are run alone add it first.
there_are_four() { ssid_status n3 >/dev/null 2>&1 || add_n3; }

add_n3() {
	local node
	ring_nodes=4
	ring_files "${ALL[@]}"
	in_node n0 corosync-cfgtool -R >&2
	ring_start n3
	ring_sees "${ALL[*]}" n0 n3
	ssid_files 4
	for node in n0 n1 n2; do signal $node ssid HUP; done
	ssid_start n3
	all_is_well "${ALL[*]}" "${ALL[@]}"
	until_ok shares "${ALL[@]}"
	each_has_one_owner "${ALL[@]}"
}

# order "WHAT" NODE…: an operator says so to any node, and these have buckets then.
order() {
	local what=$1
	shift
	mark "$what"
	# shellcheck disable=SC2086 # words
	in_node n1 ssictl $what >&2
	until_ok shares "$@"
	ssid_sees '.unserved == 0' n0
	each_has_one_owner "${ALL[@]}"
}

# A node that has just come gives on what it has just got, whoever still serves connections of it. It gets its share again when
# these have ended.
orders() {
	there_are_four
	measure
	order "drain n3" n0 n1 n2
	spread
	order "join n3" n0 n1 n2 n3
	measured
}

# A node that has left stays away when it reads its file anew.
left() {
	local begun
	there_are_four
	in_node n1 ssictl leave n3 >&2
	until_ok is_off n3
	begun=${EPOCHREALTIME/[.,]/}
	watch_events n3
	sleep 0.5
	signal n3 ssid HUP
	until_ok reread n3 "$begun"
	sleep 1
	is_off n3 || fail "n3 has the cluster again"
	in_node n1 ssictl join n3 >&2
	until_ok shares "${ALL[@]}"
	each_has_one_owner "${ALL[@]}"
	echo "neither cluster nor address after SIGHUP, its share again after joining"
}

# reread NODE MICROSECONDS: it has read its file since then.
reread() { [[ $(told_after "$2" "$1" config) != '"never"' ]]; }

# Nobody has a majority: nobody serves. Together again, all is served.
halves() {
	there_are_four
	measure
	mark "partition 2|2"
	ring_partition "n0 n1" "n2 n3"
	ssid_sees '.quorate | not' "${ALL[@]}"
	noticed no-quorum view no-view
	sleep $((SSID_LEASE / 1000 + 1))
	mark "back"
	ring_heal
	all_is_well "${ALL[*]}" "${ALL[@]}"
	each_has_one_owner "${ALL[@]}"
	sleep 1
	measured nobody
}

# What may change while ssid runs is told while files differ, and splits nothing. What may not is refused.
reads_another() {
	local file here there
	file=$(node_dir n1)/disk/etc/ssi/cluster.toml
	measure
	mark "n1 reads another file"
	sed -i 's/^drain-time = .*/drain-time = 1800/' "$file"
	signal n1 ssid HUP
	here='drain-time is 1800 there and 3600 here' there='drain-time is 3600 there and 1800 here'
	ssid_sees "[.trouble[] | select(endswith(\"$here\"))] != []" n0 n2
	ssid_sees "[.trouble[] | select(endswith(\"$there\"))] | length == 2" n1
	sed -i 's/^lease = .*/lease = 20000/' "$file"
	signal n1 ssid HUP
	until_ok grep -q 'lease cannot change while ssid runs' "$(node_dir n1)/ssid.err"
	all_is_well "${members[*]}" "${members[@]}"
	mark "and the usual one"
	ssid_files 3
	signal n1 ssid HUP
	ssid_sees '.trouble == []' n0 n1 n2
	measured
	nothing_unheard "n1 reads another file" "and the usual one"
}

# Two kernels that have the same buckets are noticed.
two_owners() {
	local node
	stop_all_probes
	daemons_down "${ALL[@]}"
	remove_clusters || true
	for node in n0 n1; do server_up $node; done
	buckets=$ssid_buckets members=4
	member n0 0-150
	member n1 120-255
	storm_by=()
	storm_up 1 "$storm_rate"
	sleep 1
	refused storm_over
	(($(jq .twice "$WORK/storm.json") > 0)) || fail "two owners of a bucket were not noticed"
	storm_said
}

fault_network "${ALL[@]}"
ring_nodes=3 members=(n0 n1 n2)
ssid_files 3

claim claim_14_daemons_start_in_any_order starts
running n0 ssid || anew
[[ -e $WORK/holders ]] || watched
claim claim_2_daemons_tell_address_and_master told_master
claim claim_14_ssid_killed_and_another_takes_over again n1 KILL
named claim_14_ssid_ended_and_another_takes_over again n2 TERM
also claim_14_ssid_stands_for_a_moment pause n2 ssid 2
named claim_14_corosync_stands_for_a_moment pause n1 corosync 2
claim claim_14_ssid_stands_past_its_lease ssid_stands
named claim_14_corosync_killed corosync_killed
named claim_14_both_links_down unplugged
claim claim_14_partition_2_1 apart
claim claim_14_reboot_of_the_master master_rebooted
named claim_14_node_with_other_buckets_is_left_out differs buckets
named claim_14_node_with_another_lease_is_left_out differs lease
also claim_14_a_file_that_is_changed_splits_nothing reads_another
ring_nodes=4 members=("${ALL[@]}")
named claim_14_node_added added
also claim_14_drain_and_join orders
also claim_14_a_node_that_left_stays_away left
named claim_14_partition_2_2 halves
also claim_14_the_storm_notices_two_owners two_owners
