#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 7 40
# The IGMP and MLD forms of the group MAC, on switches that snoop.
#
#     n0 (master) n1 n2 eth0 ── p0 p1 p2 ┐ sw: br0 snoops, with a querier ┐
#     bystander by eth0 ─────── pb       ┘                                ├ pc ── eth0 cl: 64 addresses
#
# A Linux bridge looks IP packets up by their IP address (br_mdb_entry_skb_get, net/bridge/br_multicast.c), switches
# in hardware look frames up by their MAC. What the latter do with what they snooped is done here at the client's port
# by tc: the bridge's table of groups, which it made of the nodes' reports, is put there as MACs, as the kernel gives
# it to a switch's driver (br_switchdev_mdb_populate, net/bridge/br_switchdev.c).
. "$(dirname "$0")/lib/scenario.sh"

SOURCES=10.64.0.0-10.64.0.63

after_failure() {
	switch_off
	remove_clusters
}

# until_true SECONDS CMD…: waits for something that comes.
until_true() {
	local left=$(($1 * 5))
	shift
	until "$@"; do
		((left-- > 0)) || fail "this did not come true: $*"
		sleep 0.2
	done
}

up() {
	clusters_up "$WORK/table" --vip "$VIP6/64" "$@"
	GROUP_MAC=$(in_ns n0 ssictl -j cluster show c | jq -r '.[0]."group-mac"')
	ip -n cl neigh flush dev eth0
	ip -n cl -6 neigh flush dev eth0
}

down() {
	clusters_down n0 n1 n2
	switch_off
}

# answers NAME: how many of the 64 sources got one, where the client knows the MAC.
answers() {
	ask udp "$SOURCES" "$1" --timeout 1000
	same "client's ARP entry" "$GROUP_MAC" "$(ip -n cl neigh show "$VIP" | grep -o 'lladdr [^ ]*' | cut -d' ' -f2)" >&2
	jq '[.sources[] | select(.missing < .asked)] | length' "$WORK/$1.json"
}

captured() {
	[[ -n $(tcpdump -nr "$WORK/$1.pcap" "$2" 2>/dev/null) ]]
}

# all_answered NAME [flooded]: once each, by the right node; the bystander's port has seen nothing of it, or all.
all_answered() {
	# The ring has room for few frames of the default length.
	nsenter --net=/run/netns/sw -- tcpdump -Z root --immediate-mode -s 128 -qUi pb -w "$WORK/$1.pcap" \
		"(ether dst $GROUP_MAC and dst host $VIP) or (arp and host 10.9.2.1)" >/dev/null 2>"$WORK/$1.tcpdump" &
	local tcpdump=$! seen
	until_true 20 grep -q 'listening on' "$WORK/$1.tcpdump"
	ask udp "$SOURCES" "$1"
	# What the port sees last says that the capture has all before it.
	ip -n cl neigh flush to 10.9.2.1
	in_ns cl ping -nq -c 1 -W 5 10.9.2.1 >/dev/null
	until_true 20 captured "$1" arp
	kill "$tcpdump"
	wait "$tcpdump" || true
	grep -q '^0 packets dropped' "$WORK/$1.tcpdump" || fail "tcpdump: $(tail -n 1 "$WORK/$1.tcpdump")"
	ssi-probe answers --table "$WORK/table" "$WORK/$1.json"
	seen=$(tcpdump -nr "$WORK/$1.pcap" ip 2>/dev/null | wc -l)
	if [[ ${2-} == flooded ]]; then
		((seen >= 64)) || fail "a flood that did not reach the bystander: $seen frames"
	else
		same "requests at the bystander's port" 0 "$seen"
	fi
	echo "the bystander saw $seen"
}

# members GROUP: the ports that the bridge has learnt.
members() {
	bridge -n sw -j mdb show dev br0 | jq -r --arg g "$1" '[.[].mdb[] | select(.grp == $g) | .port] | sort | join(" ")'
}

has_members() {
	[[ $(members "$1") == "$2" ]]
}

# A bridge that snoops and asks, every three seconds: a node of IGMP version 2 is silent where it hears another's
# report, which happens as long as the bridge floods, and speaks when it is asked again. Such a node does not say that it
# leaves: it is forgotten after ten seconds.
snooping() {
	ip -n sw link set br0 type bridge mcast_snooping 1 mcast_querier 1 mcast_query_response_interval 50 \
		mcast_startup_query_interval 200 mcast_query_interval 300 mcast_membership_interval 1000
}

