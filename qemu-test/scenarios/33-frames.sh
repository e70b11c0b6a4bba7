#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 21 76
# Frames that each node gets and that none, or one, may answer: a port that is used again, broadcasts to a cluster address,
# tags without a VLAN, what a node sends to itself, other nodes' duplicate address detection, tags that stay in frames.
#
#     n0 (master) n1 n2 eth0, fd5a::1 … ── p0 p1 p2 ┐
#     VIP 10.9.0.100, fd5a::100                     ┤ sw: a learning bridge ├ pc ── eth0 cl, fd5b::/64 behind it
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/moves.sh"

here=$(dirname "$0")
all=(n0 n1 n2)
buckets=16 members=3

tidy_first() { no_echoes; }

after_failure() {
	no_echoes
	stop_all_probes
	remove_clusters
	for node in "${all[@]}" cl; do ip -n "$node" link del eth0.20 2>/dev/null; done
	ip -n cl route del local 10.130.0.0/16 dev lo 2>/dev/null
	ip -n cl -6 addr del "$VIP6/128" dev eth0 2>/dev/null
	ip -n cl neigh flush all nud permanent
	ip -n cl -6 neigh flush all nud permanent
}

# up [ARG…]: cluster c on all nodes, of three buckets.
up() {
	local i master
	for i in 0 1 2; do
		master=()
		((i)) || master=(--master)
		in_ns n$i ssictl cluster add c --dev "${cluster_dev:-eth0}" --vip "$VIP/32" --vip "$VIP6/64" --rank $i --nodes 3 \
			"${master[@]}" "$@"
	done
}

# the_count COUNTER: of each node.
the_count() {
	local node
	for node in "${all[@]}"; do in_ns "$node" ssictl -j stats c | jq ".[0].stats[\"$1\"]"; done | xargs
}

# Segments of the new connection are nothing to the old socket: the node that has it does not answer them, whether it
# gives the bucket away or takes it back.
the_same_port_again() {
	echo '{"buckets":16,"owned":{"n0":"all","n1":"none"}}' >"$WORK/table"
	members_up "$WORK/table"
	same "segments on the new connection" "n0 sent 0 and 0, n1 some" "$(python3 "$here/lib/again.py" "$1" "$2")"
	clusters_down n0 n1
	echo "n0 has the old socket and is silent; another connection of the same client stays at n0"
}

# sniff: what the nodes send from the cluster's addresses.
sniff() {
	nsenter --net=/run/netns/sw -- tcpdump -Z root --immediate-mode -s 128 -qUi pc -Q out -w "$WORK/sniffed.pcap" \
		"src host $VIP or src host $VIP6" 2>"$WORK/tcpdump" &
	sniffing=$!
	until_ok grep -q 'listening on' "$WORK/tcpdump"
}

# sniffed FILTER: how many there were.
sniffed() {
	sleep 1
	kill "$sniffing"
	wait "$sniffing" || true
	tcpdump -nr "$WORK/sniffed.pcap" "$1" 2>/dev/null | wc -l
}

# answered HOW-MANY FILTER: so many are there, soon.
answered() {
	until_ok captured "$@"
	same "answers" "$1" "$(sniffed "$2")"
}

captured() { (($(tcpdump -nr "$WORK/sniffed.pcap" "$2" 2>/dev/null | wc -l) >= $1)); }

# Through a hole in the client's neighbour table: its kernel sends these to any MAC.
at_mac() {
	ip -n cl neigh replace "$VIP" lladdr "$1" dev eth0 nud permanent
	ip -n cl -6 neigh replace "$VIP6" lladdr "$1" dev eth0 nud permanent
}

# echoes: on each node whatever datagram comes to a cluster address is sent back.
echoes() {
	local node
	for node in "${all[@]}"; do
		nsenter --net="/run/netns/$node" -- python3 "$here/lib/echo.py" 7000 "$VIP" "$VIP6" >"$WORK/echo.$node" &
		echo $! >>"$WORK/echoes"
	done
	for node in "${all[@]}"; do until_ok grep -q ready "$WORK/echo.$node"; done
}

no_echoes() {
	[[ -e $WORK/echoes ]] || return 0
	# shellcheck disable=SC2046 # one word a pid
	kill $(cat "$WORK/echoes")
	rm "$WORK/echoes"
}

# A datagram and a ping from each of 6 clients, by both families: 24 in all.
knock() { in_ns cl python3 "$here/lib/knock.py" all "$VIP" "$VIP6"; }

