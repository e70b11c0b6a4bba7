#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 27
# Hundreds of clusters that drain at the same time: nobody else waits for them, and each drain ends when it should.
#
#     m0 … m7, each: d0 with 64 clusters, the addresses on lo, and connections within the namespace
#
# What is measured with half a million sockets, or with 16 Mi chains, is run only when it is named, and wants memory:
#     SSI_MEM=5120 qemu-test/run --uml drains_with_half_a_million_sockets
. "$(dirname "$0")/lib/scenario.sh"

figures=/sys/kernel/debug/ssi_filter/holds
spaces=8 each=64
# Milliseconds: an emulated processor that others use as well takes hundreds for a command. When each cluster walked the table
# for itself, under the RTNL, it was 6,200.
most=3000

tidy_first() {
	[[ ! -e $WORK/monitor ]] || kill "$(cat "$WORK/monitor")"
	namespaces_down
}

after_failure() {
	[[ ! -e $WORK/monitor ]] || kill "$(cat "$WORK/monitor")"
	rm -f "$WORK/monitor"
	stop_all_probes
	own
	ip netns del o0 2>/dev/null
	ip netns del e0 2>/dev/null
}

# figure NAME: what the file says of it.
figure() {
	awk -v name="$1" '$1 == name { print $2 }' "$figures"
}

# space NAMESPACE THIRD: its interface, and an address of each cluster.
space() {
	namespace "$1"
	ip -n "$1" link add d0 type dummy
	ip -n "$1" link set d0 up
	ip -n "$1" route add local 10.9.0.0/16 dev lo
	ip -n "$1" route add local 10.64.0.0/10 dev lo
}

# requests DEV OPERATION COUNT [ATTRIBUTE…]: a line for each of so many clusters.
requests() {
	local operation=$1 count=$2 i
	shift 2
	for ((i = 0; i < count; i++)); do
		case $operation in
		cluster-new) echo "$operation name=str:c$i ifindex=dev:d0 vip=vip:10.9.0.$i nodes=u32:1 node=u32:0 function=u32:1 $*" ;;
		*) echo "$operation name=str:c$i $*" ;;
		esac
	done
}

# clusters NAMESPACE COUNT BUCKETS [ATTRIBUTE…]: so many clusters, which have all their buckets.
clusters() {
	local space=$1 count=$2 buckets=$3
	shift 3
	requests cluster-new "$count" "buckets=u32:$buckets" "owned=bits:$buckets:0-$((buckets - 1))" "$@" |
		ssi-probe --netns "$space" nl - >&2
}

# drain NAMESPACE COUNT: clusters of eight buckets.
drain() {
	requests cluster-set "$2" "owned=hex:00" | ssi-probe --netns "$1" nl - >&2
}

spaces_up() {
	local i
	for ((i = 0; i < spaces; i++)); do
		space "m$i"
		clusters "m$i" $each 8
	done
}

# own [SPACES]
own() {
	local i
	for ((i = 0; i < ${1:-spaces}; i++)); do
		requests cluster-set $each owned=bits:8:0-7 | ssi-probe --netns "m$i" nl - >&2
	done
}

# all_drain [SPACES]
all_drain() {
	local i
	for ((i = 0; i < ${1:-spaces}; i++)); do drain "m$i" $each; done
}

# shown NAMESPACE CLUSTER FIELD
shown() {
	in_ns "$1" ssictl -j table show "$2" | jq -r ".$3"
}

# slowest SECONDS: milliseconds that root's slowest change of an interface took, one after the other for so long.
slowest() {
	local until=$((${EPOCHREALTIME/./} + $1 * 1000000)) begun took worst=0 flag=up
	while ((${EPOCHREALTIME/./} < until)); do
		begun=${EPOCHREALTIME/./}
		ip link set dummy9 $flag
		took=$((${EPOCHREALTIME/./} - begun))
		((took <= worst)) || worst=$took
		[[ $flag == up ]] && flag=down || flag=up
	done
	echo $((worst / 1000))
}

bounded() {
	local clusters chains sockets walks
	clusters=$(figure clusters-max)
	chains=$(figure chains-max)
	sockets=$(figure sockets-max)
	((clusters >= 1 && clusters <= 32)) || fail "a hold of the RTNL looked at $clusters clusters"
	((chains >= 1 && chains <= 512)) || fail "a piece of a walk had $chains chains"
	echo "a hold at most $clusters clusters, a piece $chains chains and $sockets sockets, no chain under the RTNL"
}

