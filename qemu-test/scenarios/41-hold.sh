#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 91
# 2,000 connections of 500 clients are held while nodes join, leave, drain, change weight and buckets are levelled, 50
# changes in all. New connections go where the table says meanwhile.
#
#     n0 … n5 eth0 ── p0 … p5   ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

after_failure() {
	stop_all_probes
	remove_clusters
}

held() {
	through "$WORK/steps" "${with_transition[@]}" -- --each 2 --period 5000 --fresh 40
	unbroken 2000
	echo "after 50 changes $(reported '.held | "\(.alive) of 2000 alive, \(.broken) broken, \(.answers) answers, the slowest took \(.slowest) ms"'); new ones: $(reported '.fresh | "\(.good) good, \(.broken) broken, \(.again) by a second SYN"')"
}

# The same with the transition switched off: what it is good for, and that the judges see it.
without() {
	through "$WORK/few" "${without_transition[@]}" -- --each 2 --period 5000 --fresh 40
	(($(reported .held.broken) > 0)) || fail "nothing broke: this shows nothing"
	(($(cat "$WORK/resets") > 0)) || fail "no node says that it sent an RST"
	(($(cat "$WORK/cut") > 0)) || fail "the client's kernel says that no RST ended a connection"
	refused ssi-probe hold judge --table "$WORK/table" --journal <(head -n 8 "$WORK/journal") "$WORK/fresh"
	echo "after 20 changes $(reported '.held | "\(.alive) of 2000 alive, \(.broken) broken, \(.lost) not opened again"'); new ones: $(reported '.fresh | "\(.good) good, \(.broken) broken"')"
}

far_cluster 6
round=(join=n4 weigh=n0:3 level=60 join=n5 drain=n1 level=60 leave=n4 weigh=n1:1 weigh=n0:1 leave=n5)
changes=()
for _ in {1..5}; do changes+=("${round[@]}"); done
ssi-probe changes --table "$WORK/table" "${changes[@]}" >"$WORK/steps"
ssi-probe changes --table "$WORK/table" "${round[@]}" "${round[@]}" >"$WORK/few"

also claim_14_2000_connections_held_through_50_changes held
also claim_14_without_the_transition_they_break without
