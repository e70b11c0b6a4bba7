#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 29 90
# A node that is gone: its clients are reset by whoever takes over, and come back; nobody else notices. A node whose
# lease runs out: it serves nothing new from then on.
#
#     n0 … n3 eth0 ── p0 … p3   ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it, and for
#                                                                        SYNs 10.128.0.0/16, fd5c::/64
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

after_failure() {
	stop_all_probes
	remove_clusters
	ip -n sw link set p2 master br0
}

# cut STEPS [ARG…]: n2's traffic is cut while 2,000 connections are held; a second later the others take its buckets.
# How many connections it had is in $theirs, how many RSTs the others sent then in $resets.
cut() {
	local steps=$1
	shift
	members_up "$WORK/table"
	servers_up n{0..3}
	holders_up --each 2 --period 3000 "$@"
	tell report
	theirs=$(reported .held.nodes.n2)
	((theirs > 0)) || fail "n2 has no connections: this shows nothing"
	resets=$(resets n0 n1 n3)
	ip -n sw link set p2 nomaster
	sleep 1
	play "$steps"
	tell round
	resets=$(($(resets n0 n1 n3) - resets))
	stop_probes
	members_down
	ip -n sw link set p2 master br0
}

failed() {
	local theirs resets
	cut "$WORK/lost" --patience 30000 --reopen
	same "ends" "{\"reset\":$theirs} at {\"n2\":$theirs}" "$(reported '.held | "\(.ends) at \(.broken_at)"')"
	same "alive, opened again, lost" "2000 $theirs 0" "$(reported '.held | "\(.alive) \(.reopened) \(.lost)"')"
	same "alive at n2" null "$(reported .held.nodes.n2)"
	((resets >= theirs)) || fail "the others sent $resets RSTs"
	echo "$theirs of 2000 were n2's: each was reset and is served again, $(reported .held.slowest_reopened) ms after the RST at the latest; 0 others broke"
}

# Who takes the buckets as if n2 were there leaves its clients to it.
not_cold() {
	local theirs resets
	cut "$WORK/warm" --patience 6000
	same "ends" "{\"silent\":$theirs} at {\"n2\":$theirs}" "$(reported '.held | "\(.ends) at \(.broken_at)"')"
	same "RSTs" 0 "$resets"
	echo "not taken cold, $theirs wait for an answer that does not come"
}

# sleep_until MICROSECONDS since 1970.
sleep_until() {
	local left=$(($1 - ${EPOCHREALTIME/[.,]/}))
	((left <= 0)) || sleep "$((left / 1000000)).$(printf %06d $((left % 1000000)))"
}

# Long enough that a slow machine comes to renew it.
LEASE=8000

# lapse EXPIRY STEPS WAIT [ARG…]: n2's lease is renewed some times and then no more; so many milliseconds after the end of
# the last renewal the others take its buckets. 1,000 connections are held meanwhile, and SYNs come all the time.
lapse() {
	local expiry=$1 steps=$2 wait=$3 before after _
	shift 3
	members_up "$WORK/table" --lease-expiry "$expiry"
	servers_up n{0..3}
	holders_up --period 4000 "$@"
	tell report
	theirs=$(reported .held.nodes.n2)
	listen n2 "$WORK/events"
	storm_up 1 300
	owns n2 "$(jq -r .owned.n2 "$WORK/table")" --lease $LEASE
	for _ in 1 2 3; do
		sleep 0.5
		before=${EPOCHREALTIME/[.,]/}
		in_ns n2 ssictl lease c $LEASE
		after=${EPOCHREALTIME/[.,]/}
	done
	# What the judge is to believe: it ends no sooner and no later than this.
	{
		echo "$((before + LEASE * 1000)) begin n2 none"
		echo "$((after + LEASE * 1000 + 100000)) end n2 none"
	} >>"$WORK/journal"
	sleep_until $((after + wait * 1000))
	play "$steps"
	sleep 1
	tell round
}

lapse_down() {
	kill "$monitor"
	stop_probes
	members_down
}

# said PATTERN: how often the kernel did since this scenario began.
said() {
	dmesg | sed -n "/ssi-test: begin $scenario\$/,\$p" | grep -c "$1" || true
}

