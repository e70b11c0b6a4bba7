# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What clients notice of a fault: a storm of SYNs to all buckets measures how long nobody answers and sees who answers twice,
# and connections are held meanwhile. (moves.sh has both, daemon.sh the cluster.)
#
#     measure; mark NAME; … the fault …; mark NAME; … the way back …; measured NODE…

# shellcheck disable=SC2034 # moves.sh uses it
storm_by=(--marks "$WORK/marks")
case ${SSI_LANE:-} in
stock) storm_rate=60 HOLDERS=10.64.0.0-10.127.255.255/83890,fd5b::1-fd5b::2bd/14 ;;
*) storm_rate=300 ;;
esac

# measure: from now on. Who sees faults first is asked of $witness.
measure() {
	noticed=
	: >"$WORK/marks"
	# shellcheck disable=SC2154 # daemon.sh has it
	jq -n --argjson k "$ssid_buckets" --arg seed "$SEED" \
		'{buckets: $k, siphash: $seed, owned: {any: "0-\($k - 1)"}}' >"$WORK/table"
	tell report
	cp "$WORK/report" "$WORK/before"
	storm_up 1 "$storm_rate"
}

# measure_with NODE: from now on, each node having its share, and this one connections that can break.
measure_with() {
	# A node that was away before gets its share when the connections have ended that keep it from it.
	spread
	# shellcheck disable=SC2154 # a scenario has them
	until_ok shares "${members[@]}"
	spread
	(($(reported ".held.nodes.$1 // 0") > 0)) || fail "$1 has no connections: this shows nothing"
	measure
}

# each COMMAND… [-- …]: runs these words, a command each. What is behind "--" is in $behind.
each() {
	while (($#)) && [[ $1 != -- ]]; do
		$1
		shift
	done
	behind=("${@:2}")
}

# hold [ARG…]: one connection of each client, opened anew if it breaks.
# shellcheck disable=SC2120 # the soak names one
hold() {
	holders_up --each 1 --period 8000 --patience 30000 --reopen "$@"
}

# spread: connections stay where they began, so those that are held are opened anew, at whoever has their buckets now.
spread() {
	local node
	# shellcheck disable=SC2154 # a scenario has them
	for node in "${members[@]}"; do tell close "$node"; done
	tell report
}

# mark NAME: what is done now is called so.
mark() {
	marked=${EPOCHREALTIME/[.,]/}
	echo "$marked $*" >>"$WORK/marks"
}

# noticed KIND…: when $witness told of what was marked last.
noticed() {
	# shellcheck disable=SC2154 # a scenario says who
	noticed+="${noticed:+, }$(told_after "$marked" "$witness" "$@") ms"
}

# measured NODE…: says what there was to notice. No SYN was answered by two nodes, and connections broke at these nodes only.
# shellcheck disable=SC2120 # scenarios name nodes
measured() {
	local good=true broken storm_wrong=
	# The storm tries for 15 s, a client's kernel for a minute: where a node goes and comes back some may meet both. For how
	# long nobody answers is judged by served_again_within.
	((!$#)) || storm_wrong='.twice + .reset + .stranger + .deaf'
	storm_over || good=false
	tell round
	broken=$(jq -c --slurpfile before "$WORK/before" '.held.broken_at | with_entries(.value -= ($before[0].held.broken_at[.key] // 0))
		| with_entries(select(.value > 0))' "$WORK/report")
	jq -r '.marks[] | "\(.name): " + if .unheard == 0 then "no SYN of \(.sent) unheard" else
		"\(.unheard) SYNs of \(.sent) unheard, of \(.buckets) buckets, until \(.last) ms" end' "$WORK/storm.json"
	echo "seen by $witness after ${noticed:--}; doubled: $(jq .twice "$WORK/storm.json"); broke: $broken of $(reported '.held | .alive'), lost $(reported .held.lost)"
	$good || fail "$(storm_said): $(jq -c .faults "$WORK/storm.json")"
	same "connections that broke and need not have" 0 "$(jq --argjson may "$(jq -cn '$ARGS.positional' --args -- "$@")" \
		'[to_entries[] | select([.key] | inside($may) | not).value] | add // 0' <<<"$broken")"
	same "connections that could not be opened again" "$(jq .held.lost "$WORK/before")" "$(reported .held.lost)"
}

# nothing_unheard MARK…: clients noticed nothing of these.
nothing_unheard() {
	local name
	for name; do
		same "SYNs unheard: $name" 0 "$(jq --arg n "$name" '[.marks[] | select(.name == $n).unheard] | add' "$WORK/storm.json")"
	done
}

# only_of NODE MARK: no SYN was unheard after this mark but in buckets that the node had by $WORK/had, a table of before.
only_of() {
	same "buckets of other nodes in which a SYN was unheard: $2" "[]" "$(jq -c --arg node "$1" --arg n "$2" --slurpfile had "$WORK/had" '
		[.marks[] | select(.name == $n).which[]] - [$had[0].owned[$node] | split(",")[] | split("-") | map(tonumber) | range(.[0]; .[-1] + 1)]' \
		"$WORK/storm.json")"
}

# again NODE HOW: its ssid ends, and another one takes over what the kernel has.
again() {
	local node=$1 before
	measure
	before=$(ssid_table "${members[@]}")
	mark "$2 of ssid, and another one"
	signal "$node" ssid "$2"
	ssid_start "$node"
	all_is_well "${members[*]}" "${members[@]}"
	same "who has what" "$before" "$(ssid_table "${members[@]}")"
	# shellcheck disable=SC2119 # none need break
	measured
	nothing_unheard "$2 of ssid, and another one"
}

# served_again_within MS MARK
served_again_within() {
	local last
	last=$(jq --arg n "$2" '[.marks[] | select(.name == $n).last // 0] | max' "$WORK/storm.json")
	((last <= $1)) || fail "$2: buckets were not served until $last ms, longer than $1"
}

# fault_network NODE…: these nodes n0, n1 … on a bridge and a ring, their service, and clients that measure; no daemon.
fault_network() {
	local node
	quiet_kernel
	switch bridge
	nodes $#
	both_families $#
	client
	far_clients
	room_for_storms "$@"
	modprobe ssi_filter
	ring_switch $#
	node_files "$@"
	for node; do server_up "$node"; done
}

# clients_network on|off: whether the clients' network carries datagrams between the nodes.
clients_network() {
	local port off=on
	[[ $1 != on ]] || off=off
	for port in $(ip -n sw -br link show type veth | sed -n 's/^\(p[0-9]\+\)@.*/\1/p'); do
		bridge -n sw link set dev "$port" isolated $off
	done
}

# A node that is born, and its end: what is not on its disk is gone, and whatever its kernel would have said is not heard.
node_born() {
	local node=$1
	ranked "${node#n}"
	second_family "$node"
	far_routes "$node"
	room_for_storms "$node"
	ring_plug "$node"
	node_files "$node"
	server_up "$node"
}

# server_up NODE: the service that clients hold connections with. It asks after those that it has not heard for a while, since
# what a client has with it no more keeps a bucket from coming back to it.
server_up() {
	background ssi-probe hold serve --keepalive 3 --nodes "$1" --address "$VIP,$VIP6" --out "$WORK/nodes/$1/served"
	# shellcheck disable=SC2154 # "background" says it
	echo "$started" >"$(node_dir "$1")/server.pid"
}

node_dies() {
	local node=$1
	ip -n sw link del "p${node#n}"
	ip -n rsw link del "r${node#n}"
	daemons_down "$node"
	umount "$(node_dir "$node")/mounts"
	rm "$(node_dir "$node")/mounts"
	ip netns del "$node"
}