# The module says so of each, and nobody answers.
broadcast() {
	local mac said i
	up --hook "$1"
	echoes
	for mac in ff:ff:ff:ff:ff:ff 01:00:5e:01:02:03 33:33:01:02:03:04; do
		at_mac $mac
		sniff
		knock
		same "answers to what went to $mac" 0 "$(sniffed 'icmp[0] == 0 or ip6[40] == 129 or udp')"
	done
	for said in $(the_count rx-broadcast); do
		((said >= 72)) || fail "a node counted $said of 72"
	done
	# The judge would see answers.
	at_mac "$GROUP"
	sniff
	knock
	answered 24 'icmp[0] == 0 or ip6[40] == 129 or udp'
	# What is for all is left alone: the nodes' own addresses answer, from their own MACs.
	for i in "${all[@]}"; do in_ns "$i" sysctl -q -w net.ipv4.icmp_echo_ignore_broadcasts=0; done
	same "nodes that answer a broadcast" 3 "$(in_ns cl ping -b -c 4 -i 0.5 -W 10 10.9.255.255 |
		grep -o 'from 10.9.0.[123]:' | sort -u | wc -l)"
	ip -n cl neigh del "$VIP" dev eth0
	ip -n cl -6 neigh del "$VIP6" dev eth0
	no_echoes
	clusters_down "${all[@]}"
	echo "72 to 3 groups: no answer; 24 to the cluster's MAC: 24"
}

# tagged SPEC…: pings, as knock.py has them.
tagged() { in_ns cl python3 "$here/lib/knock.py" tags "$VIP" "$@"; }

# One tag of VLAN 0 is a priority. Two are nothing that anybody sends, but the stack takes both off, the second behind us.
tags_without_vlan() {
	local frames=() i tags
	up --hook "$1"
	for tags in '8100 8100' '88a8 8100' '8100 8100 8100' '8100 88a8 8100 8100'; do
		for i in 1 2 3; do frames+=("$tags,$GROUP,$i" "$tags,ff:ff:ff:ff:ff:ff,$i"); done
	done
	sniff
	tagged "${frames[@]}"
	same "answers to two tags and more" 0 "$(sniffed icmp)"
	same "what nodes counted" "24 24 24" "$(the_count rx-malformed)"
	sniff
	tagged "8100,$GROUP,1" "8100,$GROUP,2" "8100,$GROUP,3" ",$GROUP,4"
	answered 4 icmp
	clusters_down "${all[@]}"
	echo "24 pings behind two to four tags: no answer; behind one: one each"
}

# What a node multicasts it hears itself, before it has an Ethernet header: nothing of it is another node's or a stranger's.
looped_back() {
	up
	in_ns n0 python3 - "$VIP6" >"$WORK/looped" <<-'END'
		import select, socket, struct, sys
		index = socket.if_nametoindex("eth0")
		group = socket.inet_pton(socket.AF_INET6, "ff02::1")
		def make():
		    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
		    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
		    return s
		hears, says = make(), make()
		says.bind((sys.argv[1], 0))
		vip = socket.inet_pton(socket.AF_INET6, sys.argv[1])
		heard = 0
		for i in range(100):
		    # A neighbour advertisement of the cluster address, with the node's own MAC.
		    says.sendto(struct.pack("!BBHI", 136, 0, 0, 0x20000000) + vip + b"\2\1\6\0\0\0\0\0", ("ff02::1", 0, 0, index))
		    while select.select([hears], [], [], 0.5 if i == 99 else 0)[0]:
		        data, of = hears.recvfrom(2000)
		        heard += data[0] == 136 and of[0] == sys.argv[1]
		print(heard)
	END
	same "conflicts that nodes counted" "0 0 0" "$(the_count rx-nd-conflict)"
	same "what the node heard of its own" 100 "$(cat "$WORK/looped")"
	clusters_down "${all[@]}"
	echo "100 advertisements, heard by the node itself"
}

doubted() {
	ip -n "$1" -6 -j addr show dev eth0 to "$VIP6" | jq -r '[.[0].addr_info[] | select(.tentative or .dadfailed)] | length'
}

sure() { [[ $(doubted n0) == 0 && $(doubted n1) == 0 && $(doubted n2) == 0 ]]; }

# All nodes give themselves the address at once, as after a power cut, and each asks whether another has it: the others
# have the same right to it. A stranger that asks is told.
probed() {
	local node turn said
	up --reply-mac "$1"
	for node in "${all[@]}"; do
		in_ns "$node" sysctl -q -w net.ipv6.conf.eth0.dad_transmits=3
	done
	for turn in 1 2; do
		for node in "${all[@]}"; do ip -n "$node" -6 addr del "$VIP6/64" dev eth0; done
		for node in "${all[@]}"; do ip -n "$node" -6 addr add "$VIP6/64" dev eth0; done
		! sure || fail "no node asks"
		sleep 1
		for node in "${all[@]}"; do
			until_ok not_tentative "$node"
			same "duplicates on $node, turn $turn" 0 "$(doubted "$node")"
		done
	done
	if [[ $1 == node ]]; then
		said=$(the_count tx-probe)
		[[ " $said " != *' 0 '* ]] || fail "probes held back: $said"
	else
		said=$(the_count rx-nd-own)
		[[ " $said " != *' 0 '* ]] || fail "probes of other nodes: $said"
	fi
	ip -n cl -6 addr add "$VIP6/128" dev eth0
	until_ok stranger_told
	ip -n cl -6 addr del "$VIP6/128" dev eth0
	clusters_down "${all[@]}"
	echo "6 times: no node takes another's probe for a duplicate ($said); a stranger's is answered"
}