# Its connections stay, so the others adopt its buckets.
lapse_drains() {
	local theirs monitor log storm
	log=$(said 'c: the lease has run out')
	lapse drain "$WORK/warm" $((LEASE + 300))
	storm_over || fail "$(storm_said): $(jq -c .faults "$WORK/storm.json")"
	same "alive, broken, at n2" "1000 0 $theirs" "$(reported '.held | "\(.alive) \(.broken) \(.nodes.n2)"')"
	same "lapsed" true "$(in_ns n2 ssictl -j cluster show c | jq '.[0].lapsed')"
	same "lines in the log" $((log + 1)) "$(said 'c: the lease has run out')"
	same "events" 1 "$(jq -c 'select(.event == "lapsed")' "$WORK/events" | wc -l)"
	refused in_ns n2 ssictl lease c $LEASE
	owns n2 none
	same "lapsed after a new table" false "$(in_ns n2 ssictl -j cluster show c | jq '.[0].lapsed')"
	lapse_down
	echo "$(storm_said); $theirs connections stay at n2"
}

# Its connections are not served any more, so the others take its buckets cold.
lapse_drops() {
	local theirs monitor storm
	lapse drop "$WORK/lost" $((LEASE + 300)) --reopen
	storm_over || fail "$(storm_said): $(jq -c .faults "$WORK/storm.json")"
	same "alive, ends, opened again" "1000 {\"reset\":$theirs} $theirs" "$(reported '.held | "\(.alive) \(.ends) \(.reopened)"')"
	same "alive at n2" null "$(reported .held.nodes.n2)"
	lapse_down
	echo "$(storm_said); $theirs connections of n2 are reset and served again"
}

# The others take its buckets while its lease goes on.
too_early() {
	local theirs monitor storm
	lapse drain "$WORK/warm" $((LEASE / 2))
	sleep 3
	refused storm_over
	(($(jq .twice "$WORK/storm.json") > 0)) || fail "two owners of a bucket were not noticed"
	lapse_down
	storm_said
}

# Milliseconds of CLOCK_BOOTTIME.
boottime() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }

# has NODE FILTER: of what its kernel has.
has() { in_ns "$1" ssictl -j cluster show c | jq -r ".[0] | $2"; }

is_lapsed() { [[ $(has "$1" .lapsed) == true ]]; }

# leased NODE LIST GENERATION [UNTIL]: a table with a lease until then.
leased() {
	in_ns "$1" ssi-probe nl table-set name=str:c "buckets=u32:$buckets" "owned=bits:$buckets:${2#none}" "generation=u64:$3" \
		"lease-until=u64:${4:-$(($(boottime) + LEASE))}"
}

is_stopped() { [[ $(awk '{ print $3 }' "/proc/$1/stat") == T ]]; }

# late SECONDS ATTRIBUTE…: a process reckons when n2's lease is to end, $LEASE from now, is stopped for so long, and only
# then asks the kernel. The time, which is UNTIL in the request, is in $WORK/until.
late() {
	local seconds=$1 pid
	shift
	(
		until=$(($(boottime) + LEASE))
		echo "$until" >"$WORK/until"
		kill -STOP "$BASHPID"
		in_ns n2 ssi-probe nl "${@//UNTIL/$until}"
	) &
	pid=$!
	until_ok is_stopped "$pid"
	sleep "$seconds"
	kill -CONT "$pid"
	wait "$pid"
}

# Whatever the program that renews n2's lease meets on its way to the kernel, the lease ends when it meant it to.
stopped() {
	# Long enough for two stops.
	local LEASE=12000 owned until ends said monitor now
	members_up "$WORK/table"
	owned=$(jq -r .owned.n2 "$WORK/table")
	leased n2 "$owned" 2 >/dev/null
	late 3 lease-renew name=str:c lease-until=u64:UNTIL >/dev/null
	same "lease-until" "$(cat "$WORK/until")" "$(has n2 '."lease-until"')"

	# By a length it is lengthened, which shows that being stopped can be seen.
	late 3 lease-renew name=str:c lease=u32:$LEASE >/dev/null
	until=$(cat "$WORK/until") ends=$(has n2 '."lease-until"')
	((ends >= until + 3000)) || fail "stopped for 3 s, the lease ends at $ends and not after $until"

	# Stopped until the end is past, it renews nothing and brings nothing back.
	listen n2 "$WORK/events"
	said=$(late $((LEASE / 1000 + 1)) lease-renew name=str:c lease-until=u64:UNTIL 2>&1) && fail "it renewed a lease that is over"
	[[ $said == *"lease-until is past"* ]] || fail "$said"
	same "lapsed" true "$(has n2 .lapsed)"
	said=$(leased n2 "$owned" 4 "$(cat "$WORK/until")" 2>&1) && fail "a table that may not be served"
	[[ $said == *"lease-until is past"* ]] || fail "$said"
	same "generation, lapsed" "3 true" "$(has n2 '"\(.generation) \(.lapsed)"')"
	until_ok grep -q lapsed "$WORK/events"
	kill "$monitor"
	now=$((${EPOCHREALTIME/[.,]/} / 1000 - $(boottime)))
	said=$(jq -r "select(.event == \"lapsed\") | .time * 1000 - $now - $ends | floor" "$WORK/events")
	# The time of the event is that of its being read; /proc/uptime has hundredths.
	((said >= -20 && said < 2000)) || fail "lapsed $said ms after the end that was told"
	members_down
	echo "stopped for 3 s of ${LEASE} ms it lengthens nothing, stopped for longer it is refused; lapsed $said ms after the time"
}

