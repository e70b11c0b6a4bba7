#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 40
# Never two answers: 25,000 SYNs of 1,000 addresses during 50 changes, or 100,000 during 200, and a look at each node's port.
#
#     n0 … n5 eth0 ── p0 … p5   ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: behind it 10.128.0.0/16 and fd5c::/64,
#                                                                        addresses that no kernel has
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

after_failure() {
	stop_all_probes
	remove_clusters
}

# storm SYNS RATE STEPS [ARG of moves…]: its status is the storm's.
storm() {
	local syns=$1 rate=$2 steps=$3
	shift 3
	members_up "$WORK/table"
	member n4 none
	member n5 none
	servers_up n{0..5}
	storm_up "$syns" "$rate"
	nice -n -20 ssi-probe moves --cluster c --table "$WORK/table" --steps "$steps" --journal "$WORK/journal" "$@" >"$WORK/moves"
	storm_over
}

storm_down() {
	stop_probes
	members_down
}

# Between a change's last release and its first adoption are 20 ms, a message's way there and back. Changes begin at
# multiples of 400 ms, so a SYN that is sent again after a second meets the table at rest.
one_answer() {
	local slowest
	storm "$1" 1250 "$2" --grid 400 --gap 20 || fail "$(storm_said): $(jq -c .faults "$WORK/storm.json")"
	storm_down
	(($(jq .again "$WORK/storm.json") > 0)) || fail "no SYN met a gap: this shows nothing"
	# A machine that stood still within a change has a SYN meet the same gap twice.
	slowest=$(sed 's/.* took \([0-9]*\) ms/\1/' "$WORK/moves")
	(($(jq .late "$WORK/storm.json") == 0 || slowest > 190)) || fail "$(storm_said)"
	echo "$(cat "$WORK/moves"); $(storm_said)"
}

# Who adopts before the other has released shows what the judge is there for.
wrong_way_round() {
	refused storm 10000 1250 "$WORK/few" --grid 400 --gap 20 --adopt-first
	storm_down
	(($(jq .twice "$WORK/storm.json") > 0)) || fail "two owners of a bucket were not noticed"
	storm_said
}

far_cluster 6
room_for_storms n{0..5}
round=(join=n4 weigh=n0:3 level=60 join=n5 drain=n1 level=60 leave=n4 weigh=n1:1 weigh=n0:1 leave=n5)
changes=()
for _ in {1..5}; do changes+=("${round[@]}"); done
ssi-probe changes --table "$WORK/table" "${changes[@]}" >"$WORK/steps"
ssi-probe changes --table "$WORK/table" "${changes[@]}" "${changes[@]}" "${changes[@]}" "${changes[@]}" >"$WORK/many"
ssi-probe changes --table "$WORK/table" "${round[@]}" "${round[@]}" >"$WORK/few"

also claim_14_25000_syns_one_answer_each one_answer 25000 "$WORK/steps"
named claim_14_100000_syns_one_answer_each one_answer 100000 "$WORK/many"
also claim_14_two_owners_would_be_noticed wrong_way_round
