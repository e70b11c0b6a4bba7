#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 24 125
# Mode forward on a bridge that learns: who forwards, what the nodes tell each other, what happens when the master changes.
#
#     n0 (master) n1 n2 ── p0 p1 p2 ┐                       the nodes' VLAN: eth0.100
#                                   ┤ sw: br0 ├ pc ── cl    every node with strict reverse path filters
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

RANDOM_CLIENTS=10.64.8.0-10.79.255.255/1021

after_failure() {
	stop_capture 2>/dev/null
	remove_clusters
	forward_vlan 3
}

up() {
	clusters_up "$WORK/t" --vip "$VIP6/64" --mode forward --forward-dev eth0.100 "$@"
	settled n0 n1 n2
}

# monitor_moves: what the bridge says of the base MAC from here on.
monitor_moves() {
	nsenter --net=/run/netns/sw -- stdbuf -oL bridge monitor fdb >"$WORK/moves" &
	monitor=$!
	until_ok hears sw 0
}

moves() {
	sleep 0.3
	kill "$monitor"
	wait "$monitor" || true
	grep -c "^$BASE " "$WORK/moves" || true
}

# Whoever is behind the port where the MAC was seen last gets the next request.
learning_bridge() {
	local reply_mac count said=
	for reply_mac in cluster node; do
		for forward in all owner; do
			up --forward "$forward" --reply-mac "$reply_mac"
			ask udp 10.64.4.0-10.64.4.63 warm >/dev/null
			monitor_moves
			ask udp "$RANDOM_CLIENTS" "$reply_mac" --window 4
			count=$(moves)
			ssi-probe answers --table "$WORK/t" "$WORK/$reply_mac.json" >"$WORK/answers"
			[[ $reply_mac != cluster ]] || ((count > 20)) || fail "the MAC moved $count times: this shows nothing"
			[[ $reply_mac != node ]] || ((count == 0)) || fail "the MAC moved $count times"
			said+="reply-mac $reply_mac, forward $forward: $(cut -d, -f2 "$WORK/answers"), $count MAC moves; "
			clusters_down n0 n1 n2
		done
	done
	# A bridge drops what comes from a group address.
	up --reply-mac group
	ask udp 10.64.4.0-10.64.4.7 group --timeout 500
	same "answers from the group MAC" 0 "$(jq '[.sources[].answers | add // 0] | add' "$WORK/group.json")"
	clusters_down n0 n1 n2
	echo "${said}reply-mac group: no answer passes the bridge"
}

# heard NODE FILTER: what the node has heard from the others, within some seconds.
heard() {
	local _
	for _ in {1..80}; do
		! in_ns "$1" ssictl -j cluster show c | jq -e ".[0] | $2" >/dev/null || return 0
		sleep 0.1
	done
	fail "$1 does not come to know $2: $(in_ns "$1" ssictl -j cluster show c)"
}

informed() {
	up
	heard n1 ".[\"master-mac\"] == \"$(node_mac 0)\""
	heard n2 ".[\"master-mac\"] == \"$(node_mac 0)\""
	heard n0 '.["master-mac"] == null'
	in_ns n0 ssictl cluster set c --master off
	in_ns n2 ssictl cluster set c --master on
	heard n0 ".[\"master-mac\"] == \"$(node_mac 2)\""
	heard n1 ".[\"master-mac\"] == \"$(node_mac 2)\""
	# Nobody speaks any more: what was heard is forgotten.
	in_ns n2 ssictl cluster del c
	heard n1 '.["master-mac"] == null'
	clusters_down n0 n1
	echo "nodes know the master's MAC, the new one's after a change, and none after its end"
}

# stale: the client believes in an address where nobody is.
stale() {
	ip -n cl neigh replace "$VIP" lladdr 06:00:00:00:00:ee dev eth0 nud stale
	ip -n cl neigh replace "$VIP6" lladdr 06:00:00:00:00:ee dev eth0 nud stale
}

# follows MAC: without asking, the client knows better.
follows() {
	local address _
	for address in "$VIP" "$VIP6"; do
		for _ in {1..50}; do
			[[ $(ip -n cl neigh show "$address" dev eth0) != *"$1"* ]] || continue 2
			sleep 0.1
		done
		fail "the client still has $(ip -n cl neigh show "$address" dev eth0)"
	done
}