not_tentative() { ! ip -n "$1" -6 addr show dev eth0 to "$VIP6" | grep -v dadfailed | grep -q tentative; }

stranger_told() { ip -n cl -6 addr show dev eth0 to "$VIP6" | grep -q dadfailed; }

# vlan_ping CLIENT [TIMES]: whether there is an answer.
vlan_ping() { in_ns cl ping -q -c "${2:-1}" -i 0.5 -W "${2:-20}" -I "10.130.0.$1" 10.8.0.100 >/dev/null; }

# A VLAN interface may be told at any time to leave its tag in frames, and nothing tells of it: what such a node cannot
# read it does not answer, and it sends nothing with its own MAC.
tag_stays() {
	local i node answered=0
	i=0
	for node in "${all[@]}" cl; do
		i=$((i + 1))
		ip -n "$node" -batch - <<-END
			link add link eth0 name eth0.20 type vlan id 20
			addr add 10.8.0.$i/16 dev eth0.20
			link set eth0.20 up
		END
		[[ $node == cl ]] || ip -n "$node" route add 10.130.0.0/16 dev eth0.20
	done
	ip -n cl route add local 10.130.0.0/16 dev lo
	for i in 0 1 2; do
		in_ns n$i ssictl cluster add c --dev eth0.20 --vip 10.8.0.100/32 --mac "$BASE" --rank $i --nodes 3 --hook "$1"
	done
	in_ns n0 ssictl cluster set c --master on
	for i in 1 2 3 4 5 6; do vlan_ping $i || fail "10.130.0.$i: no answer"; done
	ip -n n1 link set eth0.20 type vlan reorder_hdr off
	nsenter --net=/run/netns/sw -- tcpdump -Z root --immediate-mode -s 128 -qUi p1 -Q in -w "$WORK/sniffed.pcap" \
		"vlan 20 and (src host 10.8.0.100 or arp)" 2>"$WORK/tcpdump" &
	sniffing=$!
	until_ok grep -q 'listening on' "$WORK/tcpdump"
	for i in 1 2 3 4 5 6; do ! vlan_ping $i 3 || answered=$((answered + 1)); done
	# What it says of its own accord: an announcement.
	in_ns n1 arping -q -A -c 2 -I eth0.20 10.8.0.100 || true
	same "clients that are answered by the others" 4 $answered
	same "what n1 sends as the cluster" 0 "$(sniffed 'vlan and (src host 10.8.0.100 or arp src host 10.8.0.100)')"
	ip -n n1 link set eth0.20 type vlan reorder_hdr on
	for i in 1 2 3 4 5 6; do vlan_ping $i || fail "10.130.0.$i: no answer any more"; done
	clusters_down "${all[@]}"
	for node in "${all[@]}" cl; do ip -n "$node" link del eth0.20; done
	ip -n cl route del local 10.130.0.0/16 dev lo
	echo "n1 is silent meanwhile, the others answer theirs"
}

quiet_kernel
sysctl -q -w net.ipv6.neigh.default.gc_thresh{3,2,1}=32768
switch bridge
nodes 3
client
for i in 0 1 2; do ip -n n$i -6 addr add "fd5a::$((i + 1))/64" dev eth0 nodad; done
in_ns cl sysctl -q -w net.ipv6.ip_nonlocal_bind=1
far_clients
modprobe ssi_filter

claim claim_14_the_same_port_again the_same_port_again 10.64.4.1 "$VIP"
also claim_14_the_same_port_again_ipv6 the_same_port_again fd5b::1 "$VIP6"
also claim_8_broadcast_to_the_cluster_is_nobodys_rx_handler broadcast rx-handler
also claim_8_broadcast_to_the_cluster_is_nobodys_ingress broadcast ingress
claim claim_8_two_tags_without_a_vlan_rx_handler tags_without_vlan rx-handler
also claim_8_two_tags_without_a_vlan_ingress tags_without_vlan ingress
also claim_8_what_a_node_sends_to_itself looped_back
claim claim_15_ipv6_another_nodes_probe_is_no_duplicate probed cluster
also claim_15_ipv6_another_nodes_probe_own_mac probed node
also claim_8_tag_stays_in_frames_rx_handler tag_stays rx-handler
also claim_8_tag_stays_in_frames_ingress tag_stays ingress
