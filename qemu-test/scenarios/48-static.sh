#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 16 85
# A static cluster from one file: ssictl alone, no daemon. The file is edited by join, leave, drain and weight, and
# applied on the nodes in any order, first by all, then with --adopt by all.
#
#     n0 … n3 eth0 ── p0 … p3   ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10, fd5b::/64 behind it
#
# Host names are the machine's in all namespaces, so each node is told which one it is.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ocf.sh"

FILE=$WORK/c.toml
NODES=(n0 n1 n2 n3)

# TCP is for connections that are held.
serve_udp() {
	local node
	for node in "${NODES[@]}"; do
		background ssi-probe --netns "$node" serve --name "$node" --udp 7000 --address "$VIP,$VIP6"
	done
}

after_failure() {
	stop_all_probes
	serve_udp
	remove_clusters
	rm -rf "$WORK/memory"
	for node in "${NODES[@]}"; do ip -n sw link set "p${node#n}" up; done
}

# The first three nodes, by hand.
new_file() {
	rm -rf "$WORK/memory"
	cat >"$FILE" <<-END
		# A file for tests.
		name = "c"
		vips = ["$VIP/32", "$VIP6/64"]
		interface = "eth0"
		master = "n0"
		buckets = 256
		hash = "siphash"
		hash-seed = "000102030405060708090a0b0c0d0e0f" # of no secret
		drain-time = 3600
	END
	local i
	for i in 0 1 2; do printf '\n[[node]]\nname = "n%d"\nrank = %d\n' $i $i >>"$FILE"; done
}

# on NODE ARG…: what ssictl apply says there.
on() {
	local node=$1
	shift
	in_ns "$node" ssictl apply --node "$node" --memory "$WORK/memory" "$FILE" "$@"
}

# listed: the nodes that the file has.
listed() {
	python3 -c 'import sys, tomllib; print(*(n["name"] for n in tomllib.load(open(sys.argv[1], "rb"))["node"]))' "$FILE"
}

# all ARG…: on all of the file's nodes, in another order each time.
all() {
	local node
	for node in $(listed | tr ' ' '\n' | shuf); do on "$node" "$@"; done >"$WORK/said"
	cat "$WORK/said" >&2
}

# nothing_left: a second time there is nothing to do, and nothing to say.
nothing_left() {
	all
	[[ ! -s $WORK/said ]] || fail "said a second time: $(cat "$WORK/said")"
	all --adopt
	[[ ! -s $WORK/said ]] || fail "said a second time: $(cat "$WORK/said")"
}

# verb WORD…: edits the file, and brings it into force.
verb() {
	ssictl "$@" --file "$FILE" >&2
	all
	all --adopt
}

# The table that the file has, for judges.
file_table() {
	python3 - "$FILE" <<-'END'
		import json, sys, tomllib
		file = tomllib.load(open(sys.argv[1], "rb"))
		owned = {n["name"]: n["owns"] for n in file["node"] if n["owns"] != "none"}
		print(json.dumps({"buckets": file["buckets"], "siphash": file["hash-seed"], "owned": owned}))
	END
}

# The table that the kernels have, all together.
kernel_table() {
	local node
	for node; do
		in_ns "$node" ssictl -j table show c | jq -c --arg n "$node" 'select(.owned != "none") | {($n): .owned}'
	done | jq -cs '{buckets: 256, siphash: "000102030405060708090a0b0c0d0e0f", owned: add}'
}

# in_force: kernels have what the file says, and clients meet it.
in_force() {
	local nodes
	read -ra nodes < <(listed)
	file_table >"$WORK/table"
	same "the kernels' tables" "$(jq -cS . "$WORK/table")" "$(kernel_table "${nodes[@]}" | jq -cS .)"
	ask udp "$DENSE" udp
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json" >&2
	each_once6 fd5b::1-fd5b::80 "$WORK/table" >&2
}