router_ports() {
	local port
	for port in p0 p1 p2; do bridge -n sw link set dev $port mcast_router "$1"; done
}

# switch_by_mac: each group of the bridge's table as the MAC that it is on the wire; what is in no group is dropped,
# but for broadcasts and the MACs of protocols on the link.
switch_by_mac() {
	local pass at mac group port actions
	tc -n sw qdisc add dev pc clsact
	for pass in ff:ff:ff:ff:ff:ff 01:00:5e:00:00:00/ff:ff:ff:ff:ff:00 33:33:00:00:00:00/ff:ff:ff:ff:00:00; do
		tc -n sw filter add dev pc ingress pref 1 flower dst_mac $pass action ok
	done
	while read -r group at; do
		mac=$(mac_of "$group")
		actions=()
		for port in $at; do
			[[ $port == br0 || $port == pc ]] || actions+=(action mirred egress mirror dev "$port")
		done
		tc -n sw filter add dev pc ingress pref 2 flower dst_mac "$mac" "${actions[@]}" action drop
	done < <(bridge -n sw -j mdb show dev br0 | jq -r '[.[].mdb[]] | group_by(.grp)[] | "\(.[0].grp) \(map(.port) | join(" "))"')
	tc -n sw filter add dev pc ingress pref 3 flower dst_mac 01:00:00:00:00:00/01:00:00:00:00:00 action drop
}

mac_of() {
	python3 - "$1" <<-'END'
		import ipaddress, sys
		group = ipaddress.ip_address(sys.argv[1])
		low = group.packed[-4:] if group.version == 6 else bytes([group.packed[1] & 0x7f]) + group.packed[2:]
		print(":".join(f"{byte:02x}" for byte in (b"\x33\x33" if group.version == 6 else b"\x01\x00\x5e") + low))
	END
}

switch_off() {
	tc -n sw qdisc del dev pc clsact 2>/dev/null || true
	router_ports 1
	bridge -n sw mdb del dev br0 port p0 grp 01:00:5e:7f:00:64 permanent 2>/dev/null || true
}

nobody_answers() {
	local count
	count=$(answers "$1")
	((count == 0))
}

# The control: a snooping switch with a querier does not know the automatic group MAC.
automatic_mac() {
	up
	same "group MAC" "$GROUP" "$GROUP_MAC"
	until_true 60 nobody_answers auto
	switch_by_mac
	nobody_answers auto || fail "a switch that goes by MAC gave it to somebody"
	down
	echo "0 of 64 answered, on the bridge and on a switch that goes by MAC; the client knew $GROUP"
}

# reports FORM GROUP MAC
reports() {
	up --mac "$1"
	same "group MAC" "$3" "$GROUP_MAC"
	until_true 30 has_members "$2" "p0 p1 p2"
	same "the group that show tells" "$2" "$(in_ns n1 ssictl -j cluster show c | jq -r '.[0].group')"
	in_ns n1 ip maddr show dev eth0 | grep -qF "$2" || fail "the kernel of n1 is not in $2"
	in_ns n2 ssictl cluster del c
	until_true 60 has_members "$2" "p0 p1"
	! ip -n n2 addr show dev eth0 | grep -qF "$2" || fail "n2 still has $2"
	clusters_down n0 n1
	echo "$2: ports of all nodes, and of n2 no more when its cluster has gone"
}

# by_mac FORM GROUP: through a switch that goes by MAC.
by_mac() {
	up --mac "$1"
	until_true 30 has_members "$2" "p0 p1 p2"
	switch_by_mac
	all_answered "$1"
	ip -n cl -6 neigh flush dev eth0
	each_once6 fd5a:0:0:1::1-fd5a:0:0:1::20 "$WORK/table"
	down
}

