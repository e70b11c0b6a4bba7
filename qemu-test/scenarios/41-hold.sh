#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# 2,000 connections of 500 clients are held while nodes join, leave, drain, change weight and buckets are levelled.
#
#     n0 … n5 eth0 ── p0 … p5   ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/net.sh"
. "$(dirname "$0")/lib/cluster.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

tidy() {
	stop_all_probes
	namespaces_down
	rmmod ssi_filter 2>/dev/null
}

after_failure() {
	stop_all_probes
	remove_clusters
}

changes=(join=n4 weigh=n0:3 level=60 join=n5 drain=n1 level=60 leave=n4 weigh=n1:1 weigh=n0:1 leave=n5)

without() {
	local broken
	members_up "$WORK/table" "$@"
	servers_up n{0..5}
	holders_up --period 10000 --fresh 20 --fresh-log "$WORK/fresh"
	play "$WORK/steps"
	tell round
	cp "$WORK/report" "$WORK/without.json"
	tell end
	broken=$(reported .held.broken)
	ssi-probe hold judge --table "$WORK/table" --journal "$WORK/journal" "$WORK/fresh"
	stop_probes
	members_down
	((broken > 0)) || fail "nothing broke: this shows nothing"
	echo "$broken of 2,000 broke: $(reported '.held.ends | tostring')"
}

before_change() { [[ $1 != join=* ]] || in_ns "${1#join=}" ssictl cluster show c >/dev/null 2>&1 || member "${1#join=}" none; }

quiet_kernel
switch bridge
nodes 6
both_families 6
client
far_clients
modprobe ssi_filter
ssi-probe table --nodes n0,n1,n2,n3 --shape blocks --buckets $buckets >"$WORK/table"
ssi-probe changes --table "$WORK/table" "${changes[@]}" >"$WORK/steps"

claim claim_14_without_transition_connections_break without
