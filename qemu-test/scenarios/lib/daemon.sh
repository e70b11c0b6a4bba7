# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# ssid in nodes (ring.sh has their files and Corosync), and what is done to it.

# Milliseconds for which a node serves without another word, and from one of its words to the next. What an emulated machine
# needs takes some time.
case ${SSI_LANE:-} in
stock) SSID_LEASE=${SSID_LEASE:-8000} ssid_beat=500 ;;
*) SSID_LEASE=${SSID_LEASE:-4000} ssid_beat=500 ;;
esac
ssid_buckets=256
SEED=000102030405060708090a0b0c0d0e0f

# ssid_file N: the cluster file for nodes n0 … n(N-1). $ssid_top and $ssid_daemon are lines more of its first parts,
# $ssid_engine the engine where it is not the default.
ssid_file() {
	local i
	cat <<-END
		name = "c"
		vips = ["$VIP/32", "$VIP6/64"]
		interface = "eth0"
		buckets = $ssid_buckets
		hash = "siphash"
		hash-seed = "$SEED"
		drain-time = 3600
		${ssid_top-}

		[daemon]
		${ssid_engine:+engine = \"$ssid_engine\"}
		lease = $SSID_LEASE
		beat = $ssid_beat
		# All nodes have the same processors here.
		adapt = false
		# What moves is to have moved for what a test does.
		quiet-load = ${ssid_quiet:-1000000000}
		${ssid_daemon-}
	END
	for ((i = 0; i < $1; i++)); do printf '\n[[node]]\nname = "n%d"\nrank = %d\n' $i $i; done
}

# ssid_files N: on all these nodes.
ssid_files() {
	local i
	for ((i = 0; i < $1; i++)); do ssid_file "$1" >"$(node_dir "n$i")/disk/etc/ssi/cluster.toml"; done
}

# addressed WEIGHT…: as many members have a file with addresses, and a key; Corosync runs on none.
addressed() {
	local node rank weights=("$@")
	# shellcheck disable=SC2154 # a scenario has them
	for node in "${members[@]::$#}"; do
		(
			printf 'key-file = "/etc/ssi/key"\n'
			ssid_file 0
			for rank in "${!weights[@]}"; do
				printf '[[node]]\nname = "n%d"\nrank = %d\naddresses = ["10.8.0.%d"]\nweight = %d\n' "$rank" "$rank" $((rank + 1)) "${weights[rank]}"
			done
		) >"$(node_dir "$node")/disk/etc/ssi/cluster.toml"
		(umask 77 && echo "$SEED$SEED" >"$(node_dir "$node")/disk/etc/ssi/key")
		! running "$node" corosync || fail "$node runs Corosync"
	done
}

# ssid_start NODE…: with the niceness that its unit has.
ssid_start() {
	local node
	for node; do daemon "$node" ssid nice -n -10 ssid --node "$node" /etc/ssi/cluster.toml; done
}

# ssid_status NODE: how things are, as it sees them. That something is wrong is no failure of asking; that nobody answers is one.
ssid_status() {
	local said
	said=$(in_node "$1" ssictl -j status) || (($? == 1)) || return
	[[ $said ]] && echo "$said"
}

# ssid_sees FILTER NODE…: waits until the status of each of these nodes passes the filter, for three minutes at most.
ssid_sees() {
	local filter=$1 node begun=$EPOCHSECONDS said
	shift
	for node; do
		until said=$(ssid_status "$node" 2>&1) && jq -e "$filter" <<<"$said" >/dev/null 2>&1; do
			((EPOCHSECONDS - begun < 180)) || states_kept || fail "$node never saw: $filter; but $(
				jq -c '[.quorate, .unserved, .view, .trouble, [.nodes[] | select(.member).name]]' <<<"$said" 2>&1)"
			sleep 0.3
		done
	done
}

# states_kept: what each daemon and each kernel say is evidence. Not a success, for whoever says so on the way to a failure.
states_kept() {
	local node
	# shellcheck disable=SC2154 # a scenario has them
	for node in "${members[@]}"; do
		{
			in_node "$node" ssictl -j status
			in_ns "$node" ssictl -j cluster show c
			in_ns "$node" ssictl -j table show c
		} >"$WORK/$node.state" 2>&1
	done
	false
}

