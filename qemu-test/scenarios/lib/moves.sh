# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Buckets that move from node to node while clients hold connections, and what they saw of it.
#
# A cluster c with function bitmap and $buckets buckets; $members is how many nodes it may have. Whatever tells a node
# its table writes it into $WORK/journal: judges read there who could answer when.

buckets=1024
members=6
# 500 clients, each with an address of both families.
HOLDERS=10.64.0.0-10.127.255.255/8389,fd5b::1-fd5b::da7/7
# 1,000 more that no kernel has: nobody resets what a storm begins.
STORMERS=10.128.0.0-10.128.255.255/132,fd5c::1-fd5c::da7/7
export HOLDERS STORMERS
# What a storm is judged by.
storm_by=(--journal "$WORK/journal")
# What a cluster is told to have the smooth transition, and not to.
# shellcheck disable=SC2034 # for those who source this
with_transition=() without_transition=(--drain-time 0)

# far_clients: the client's many addresses of both families are behind its own one, as behind a router: nodes have one
# neighbour and not thousands. A slow machine is not to be taken for a network that loses: a node that says its last word
# twice is answered twice, and resets what is no more.
far_clients() {
	local ns
	ip -n cl -6 addr add fd5a::fffe/64 dev eth0 nodad
	ip -n cl -6 route add local fd5b::/64 dev lo
	for ns in /run/netns/n*; do far_routes "${ns##*/}"; done
}