made_from_a_file() {
	new_file
	same "what a dry run does" "" "$(for n in n0 n1 n2; do
		on $n --dry-run >"$WORK/said"
		in_ns $n ssictl cluster show
	done)"
	all
	nothing_left
	# The file has no table yet: the planner's first one is what all have come to.
	jq -n '{buckets: 256, siphash: "000102030405060708090a0b0c0d0e0f",
		owned: ([range(3) as $n | {"n\($n)": [range(256) | select(. % 3 == $n)] | join(",")}] | add)}' >"$WORK/table"
	same "the kernels' tables" "$(jq -S '.owned | map_values(split(",") | length)' "$WORK/table")" \
		"$(for n in n0 n1 n2; do in_ns $n ssictl -j table show c | jq --arg n $n '{($n): .["owned-buckets"]}'; done | jq -sS add)"
	ask udp "$DENSE" udp
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json"
	clusters_down n0 n1 n2
}

# The same in mode forward: the VLAN is made with the cluster and goes with it, and nodes agree.
made_in_mode_forward() {
	local node
	new_file
	sed -i 's/^buckets/mode = "forward"\nforward = "owner"\nvlan = 100\n&/' "$FILE"
	all
	nothing_left
	settled n0 n1 n2
	for node in n0 n1 n2; do
		same "what is wrong with $node's peers" "[]" "$(in_ns $node ssictl -j peers c | jq -c .remarks)"
	done
	ssictl weight n1 200 --file "$FILE" >&2
	all
	all --adopt
	settled n0 n1 n2
	in_force
	clusters_down n0 n1 n2
	refused in_ns n0 ip link show eth0.100
	echo "a weight changed"
}

# What a generation moves is nobody's in between, and never two nodes'.
two_steps() {
	new_file
	all
	ssictl join n3 --file "$FILE" >&2
	refused on n3 --adopt
	all
	same "what n3 has, and waits for" "none 64" "$(in_ns n3 ssictl -j table show c | jq -r .owned) $(
		on n3 --dry-run --adopt -j | jq -r .takes.count
	)"
	kernel_table n0 n1 n2 n3 >"$WORK/between"
	ask udp "$DENSE" udp --timeout 500
	same "sources that were answered twice" 0 "$(jq '[.sources[] | select((.answers | add) > 1)] | length' "$WORK/udp.json")"
	(($(jq '[.sources[].missing] | add' "$WORK/udp.json") > 50)) || fail "nothing was on its way"
	all --adopt
	in_force
	verb leave n3
	on n3 --wait >&2
	same "n3's clusters" "[]" "$(in_ns n3 ssictl -j cluster show)"
	clusters_down n0 n1 n2
	echo "64 buckets went to a node and back"
}

connections_stay() {
	new_file
	all
	servers_up "${NODES[@]}"
	holders_up --each 2 --period 3000 --fresh 40
	holders=$started
	verb join n3
	in_force
	verb weight n1 200
	in_force
	verb drain n2
	same "buckets of n2" 0 "$(in_ns n2 ssictl -j table show c | jq '.["owned-buckets"]')"
	in_force
	verb join n2
	in_force
	tell round
	# Its connections go on until they are closed; then it is done. (Those that are held began before it came.)
	ssictl leave n3 --file "$FILE" >&2
	all
	all --adopt
	tell close n3
	on n3 --wait >&2
	same "n3's clusters" "[]" "$(in_ns n3 ssictl -j cluster show)"
	ssictl leave n3 --file "$FILE" >&2
	all
	nothing_left
	in_force
	tell round
	tell end
	ssi-probe stop "$holders" "$servers"
	# RSTs are not counted: now and then an acknowledgement overtakes its FIN, and is answered with one.
	same "connections alive, broken, not opened again" "2000 0 0" "$(reported '.held | "\(.alive) \(.broken) \(.lost)"')"
	same "new connections that broke" 0 "$(reported .fresh.broken)"
	(($(reported .fresh.good) > 0)) || fail "there were no new connections"
	clusters_down n0 n1 n2
	echo "join, weight, drain, join, leave: $(reported '.held | "\(.alive) connections alive, \(.broken) broken, \(.answers) answers"'); new ones: $(reported '.fresh | "\(.good) good, \(.broken) broken"')"
}

