#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 0
# machine: earlier
# Nodes with ssid of an earlier commit (scripts/build-earlier) get today's, one after the other, and one goes back, while SYNs
# come to all buckets and connections are held. In between the cluster is of both, and whole. The module is today's.
#
#     n0 n1 n2 eth0  ── p0 p1 p2 ┐
#     VIP 10.9.0.100, fd5a::100  ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it, and for
#                                                                    SYNs 10.128.0.0/16, fd5c::/64
#     n0 n1 n2 ring0 ── r0 r1 r2 ─ rsw: br0
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"

earlier=$(dirname "$0")/earlier
members=(n0 n1 n2)
witness=n0

# No node fails here, and none of three that share a processor with 1,000 clients is to be taken for dead: a restart takes some
# seconds where another test runs beside it. A node that is restarted again within ten patiences is waited for: one patience the
# second time, two the third, four the fourth; the lease outlasts that. The rest is as 93-datagrams has it.
SSID_LEASE=20000
ssid_beat=500
ssid_daemon="patience = 4000"$'\n'"drift = 10"
ring_crypto="none none"
ring_times() { :; }

tidy_first() {
	daemons_down "${members[@]}"
	ring_files_down
}

# start earlier|today NODE: that ssid.
start() {
	local ssid=ssid
	[[ $1 != earlier ]] || ssid=$earlier/ssid
	daemon "$2" ssid nice -n -10 "$ssid" --node "$2" /etc/ssi/cluster.toml
}

# restart earlier|today NODE: as the package's postinst does it when the new file has been accepted.
restart() {
	local ssid=ssid
	[[ $1 != earlier ]] || ssid=$earlier/ssid
	in_node "$2" "$ssid" --check --node "$2" /etc/ssi/cluster.toml >&2
	signal "$2" ssid TERM
	start "$@"
}

# versions A B C: each node is in the view of all, and says so of n0, n1 and n2.
versions() {
	all_is_well "${members[*]}" "${members[@]}"
	ssid_sees ".trouble == [] and [.nodes[].version] == $(jq -cn '$ARGS.positional' --args "$@")" "${members[@]}"
}

# within_lease earlier|today NODE VERSION…: nobody notices.
within_lease() {
	local how=$1 node=$2 before at
	shift 2
	before=$(ssid_table "${members[@]}")
	mark "$node restarted with $how's"
	restart "$how" "$node"
	at=$marked
	versions "$@"
	echo "$node restarted with $how's: $(((${EPOCHREALTIME/[.,]/} - at) / 1000)) ms until all said that all is well"
	same "who has what" "$before" "$(ssid_table "${members[@]}")"
	mark "$node serves with $how's"
}

# by_drain NODE VERSION…: as ssi-upgrade does it. What others are told by one ssictl, ssid of the other commit does; n0 has today's
# ssid, n2 the earlier one, and each is asked by the ssictl of the other.
by_drain() {
	local node=$1
	shift
	mark "$node drained"
	in_node n2 ssictl drain "$node" >&2
	ssid_sees ".unserved == 0 and any(.nodes[]; .name == \"$node\" and .owned == 0)" "${members[@]}"
	tell close "$node"
	in_node n0 "$earlier/ssictl" drain "$node" --wait --timeout 120 >&2
	signal "$node" ssid TERM
	in_ns "$node" ssictl cluster del c >&2
	start today "$node"
	versions "$@"
	# What the operator wanted of the earlier one, today's has read.
	ssid_sees "any(.nodes[]; .name == \"$node\" and .state == \"draining\" and .owned == 0)" "${members[@]}"
	in_node n0 "$earlier/ssictl" join "$node" --wait >&2
	whole
}

# whole: all have their share, and each bucket one owner.
whole() {
	spread
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
	each_has_one_owner "${members[@]}"
}

# weighed FROM SSICTL NODE: what is ordered there, another commit's node does.
weighed() {
	in_node "$1" "$2" weight "$3" 50 >&2
	ssid_sees "any(.nodes[]; .name == \"$3\" and .\"full-weight\" == 50)" "${members[@]}"
	in_node "$1" "$2" weight "$3" 100 >&2
	ssid_sees "any(.nodes[]; .name == \"$3\" and .\"full-weight\" == 100)" "${members[@]}"
}

# asked_by_both NODE…: either ssictl understands either ssid: the same names, members and shares.
asked_by_both() {
	local node filter='[.cluster, .node, .version, [.nodes[] | [.name, .version, .member, .owned]]]'
	for node; do
		same "what the earlier ssictl says of $node" "$(ssid_status "$node" | jq -c "$filter")" \
			"$(in_node "$node" "$earlier/ssictl" -j status | jq -c "$filter")"
		in_node "$node" "$earlier/ssictl" status | grep -q "^c as $node sees it" || fail "the earlier ssictl says nothing of $node"
	done
}

# few_unheard MARK…: what moves may miss a SYN, which is repeated; a lease that ends would cost a third of them.
few_unheard() {
	local name
	for name; do
		jq -e --arg n "$name" '[.marks[] | select(.name == $n) | .unheard * 100 <= .sent * 3] | all' "$WORK/storm.json" >&2 ||
			fail "$name: some lease has ended"
	done
}

upgraded() {
	local old new node
	old=$("$earlier/ssid" --version) old=${old#* }
	new=$(ssid --version) new=${new#* }
	[[ $old != "$new" ]] || fail "both are $new: nobody could tell them apart"
	ssid_files 3
	ring_start "${members[@]}"
	for node in "${members[@]}"; do start earlier "$node"; done
	versions "$old" "$old" "$old"
	watch_events "${members[@]}"
	hold
	whole
	measure
	within_lease today n0 "$new" "$old" "$old"
	asked_by_both n0 n2
	in_node n0 ssictl status | grep -qx "ssid is $new here, and $old on n1, $old on n2" || fail "status does not say who has which version"
	in_node n2 "$earlier/ssictl" status | grep -qx "ssid is $old here, and $new on n0" || fail "the earlier one's does not"
	mark "weights, ordered across"
	weighed n0 ssictl n2
	weighed n2 "$earlier/ssictl" n0
	whole
	by_drain n1 "$new" "$new" "$old"
	within_lease today n2 "$new" "$new" "$new"
	asked_by_both "${members[@]}"
	within_lease earlier n0 "$old" "$new" "$new"
	weighed n0 "$earlier/ssictl" n1
	whole
	within_lease today n0 "$new" "$new" "$new"
	each_has_one_owner "${members[@]}"
	sleep 1
	echo "$old to $new, and n0 back and forth"
	# shellcheck disable=SC2119 # none need break
	measured
	nothing_unheard "n0 restarted with today's" "n2 restarted with today's" "n0 restarted with earlier's"
	few_unheard "weights, ordered across" "n1 drained" "n0 serves with earlier's"
	same "what a node ever said of another's messages" "" "$(cat "$WORK"/nodes/*/ssid.err | grep -e 'left out' -e 'not understood' -e 'is no message')"
}

fault_network "${members[@]}"

named claim_14_rolling_upgrade_from_an_earlier_commit upgraded