# 512 clusters drain; three of them have connections.
nobody_waits() {
	local before walks worst i begun
	for i in 0 3 7; do background ssi-probe --netns m$i crowd --sources 10.64.0.0-10.64.0.3 --to 10.9.0.5 --count 4; done
	worst=$(slowest 1)
	before=$(figure walks)
	begun=$EPOCHSECONDS
	all_drain
	echo "slowest ip link before $worst ms, then $(slowest 4) ms" | tee "$WORK/slowest"
	# One walk serves all, once a second.
	walks=$(($(figure walks) - before))
	((walks >= 1 && walks <= EPOCHSECONDS - begun + 2)) ||
		fail "$walks walks in $((EPOCHSECONDS - begun)) s with $((spaces * each)) clusters"
	until_ok none_drains
	for i in 0 3 7; do
		# Both ends of four connections are in the table, with the cluster's address at the server's.
		same "what m$i drains" 0-3 "$(shown m$i c5 draining)"
		same "its connections" 4 "$(shown m$i c5 connections)"
		same "a session a bucket" "0 1;1 1;2 1;3 1" "$(in_ns m$i ssictl -j stats c5 --buckets |
			jq -r '[.[0]["bucket-stats"][] | select(.sessions > 0) | "\(.bucket) \(.sessions)"] | join(";")')"
	done
	stop_probes
	for i in 0 3 7; do until_ok drains m$i c5 none; done
	bounded
	worst=$(awk '{ print $(NF - 1) }' "$WORK/slowest")
	((worst < most)) || fail "ip link took $worst ms"
}

drains() {
	[[ $(shown "$1" "$2" draining) == "$3" ]]
}

# All but those that have connections have ended.
none_drains() {
	local i
	for i in 0 1 3 7; do drains m$i c6 none && drains m$i c63 none || return 1; done
	drains m0 c5 0-3
}

# A deadline is a deadline, whatever else drains.
at_its_deadline() {
	local begun late
	own 2
	space e0
	clusters e0 1 8 drain-time=u32:3
	background ssi-probe --netns e0 crowd --sources 10.64.0.0-10.64.0.7 --to 10.9.0.0 --count 8
	listen e0 "$WORK/events"
	echo "$monitor" >"$WORK/monitor"
	all_drain 2
	begun=${EPOCHREALTIME/./}
	drain e0 1
	until_ok is_late
	late=$(((${EPOCHREALTIME/./} - begun) / 1000))
	((late >= 3000 && late < 20000)) || fail "it ended after $late ms"
	same "buckets" 0-7 "$(is_late)"
	kill "$(cat "$WORK/monitor")"
	rm "$WORK/monitor"
	stop_probes
	ip netns del e0
	echo "after $late ms of 3,000, while $((2 * each)) others drain"
}

is_late() {
	jq -nre 'first(inputs | select(.event == "drained" and .reason == "deadline") | .drained)' "$WORK/events"
}

# A namespace may have a table of connections of its own, as large as it likes: nobody waits for its walk either, nor for
# the namespace when it is deleted meanwhile.
a_table_of_its_own() {
	local entries=$1 worst took
	sysctl -q -w net.ipv4.tcp_child_ehash_entries="$entries"
	space o0
	sysctl -q -w net.ipv4.tcp_child_ehash_entries=0
	clusters o0 16 8
	background ssi-probe --netns o0 crowd --sources 10.64.0.0-10.64.0.7 --to 10.9.0.3 --count 8
	drain o0 16
	until_ok drains o0 c4 none
	drains o0 c3 0-7 || fail "a drain ended, and there are connections"
	same "connections" 8 "$(shown o0 c3 connections)"
	worst=$(slowest 2)
	stop_probes
	until_ok drains o0 c3 none
	bounded
	requests cluster-set 16 "owned=bits:8:0-7" | ssi-probe --netns o0 nl - >&2
	requests cluster-set 16 "owned=hex:00" | ssi-probe --netns o0 nl - >&2
	sleep 1.5
	took=${EPOCHREALTIME/./}
	ip netns del o0
	took=$(((${EPOCHREALTIME/./} - took) / 1000))
	((worst < most)) || fail "ip link took $worst ms"
	echo "$entries chains, 16 clusters: ip link at most $worst ms; deleted in $took ms"
}

# counted NAMESPACE CLUSTER CONNECTIONS
counted() {
	[[ $(shown "$1" "$2" connections) == "$3" ]]
}

# Without a judgement but that all is counted: figures.
half_a_million() {
	local i begun ready
	(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) > 4000000)) || fail "half a million sockets want SSI_MEM=5120"
	own
	begun=$EPOCHSECONDS
	for ((i = 0; i < spaces; i++)); do
		background ssi-probe --netns m$i crowd --sources 10.64.0.0-10.64.1.232 --to 10.9.0.0-10.9.0.63 --count 31296
	done
	ready=$((EPOCHSECONDS - begun))
	echo "$(awk '/^TCP/ { print $9 }' /proc/net/sockstat) sockets after $ready s; before: ip link $(slowest 5) ms"
	all_drain
	echo "while they drain: ip link $(slowest 20) ms"
	until_ok counted m0 c5 489
	until_ok counted m7 c63 489
	tr '\n' ',' <"$figures"
	stop_probes
}

quiet_kernel
modprobe -q dummy
modprobe ssi_filter
ip link add dummy9 type dummy
spaces_up

also drains_make_nobody_wait nobody_waits
also drains_end_at_their_deadlines at_its_deadline
also drains_in_a_table_of_its_own a_table_of_its_own 1048576
((${#wanted[@]})) || exit 0

also drains_with_half_a_million_sockets half_a_million
also drains_in_a_table_of_16_mi_chains a_table_of_its_own 16777216
