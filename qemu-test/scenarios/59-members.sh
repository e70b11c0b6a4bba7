#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 9 34
# What members do with the cluster's address, and with each other.
#
#     n0 (master) n1 n2 eth0 10.9.0.1 …, fd5a::1 … ── p0 p1 p2 ┐
#     VIP 10.9.0.100, fd5a::100                                ┤ sw: br0 ├ pc ── eth0 cl 10.9.1.1, fd5a::ffff,
#                                                              ┘    10.64.0.0/10 and fd5a:0:0:1::/64 as its own
. "$(dirname "$0")/lib/scenario.sh"


# seen NAME FILTER: frames of that kind in a capture.
seen() {
	tcpdump -nr "$WORK/$1.pcapng" "$2" 2>/dev/null | wc -l
}

served() {
	in_ns "$1" ssictl -j stats c | jq '.[0].stats["rx-served"]'
}

# What a member sends to the cluster's address it answers itself, whoever owns its bucket; the wire hears nothing of it, but
# for the master's announcements.
stays_at_home() {
	local r proto to_vip="ip dst host $VIP or ip6 dst host $VIP6 or (arp host $VIP and not (arp src host $VIP and arp dst host $VIP)) or (icmp6 and ip6[40] == 135 and dst net ff02::1:ff00:100/128)"
	capture home
	for r in 0 1 2; do
		for proto in udp tcp ping; do
			ssi-probe --netns n$r ask --proto $proto --sources "10.9.0.$((r + 1)),$VIP" --to "$VIP:7000" --out "$WORK/$proto.json"
			[[ $proto == ping ]] || same "who answers n$r by $proto" "n$r" \
				"$(jq -r '[.sources[].answers | keys[]] | unique | join(",")' "$WORK/$proto.json")"
			same "requests of n$r by $proto without one answer" 0 "$(jq '[.sources[] | .missing + .repeated] | add' "$WORK/$proto.json")"
		done
		ssi-probe --netns n$r ask --sources "fd5a::$((r + 1))" --to "[$VIP6]:7000" --out "$WORK/udp6.json"
		same "answers to n$r by IPv6" "{\"n$r\":1}" "$(jq -c '.sources[].answers' "$WORK/udp6.json")"
		in_ns n$r ping -6 -q -c 1 -W 5 $VIP6 >/dev/null
		same "requests that n$r met on the wire" 0 "$(served n$r)"
	done
	stop_capture
	same "frames of members to the cluster's address" 0 "$(seen home "$to_vip")"
	capture away
	ask udp 10.64.0.0-10.64.0.2 udp
	in_ns cl ping -6 -q -c 1 -W 5 $VIP6 >/dev/null
	stop_capture
	(($(seen away "$to_vip") > 4)) || fail "the judge does not see a client's requests either"
	echo "3 nodes by UDP, TCP, ping, IPv6: each answered by itself, no frame on the wire"
}

# sources_of NODE NAME: the source addresses of what it sends without a word about it, near and far.
sources_of() {
	local to
	capture "$2"
	for to in 10.9.1.1 10.64.0.1; do in_ns "$1" ping -q -c 1 -W 5 $to >/dev/null; done
	for to in fd5a::ffff fd5a:0:0:1::1; do in_ns "$1" ping -6 -q -c 1 -W 5 $to >/dev/null; done
	stop_capture
	tcpdump -nr "$WORK/$2.pcapng" 'icmp[icmptype] == icmp-echo or (icmp6 and ip6[40] == 128)' 2>/dev/null |
		awk '{ print $3 }' | sort -u | paste -sd' '
}

