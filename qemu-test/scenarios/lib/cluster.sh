# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The cluster in the nodes, services and captures around it, and the checks that many tests end with.

probes=()

# background COMMAND…: starts a detached probe, which is ready when this returns. The pid is kept in a file too,
# since a test's subshell forgets its variables.
background() {
	started=$("$@" --detach)
	probes+=("$started")
	echo "$started" >>"$WORK/pids"
}

stop_probes() {
	((${#probes[@]})) || return 0
	ssi-probe stop "${probes[@]}"
	probes=()
}

# What a test that uses clusters_up and down may leave.
remove_clusters() {
	local ns
	for ns in /run/netns/n*; do
		in_ns "${ns##*/}" ssictl cluster del c 2>/dev/null
	done
}

# Ends whatever a failed test left behind.
stop_all_probes() {
	[[ -e $WORK/pids ]] || return 0
	# shellcheck disable=SC2046 # one word a pid
	ssi-probe stop $(sort -u "$WORK/pids") || true
	rm -f "$WORK/pids"
}

# serve NODE…: UDP and TCP port 7000 of each node's own address and of the cluster's.
serve() {
	local node
	for node; do
		background ssi-probe --netns "$node" serve --name "$node" --udp 7000 --tcp 7000 \
			--address "$VIP,$VIP6,10.9.0.$((${node#n} + 1))"
	done
}

# table FILE N [ARG…]: a bucket table of nodes n0 … n(N-1).
table() {
	local file=$1 n=$2
	shift 2
	ssi-probe table --nodes "$(seq -s, -f 'n%.0f' 0 $((n - 1)))" "$@" >"$file"
}

# clusters_up TABLE [ARG…]: cluster "c" on every node of the table, on eth0 or $cluster_dev; rank 0 is the master.
clusters_up() {
	local file=$1 node list rank hash key n k modulo
	shift
	read -r n k hash key modulo < <(jq -r '[(.owned | length), .buckets, .siphash // "none", .key // "source",
		(.buckets == (.owned | length) and all(.owned | to_entries[]; .key == "n" + .value))] | @tsv' "$file")
	while read -r node list; do
		rank=${node#n}
		local args=(--dev "${cluster_dev:-eth0}" --vip "$VIP/32" --rank "$rank" --nodes "$n")
		((rank)) || args+=(--master)
		$modulo || args+=(--function bitmap --buckets "$k" --owned "$list")
		[[ $hash == none ]] || args+=(--hash siphash --hash-seed "$hash")
		[[ $key == source ]] || args+=(--key "$key")
		in_ns "$node" ssictl cluster add c "${args[@]}" "$@"
		# Counters of many buckets are made when somebody asks for them.
		((k <= 1024)) || in_ns "$node" ssictl -j stats c --buckets >/dev/null
	done < <(jq -r '.owned | to_entries[] | "\(.key) \(.value)"' "$file")
}

# counters NODE: its counters since the capture began, but for those that a node's own traffic adds to.
counters() {
	in_ns "$1" ssictl -j stats "${cluster:-c}" | jq -c --arg c "${cluster:-c}" --slurpfile before "$WORK/$1.before" '
		([$before[0][] | select(.name == $c).stats] | first // {}) as $before
		| .[0].stats | del(.["rx-not-vip", "tx-untouched", "rx-keepalive"]) | with_entries(.value -= ($before[.key] // 0))'
}

clusters_down() {
	local node
	for node; do
		in_ns "$node" ssictl cluster del c
	done
}

all_nodes() {
	jq -r '.owned | keys[]' "$1"
}

# requests_counted: how many requests each node has counted; all of its counters are in $WORK/NODE.before.
requests_counted() {
	local ns
	for ns in /run/netns/n*; do
		in_ns "${ns##*/}" ssictl -j stats >"$WORK/${ns##*/}.before"
		jq -c '[.[].stats | .["rx-served"], .["rx-other"]]' "$WORK/${ns##*/}.before"
	done
}

# capture NAME: all that comes in at the switch's ports; ends with stop_capture. What an earlier test has left on its way would
# be in the counters and not in the capture: it begins anew, a few times, as long as requests come meanwhile.
capture() {
	local before tries file
	for tries in 5 4 3 2 1; do
		before=$(requests_counted)
		for file in "$WORK"/n*.before; do cp "$file" "${file%before}earlier"; done
		background ssi-probe --netns sw capture --out "$WORK/$1.pcapng"
		capturing=$started
		if [[ $(requests_counted) == "$before" ]] || ((tries == 1)); then return 0; fi
		ssi-probe stop "$capturing"
	done
}

stop_capture() {
	local ns
	for ns in /run/netns/n*; do in_ns "${ns##*/}" ssictl -j stats >"$WORK/${ns##*/}.end"; done
	ssi-probe stop "$capturing"
}

# ask PROTO SOURCES NAME [ARG…]: of the cluster's service, or of $to.
ask() {
	local proto=$1 sources=$2 name=$3
	shift 3
	ssi-probe --netns cl ask --proto "$proto" --sources "$sources" --to "${to:-$VIP:7000}" --out "$WORK/$name.json" "$@"
}

# each_once6 SOURCES TABLE: these IPv6 clients are answered by UDP, once each, by the nodes that own them.
each_once6() {
	to=${to:-[$VIP6]:7000} ask udp "$1" udp6
	ssi-probe answers --table "$2" "$WORK/udp6.json"
}

# wire NAME N [ARG…]: judges a capture with nodes n0 … n(N-1).
wire() {
	local name=$1 n=$2 i args=()
	shift 2
	for ((i = 0; i < n; i++)); do args+=(--node "p$i=n$i=$(node_mac "$i")"); done
	ssi-probe wire "$WORK/$name.pcapng" --vip "$VIP" --mac "$BASE" --facts "$WORK/$name.facts" "${args[@]}" "$@"
}

# counters_agree NAME NODE…: each node's own counters say what the capture NAME says. The cluster is c or $cluster, its
# master n0 or $master.
counters_agree() {
	local name=$1 node said want
	shift
	for node; do
		said=$(counters "$node")
		want=$(jq -c --arg n "$node" --argjson master "$([[ $node == "${master:-n0}" ]] && echo true || echo false)" '
			.nodes[$n] as $me
			| ([.nodes[] | .arp_requests + .gratuitous] | add) as $cluster_arp
			| ([.nodes[].advertised] | add) as $cluster_nd
			| { "rx-served": $me.share, "rx-other": (.requests - $me.share), "rx-malformed": 0,
			    "rx-arp-answered": (if $master then .arp_requests else 0 end),
			    "rx-arp-ignored": (if $master then 0 else .arp_requests end),
			    "rx-arp-reply": .arp_replies,
			    "rx-arp-own": ($cluster_arp - $me.arp_requests - $me.gratuitous),
			    "rx-arp-conflict": 0, "rx-nd-answered": 0, "rx-nd-ignored": 0, "rx-nd-reply": 0,
			    "rx-nd-own": ($cluster_nd - $me.advertised), "rx-nd-conflict": 0, "rx-forwarded": 0, "rx-passed-on": 0,
			    "rx-forward-failed": 0, "rx-flooded": 0, "rx-flood-probe": 0, "tx-reply": $me.replies,
			    "tx-arp": ($me.arp_requests + $me.arp_replies + $me.gratuitous), "tx-nd": $me.advertised,
			    "tx-no-memory": 0, "rx-draining": 0, "rx-left": 0,
			    "rx-gate": 0, "rx-broadcast": 0, "tx-probe": 0, "rx-refused": 0, "rx-replayed": 0,
			    "rx-reset": 0 }' "$WORK/$name.facts")
		same "counters of $node" "$want" "$(with_announcements "$node" "$said" "$want")"
	done
	buckets_agree "$name" "$node"
	echo "counters agree"
}

# with_announcements NODE COUNTERS WANTED: the master announces itself when a cluster begins, and again after 1, 2 and 4 s, so also
# while a capture begins or ends. What it counts of these the capture has no less of than was counted between its begin and its
# end, and no more than from before it until now.
with_announcements() {
	jq -nc --arg c "${cluster:-c}" --argjson said "$2" --argjson want "$3" --slurpfile earlier "$WORK/$1.earlier" \
		--slurpfile before "$WORK/$1.before" --slurpfile end "$WORK/$1.end" '
		def at($file; $name): [$file[0][] | select(.name == $c).stats[$name]] | first // 0;
		reduce ("rx-arp-own", "tx-arp", "rx-nd-own", "tx-nd") as $name ($said;
			(at($end; $name) - at($before; $name)) as $least
			| ($said[$name] + at($before; $name) - at($earlier; $name)) as $most
			| if $least <= $want[$name] and $want[$name] <= $most then .[$name] = $want[$name] end)'
}

# buckets_agree NAME NODE: packets and bytes of each bucket, and none served but whole buckets.
buckets_agree() {
	local said want
	said=$(in_ns "$2" ssictl -j stats "${cluster:-c}" --buckets)
	want=$(jq -c '.buckets | to_entries | map([(.key | tonumber), .value[0], .value[1]]) | sort' "$WORK/$1.facts")
	same "buckets of $2" "$want" "$(jq -c '.[0]["bucket-stats"] | map([.bucket, .["seen-packets"], .["seen-bytes"]]) | sort' <<<"$said")"
	same "served buckets of $2" "$(jq --arg n "$2" '.nodes[$n].share' "$WORK/$1.facts")" "$(jq '
		.[0]["bucket-stats"] | map(select(.["served-packets"] == .["seen-packets"] and .["served-bytes"] == .["seen-bytes"]))
		| map(.["served-packets"]) | add // 0' <<<"$said")"
}
