#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Never two answers: 100,000 SYNs of 1,000 addresses during 200 changes, and a look at each node's port.
#
#     n0 … n5 eth0 ── p0 … p5   ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: behind it 10.64.0.0/10 and fd5b::/64,
#                                                                        addresses that no kernel has
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

# What the kernels say of SYNs that they had no room for.
dropped() {
	local i
	for i in {0..5}; do in_ns n$i cat /proc/net/netstat; done | awk '
		$1 == "TcpExt:" && $2 ~ /[A-Z]/ { for (i = 2; i <= NF; i++) name[i] = $i; next }
		$1 == "TcpExt:" { for (i = 2; i <= NF; i++) if (name[i] ~ /^(ListenOverflows|ListenDrops|TCPReqQFullDrop|TCPReqQFullDoCookies)$/) n += $i }
		END { print n + 0 }'
}

# storm SYNS RATE STEPS [ARG of moves…]: the verdict is in $WORK/storm.json, and this one's status is the storm's.
storm() {
	local syns=$1 rate=$2 steps=$3 i plugs=()
	shift 3
	for i in {0..5}; do plugs+=(--node "p$i=n$i"); done
	rm -f "$WORK/storm.json"
	background ssi-probe --netns cl storm --dev eth0 --from 0a:00:00:00:00:01 --to "$GROUP" --vip "$VIP,$VIP6" \
		--sources "$HOLDERS" --syns "$syns" --rate "$rate" --table "$WORK/table" --journal "$WORK/journal" \
		--out "$WORK/storm.json" "${plugs[@]}"
	nice -n -20 ssi-probe moves --cluster c --table "$WORK/table" --steps "$steps" --journal "$WORK/journal" "$@" >"$WORK/moves"
	cat "$WORK/moves"
	slowest=$(sed 's/.* took \([0-9]*\) ms/\1/' "$WORK/moves")
	ssi-probe stop --patience 300 "$started"
	[[ -s $WORK/storm.json ]] || fail "the storm has no verdict"
	same "SYNs that a kernel had no room for" 0 "$(dropped)"
	jq -e '.never + .twice + .reset + .stranger + .deaf == 0' "$WORK/storm.json" >/dev/null
}

verdict() {
	jq -r '"\(.syns) SYNs, \(.moving) of them while their bucket moved: \(.at_once) answered at once, \(.again) the second time, \(.late) later (\(.deaf) of these without a reason), \(.never) never, \(.twice) by two nodes, \(.reset) by RST, \(.stranger) by a node without the bucket"' "$WORK/storm.json"
}

# Between a change's last release and its first adoption are 20 ms, a message's way there and back. Changes begin at
# multiples of 400 ms, so a SYN that is sent again after a second meets the table at rest.
one_answer() {
	members_up "$WORK/table"
	servers_up n{0..5}
	member n4 none
	member n5 none
	local slowest
	storm 100000 1250 "$WORK/steps" --grid 400 --gap 20 || fail "$(verdict): $(jq -c .faults "$WORK/storm.json")"
	stop_probes
	members_down
	(($(jq .again "$WORK/storm.json") > 0)) || fail "no SYN met a gap: this shows nothing"
	# A machine that stood still within a change has a SYN meet the same gap twice.
	(($(jq .late "$WORK/storm.json") == 0 || slowest > 190)) || fail "$(verdict)"
	verdict
}

# Who adopts before the other has released shows what the judge is there for.
wrong_way_round() {
	members_up "$WORK/table"
	servers_up n{0..5}
	member n4 none
	member n5 none
	refused storm 10000 1250 "$WORK/few" --grid 400 --gap 20 --adopt-first
	stop_probes
	members_down
	(($(jq .twice "$WORK/storm.json") > 0)) || fail "two owners of a bucket were not noticed"
	verdict
}

quiet_kernel
sysctl -q -w net.ipv4.tcp_max_syn_backlog=65535 net.core.somaxconn=65535
switch bridge
nodes 6
both_families 6
client
far_clients
# Nobody is to reset what the storm began, and a handshake that is never ended makes room after a second.
ip -n cl route del local 10.64.0.0/10 dev lo
ip -n cl -6 route del local fd5b::/64 dev lo
for i in {0..5}; do
	in_ns n$i sysctl -q -w net.ipv4.tcp_synack_retries=0 net.ipv4.tcp_syncookies=0 net.ipv4.tcp_max_syn_backlog=65535 net.core.somaxconn=65535
done
modprobe ssi_filter
ssi-probe table --nodes n0,n1,n2,n3 --shape blocks --buckets $buckets >"$WORK/table"
round=(join=n4 weigh=n0:3 level=60 join=n5 drain=n1 level=60 leave=n4 weigh=n1:1 weigh=n0:1 leave=n5)
changes=()
for _ in {1..20}; do changes+=("${round[@]}"); done
ssi-probe changes --table "$WORK/table" "${changes[@]}" >"$WORK/steps"
ssi-probe changes --table "$WORK/table" "${round[@]}" "${round[@]}" >"$WORK/few"

claim claim_14_100000_syns_one_answer_each one_answer
claim claim_14_two_owners_would_be_noticed wrong_way_round
