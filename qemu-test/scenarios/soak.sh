#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A soak, which qemu-test/soak runs: three nodes with ssid and Corosync as its package configures it, at which things fail at random, one
# to three at a time, and are mended some time later (lib/breaks.sh). SYNs come to all buckets all the time, and connections
# are held. After each round of faults all is as it was, within a bound; nobody was ever answered twice.
#
#     n0 n1 n2 eth0  ── p0 p1 p2 ┐
#     VIP 10.9.0.100, fd5a::100  ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it, and for
#                                                                    SYNs 10.128.0.0/16, fd5c::/64
#     n0 n1 n2 ring0 ── r0 r1 r2 ─ rsw
# SSI_MINUTES is for how long, SSI_SEED what is drawn from; a round is made of the seed and its number alone, SSI_ROUND is the first.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"
. "$(dirname "$0")/lib/breaks.sh"

minutes=${SSI_MINUTES:-30}
seed=${SSI_SEED:-1}
members=(n0 n1 n2)
# What is measured is not how fast it is: leases are not to end where the machine is busy.
SSID_LEASE=${SSI_LEASE:-3000}
ssid_beat=$((SSID_LEASE / 10))
ssid_daemon="patience = $((SSID_LEASE / 3))"$'\n'"drift = 10"$'\n'"comeback = 5"$'\n'"$CHECK"
# From the last that is mended until all is served: a group that waits for others, a lease that has to be over.
SERVED=$((SSID_LEASE * 2 + 4000))
# And until nothing is wrong any more and all nodes have their shares: who comes and goes stays out for a minute at most.
WHOLE=120
# What none of them may exceed, KiB.
MOST=65536

ring_crypto="none none"
ring_times() { :; }

tidy_first() {
	daemons_down "${members[@]}"
	ring_files_down
}

begin() {
	weights "${members[@]}"
	ring_start "${members[@]}"
	ssid_start "${members[@]}"
	is_whole
	# Nodes fail while connections are opened again, one after the other.
	hold --persist
}

# is_whole: nothing is wrong and all nodes have their shares, once the connections have ended that keep buckets in transition.
is_whole() {
	ssid_sees '.quorate and .unserved == 0 and .trouble == []' "${members[@]}"
	until_ok shared
	each_has_one_owner "${members[@]}"
}

shared() {
	[[ ! -e $WORK/holders ]] || spread
	shares "${members[@]}"
}

# is_served: a node that has a quorum says so.
is_served() {
	local node
	for node in "${members[@]}"; do
		! ssid_status "$node" 2>/dev/null | jq -e '.quorate and .unserved == 0' >/dev/null || return 0
	done
	return 1
}

# draw ROUND: what happens in it, "MILLISECONDS break|mend FAULT NODE" a line, in order.
draw() {
	local many first step i at long fault node lines=
	RANDOM=$(((seed * 7919 + $1) % 32768))
	# Numbers that follow each other make similar first ones.
	for i in {1..8}; do : $RANDOM; done
	many=$((RANDOM % 6))
	many=$((many < 3 ? 1 : many < 5 ? 2 : 3)) first=$((RANDOM % 3)) step=$((RANDOM % 2 + 1))
	for ((i = 0; i < many; i++)); do
		node=${members[(first + i * step) % 3]}
		fault=${breaks[RANDOM % ${#breaks[@]}]}
		at=$((RANDOM % 2000))
		case $((RANDOM % 3)) in
		0) long=$((100 + RANDOM % 400)) ;;
		1) long=$((500 + RANDOM % 2000)) ;;
		2) long=$((2500 + RANDOM % 5000)) ;;
		esac
		lines+="$at break $fault $node"$'\n'"$((at + long)) mend $fault $node"$'\n'
	done
	# In a pipe bash would draw from another seed.
	sort -n <<<"${lines%$'\n'}"
}

# in_words LINES: what was drawn.
in_words() {
	awk '$2 == "break" { printf "%s%s of %s", s, $3, $4; s = ", "; at[$3 $4] = $1 }
		$2 == "mend" { printf "%s%s of %s mended", s, $3, $4; s = ", " } { printf " at %.1f s", $1 / 1000 }' <<<"$1"
}