announced() {
	in_ns cl sysctl -q -w net.ipv4.conf.eth0.arp_accept=1
	clusters_up "$WORK/t" --vip "$VIP6/64"
	stale
	in_ns n0 ssictl cluster set c --master off
	in_ns n1 ssictl cluster set c --master on
	follows "$GROUP"
	clusters_down n0 n1 n2

	up --reply-mac node
	stale
	in_ns n0 ssictl cluster set c --master off
	in_ns n1 ssictl cluster set c --master on
	follows "$BASE"
	bridge -n sw fdb show br br0 | grep "^$BASE dev p1 " >/dev/null || fail "the bridge: $(bridge -n sw fdb show | grep "$BASE")"
	clusters_down n0 n1 n2
	echo "client and bridge follow in both modes"
}

client_has() { ip -n cl neigh show "$1" dev eth0; }

# The address of an old server becomes the cluster's, and a port of a switch may come up late.
added_address() {
	local old=10.9.0.101 frames
	in_ns cl sysctl -q -w net.ipv4.conf.eth0.arp_accept=1
	clusters_up "$WORK/t"
	ip -n cl neigh replace $old lladdr 06:00:00:00:00:ee dev eth0 nud stale
	background ssi-probe --netns cl capture --dev eth0 --ethertype 0x0806 --out "$WORK/added.pcapng"
	in_ns n0 ssictl cluster set c --vip "$VIP/32" --vip $old/32
	for _ in {1..20}; do
		[[ $(client_has $old) != *"$GROUP"* ]] || break
		sleep 0.1
	done
	[[ $(client_has $old) == *"$GROUP"* ]] || fail "the client still has $(client_has $old)"
	sleep 3
	ssi-probe stop "$started"
	frames=$(tcpdump -nr "$WORK/added.pcapng" "arp src host $old and arp dst host $old" 2>/dev/null | wc -l)
	((frames >= 3 && frames <= 4)) || fail "announced $frames times in 3 s"
	# Without an interval it is once more, 4 s after the news.
	in_ns n0 ssictl cluster set c --announce-every 1
	background ssi-probe --netns cl capture --dev eth0 --ethertype 0x0806 --out "$WORK/again.pcapng"
	sleep 3.2
	ssi-probe stop "$started"
	frames=$(tcpdump -nr "$WORK/again.pcapng" "arp src host $old and arp dst host $old" 2>/dev/null | wc -l)
	((frames >= 3)) || fail "announced $frames times in 3 s, with --announce-every 1"
	clusters_down n0 n1 n2
	echo "the client follows; announced at once, after 1 s and after 2 s, and each second where that is asked for"
}

# A node that lost its cluster and not its address, as a stranger would: its claims reach everybody.
claims() { in_ns n2 arping -q -U -c 1 -I eth0 -s "$VIP" "$VIP"; }

defended() {
	in_ns cl sysctl -q -w net.ipv4.conf.eth0.arp_accept=1
	clusters_up "$WORK/t"
	in_ns n2 ssictl cluster del c
	ip -n n2 addr add "$VIP/32" dev eth0
	# The announcements of the beginning would do as well.
	sleep 4.5
	claims
	follows4 "$GROUP"
	claims
	follows4 "$(node_mac 2)"
	heard n0 '.differs | index("claimed")'
	heard n1 '.differs | index("claimed")'
	in_ns n0 ssictl peers c >"$WORK/peers" && fail "peers finds nothing wrong"
	grep -q "claims a cluster address" "$WORK/peers" || fail "peers says: $(cat "$WORK/peers")"
	ip -n n2 addr del "$VIP/32" dev eth0
	clusters_down n0 n1
	echo "a claim is answered at once, a second one within ten seconds is not; both nodes tell of it"
}

follows4() {
	local _
	for _ in {1..20}; do
		[[ $(client_has "$VIP") != *"$1"* ]] || return 0
		sleep 0.1
	done
	fail "the client still has $(client_has "$VIP")"
}

