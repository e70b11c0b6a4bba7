#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 0
# A stranger in the clients' segment who does what he can: SYNs as fast as the machine makes them, and a claim to the cluster's
# addresses. Run by name: the first is judged by time.
#
#     n0 (master) n1 n2 eth0 ── p0 p1 p2 ┐
#     VIP 10.9.0.100, fd5a::100          ┤ sw: a learning bridge ├ pc ── eth0 cl
#     by: the stranger, eth0 ─────── pb  ┘
. "$(dirname "$0")/lib/scenario.sh"

after_failure() {
	stop_all_probes
	remove_clusters
}

# syns MAC: frames of 256 clients that open connections, one a line.
syns() {
	python3 - "$1" "$VIP" <<-'END'
		import socket, struct, sys
		def sum16(data):
		    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
		    while total >> 16:
		        total = (total & 0xFFFF) + (total >> 16)
		    return ~total & 0xFFFF
		to = socket.inet_aton(sys.argv[2])
		for number in range(256):
		    source = socket.inet_aton(f"10.64.20.{number}")
		    tcp = struct.pack("!HHIIBBHHH", 1024 + number, 7000, number, 0, 0x50, 2, 65535, 0, 0)
		    tcp = tcp[:16] + struct.pack("!H", sum16(source + to + struct.pack("!HH", 6, 20) + tcp)) + tcp[18:]
		    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + source + to
		    ip = ip[:10] + struct.pack("!H", sum16(ip)) + ip[12:]
		    print(sys.argv[1].replace(":", "") + "0c0000000001" + "0800" + (ip + tcp).hex())
	END
}

# Kernel memory that is not for files, in KiB.
kernel_memory() { awk '/^(Slab|Percpu|KernelStack|VmallocUsed):/ { sum += $2 } END { print sum }' /proc/meminfo; }

# the_sum COUNTER: of all nodes.
the_sum() {
	local node sum=0
	for node in n0 n1 n2; do sum=$((sum + $(in_ns "$node" ssictl -j stats c | jq --arg c "$1" '.[0].stats[$c]'))); done
	echo "$sum"
}

syn_flood() {
	local frames flood before after i begun took=() median
	clusters_up "$WORK/table"
	mapfile -t frames < <(syns "$GROUP" | sed 's/^/--frame=/')
	ask udp "$DENSE" before >/dev/null
	# What so many half-open connections take is there from here on.
	in_ns by ssi-probe blast --dev eth0 --count 20000 "${frames[@]}" >/dev/null
	before=$(kernel_memory)
	in_ns by ssi-probe blast --dev eth0 --count 1000000000 "${frames[@]}" >/dev/null &
	flood=$!
	for ((i = 0; i < 15; i++)); do
		begun=${EPOCHREALTIME/[.,]/}
		in_ns n0 ssictl cluster set c --drain-time $((60 + i))
		took+=($(((${EPOCHREALTIME/[.,]/} - begun) / 1000)))
	done
	after=$(kernel_memory)
	kill $flood
	wait $flood || true
	median=$(printf '%s\n' "${took[@]}" | sort -n | sed -n 8p)
	((median < 300)) || fail "\"cluster set\" takes $median ms under a flood: ${took[*]}"
	((after - before < 8192)) || fail "the kernel holds $((after - before)) kB more under a flood"
	(($(the_sum rx-served) > 20000)) || fail "$(the_sum rx-served) SYNs were served: this is no flood"
	same "malformed frames" 0 "$(the_sum rx-malformed)"
	# Frames that wait are worked off.
	sleep 1
	ask udp "$DENSE" after
	ssi-probe answers --table "$WORK/table" "$WORK/after.json"
	echo "\"cluster set\": $median ms at half of 15 times, ${took[*]}; $(the_sum rx-served) SYNs served, $((after - before)) kB more"
	clusters_down n0 n1 n2
}

# claim4, claim6: the stranger says that the cluster's address is his.
claim4() { in_ns by arping -q -U -c 1 -I eth0 -s "$VIP" "$VIP"; }
claim6() {
	in_ns by python3 - "$VIP6" <<-'END'
		import socket, struct, sys
		s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
		index = socket.if_nametoindex("eth0")
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
		vip = socket.inet_pton(socket.AF_INET6, sys.argv[1])
		# An advertisement that is to override what others know, with the stranger's MAC.
		said = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + vip + b"\2\1\x0c\0\0\0\0\1"
		s.sendto(said, ("ff02::1", 0, 0, index))
	END
}

client_goes_to() { [[ $(ip -n cl neigh show "$1") == *"$2"* ]]; }

forged_neighbours() {
	local node
	clusters_up "$WORK/table" --vip "$VIP6/64"
	ask udp "$DENSE" known >/dev/null
	to="[$VIP6]:7000" ask udp fd5a::fffe known6 >/dev/null
	# The announcements of the beginning would do as well.
	sleep 4.5
	claim4
	claim6
	for node in n0 n1 n2; do
		same "claims that $node has counted" "1 1" \
			"$(in_ns "$node" ssictl -j stats c | jq -r '.[0].stats | "\(.["rx-arp-conflict"]) \(.["rx-nd-conflict"])"')"
		[[ -z $(ip -n "$node" neigh show "$VIP"; ip -n "$node" -6 neigh show "$VIP6") ]] || fail "$node believes it"
		[[ -z $(ip -n "$node" -6 -j addr show dev eth0 to "$VIP6" | jq -r '.[].addr_info[] | select(.dadfailed)') ]] || fail "$node has given $VIP6 up"
	done
	until_ok client_goes_to "$VIP" "$GROUP"
	until_ok client_goes_to "$VIP6" "$GROUP"
	ask udp "$DENSE" after
	ssi-probe answers --table "$WORK/table" "$WORK/after.json"
	echo "counted and not believed by all three nodes, and answered, so that the client is back with the cluster"
	clusters_down n0 n1 n2
}

quiet_kernel
modprobe ssi_filter
switch bridge
nodes 3
client
namespace by
plug by pb 0c:00:00:00:00:01 10.9.2.1/16
ip -n cl -6 addr add fd5a::fffe/64 dev eth0 nodad
for i in 0 1 2; do ip -n n$i -6 addr add "fd5a::$((i + 1))/64" dev eth0 nodad; done
serve n0 n1 n2
table "$WORK/table" 3

named claim_7_syn_flood_leaves_a_node_responsive syn_flood
named claim_15_forged_neighbour_discovery_misleads_no_node forged_neighbours
