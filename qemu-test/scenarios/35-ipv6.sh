#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 13 0
# IPv6 cluster addresses: neighbour discovery, and each client answered by the node that its address names.
#
#     n0 (master) n1 n2 eth0 fd5a::1 … ── p0 p1 p2 ┐
#     VIP fd5a::100                                ┤ sw: br0 ├ pc ── eth0 cl fd5a::fffe, behind it fd5a:0:0:1::/64 (AnyIP)
. "$(dirname "$0")/lib/scenario.sh"


# capture_frames NAME: what enters and leaves the switch at the client's port.
capture_frames() {
	nsenter --net=/run/netns/sw -- tcpdump -Z root --immediate-mode -s 128 -qUi pc -w "$WORK/$1.pcap" ip6 2>"$WORK/$1.tcpdump" &
	tcpdump=$!
	for _ in {1..200}; do
		! grep -q 'listening on' "$WORK/$1.tcpdump" || return 0
		sleep 0.05
	done
	fail "tcpdump: $(tail -n 1 "$WORK/$1.tcpdump")"
}

end_capture() {
	sleep 0.5
	kill "$tcpdump"
	wait "$tcpdump" || true
}

frames() {
	tcpdump -enr "$WORK/$1.pcap" "${@:2}" 2>/dev/null
}

# Eight addresses of each of three networks: a network is one node's.
networks() {
	local node
	for node in n0 n1 n2; do in_ns $node ssictl cluster set c --key prefix:24,64; done
	table "$WORK/networks" 3 --key prefix:24,64
	each_once6 fd5a:0:0:1::1-fd5a:0:0:1::8,fd5a:0:0:2::1-fd5a:0:0:2::8,fd5a:0:0:3::1-fd5a:0:0:3::8 "$WORK/networks"
	same "sources by the nodes that answer them" '{"n0":8,"n1":8,"n2":8}' \
		"$(jq -c '[.sources[].answers | keys[]] | group_by(.) | map({(.[0]): length}) | add' "$WORK/udp6.json")"
	for node in n0 n1 n2; do in_ns $node ssictl cluster set c --key source; done
	each_once6 fd5a:0:0:2::1-fd5a:0:0:2::8 "$WORK/table"
}

ping_once() {
	local i said
	for i in 1 2 3 4 5 6; do
		said=$(in_ns cl ping -6 -c 2 -i 0.2 -W 3 -I "fd5a:0:0:1::$i" "$VIP6")
		grep -q ' 0% packet loss' <<<"$said" || fail "fd5a:0:0:1::$i: no answer"
		! grep -q DUP <<<"$said" || fail "fd5a:0:0:1::$i: two answers"
	done
	echo "6 clients, one answer each"
}

neighbour() {
	same "client's neighbour entry" "$GROUP" \
		"$(ip -n cl -6 neigh show "$VIP6" | grep -o 'lladdr [^ ]*' | cut -d' ' -f2)"
	echo "$VIP6 is at $GROUP"
}

one_advertisement() {
	local count
	capture_frames nd
	ip -n cl -6 neigh flush dev eth0
	in_ns cl ping -6 -c 1 -W 3 -I fd5a:0:0:1::1 "$VIP6" >/dev/null
	end_capture
	# Those to all nodes are the master's announcements.
	count=$(frames nd "ip6[6] == 58 and ip6[40] == 136 and not dst host ff02::1" | grep -c "tgt is $VIP6")
	same "advertisements of the cluster address" 1 "$count"
	frames nd -v "ip6[6] == 58 and ip6[40] == 136" | grep -q "$GROUP" || fail "it does not tell the group MAC"
	echo "one, with $GROUP"
}

# The checksum is right where tcpdump says nothing else; frames of the nodes' own addresses may tell their own MACs.
no_node_mac() {
	local frame
	capture_frames all
	for node in n0 n1 n2; do ip -n $node -6 neigh flush dev eth0; done
	each_once6 fd5a:0:0:1::1000-fd5a:0:0:1::101f "$WORK/table" >/dev/null
	end_capture
	frame=$(frames all -v "src host $VIP6 and ether src 06:00:00:00:00:00" | head -n 1)
	[[ -z $frame ]] || fail "$frame"
	frame=$(frames all -v "icmp6 and src host $VIP6" | grep -m 1 -E 'option.*06:00:00:00:00:0|bad icmp6' || true)
	[[ -z $frame ]] || fail "$frame"
	same "source MACs of the cluster" "$BASE" "$(frames all "src host $VIP6" | awk '{print $2}' | sort -u)"
	echo "$(frames all "src host $VIP6" | wc -l) frames from $VIP6, all from $BASE"
}

no_conflict() {
	local node
	for node in n0 n1 n2; do
		! ip -n $node -6 addr show dev eth0 | grep -E 'tentative|dadfailed' || fail "$node doubts its address"
		ip -n $node -6 addr show dev eth0 | grep -q "$VIP6/64.*nodad deprecated" || fail "$node may send from $VIP6 unasked"
	done
	echo "no address tentative or failed; $VIP6 is nobody's preferred source"
}

quiet_kernel
modprobe ssi_filter
sysctl -q -w net.ipv6.neigh.default.gc_thresh{3,2,1}=32768
switch bridge
nodes 3
client
ip -n cl -6 addr add fd5a::fffe/64 dev eth0 nodad
ip -n cl -6 route add local fd5a:0:0:1::/64 dev lo
ip -n cl -6 route add local fd5a:0:0:2::/63 dev lo
in_ns cl sysctl -q -w net.ipv6.ip_nonlocal_bind=1
for i in 0 1 2; do
	ip -n n$i -6 addr add "fd5a::$((i + 1))/64" dev eth0
	ip -n n$i -6 route add fd5a:0:0:1::/64 via fd5a::fffe
	ip -n n$i -6 route add fd5a:0:0:2::/63 via fd5a::fffe
	in_ns n$i ssictl cluster add c --dev eth0 --vip "$VIP/32" --vip "$VIP6/64" --rank $i --nodes 3
done
in_ns n0 ssictl cluster set c --master on
serve n0 n1 n2
table "$WORK/table" 3
sleep 3

claim claim_10_ipv6_modulo_n3 each_once6 fd5a:0:0:1::1-fd5a:0:0:1::100 "$WORK/table"
claim claim_10_ipv6_addresses_of_a_network_are_one_nodes networks
claim claim_1_ipv6_ping_answered_once ping_once
claim claim_4_ipv6_neighbour_entry_is_the_group_mac neighbour
claim claim_15_ipv6_only_the_master_advertises one_advertisement
claim claim_1_ipv6_nobody_tells_a_nodes_mac no_node_mac
claim claim_1_ipv6_address_without_conflict no_conflict