# round NUMBER
round() {
	local steps begun at verb fault node now served whole unheard most
	steps=$(draw "$1")
	doing="seed $seed, round $1: $(in_words "$steps")"
	echo "$doing" >&2
	weight=$(($1 % 3 * 50 + 50))
	tell report
	measure
	sleep 0.5
	mark faults
	begun=$marked
	while read -r at verb fault node <&6; do
		now=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
		((now >= at)) || sleep "$(printf '%d.%03d' $(((at - now) / 1000)) $(((at - now) % 1000)))"
		"${verb}_$fault" "$node"
	done 6<<<"$steps"
	mark back
	begun=$marked
	stands "${members[@]}"
	until_ok is_served
	served=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	is_whole
	whole=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	sleep 0.5
	storm_wrong='.twice + .reset' storm_over || wrong "$(storm_said): $(jq -c .faults "$WORK/storm.json")"
	unheard=$(jq '[.marks[].unheard] | add' "$WORK/storm.json")
	most=$(memory)
	tell round
	echo "$1,$(grep -c break <<<"$steps"),$(awk '$2 == "break" { printf "%s%s:%s", s, $3, $4; s = " " }' <<<"$steps"),$unheard,$served,$whole,$most" \
		>>"$OUT/soak.csv"
	((served <= SERVED)) || wrong "all was served again only $served ms after all was mended"
	((whole <= WHOLE * 1000)) || wrong "all was as before only after $whole ms"
	[[ $(reported .held.lost) == "$(jq .held.lost "$WORK/before")" ]] || wrong "connections could not be opened again"
	((most <= MOST)) || wrong "a daemon has $most KiB"
	kernel_is_quiet
}

# stands NODE…: its daemons are there, whom nobody has ended but a fault that is mended.
stands() {
	local node name
	for node; do
		for name in ssid corosync; do
			running "$node" $name || wrong "$name of $node has ended by itself: $(dmesg | grep -m1 'fatal signal' || echo 'the kernel says nothing of it')"
		done
	done
}

wrong() { fail "$*"; }

# kept: what daemons and kernels say, and where the daemons' threads are, is evidence.
kept() {
	local node task
	states_kept || true
	for node in "${members[@]}"; do
		for task in "/proc/$(pid_of "$node" ssid)"/task/*; do
			echo "$node $(<"$task/comm"): $(awk '/^(State|voluntary|nonvoluntary|SigP)/ { printf "%s ", $0 }' "$task/status") wchan $(<"$task/wchan") $(<"$task/syscall")"
			cat "$task/stack"
		done
	done >"$WORK/threads" 2>&1
}

# memory: of the largest ssid, KiB.
memory() {
	local node
	for node in "${members[@]}"; do sed -n 's/^VmRSS:[ \t]*\([0-9]*\) kB/\1/p' "/proc/$(pid_of "$node" ssid)/status"; done |
		sort -n | tail -n 1
}

kernel_is_quiet() {
	local bad
	# shellcheck disable=SC2154 # tap.sh has it
	bad=$(dmesg | grep -m1 -E "$trouble") || return 0
	wrong "the kernel says: $bad"
}

soak() {
	local first=${SSI_ROUND:-1} number end=$((EPOCHSECONDS + minutes * 60))
	# A daemon that ends by itself leaves no word; the kernel has one, as of what ran for too long before all others.
	sysctl -qw kernel.print-fatal-signals=1
	doing="setting up"
	trap '(($? == 0)) || { kept; echo "$doing"; }' EXIT
	echo "# SPDX-License-Identifier: GPL-2.0-only"$'\n'"round,faults,which,syns-unheard,served-again-ms,whole-again-ms,largest-ssid-kib" >"$OUT/soak.csv"
	for ((number = first; number == first || EPOCHSECONDS < end; number++)); do round $number; done
	awk -F, -v OFS=, -v seed="$seed" 'NR > 2 { rounds++; faults += $2; unheard += $4; if ($5 > served) served = $5; if ($6 > whole) whole = $6; if ($7 > kib) kib = $7 }
		END { printf "seed %d: %d rounds, %d faults, no SYN answered twice, %d not heard at first; all served again at most %d ms after all was mended, as before after %.1f s; the largest ssid %d KiB\n",
			seed, rounds, faults, unheard, served, whole / 1000, kib }' "$OUT/soak.csv"
}

fault_network "${members[@]}"
ring_nodes=3 weight=100
begin

claim soak_of_random_faults soak