# The same with nothing kept: what the transition is good for, and that the judge sees it.
connections_break() {
	new_file
	sed -i 's/^drain-time.*/drain-time = 0/' "$FILE"
	all
	servers_up "${NODES[@]}"
	holders_up --each 1 --period 1000
	holders=$started
	verb join n3
	in_force
	tell round
	(($(reported .held.broken) > 0)) || fail "nothing broke: this shows nothing"
	tell end
	ssi-probe stop "$holders" "$servers"
	clusters_down n0 n1 n2 n3
	echo "one join without drain-time: $(reported '.held | "\(.alive) connections alive, \(.broken) broken"')"
}

# A node that starts in the middle of a change comes back with what it had, whatever the file says.
restart() {
	local had
	new_file
	all
	verb weight n1 300
	had=$(in_ns n1 ssictl -j table show c | jq -r .owned)
	ssictl weight n0 300 --file "$FILE" >&2
	on n1 >&2
	had=$(in_ns n1 ssictl -j table show c | jq -r .owned)
	in_ns n1 ssictl cluster del c
	on n1 >&2
	same "what n1 has again" "$had" "$(in_ns n1 ssictl -j table show c | jq -r .owned)"
	in_ns n0 ssictl cluster del c
	on n0 >&2
	all
	all --adopt
	in_force
	clusters_down n0 n1 n2
	echo "n1 began anew with ${#had} characters of buckets, as it ended"
}

# The dead node's clients meet a reset, come back and are served; nobody else notices.
dead() {
	new_file
	all
	servers_up "${NODES[@]}"
	holders_up --each 1 --period 1000 --reopen --patience 60000
	holders=$started
	tell round
	local had others
	had=$(reported '.held.nodes.n2')
	others=$(reported '.held.nodes | .n0 + .n1')
	ip -n sw link set p2 down
	ssictl leave n2 --dead --file "$FILE" >&2
	on n0 --cold >&2
	on n1 --cold >&2
	in_force
	tell round
	tell round
	same "connections that broke, and where" "{\"n2\":$had}" "$(reported '.held.broken_at | tojson')"
	same "opened again, and lost" "$had 0" "$(reported '.held | "\(.reopened) \(.lost)"')"
	tell end
	ssi-probe stop "$holders" "$servers"
	ip -n sw link set p2 up
	in_ns n2 ssictl cluster del c
	clusters_down n0 n1
	echo "$had connections of the dead node came back, $others others noticed nothing"
}

# What is refused changes nothing.
refusals() {
	local before
	new_file
	all
	cp "$FILE" "$WORK/good"
	before=$(in_ns n0 ssictl -j cluster show && in_ns n0 ssictl -j table show c)
	local edit
	for edit in 's/buckets = 256/buckets = 512/' 's/buckets/bukets/' 's/siphash/none/' 's/rank = 2/rank = 1/' \
		's/0e0f"/0e10"/' 's/"eth0"/"eth7"/' '/n1/d' 's/\["/["127.0.0.1", "/'; do
		sed "$edit" "$WORK/good" >"$FILE"
		refused on n0
		same "after $edit" "$before" "$(in_ns n0 ssictl -j cluster show && in_ns n0 ssictl -j table show c)"
	done
	sed 's/^buckets/buckets = 256\nbukets/' "$WORK/good" >"$FILE"
	same "an error's place" "ssictl: $FILE:7:1: bukets: no such key in a cluster file (did you mean buckets?)" \
		"$(on n0 2>&1 || true)"
	cp "$WORK/good" "$FILE"
	verb weight n1 200
	cp "$WORK/good" "$FILE"
	refused on n0
	clusters_down n0 n1 n2
	echo "9 wrong files"
}

# Whoever takes an address off a node takes it off for a moment, on the master too.
watched() {
	local node address begun took longest=0
	new_file
	all
	for node in n0 n1; do
		in_ns "$node" ssictl -j watch c >"$WORK/$node.watch" &
		probes+=($!)
		until_ok hears "$node" 0
	done
	for node in n0 n1; do
		for address in "$VIP/32" "$VIP6/64"; do
			begun=${EPOCHREALTIME/[.,]/}
			ip -n "$node" addr del "$address" dev eth0
			until_ok has_address "$node" "${address%/*}"
			took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
			((took <= longest)) || longest=$took
		done
		until_ok reports_two "$node"
	done
	((longest <= 5000)) || fail "an address was away for $longest ms"
	ask udp 10.64.4.0-10.64.4.127 watched >/dev/null
	same "answers" 128 "$(jq '[.sources[].answers | add // 0] | add' "$WORK/watched.json")"
	clusters_down n0 n1 n2
	deleted_while_watched
	echo "put back after at most $longest ms, in both families, with a line for each; none left by cluster del, 10 times"
}