# Requests go on while the master changes.
handover() {
	local pid i
	up --forward owner
	ask udp 10.64.4.0-10.64.4.255 busy --rounds 24 --window 8 &
	pid=$!
	for i in 1 2 0; do
		sleep 0.4
		in_ns n$(((i + 2) % 3)) ssictl cluster set c --master off
		in_ns n$i ssictl cluster set c --master on
	done
	wait $pid
	ssi-probe answers --table "$WORK/t" "$WORK/busy.json"
	clusters_down n0 n1 n2
}

# The frame on the nodes' VLAN is the client's but for the MACs, to the group or to the owner.
forwarded_frames() {
	local forward mac
	for forward in all owner; do
		up --forward $forward --reply-mac node
		sleep 1.2
		nsenter --net=/run/netns/sw -- tcpdump -Z root --immediate-mode -s 256 -qUi p0 -w "$WORK/$forward.pcap" 2>"$WORK/$forward.tcpdump" &
		monitor=$!
		until_ok grep -q listening "$WORK/$forward.tcpdump"
		# 10.64.4.1 mod 3 is not the master's.
		ask udp 10.64.4.1 one
		sleep 0.3
		kill "$monitor"
		mac=$(tcpdump -enr "$WORK/$forward.pcap" 'vlan 100 and udp port 7000' 2>/dev/null | cut -d' ' -f2,4 | tr -d ,)
		[[ $forward == all ]] && same "MACs on the VLAN" "$(node_mac 0) $GROUP" "$mac"
		[[ $forward == owner ]] && same "MACs on the VLAN" "$(node_mac 0) $(node_mac "$(owner_of "$WORK/t" 10.64.4.1 | tr -d n)")" "$mac"
		tcpdump -xnr "$WORK/$forward.pcap" 'udp dst port 7000' 2>/dev/null | grep '0x' >"$WORK/came"
		tcpdump -xnr "$WORK/$forward.pcap" 'vlan 100 and udp dst port 7000' 2>/dev/null | grep '0x' >"$WORK/went"
		[[ -s $WORK/came ]] || fail "the request was not captured"
		same "forwarded packet" "$(cat "$WORK/came")" "$(cat "$WORK/went")"
		clusters_down n0 n1 n2
	done
	echo "to the group MAC and to the owner's, the packet unchanged"
}

# A receive timestamp that is still on a frame would be a time to send at: fq would keep it for years.
paced() {
	local i
	for i in 0 1 2; do tc -n n$i qdisc replace dev eth0.100 root fq; done
	up
	nsenter --net=/run/netns/n0 -- tcpdump -Z root -qi eth0 -w /dev/null 2>"$WORK/fq.tcpdump" &
	monitor=$!
	until_ok grep -q listening "$WORK/fq.tcpdump"
	ask udp 10.64.4.0-10.64.4.63 fq
	kill "$monitor"
	ssi-probe answers --table "$WORK/t" "$WORK/fq.json"
	clusters_down n0 n1 n2
	for i in 0 1 2; do tc -n n$i qdisc del dev eth0.100 root; done
}

# A priority tag is the client's link's business: the request goes on without it, and is answered once.
priority_tagged() {
	local said
	up --reply-mac node --forward owner
	ip -n cl link add link eth0 name prio type vlan id 0
	ip -n cl link set prio up
	ip -n cl neigh add "$VIP" lladdr "$BASE" dev prio nud permanent
	ip -n cl route add "$VIP/32" dev prio
	nsenter --net=/run/netns/sw -- tcpdump -Z root --immediate-mode -s 256 -qUi p0 -w "$WORK/prio.pcap" 2>"$WORK/prio.tcpdump" &
	monitor=$!
	until_ok grep -q listening "$WORK/prio.tcpdump"
	said=$(in_ns cl ping -c 4 -i 0.2 -W 3 -I 10.64.4.1 "$VIP") || fail "no answer: $said"
	sleep 0.3
	kill "$monitor"
	ip -n cl link del prio
	! grep DUP <<<"$said" || fail "more than one node answered"
	grep -q '4 received' <<<"$said" || fail "$said"
	same "requests that came with a tag" 4 "$(tcpdump -nr "$WORK/prio.pcap" 'vlan 0 and icmp[0] == 8' 2>/dev/null | wc -l)"
	same "requests that went on without it" 4 "$(tcpdump -nr "$WORK/prio.pcap" 'vlan 100 and icmp[0] == 8' 2>/dev/null | wc -l)"
	clusters_down n0 n1 n2
	echo "4 pings, one answer each, forwarded without the tag"
}

