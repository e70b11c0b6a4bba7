#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 38 340
# ssid as it is by default, over its own datagrams, beside real Corosync as its package configures it: the token is Corosync's default. What
# happens to Corosync and to one of two networks costs nothing, and a node's loss little more than its lease. SYNs come to
# all buckets meanwhile, and connections are held.
#
#     n0 n1 n2 eth0  ── p0 p1 p2 ┐
#     VIP 10.9.0.100, fd5a::100  ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it, and for
#                                                                    SYNs 10.128.0.0/16, fd5c::/64
#     n0 n1 n2 ring0 ── r0 r1 r2 ─ rsw: a bridge for each part
# Datagrams go over both. Ports of sw that are "isolated" pass nothing to each other, and to the client what they did.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"
. "$(dirname "$0")/lib/differs.sh"
. "$(dirname "$0")/lib/breaks.sh"

ALL=(n0 n1 n2 n3)
members=(n0 n1 n2)
witness=n0

# timing fast|tight|patient|watchful: how long leases are, and the rest with them. With the default, 600 ms by SSI_FAST, three nodes and 1,000
# clients on a processor that another test has as well are without their lease at times; what an
# emulated machine needs takes longer. By Corosync with this token it would be more than 6,600. Where nothing is to happen,
# nothing may happen because three nodes share a processor with all that clients do. Watchful ones notice in a
# second at most, and leases are so long that nobody can have waited for one. Tight is fast, and Corosync's token is shorter than what its
# processor allows.
timing() {
	timed=$1
	echo "$timed" >"$WORK/timed"
	local late=1400
	if [[ $1 == watchful ]]; then
		SSID_LEASE=9000 ssid_beat=100 ssid_daemon="patience = 300"$'\n'"drift = 10"
		[[ ${SSI_LANE:-} != stock ]] || late=4000
		GOAL=$((1000 + late))
		return
	fi
	case ${SSI_LANE:-}-$1 in
	stock-fast | stock-tight) SSID_LEASE=5000 late=4000 ;;
	stock-*) SSID_LEASE=9000 late=4000 ;;
	*-fast | *-tight) SSID_LEASE=${SSI_FAST:-1200} ;;
	*) SSID_LEASE=4000 ;;
	esac
	ssid_beat=$((SSID_LEASE / 10))
	ssid_daemon="patience = $((SSID_LEASE / 3))"$'\n'"drift = 10"
	GOAL=$((SSID_LEASE * 105 / 100 + late))
}

# Corosync's own timers, as its package has them, but for where they are tight, and no encryption.
ring_crypto="none none"
ring_times() { [[ $timed != tight ]] || RING_TOKEN=300 ring_ping=60 ring_tuned_times; }

tidy_first() {
	daemons_down "${ALL[@]}"
	ring_files_down
}

after_failure() {
	local node
	for node in "${ALL[@]}"; do mend_partition "$node" || true; done
	ring_heal
	ip -n sw link set p2 master br0 || true
	clients_network on
	bridge -n sw link set dev p2 mcast_flood on || true
	anew "$(<"$WORK/timed")"
}

# anew TIMING [NODES]: all begins anew, with these times.
anew() {
	local node
	stop_all_probes
	daemons_down "${ALL[@]}"
	remove_clusters || true
	there_are "${2:-3}"
	for node in "${ALL[@]}"; do
		if [[ ! -e /run/netns/$node ]]; then node_born "$node"; else server_up "$node"; fi
		ip -n sw link set "p${node#n}" master br0 up
	done
	timing "$1"
	begin
}

# with TIMING TEST…: the test, with these times.
with() {
	# A test is a shell of its own.
	timed=$(<"$WORK/timed")
	if [[ $timed == "$1" ]]; then timing "$1"; else anew "$1"; fi
	shift
	"$@"
}