# Taking an address off is the first thing that cluster del does.
deleted_while_watched() {
	local i watch rc
	for i in {1..10}; do
		in_ns n3 ssictl cluster add w --dev eth0 --vip 10.9.0.77/32 --rank 0 --nodes 1
		in_ns n3 ssictl watch w 2>"$WORK/w.watch" &
		watch=$!
		sleep "0.$i"
		in_ns n3 ssictl cluster del w
		rc=0
		wait "$watch" || rc=$?
		same "status of watch when the cluster is gone" 1 $rc
		refused has_address n3 10.9.0.77
	done
}

has_address() { in_ns "$1" ip -br addr show eth0 | grep -qF "$2"; }

# comes_back: whatever becomes of n1's interface, n1 serves again, by its file where the cluster went with it. Removed by hand it stays so.
comes_back() {
	local begun took had watch rc=0
	new_file
	all
	had=$(table_of n1)
	in_ns n1 ssictl -j watch c --file "$FILE" --node n1 --memory "$WORK/memory" >"$WORK/n1.watch" 2>"$WORK/n1.says" &
	watch=$!
	probes+=("$watch")
	until_ok hears n1 16
	ip -n n1 link set eth0 down
	ip -n n1 link set eth0 up
	until_ok has_address n1 "$VIP6"
	ip -n n1 link set eth0 name eth7
	ip -n n1 addr del "$VIP/32" dev eth7
	until_ok put_back_on eth7 "$VIP"
	ip -n n1 link set eth7 name eth0
	same "table of n1, renamed" "$had" "$(table_of n1)"
	ip -n sw link del p1
	until_ok grep -q 'once eth0 is there' "$WORK/n1.says"
	refused in_ns n1 ssictl table show c
	begun=${EPOCHREALTIME/[.,]/}
	plug n1 p1 "$(node_mac 1)" 10.9.0.2/16
	until_ok made_again
	took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	# As for an address: 0.2 s, and what the machine has to do besides.
	((took <= 5000)) || fail "it took $took ms"
	far_routes n1 "$(second_address n1)"
	same "table of n1" "$had" "$(table_of n1)"
	has_address n1 "$VIP"
	ask udp 10.64.5.0-10.64.5.127 back >/dev/null
	same "answers" 128 "$(jq '[.sources[].answers | add // 0] | add' "$WORK/back.json")"
	in_ns n1 ssictl cluster del c
	wait "$watch" || rc=$?
	same "status of watch when the cluster was removed" 1 $rc
	refused in_ns n1 ssictl table show c
	clusters_down n0 n2
	echo "made again within $took ms, with the same buckets; down and up, and with another name, it went on; removed by hand it stays away"
}

table_of() { in_ns "$1" ssictl -j table show c | jq -c '[.owned, .generation]'; }
put_back_on() { jq -e --arg i "$1" --arg a "$2" 'select(.interface == $i and .address == $a)' "$WORK/n1.watch"; }
made_again() { [[ $(jq -r '.file // empty' "$WORK/n1.watch") == "$FILE" ]]; }

reports_two() { [[ $(jq -r '.address // empty' "$WORK/$1.watch" | paste -sd' ') == "$VIP $VIP6" ]]; }

far_cluster 4
serve_udp

claim claim_14_static_cluster_from_a_file made_from_a_file
also claim_14_static_addresses_are_put_back watched
also claim_14_static_cluster_comes_back_with_its_interface comes_back
also claim_3_static_cluster_in_mode_forward made_in_mode_forward
claim claim_14_static_change_in_two_steps two_steps
also claim_14_static_changes_keep_connections connections_stay
also claim_14_static_without_drain_time_they_break connections_break
also claim_14_static_node_starts_anew restart
also claim_14_static_dead_node dead
also claim_14_static_wrong_files refusals
also claim_14_resource_agent agent_lives