# What the table says from the moment on at which the lease has ended.
lapse_is_told_whole() {
	local owned
	members_up "$WORK/table"
	owned=$(jq -r .owned.n2 "$WORK/table")
	leased n2 "$owned" 7 $(($(boottime) + 3000)) >/dev/null
	until_ok is_lapsed n2
	same "table" "8 none $owned none" "$(in_ns n2 ssictl -j table show c | jq -r '"\(.generation) \(.owned) \(.draining) \(.adopting)"')"
	members_down
	echo "generation, owned, draining and lease are of one moment"
}

# A node that nobody lets serve can still give everything away.
gives_all_away() {
	local owned log
	members_up "$WORK/table"
	owned=$(jq -r .owned.n2 "$WORK/table")
	leased n2 "$owned" 2 >/dev/null
	log=$(said 'c: the lease has run out')
	leased n2 none 3 1 >/dev/null
	same "table" "3 none $owned" "$(in_ns n2 ssictl -j table show c | jq -r '"\(.generation) \(.owned) \(.draining)"')"
	same "lapsed" true "$(has n2 .lapsed)"
	refused leased n2 "$owned" 4 1
	refused in_ns n2 ssictl lease c $LEASE
	leased n2 "$owned" 4 >/dev/null
	same "lapsed, generation" "false 4" "$(has n2 '"\(.lapsed) \(.generation)"')"
	same "lines in the log" "$log" "$(said 'c: the lease has run out')"
	members_down
	echo "a table without a bucket needs no time to come"
}

# Whoever makes a node master, or no longer, disturbs neither its table nor its lease.
master_only() {
	local LEASE=60000 before after flag show='del(.master, .lease)'
	members_up "$WORK/table"
	leased n2 0-3 2 >/dev/null
	# What it gave away nobody uses.
	until_ok drained n2
	same "what it adopts" 0-3 "$(in_ns n2 ssictl -j table show c | jq -r .adopting)"
	before="$(has n2 "$show" | jq -cS .) $(in_ns n2 ssictl -j table show c | jq -cS .)"
	for flag in on off on; do
		in_ns n2 ssictl cluster set c --master $flag
		after="$(has n2 "$show" | jq -cS .) $(in_ns n2 ssictl -j table show c | jq -cS .)"
		same "all but master" "$before" "$after"
	done
	members_down
	echo "generation, table, transitions and lease-until stay"
}

# The others may have answered meanwhile.
master_is_back() {
	local owned
	members_up "$WORK/table"
	owned=$(jq -r .owned.n0 "$WORK/table")
	in_ns cl sysctl -q -w net.ipv4.conf.eth0.arp_accept=1
	leased n0 "$owned" 2 $(($(boottime) + 3000)) >/dev/null
	until_ok is_lapsed n0
	ip -n cl neigh replace "$VIP" lladdr 06:00:00:00:00:ee dev eth0 nud stale
	sleep 1
	[[ $(ip -n cl neigh show "$VIP") == *06:00:00:00:00:ee* ]] || fail "announced by a master that is none"
	leased n0 "$owned" 4 >/dev/null
	until_ok knows_the_cluster
	members_down
	echo "who is master again says so"
}

knows_the_cluster() { [[ $(ip -n cl neigh show "$VIP" dev eth0) == *"$GROUP"* ]]; }

members=4
far_cluster 4
room_for_storms n{0..3}
ssi-probe changes --table "$WORK/table" lost=n2 >"$WORK/lost"
sed 's/^cold \([^ ]* [^ ]*\) .*/adopt \1/' "$WORK/lost" >"$WORK/warm"

claim claim_14_clients_of_a_dead_node_are_reset_and_come_back failed
also claim_14_not_taken_cold_they_wait not_cold
claim claim_14_nothing_new_is_served_after_the_lease lapse_drains
also claim_14_connections_end_with_the_lease_if_told lapse_drops
also claim_14_a_takeover_within_the_lease_would_be_noticed too_early
also claim_14_who_is_stopped_lengthens_no_lease_of_a_kernel stopped
also claim_14_an_expiry_is_reported_whole lapse_is_told_whole
also claim_14_who_may_not_serve_gives_all_away gives_all_away
also claim_15_who_is_master_changes_nothing_else master_only
also claim_15_a_master_that_is_back_is_announced master_is_back