# What cannot go on is counted.
too_long() {
	local failed
	up --reply-mac node
	ip -n n0 link set eth0.100 mtu 1280
	in_ns cl ping -c 2 -W 1 -s 1400 -M "do" -I 10.64.4.1 "$VIP" >/dev/null && fail "a frame longer than the MTU went"
	failed=$(in_ns n0 ssictl -j stats c | jq '.[0].stats["rx-forward-failed"]')
	same "frames that did not go" 2 "$failed"
	ip -n n0 link set eth0.100 mtu 1500
	in_ns cl ping -c 1 -W 3 -s 1400 -M "do" -I 10.64.4.1 "$VIP" >/dev/null
	ip -n n0 link set eth0.100 down
	in_ns cl ping -c 1 -W 1 -I 10.64.4.1 "$VIP" >/dev/null && fail "a frame went by an interface that is down"
	same "frames that did not go" 3 "$(in_ns n0 ssictl -j stats c | jq '.[0].stats["rx-forward-failed"]')"
	ip -n n0 link set eth0.100 up
	clusters_down n0 n1 n2
	echo "3 frames counted, longer than the MTU or by an interface that is down"
}

vlan_deleted() {
	local i
	for i in 1 2 3 4 5; do
		up --forward owner
		bridge -n n0 fdb show dev eth0 | grep -q "$BASE" || fail "n0 does not listen to $BASE"
		ask udp 10.64.4.0-10.64.4.255 gone --timeout 300 &
		sleep 0.1
		ip -n n0 link del eth0.100
		same "clusters of n0" '[]' "$(in_ns n0 ssictl -j)"
		! bridge -n n0 fdb show dev eth0 | grep -q "$BASE" || fail "n0 still listens to $BASE"
		clusters_down n1 n2
		wait
		ip -n n0 addr flush to "$VIP/32" dev eth0
		ip -n n0 -6 addr flush to "$VIP6/128" dev eth0
		forward_vlan 3
	done
	echo "5 times; the cluster goes with the interface that it forwards by"
}

unloaded() {
	local i
	for i in {1..10}; do
		up
		ask udp 10.64.4.0-10.64.5.255 gone --timeout 200 --window 32 &
		sleep 0.15
		refused rmmod ssi_filter
		clusters_down n0 n1 n2
		rmmod ssi_filter
		modprobe ssi_filter
		wait
	done
	echo "10 times while frames were forwarded"
}

quiet_kernel
modprobe ssi_filter
switch bridge
nodes 3
both_families 3
client
ip -n cl -6 addr add fd5a::fffe/64 dev eth0 nodad
forward_vlan 3
for i in 0 1 2; do
	for dev in all eth0 eth0.100; do in_ns n$i sysctl -q -w "net.ipv4.conf.${dev/./\/}.rp_filter=1"; done
	same "rp_filter" 1 "$(in_ns n$i cat /proc/sys/net/ipv4/conf/eth0.100/rp_filter)"
done
serve n0 n1 n2
table "$WORK/t" 3

also claim_3_learning_bridge_mac_moves learning_bridge
claim claim_16_nodes_are_told_the_masters_mac informed
claim claim_15_new_master_is_announced announced
also claim_15_an_address_that_is_added_is_announced added_address
also claim_15_a_strangers_claim_is_answered defended
also claim_15_master_changes_under_load handover
claim claim_3_forwarded_frames_on_the_wire forwarded_frames
also claim_3_priority_tag_does_not_go_on priority_tagged
also claim_3_timestamps_are_taken_off paced
also claim_3_what_cannot_be_forwarded_is_counted too_long
also claim_7_forward_interface_deleted_under_traffic vlan_deleted
also claim_7_unload_while_forwarding unloaded