begin() {
	ssid_files ${#members[@]}
	ring_start "${members[@]}"
	ssid_start "${members[@]}"
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
	watch_events "${members[@]}"
	hold
}

# nothing_happens SECONDS "WHAT" COMMAND… -- COMMAND…: for so long, and after it, no view changes, no SYN is unheard and no
# connection breaks, whatever these do.
nothing_happens() {
	local time=$1 what=$2 node views
	shift 2
	spread
	until_ok shares "${members[@]}"
	views=$(views)
	measure
	mark "$what"
	each "$@"
	sleep "$time"
	mark "back"
	each "${behind[@]}"
	sleep 3
	measured
	nothing_unheard "$what" "back"
	same "views that began" "$views" "$(views)"
	for node in "${members[@]}"; do running "$node" ssid || fail "ssid of $node has ended"; done
}

# views: how many each node has entered.
views() {
	local node
	for node in "${members[@]}"; do
		jq -rs --arg n "$node" '"\($n) \([.[] | select(.kind == "view" or .kind == "no-view")] | length)"' "$(node_dir "$node")/events.out"
	done
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
	each_has_one_owner "${members[@]}"
	sleep 1
	measured "$node"
	(($(jq '.marks[0].unheard' "$WORK/storm.json") > 0)) || fail "nobody noticed: this shows nothing"
	served_again_within $GOAL "$what"
}

# What a machine has to do that starts is no part of what is measured.
power() {
	measure_with n2
	ssid_table "${members[@]}" >"$WORK/had"
	# It finds no link without carrier that it could tell of, and is gone from the last network in a moment.
	ip -n rsw link set r2 nomaster
	sleep 1
	mark "power cut"
	ip -n sw link set p2 nomaster
	all_is_well "n0 n1" n0 n1
	node_dies n2
	noticed view no-view
	sleep 3
	measured n2
	(($(jq '.marks[0].unheard' "$WORK/storm.json") > 0)) || fail "nobody noticed: this shows nothing"
	served_again_within $GOAL "power cut"
	only_of n2 "power cut"
	node_born n2
	ring_start n2
	ssid_start n2
	all_is_well "${members[*]}" "${members[@]}"
	watch_events n2
}

# 8 s: Corosync knows of it after 6.6, by its own token.
ring_dead() { nothing_happens 8 "the ring's network is dead" "ring_cut ${members[*]}" -- ring_heal; }
clients_dead() { nothing_happens 3 "the clients' network carries no datagrams" "clients_network off" -- "clients_network on"; }
corosync_fails() {
	nothing_happens 8 "corosync stands still on one node and dies on another" "signal n1 corosync STOP" "signal n0 corosync KILL" -- \
		"signal n1 corosync CONT" "ring_start n0"
}
ssid_stands() { away n1 "ssid stands still" "signal n1 ssid STOP" -- "signal n1 ssid CONT"; }
apart() { away n2 "partition 2|1" "clients_network off" "ring_partition n2" -- ring_heal "clients_network on"; }

# nobody_serves "WHAT" COMMAND… -- COMMAND…: nobody has a majority: nobody serves when leases are over. Then all is served, and
# nobody has lost what it had.
nobody_serves() {
	local what=$1 node
	shift
	spread
	until_ok shares "${members[@]}"
	measure
	mark "$what"
	each "$@"
	ssid_sees '.quorate | not' "${members[@]}"
	noticed no-quorum view no-view
	for node in "${members[@]}"; do until_ok lapsed "$node"; done
	mark "the leases are over"
	sleep 1
	mark "back"
	each "${behind[@]}"
	all_is_well "${members[*]}" "${members[@]}"
	each_has_one_owner "${members[@]}"
	sleep 1
	measured nobody
	jq -e '[.marks[] | select(.name == "the leases are over")][0] | .sent > 0 and .unheard == .sent' "$WORK/storm.json" >&2 ||
		fail "somebody served without a majority"
}

# Two have a majority first, but who gets one waits for others.
alone() { nobody_serves "partition 1|1|1" "clients_network off" in_three -- in_two ring_heal "clients_network on"; }
in_three() { ring_partition n0 n1 n2; }
in_two() { ring_partition "n0 n1" n2; }

# Four nodes, and neither half has a majority: all begins anew with four, and then with three again.
halves() {
	anew patient 4
	nobody_serves "partition 2|2" "clients_network off" in_halves -- ring_heal "clients_network on"
	anew patient
}
in_halves() { ring_partition "n0 n1" "n2 n3"; }

# Datagrams say who is in the group, and Corosync only who may be (design 0027 a): where these get nowhere nobody has a majority, though
# Corosync is whole and has its quorum.
filtered() {
	nobody_serves "port 9463 is closed everywhere" close_port corosync_is_whole -- open_port
	corosync_is_whole
}
close_port() { for node in "${members[@]}"; do break_partition "$node"; done; }
open_port() {
	corosync_is_whole
	for node in "${members[@]}"; do mend_partition "$node"; done
}
corosync_is_whole() {
	local node
	for node in "${members[@]}"; do same "members and quorum of Corosync at $node" "3 yes" "$(ring_quorum "$node")"; done
}

# Corosync's token is so short that it loses its own on a busy processor, and nothing of it counts.
token_of_300() {
	same "Corosync's token" "runtime.config.totem.token (u32) = 300" "$(in_node n0 corosync-cmapctl -g runtime.config.totem.token)"
	power
	echo "Corosync of n0 formed $(grep -c '\[TOTEM \] A new membership' "$(ring_log n0)") memberships"
}

# The machine has no processor, memory or disk left for any while three nodes run there: programs of niceness -20 compute, allocate
# all memory and write. No view changes and no lease ends; where ssid is not before them, some do.
pressed() {
	local before lost
	before=$(views)
	kernel_mark
	press 15
	same "views that began" "$before" "$(views)"
	same "leases that ended" 0 "$(leases_over)"
	all_is_well "${members[*]}" "${members[@]}"
	# The same with the usual scheduling.
	ssids_with "realtime = false"
	watch_events "${members[@]}"
	before=$(views)
	kernel_mark
	press 15
	lost=$(leases_over)
	[[ $lost != 0 || $(views) != "$before" ]] || fail "without real-time scheduling nothing happens either: this shows nothing"
	ssids_with ''
	watch_events "${members[@]}"
	echo "$pressed; no view began, no lease ended; without real-time scheduling $lost leases"
}

# press SECONDS: $pressed is what was done.
press() {
	"$(dirname "$0")/lib/pressure.py" "$1" 20 48 "$OUT" >"$WORK/pressed"
	pressed=$(<"$WORK/pressed")
}

leases_over() { kernel_says | grep -c 'the lease has run out' || true; }

# ssids_with LINE: all begin anew with this line more in their files, and take over what their kernels have.
ssids_with() {
	local node ssid_daemon=$ssid_daemon$'\n'$1
	ssid_files ${#members[@]}
	for node in "${members[@]}"; do signal "$node" ssid TERM; done
	ssid_start "${members[@]}"
	all_is_well "${members[*]}" "${members[@]}"
}

# there_are N: that many nodes are members from now on.
there_are() {
	ring_nodes=$1
	members=("${ALL[@]::$1}")
}

# A node more, and one less again, in Corosync's file and in the cluster's: both are read anew while all run, on one node after
# the other. Nobody has to start anything again, and nobody's lease ends.
added_and_removed() {
	local node
	spread
	until_ok shares "${members[@]}"
	measure
	mark "a node is added"
	there_are 4
	renamed n0
	ssid_file 4 >"$(node_dir n3)/disk/etc/ssi/cluster.toml"
	ring_start n3
	ssid_start n3
	ssid_sees 'any(.trouble[]; startswith("the nodes are 1, 2, 3, 4 by now: waits until all"))' n0
	renamed n1 n2
	all_is_well "${ALL[*]}" "${ALL[@]}"
	until_ok shares "${ALL[@]}"
	each_has_one_owner "${ALL[@]}"
	mark "a node leaves"
	in_node n3 ssictl leave n3 >&2
	spread
	until_ok is_off n3
	mark "a node is removed"
	signal n3 ssid TERM
	signal n3 corosync KILL
	there_are 3
	renamed "${members[@]}"
	ssid_sees '.trouble == []' "${members[@]}"
	all_is_well "${members[*]}" "${members[@]}"
	measured n3
	nothing_unheard "a node is removed"
	# A bucket that moves may miss a SYN. A lease that ends would cost a third of them or all.
	jq -e '[.marks[] | .unheard * 100 > .sent * 3] | any | not' "$WORK/storm.json" >&2 || fail "some lease has ended"
}

# Votes change in Corosync's file, one at a time, while all run and nobody notices. Then n0 has a majority alone: cut off it serves
# all, and the two others nothing, who are the majority of nodes.
votes() {
	spread
	until_ok shares "${members[@]}"
	measure
	mark "votes change"
	votes_are 2 1 1
	votes_are 3 1 1
	same "quorum" "3 of 5" "$(ssid_status n1 | jq -r '"\(.view.quorum) of \(.view.votes)"')"
	in_node n2 ssid --check --node n2 /etc/ssi/cluster.toml | grep -q '^warning: n0 has 3 of 5 votes: without it' ||
		fail "--check does not warn of n0"
	all_is_well "${members[*]}" "${members[@]}"
	mark "partition 1|2"
	clients_network off
	ring_partition n0
	ssid_sees '.quorate | not' n1 n2
	all_is_well n0 n0
	noticed view no-view
	ssid_sees '.lease == null' n1 n2
	mark "back"
	ring_heal
	clients_network on
	all_is_well "${members[*]}" "${members[@]}"
	each_has_one_owner "${members[@]}"
	votes_are 2 1 1
	ring_votes=(1 3 1)
	renamed "${members[@]}"
	ssid_sees 'any(.trouble[]; contains("change them by one vote at a time"))' "${members[@]}"
	votes_are 1 1 1
	ssid_sees '.trouble == []' "${members[@]}"
	measured n1 n2
	nothing_unheard "votes change"
}

# votes_are VOTES…: of each node, by all nodes' files, and all have taken it.
votes_are() {
	ring_votes=("$@")
	renamed "${members[@]}"
	ssid_sees '([.nodes[].votes] | map(tostring) | join(" ")) == "'"$*"'" and .view.members == 3 and .trouble == []' "${members[@]}"
}

# renamed NODE…: these have both files anew, with as many nodes as there are.
renamed() {
	local node
	for node; do
		ssid_file "$ring_nodes" >"$(node_dir "$node")/disk/etc/ssi/cluster.toml"
		ring_files "$node"
		in_node "$node" corosync-cfgtool -R >&2
		signal "$node" ssid HUP
	done
}

# The clients' link of n2 keeps its carrier and passes nothing; the ring is whole.
passes_nothing() {
	witness=n2
	measure_with n2
	mark "passes nothing"
	ip -n sw link set p2 nomaster
	ssid_sees '.unserved == 0 and ([.nodes[] | select(.name == "n2") | .member, .owned] == [true, 0]) and
		any(.trouble[]; contains("n2: interface eth0 passes nothing"))' n0
	noticed need
	same "carrier of n2's eth0" 1 "$(in_node n2 cat /sys/class/net/eth0/carrier)"
	ssid_sees 'any(.trouble[]; startswith("interface eth0 passes nothing"))' n2
	sleep 1
	mark "back"
	ip -n sw link set p2 master br0
	ssid_sees '.unserved == 0 and .trouble == []' "${members[@]}"
	spread
	until_ok shares "${members[@]}"
	each_has_one_owner "${members[@]}"
	sleep 1
	measured n2
	(($(reported ".held.broken_at.n2 // 0") > $(jq ".held.broken_at.n2 // 0" "$WORK/before"))) ||
		fail "no connection of n2 broke: this shows nothing"
	served_again_within $GOAL "passes nothing"
}

# A port that keeps multicast from n2 and passes other frames is in the status, and no more; without any frames n2 gives up.
multicast_kept() {
	local pings
	ip netns exec cl ping -b -w 60 -i 0.05 10.9.255.255 >/dev/null 2>&1 &
	pings=$!
	bridge -n sw link set dev p2 mcast_flood off
	ssid_sees 'any(.trouble[]; startswith("interface eth0: nothing comes from node 1, 2"))' n2
	sleep 1.5
	ssid_sees '[.nodes[] | select(.name == "n2").state] == ["serving"] and all(.trouble[]; contains("passes nothing") | not)' n2
	kill "$pings"
	ssid_sees 'any(.trouble[]; startswith("interface eth0 passes nothing"))' n2
	bridge -n sw link set dev p2 mcast_flood on
	ssid_sees '.unserved == 0 and .trouble == []' "${members[@]}"
	same "times that n2 lost what it needs" 1 \
		"$(jq -s '[.[] | select(.kind == "need" and .node == "n2" and (.text | contains("passes nothing")))] | length' "$(node_dir n2)/events.out")"
	echo "n2 serves while other frames come, and gives up when none do"
}

# A network that fails is no event: it is in the status, by its name.
status_of_networks() {
	ring_cut n2
	ssid_sees 'any(.trouble[]; test("^link 0: "))' n0 n1
	same "which nodes find it, when n0 asks all" "n0 n1" "$(doctors_find n0 '^link 0: ')"
	ring_heal
	ssid_sees '.trouble == []' "${members[@]}"
	same "what they find then" '' "$(doctors_find n0 .)"
	clients_network off
	ssid_sees 'any(.trouble[]; startswith("interface eth0: nothing comes from node "))' n0 n1 n2
	clients_network on
	ssid_sees '.trouble == []' "${members[@]}"
	same "engine" datagram "$(ssid_status n0 | jq -r .engine)"
	echo "a link of n2 without carrier, then the clients' network: each in the status by its name, and gone from it when it works again"
}

# doctors_find NODE PATTERN: who of the first two hears of ssid in such a sentence, if NODE has all look. A node's shell is in ssh's place.
doctors_find() {
	export -f in_node node_dir
	export WORK
	printf '%s\n' '#!/bin/bash' "exec nsenter --mount=/proc/1/ns/mnt -- bash -c 'in_node \"\$1\" sh -c \"\$2\"' ssh \"\$@\"" >"$WORK/ssh"
	chmod +x "$WORK/ssh"
	in_node "$1" ssictl -j doctor --all --no-probe --ssh "$WORK/ssh" >"$WORK/doctor" || (($? > 10))
	same "who looked" '["n0","n1","n2"] []' "$(jq -jc '.nodes, " ", .failed' "$WORK/doctor")"
	jq -r --arg pattern "$2" '[.findings[] | select((.check == "daemon-trouble") and (.what | test($pattern))).nodes[]] |
		unique | map(select(. != "n2")) | join(" ")' "$WORK/doctor"
}

# Whoever has another key is nobody.
another_key() {
	local dir
	dir=$(node_dir n2)
	signal n2 ssid TERM
	head -c 1024 /dev/urandom >"$dir/disk/etc/corosync/other"
	chmod u+w "$dir/disk/etc/corosync/authkey"
	cp "$dir/disk/etc/corosync/other" "$dir/disk/etc/corosync/authkey"
	ssid_start n2
	all_is_well "n0 n1" n0 n1
	ssid_sees '.quorate | not' n2
	ssid_sees 'any(.trouble[]; startswith("node 3 has another key"))' n0
	ssid_sees 'any(.trouble[]; startswith("node 1, 2 has another key"))' n2
	signal n2 ssid TERM
	rm "$dir/disk/etc/corosync/authkey"
	in_node n2 ssid --node n2 /etc/ssi/cluster.toml 2>"$WORK/said" && fail "it runs without a key"
	grep -q 'needs a key that all nodes have' "$WORK/said" || fail "$(<"$WORK/said")"
	in_node n2 ssid --check --node n2 /etc/ssi/cluster.toml | grep -q '^warning: .*needs a key that all nodes have' ||
		fail "--check has no warning"
	ring_files n2
	ssid_start n2
	all_is_well "${members[*]}" "${members[@]}"
	echo "n2 with another key is in no group, which both sides say; it does not start without one"
}

fault_network "${ALL[@]}"
there_are 3
timing fast
begin

claim claim_14_datagrams_power_cut with fast power
named claim_14_datagrams_power_cut_with_a_token_of_300 with tight token_of_300
also claim_14_datagrams_ring_dead with patient ring_dead
also claim_14_datagrams_clients_network_dead with patient clients_dead
also claim_14_datagrams_corosync_fails with patient corosync_fails
named claim_14_datagrams_ssid_killed_and_another_takes_over with patient again n1 KILL
also claim_14_datagrams_ssid_stands with patient ssid_stands
also claim_14_datagrams_partition_2_1 with patient apart
named claim_14_datagrams_partition_1_1_1 with patient alone
named claim_14_datagrams_partition_2_2 halves
named claim_14_datagrams_filtered_everywhere with patient filtered
also claim_14_datagrams_node_with_other_buckets_is_left_out with patient differs buckets
named claim_14_datagrams_node_with_another_file_is_left_out with patient differs buckets lease drift mode hash
also claim_14_datagrams_node_added_and_removed with patient added_and_removed
also claim_14_datagrams_votes_other_than_one with patient votes
also datagrams_networks_are_in_the_status with patient status_of_networks
also datagrams_another_key_is_nobody with patient another_key
named datagrams_multicast_kept_from_a_node with watchful multicast_kept
also claim_14_datagrams_link_that_passes_nothing with watchful passes_nothing
named claim_14_datagrams_no_view_changes_on_a_machine_under_pressure with fast pressed