# forged_leaves FAMILY GROUP: the bystander says that it, and in the name of a node that one, wants no more of the group.
forged_leaves() {
	in_ns by python3 - "$1" "$2" <<-'END'
		import socket, struct, sys
		family, group = sys.argv[1:]
		index = socket.if_nametoindex("eth0")
		def sum16(data):
		    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
		    while total >> 16:
		        total = (total & 0xFFFF) + (total >> 16)
		    return ~total & 0xFFFF
		wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		wire.bind(("eth0", 0))
		for mac, host in (b"\x0c\0\0\0\0\1", 1), (b"\6\0\0\0\0\1", 2):
		    if family == "igmp":
		        to = socket.inet_aton("224.0.0.2")
		        said = struct.pack("!BBH", 0x17, 0, 0) + socket.inet_aton(group)
		        said = said[:2] + struct.pack("!H", sum16(said)) + said[4:]
		        # With the option "router alert".
		        ip = struct.pack("!BBHHHBBH", 0x46, 0xC0, 32, 0, 0, 1, 2, 0) + bytes((10, 9, 0, host)) + to + b"\x94\4\0\0"
		        ip = ip[:10] + struct.pack("!H", sum16(ip)) + ip[12:]
		        wire.send(b"\1\0\x5e\0\0\2" + mac + b"\x08\0" + ip + said)
		    else:
		        source = socket.inet_pton(socket.AF_INET6, f"fe80::{host}")
		        to = socket.inet_pton(socket.AF_INET6, "ff02::2")
		        said = struct.pack("!BBHHH", 132, 0, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, group)
		        pseudo = source + to + struct.pack("!II", len(said), 58)
		        said = said[:2] + struct.pack("!H", sum16(pseudo + said)) + said[4:]
		        hop = b"\x3a\0\5\2\0\0\1\0"
		        ip = struct.pack("!IHBB", 0x60000000, len(hop + said), 0, 1) + source + to
		        wire.send(b"\x33\x33\0\0\0\2" + mac + b"\x86\xdd" + ip + hop + said)
	END
}

# The bridge asks who else wants a group when one has left it, and after two seconds without an answer nobody does.
leaves() {
	local family
	for family in igmp mld; do
		local group=239.255.0.100
		[[ $family == igmp ]] || group=ff15::ad3b:51b4
		up --mac $family
		until_true 30 has_members "$group" "p0 p1 p2"
		forged_leaves $family "$group"
		sleep 3
		has_members "$group" "p0 p1 p2" || fail "$family: a stranger has taken a node out of $group"
		switch_by_mac
		all_answered "$family-left"
		down
	done
	echo "nodes stay in their groups, of IGMP and MLD, whoever leaves in their name"
}

# What the documentation says of Linux bridges: with a querier the MAC's form is no help, router ports are.
linux_bridge() {
	up --mac igmp
	until_true 30 has_members 239.255.0.100 "p0 p1 p2"
	until_true 60 nobody_answers bridge
	bridge -n sw mdb add dev br0 port p0 grp 01:00:5e:7f:00:64 permanent
	nobody_answers bridge || fail "an entry for the MAC was of use"
	router_ports 2
	all_answered routers >/dev/null
	down
	up
	router_ports 2
	all_answered routers >/dev/null
	down
	up --mac igmp
	ip -n sw link set br0 type bridge mcast_snooping 0
	all_answered off flooded >/dev/null
	snooping
	down
	echo "by IP address; members and an entry for the MAC do not count, mcast_router 2 and mcast_snooping 0 do"
}

quiet_kernel
modprobe ssi_filter
sysctl -q -w net.ipv6.neigh.default.gc_thresh{3,2,1}=32768
switch bridge
ip -n sw addr add 10.9.9.9/16 dev br0
nodes 3
client
namespace by
plug by pb 0c:00:00:00:00:01 10.9.2.1/16
ip -n cl -6 addr add fd5a::fffe/64 dev eth0 nodad
ip -n cl -6 route add local fd5a:0:0:1::/64 dev lo
in_ns cl sysctl -q -w net.ipv6.ip_nonlocal_bind=1
serve n0 n1 n2
for i in 0 1 2; do
	ip -n n$i -6 addr add "fd5a::$((i + 1))/64" dev eth0 nodad
	ip -n n$i -6 route add fd5a:0:0:1::/64 via fd5a::fffe
done
table "$WORK/table" 3
snooping

also claim_4_snooping_keeps_the_automatic_mac_from_nodes automatic_mac
also claim_4_igmp_reports_reach_the_switch reports igmp 239.255.0.100 01:00:5e:7f:00:64
also claim_4_mld_reports_reach_the_switch reports mld ff15::ad3b:51b4 33:33:ad:3b:51:b4
claim claim_4_igmp_form_by_mac by_mac igmp 239.255.0.100
also claim_4_mld_form_by_mac by_mac mld ff15::ad3b:51b4
also claim_4_linux_bridge_goes_by_ip_address linux_bridge
named claim_4_forged_leaves_end_no_membership leaves