# own_again NODE: its own addresses go and come, as at a restart of the network: now the cluster's are the older ones.
own_again() {
	local own=$((${1#n} + 1))
	ip -n "$1" -batch - <<-END
		addr del 10.9.0.$own/16 dev eth0
		addr del fd5a::$own/64 dev eth0
		addr add 10.9.0.$own/16 dev eth0
		addr add fd5a::$own/64 dev eth0 nodad
		route replace 10.64.0.0/10 dev eth0
	END
}

own_source() {
	local node
	for node in n0 n1; do
		same "sources of $node" "10.9.0.$((${node#n} + 1)) fd5a::$((${node#n} + 1))" "$(sources_of $node first)"
		own_again $node
		same "sources of $node with addresses younger than the cluster's" \
			"10.9.0.$((${node#n} + 1)) fd5a::$((${node#n} + 1))" "$(sources_of $node again)"
	done
	# Bound as other tools would, the same addresses are chosen: so the test can fail.
	in_ns n0 ssictl cluster set c --vip 10.9.0.111/32 --vip fd5a::111/64
	ip -n n0 addr add $VIP/32 dev eth0
	own_again n0
	same "source of n0 with an address bound by hand" $VIP "$(ip -j -n n0 route get 10.64.0.1 | jq -r '.[0].prefsrc')"
	ip -n n0 addr del $VIP/32 dev eth0
	in_ns n0 ssictl cluster set c --vip $VIP/32 --vip $VIP6/64
	echo "its own addresses, near and far, also where the cluster's are older"
}

# From the cluster's address a member reaches just those whose bucket it owns: answers to all others go to their owners.
bound_to_vip() {
	local r b got before
	background ssi-probe --netns cl serve --name cl --udp 7000 --address 10.64.3.1,10.64.3.2,10.64.3.3
	for r in 0 1 2; do
		for b in 0 1 2; do
			# 10.64.3.1 modulo 3 is 0: the sum of its bytes is 78.
			before=$(served n$b)
			ssi-probe --netns n$r ask --sources $VIP --to "10.64.3.$((b + 1)):7000" --timeout 1000 --out "$WORK/bound.json"
			got=$(jq "[.sources[].answers.cl // 0] | add" "$WORK/bound.json")
			same "answers to n$r from the server in bucket $b" $((r == b)) "$got"
			same "answers that came to n$b, which owns it" 1 $(($(served n$b) - before))
		done
	done
	for b in 0 1 2; do
		# fd5a:0:0:1::b modulo 3 is b + 2.
		got=$(in_ns n0 ping -6 -q -c 1 -W 1 -I $VIP6 "fd5a:0:0:1::$b" | grep -c ' 0% packet loss') || true
		same "answers to n0 from fd5a:0:0:1::$b" $(((b + 2) % 3 == 0)) "$got"
	done
	ssi-probe stop "$started"
	echo "9 pairs: answered where the member owns the server's bucket, else the owner got the answer"
}

# neighbours NODE: what it knows of other members.
neighbours_right() {
	local me other mac
	for me in 0 1 2; do
		for other in 0 1 2; do
			((me != other)) || continue
			for address in 10.9.0.$((other + 1)) fd5a::$((other + 1)); do
				mac=$(ip -j -n n$me neigh show "$address" | jq -r '.[0].lladdr')
				same "MAC of $address in n$me" "$(node_mac $other)" "$mac"
			done
		done
		same "entries of the cluster's address in n$me" '' "$(ip -n n$me neigh show $VIP)$(ip -n n$me neigh show $VIP6)"
	done
}

among_themselves() {
	local me other own
	for me in 0 1 2; do
		ip -n n$me neigh flush dev eth0
	done
	for me in 0 1 2; do
		for other in 0 1 2; do
			((me != other)) || continue
			in_ns n$me ping -q -c 1 -W 5 "10.9.0.$((other + 1))" >/dev/null || fail "n$me does not reach n$other"
			in_ns n$me ping -6 -q -c 1 -W 5 "fd5a::$((other + 1))" >/dev/null || fail "n$me does not reach n$other by IPv6"
		done
	done
	neighbours_right
	# In the cluster's name, with the neighbour known and unknown: no answer, and nobody learns a wrong MAC.
	own=$(in_ns n1 ssictl -j stats c | jq '.[0].stats["rx-arp-own"]')
	capture name
	refused in_ns n0 ping -q -c 1 -W 1 -I $VIP 10.9.0.2
	refused in_ns n0 ping -6 -q -c 1 -W 1 -I $VIP6 fd5a::2
	ip -n n0 -4 neigh flush dev eth0
	refused in_ns n0 ping -q -c 1 -W 2 -I $VIP 10.9.0.2
	stop_capture
	(($(seen name "src host $VIP and dst host 10.9.0.2 and icmp") == 1)) || fail "not one packet from $VIP reached n1: nothing is shown"
	same "answers to the cluster's address" 0 "$(seen name "src host 10.9.0.2 and dst host $VIP")"
	(($(in_ns n1 ssictl -j stats c | jq '.[0].stats["rx-arp-own"]') > own)) || fail "n1 did not see n0 ask in the cluster's name"
	# The question that stays unanswered holds up n0's own packets as well, until the kernel gives it up.
	until_ok in_ns n0 ping -q -c 1 -W 1 10.9.0.2
	until_ok in_ns n0 ping -6 -q -c 1 -W 1 fd5a::2
	in_ns n0 ping -q -c 1 -W 5 10.9.0.3 >/dev/null
	# With this setting questions are asked in the node's own name, and hold up nothing.
	in_ns n0 sysctl -q -w net.ipv4.conf.eth0.arp_announce=2
	ip -n n0 neigh del 10.9.0.2 dev eth0
	refused in_ns n0 ping -q -c 1 -W 1 -I $VIP 10.9.0.2
	same "MAC of 10.9.0.2 in n0" "$(node_mac 1)" "$(ip -j -n n0 neigh show 10.9.0.2 | jq -r '.[0].lladdr')"
	in_ns n0 sysctl -q -w net.ipv4.conf.eth0.arp_announce=0
	# Clients' traffic goes on, by way of requests in the cluster's name, and all neighbours stay what they were.
	ask udp 10.64.1.0-10.64.1.31 udp
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json" >/dev/null
	neighbours_right
	echo "members reach each other from their own addresses and not from the cluster's; all MACs right"
}

after_failure() {
	stop_all_probes
	serve n0 n1 n2
}

quiet_kernel
sysctl -q -w net.ipv6.neigh.default.gc_thresh{3,2,1}=32768
switch bridge
nodes 3
client
ip -n cl addr add fd5a::ffff/64 dev eth0 nodad
ip -n cl route add local fd5a:0:0:1::/64 dev lo
modprobe ssi_filter
table "$WORK/table" 3
for r in 0 1 2; do
	ip -n n$r addr add "fd5a::$((r + 1))/64" dev eth0 nodad
	ip -n n$r route add fd5a:0:0:1::/64 via fd5a::ffff
	in_ns n$r sysctl -q -w net.ipv4.ping_group_range='0 2147483647'
done
serve n0 n1 n2
clusters_up "$WORK/table" --vip $VIP6/64

claim claim_1_member_is_served_by_itself stays_at_home
also claim_1_member_sends_from_its_own_address own_source
also claim_10_member_in_the_clusters_name bound_to_vip
also claim_8_members_among_themselves among_themselves