# far_routes NODE [COMMAND…]: its routes to them, at once after these commands of ip: a node that has no route yet when its link is
# back loses what it is asked.
far_routes() {
	local node=$1
	shift
	{
		(($# == 0)) || printf '%s\n' "$@"
		cat <<-END
			route replace 10.64.0.0/10 via 10.9.1.1 dev eth0 rto_min 3s
			route replace fd5b::/64 via fd5a::fffe dev eth0 rto_min 3s
			route replace 10.128.0.0/16 via 10.9.1.1 dev eth0 rto_min 3s
			route replace fd5c::/64 via fd5a::fffe dev eth0 rto_min 3s
		END
	} | ip -n "$node" -batch -
}

# journal begin|end NODE LIST
journal() {
	echo "${EPOCHREALTIME/[.,]/} $*" >>"$WORK/journal"
}

# member NODE LIST [ARG…]: the node becomes one of the cluster, with these buckets. n0 is the master.
member() {
	local node=$1 list=$2
	shift 2
	[[ $node != n0 ]] || set -- --master "$@"
	journal begin "$node" "$list"
	in_ns "$node" ssictl cluster add c --dev eth0 --vip "$VIP/32" --vip "$VIP6/64" --rank "${node#n}" --nodes "$members" \
		--function bitmap --buckets "$buckets" --owned "$list" "$@"
	journal end "$node" "$list"
}

# members_up TABLE [ARG…]: all nodes of the table.
members_up() {
	local file=$1 node list
	shift
	: >"$WORK/journal"
	while read -r node list; do
		member "$node" "${list:-none}" "$@"
	done < <(jq -r '.owned | to_entries[] | "\(.key) \(.value)"' "$file")
}

# far_cluster N: N nodes, of both families, and far clients; the module. $WORK/table: four nodes have all buckets.
far_cluster() {
	quiet_kernel
	switch bridge
	nodes "$1"
	both_families "$1"
	client
	far_clients
	modprobe ssi_filter
	ssi-probe table --nodes n0,n1,n2,n3 --shape blocks --buckets "$buckets" >"$WORK/table"
}

# members_down: nor are connections left that broke, or whose ends nobody heard: they would drain among the next ones'.
members_down() {
	local ns
	for ns in /run/netns/n*; do
		! in_ns "${ns##*/}" ssictl cluster show c >/dev/null 2>&1 || in_ns "${ns##*/}" ssictl cluster del c
		in_ns "${ns##*/}" ss -HtK state all exclude listening >&2
	done
	in_ns cl ss -HtK state all exclude listening >&2
}

# owns NODE LIST [ARG…]: this is what the node has from now on.
owns() {
	local node=$1 list=$2
	shift 2
	journal begin "$node" "$list"
	in_ns "$node" ssictl table set c --buckets "$buckets" --owned "$list" "$@"
	journal end "$node" "$list"
}

# Those that lose buckets release them, and have said so, before another adopts them. Those of a node that is gone are
# taken cold: clients are reset and come back.
release() { owns "$@"; }
adopt() { owns "$@"; }
cold() { owns "$1" "$2" --cold "$3"; }

# play FILE: the steps that "ssi-probe changes" wrote. Before and after each change a scenario's own functions may do
# their part: before_change WORDS, after_change WORDS.
play() {
	local verb rest words=
	while read -r verb rest <&6; do
		if [[ $verb == change ]]; then
			[[ -z $words ]] || after_change "$words"
			words=$rest
			before_change "$words"
		else
			# shellcheck disable=SC2086 # node and list
			$verb $rest
		fi
	done 6<"$1"
	after_change "$words"
}

# servers_up NODE…: in these nodes.
servers_up() {
	background ssi-probe hold serve --nodes "$(IFS=, && echo "$*")" --address "$VIP,$VIP6" --out "$WORK/servers.json"
	# shellcheck disable=SC2034,SC2154 # "background" says it, scenarios use it
	servers=$started
}

# holders_up [ARG…]: 2,000 connections, all of them answered once.
holders_up() {
	background ssi-probe --netns cl hold clients --sources "$HOLDERS" --to "$VIP,$VIP6" \
		--control "$WORK/holders" "$@"
}

# tell WORD…: what the clients report is in $WORK/report.
tell() {
	ssi-probe hold order "$WORK/holders" "$@" >"$WORK/report"
}

# reported FILTER: of the last report.
reported() {
	jq -r "$1" "$WORK/report"
}

# tcp_count COUNTER NODE…: what their kernels have counted, all in all.
tcp_count() {
	local counter=$1 node
	shift
	for node; do in_ns "$node" cat /proc/net/snmp; done | awk -v counter="$counter" '
		$1 == "Tcp:" && $2 ~ /[A-Z]/ { for (i = 2; i <= NF; i++) if ($i == counter) at = i; next }
		$1 == "Tcp:" { n += $at }
		END { print n + 0 }'
}

# resets NODE…: RSTs that their kernels have sent, their stacks' and those of the module in cluster c, where there is one.
resets() {
	local node
	{
		tcp_count OutRsts "$@"
		for node; do
			in_ns "$node" ssictl -j stats c 2>/dev/null | jq '.[0].stats["rx-reset"]' || true
		done
	} | jq -s add
}

# cut_off: established connections of the client that an RST ended.
cut_off() { tcp_count EstabResets cl; }

# room_for_storms NODE…: a handshake that is never ended makes room after a second, and there is much of it.
room_for_storms() {
	local node
	sysctl -q -w net.core.somaxconn=65535
	for node; do
		in_ns "$node" sysctl -q -w net.ipv4.tcp_synack_retries=0 net.ipv4.tcp_syncookies=0 \
			net.ipv4.tcp_max_syn_backlog=65535 net.core.somaxconn=65535
	done
}

# storm_up SYNS RATE: SYNs at that rate, so many at least, until it is over.
storm_up() {
	local ns plugs=()
	for ns in /run/netns/n*; do plugs+=(--node "p${ns##*/n}=${ns##*/}"); done
	rm -f "$WORK/storm.json"
	background ssi-probe --netns cl storm --dev eth0 --from 0a:00:00:00:00:01 --to "$GROUP" --vip "$VIP,$VIP6" \
		--sources "$STORMERS" --syns "$1" --rate "$2" --table "$WORK/table" "${storm_by[@]}" \
		--out "$WORK/storm.json" "${plugs[@]}"
	storm=$started
}

# storm_over: the verdict is in $WORK/storm.json, and it is good.
storm_over() {
	ssi-probe stop --patience 300 "$storm"
	[[ -s $WORK/storm.json ]] || fail "the storm has no verdict"
	same "SYNs that a kernel had no room for" "" "$(no_room)"
	jq -e "${storm_wrong:-.never + .twice + .reset + .stranger + .deaf} == 0" "$WORK/storm.json" >/dev/null
}

# storm_said: in a sentence.
storm_said() {
	jq -r '"\(.syns) SYNs, \(.moving) of them while their bucket moved: \(.at_once) answered at once, \(.again) the second time, \(.late) later (\(.deaf) of these without a reason), \(.never) never, \(.twice) by two nodes, \(.reset) by RST, \(.stranger) by a node without the bucket"' "$WORK/storm.json"
}

# SYNs that the nodes' kernels dropped, by node and counter; nothing where there are none. A kernel that finds no neighbour any more, as
# when the link goes right after a SYN, sends itself an ICMP "unreachable", which ends what is half open and counts as a drop
# as well (tcp_req_err in net/ipv4/tcp_ipv4.c): no more than there were of these is no want of room.
no_room() {
	local ns
	for ns in /run/netns/n*; do
		in_ns "${ns##*/}" cat /proc/net/snmp6 /proc/net/snmp /proc/net/netstat | awk -v node="${ns##*/}" '
			$1 == "Icmp6InDestUnreachs" { unreachable += $2 }
			$2 ~ /^[A-Z]/ { for (i = 2; i <= NF; i++) name[i] = $i; next }
			{ for (i = 2; i <= NF; i++) {
				if ($1 == "Icmp:" && name[i] == "InDestUnreachs") unreachable += $i
				if ($1 == "TcpExt:" && $i && name[i] ~ /^(ListenOverflows|TCPReqQFullDrop|TCPReqQFullDoCookies)$/) print node, name[i], $i
				if ($1 == "TcpExt:" && name[i] == "ListenDrops" && $i > unreachable) print node, name[i], $i - unreachable
			} }'
	done
}

# through STEPS MEMBER-ARG… -- HOLDER-ARG…: connections are held through these changes. What became of them is in
# $WORK/report, $WORK/servers.json, $WORK/resets and $WORK/cut; what new ones met the judge has compared with the journal.
through() {
	local steps=$1 options=() before cut nodes
	shift
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	mapfile -t nodes < <(seq -f 'n%.0f' 0 $((members - 1)))
	before=$(resets "${nodes[@]}")
	cut=$(cut_off)
	member_options=("${options[@]}")
	members_up "$WORK/table" "${options[@]}"
	members_ready
	servers_up "${nodes[@]}"
	holders_up --fresh-log "$WORK/fresh" "$@"
	play "$steps"
	tell round
	echo $(($(resets "${nodes[@]}") - before)) >"$WORK/resets"
	echo $(($(cut_off) - cut)) >"$WORK/cut"
	tell end
	stop_probes
	members_down
	${judged:-true} || return 0
	ssi-probe hold judge --table "$WORK/table" --journal "$WORK/journal" "$WORK/fresh"
}

# unbroken HOW-MANY: nobody noticed anything: that many connections are alive, and there were new ones.
unbroken() {
	same "connections alive, broken, not opened again" "$1 0 0" "$(reported '.held | "\(.alive) \(.broken) \(.lost)"')"
	same "new connections that broke" 0 "$(reported .fresh.broken)"
	(($(reported .fresh.good) > 0)) || fail "there were no new connections"
	same "what servers say was wrong, cut, reset or else" "0 0 0 0" \
		"$(jq -r '[.[]] | "\(map(.wrong) | add) \(map(.cut) | add) \(map(.reset) | add) \(map(.other) | add)"' "$WORK/servers.json")"
	# The client's kernel is the judge of RSTs. A node may send some that meet nothing: where frames overtake each other,
	# as on a slow machine and in mode forward, a client in TIME_WAIT acknowledges once more what has ended on both sides.
	same "connections of the client that an RST ended" 0 "$(cat "$WORK/cut")"
}

# What a scenario waits for when its members are there.
members_ready() { :; }

# A node is made a member before it takes anything.
joins() {
	in_ns "$1" ssictl cluster show c >/dev/null 2>&1 || member "$1" none "${member_options[@]}"
}

# A node that gave all away goes when nobody needs it any more: its clients end in order, and are served elsewhere.
# A SYN that is repeated while its bucket moves is answered by both nodes, and the client takes one of the answers: the other
# handshake ends after five repetitions, which is 63 s, unless a scenario wants fewer.
leaves() {
	local _
	tell close "$1"
	for _ in {1..350}; do
		! drained "$1" || break
		sleep 0.2
	done
	drained "$1" || {
		in_ns "$1" ss -tano >&2
		in_ns "$1" ssictl table show c >&2
		fail "$1 is not drained in 70 s"
	}
	in_ns "$1" ssictl cluster del c
}

drained() {
	in_ns "$1" ssictl -j table show c | jq -e '.draining == "none"' >/dev/null
}

before_change() { [[ $1 != join=* ]] || joins "${1#join=}"; }
after_change() { [[ $1 != leave=* ]] || leaves "${1#leave=}"; }