# all_is_well "MEMBER…" NODE…: waits until each of these sees exactly these members, and every bucket served and at rest.
all_is_well() {
	local want
	# shellcheck disable=SC2086 # one word a member
	want=$(jq -cn '$ARGS.positional | sort' --args $1)
	shift
	ssid_sees ".quorate and .unserved == 0 and ([.nodes[] | select(.member).name] | sort) == $want and .view.complete" "$@"
}

# ssid_table NODE…: the table that these nodes' kernels have, for judges and to compare.
ssid_table() {
	local node
	for node; do
		in_ns "$node" ssictl -j table show c | jq -c --arg n "$node" 'select(.owned != "none") | {($n): .owned}'
	done | jq -cs --argjson buckets "$ssid_buckets" --arg seed "$SEED" '{buckets: $buckets, siphash: $seed, owned: add}'
}

# is_off NODE: it has neither the cluster nor its addresses.
is_off() {
	! in_ns "$1" ssictl cluster show c >/dev/null 2>&1 && ! in_ns "$1" ip -br addr show | grep -qF -e "$VIP" -e "$VIP6"
}

# owners TABLE: how many of its buckets have an owner, and how many owners one has at most.
owners() {
	jq -r '[.owned[] | split(",")[] | split("-") | map(tonumber) | if length == 1 then .[0] else range(.[0]; .[1] + 1) end]
		| group_by(.) | "\(length) \(map(length) | max)"' <<<"$1"
}

# each_has_one_owner NODE…: of these kernels. One is asked after the other: what moves between two questions looks as if it
# had two owners, so what counts is what two looks in a row say. What one gives away another has a moment later.
each_has_one_owner() {
	local table='' before found _
	for _ in {1..100}; do
		before=$table
		table=$(ssid_table "$@")
		found=$(owners "$table")
		[[ $found != "$ssid_buckets 1" ]] || break
		[[ $table != "$before" || $found == *" 1" ]] || break
		sleep 0.1
	done
	same "buckets, and how often one is owned" "$ssid_buckets 1" "$found"
}

# watch_events NODE…: what their ssid tells from now on is added to $WORK/nodes/NODE/events.out.
watch_events() {
	local node
	for node; do
		signal "$node" events KILL 2>/dev/null || true
		daemon "$node" events ssictl -j events
	done
}

# told_after MICROSECONDS NODE KIND…: when the node first told of one of these after that moment, in milliseconds after it.
told_after() {
	local at=$1 node=$2
	shift 2
	jq -n --argjson at $((at / 1000)) '[inputs | select(.at >= $at and ([.kind] | inside($ARGS.positional))).at] |
		if length > 0 then min - $at else "never" end' "$(node_dir "$node")/events.out" --args "$@"
}

# others NODE: the members but for it.
others() {
	# shellcheck disable=SC2154 # a scenario has them
	printf '%s\n' "${members[@]}" | grep -vx "$1" | paste -sd' '
}

# shares NODE…: each of these has its part, as the first of them sees it, and nobody else has.
shares() {
	ssid_status "$1" | jq -e --args '[.nodes[] | select(.owned > 0).name] | sort == $ARGS.positional' "$@"
}

# end: neither daemons nor clusters.
end() {
	local node
	stop_all_probes
	daemons_down "${members[@]}"
	remove_clusters || true
	# What an operator wanted outlives daemons, and is none of the next test's.
	for node in "${members[@]}"; do rm -rf "$(node_dir "$node")"/disk/var/lib/ssi/*; done
	ssid_top='' ssid_daemon=''
}

# asked_once NAME NODE…: the scenario's clients are answered once each, by the node whose kernel has the bucket.
asked_once() {
	local name=$1
	shift
	ssid_table "$@" >"$WORK/t"
	# shellcheck disable=SC2154 # a scenario has them
	ask udp "$clients" "$name" >/dev/null
	ssi-probe answers --table "$WORK/t" "$WORK/$name.json"
}

# answers_in NAME: how many answers they got.
answers_in() { jq '[.sources[].answers | add // 0] | add' "$WORK/$1.json"; }

# lapsed NODE: its lease has run out.
lapsed() { in_ns "$1" ssictl -j cluster show c | jq -e '.[0].lapsed'; }

remove_cluster() { in_ns "$1" ssictl cluster del c; }
