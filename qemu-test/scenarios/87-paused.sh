#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 0
# machine: cluster
# Nodes with kernels of their own, one of which is paused as by its hypervisor while SYNs go to all buckets: who answers those that were
# sent meanwhile, and those after. In User Mode Linux its clock goes on; under QEMU it stands still. lib/machines.sh has the picture.
# Run by its name only.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/machines_ssid.sh"

# shellcheck disable=SC2034 # machines.sh has it
node_services=web
# What ssid has where a file says nothing.
SLACK=50
# Neither n0, which is the master, nor the one that others ask.
PAUSED=n1
# shellcheck disable=SC2034 # machines.sh has it
case $SSI_LANE in
stock) storm_rate=30 ;;
*) storm_rate=300 ;;
esac

tidy_first() {
	local node
	for node in "${ALL[@]}"; do on "$node" cat /var/log/corosync/corosync.log >"$OUT/$node/corosync.log"; done
}

after_failure() {
	local node
	on host storm-over >/dev/null
	for node in "${ALL[@]}"; do
		on host cut "$node"
		on host boot "$node"
	done
	for node in "${ALL[@]}"; do node_up "$node"; done
	ready
}

ready() {
	all_is_well "${ALL[*]}" "${ALL[@]}"
	until_ok shares "${ALL[@]}"
	ssid_sees '.moving == 0' "${ALL[0]}"
	each_has_one_owner "${ALL[@]}"
}

# with_times LEASE SLACK: all of them are started anew with these.
with_times() {
	local node
	SSID_LEASE=$1 ssid_beat=$(($1 / 10))
	# shellcheck disable=SC2034 # daemon.sh has it
	ssid_daemon="slack = $2"
	ssid_file "$ring_nodes" >"$WORK/cluster.toml"
	for node in "${ALL[@]}"; do
		signal "$node" ssid TERM
		feed "$node" sh -c 'cat >/etc/ssi/cluster.toml' <"$WORK/cluster.toml"
	done
	for node in "${ALL[@]}"; do ssid_start "$node"; done
	ready
}

# ms: this machine's clock.
ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# counted: ms that the node's clock has.
counted() { on $PAUSED cut -d' ' -f1 /proc/uptime | tr -d . | sed 's/$/0/'; }

# pause SECONDS: the node is, under a storm of SYNs. Sets $stood to the ms that its clock stood still meanwhile.
pause() {
	local mine its
	measure
	# Questions of the storm's first second are answered, too.
	sleep 1
	mine=$(ms) its=$(counted)
	on host pause $PAUSED
	sleep "$1"
	on host resume $PAUSED
	stood=$(($(ms) - mine - ($(counted) - its)))
}

# over: the storm is. Sets $doubled to the SYNs that two nodes answered, $last to the ms after the pause at which the last second answer
# came; all have been answered by then.
over() {
	sleep 1
	on host storm-over >"$WORK/storm.json"
	jq -r '.marks[] | "\(.name): \(.unheard) SYNs of \(.sent) unheard, until \(.last) ms; \(.doubled) answered by two, until \(.doubled_last) ms"' \
		"$WORK/storm.json" >&2
	same "SYNs reset, never answered" "0 0" "$(jq -r '"\(.reset) \(.never)"' "$WORK/storm.json")"
	(($(marked unheard) > 0)) || fail "no SYN was unheard: this shows nothing"
	doubled=$(jq .twice "$WORK/storm.json")
	last=$(marked doubled_last)
}

# marked FIELD: the greatest of it in the marks.
marked() { jq --arg f "$1" '[.marks[][$f] // 0] | max' "$WORK/storm.json"; }

# sent_meanwhile: SYNs that were sent to a machine that stood still, or later, and that two nodes answered.
sent_meanwhile() { jq '[.marks[].twice] | add' "$WORK/storm.json"; }

# It wakes up and sees by its clock that its lease is over: the first packet is judged by that. What it had in its hands when it was stopped
# it sends when it goes on: that is of a time when it had the lease.
clock_goes_on() {
	local seconds said=''
	for seconds in 2 5 10; do
		pause $seconds
		((stood < seconds * 500)) || fail "its clock stood still for $stood ms: this shows nothing"
		all_is_well "${ALL[*]}" "${ALL[@]}"
		over
		same "SYNs of the pause of $seconds s, or later ones, that two nodes answered" 0 "$(sent_meanwhile)"
		said+="${said:+, }$seconds s: $doubled"
		ready
	done
	echo "SYNs that two nodes answered, of pauses: $said; the lease is $SSID_LEASE ms"
}

# alone SECONDS: the node is paused while its daemon stands still, so that the kernel's lease is all that stops it.
alone() {
	signal $PAUSED ssid STOP
	pause "$1"
	# shellcheck disable=SC2046 # one word a node
	all_is_well "$(others $PAUSED)" $(others $PAUSED)
	# The lease that it has is over by then, whatever was left of it.
	sleep $((SSID_LEASE / 1000))
	over
	signal $PAUSED ssid CONT
	ready
}

# Its clock stands still, so the lease lasts longer by as much; the others wait for no longer than before. A slack of that length makes up
# for it, and without it the kernel serves until its clock says so.
slack_covers_it() {
	local without
	with_times 10000 4500
	alone 4
	((stood > 2000)) || fail "its clock stood still for $stood ms only: this shows nothing"
	same "SYNs that two nodes answered, slack 4500 ms" 0 "$doubled"
	with_times 10000 $SLACK
	alone 4
	((doubled > 0)) || fail "without slack no SYN was answered by two nodes: this shows nothing"
	# What was left of the lease when it was paused, and a beat for an emulated machine to answer what came in by then.
	((last <= 10000 - SLACK + ssid_beat)) || fail "two nodes answered until $last ms after the pause"
	without="$doubled, until $last ms after it"
	echo "SYNs that two nodes answered, pause of 4 s of a node whose ssid stands still, lease 10 s: 0 with a slack of 4.5 s; with one of $SLACK ms $without"
}

# With its daemon, which gives up what the others have when it is in a view with them again, if the lease is not over before.
clock_stands_still() {
	local seconds said=''
	for seconds in 2 5 10; do
		pause $seconds
		((stood > seconds * 500)) || fail "its clock stood still for $stood ms only: this shows nothing"
		all_is_well "${ALL[*]}" "${ALL[@]}"
		over
		((last <= SSID_LEASE - SLACK + ssid_beat)) || fail "two nodes answered until $last ms after the pause of $seconds s"
		said+="${said:+, }$seconds s: $doubled, until $last ms after it"
		ready
	done
	echo "SYNs that two nodes answered, of pauses: $said; the lease is $SSID_LEASE ms, slack $SLACK ms"
}

quiet_kernel
machine_client
head -c 1024 /dev/urandom >"$WORK/authkey"
ring_nodes=${#ALL[@]}
for node in "${ALL[@]}"; do node_up "$node"; done
ready

if [[ $SSI_LANE == stock ]]; then
	named claim_14_a_paused_machine_whose_clock_stands_still clock_stands_still
	named claim_14_slack_covers_a_pause_that_no_clock_counts slack_covers_it
else
	named claim_14_a_paused_machine_whose_clock_goes_on clock_goes_on
fi
