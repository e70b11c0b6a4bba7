#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 37
# TCP/IP stacks that meet the cluster: Linux and lwIP take the group MAC that they are told, smoltcp refuses it, as routers
# do that follow RFC 1812. Behind a Linux router it does not meet it.
#
#     n0 n1 n2 nginx, eth0 ── p0 p1 p2 ┐         ┌ pc ── eth0 cl 10.9.1.1, eth1 ── eth1 st: smoltcp 10.64.0.x
#     10.9.0.100, fd5a::100            ┤ sw: br0 ├ ps ── eth0 st: smoltcp 10.9.1.x
#                                      ┘         └ tap0: lwIP 10.9.2.x
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/nginx.sh"

lwip=$(dirname "$0")/lib/lwip.py
SMOLTCP_MAC=0a:00:00:00:00:5e

tidy_first() { nginx_down n0 n1 n2; }

after_failure() {
	stop_all_probes
	remove_clusters
}

# Interfaces whose other end is a stack in a program: frames leave whole and with their checksums. Linux has no address
# there.
stacks() {
	modprobe tun
	ip -n sw tuntap add tap0 mode tap
	join tap0
	namespace st
	in_ns st sysctl -q -w net.ipv6.conf.{all,default}.disable_ipv6=1
	ip -n sw link add ps type veth peer name eth0 address $SMOLTCP_MAC netns st
	ip -n cl link add eth1 type veth peer name eth1 address $SMOLTCP_MAC netns st
	join ps
	in_ns sw ethtool -K ps tx off
	in_ns cl ethtool -K eth1 tx off
	ip -n st link set eth0 up
	ip -n st link set eth1 up
	ip -n cl -batch - <<-END
		addr add fd5a::fffe/64 dev eth0 nodad
		addr add 10.64.255.254/16 dev eth1
		addr add fd64::fffe/64 dev eth1 nodad
		link set eth1 up
	END
	in_ns cl sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	for node in n0 n1 n2; do
		ip -n $node route replace 10.64.0.0/16 via 10.9.1.1
		ip -n $node route add fd64::/64 via fd5a::fffe
	done
	# lwIP as Debian builds it dies of segments of some 1,000 bytes and more: its buffers are shorter.
	in_ns sw nft -f - <<-END
		table netdev short {
			chain lwip { type filter hook ingress device tap0 priority 0; tcp flags syn tcp option maxseg size set 500; }
		}
	END
}

# captured FILTER: frames at that port of the switch.
captured() {
	tcpdump -enr "$WORK/wire.pcapng" "$@" 2>/dev/null
}

record() {
	background ssi-probe --netns sw capture --dev "$1" --both --out "$WORK/wire.pcapng"
}

# whole NODE SAID: the object from that node.
whole() {
	same "node, status and size" "$1 200 65536" "$2"
	cmp "$WORK/www/object" "$WORK/got" >&2
}

# talked CLIENT: on the wire, as what it talks to is judged: TCP to the mode's MAC and to no other, back from the base MAC.
talked() {
	local vip=$VIP client=$1
	[[ $client != *:* ]] || vip=$VIP6
	same "MACs that $client sends to" "$(mode_mac "$mode")" \
		"$(captured "tcp and src host $client and dst host $vip" | awk '{ sub(",", "", $4); print $4 }' | sort -u)"
	same "MACs that answer $client" "$BASE" "$(captured "tcp and src host $vip and dst host $client" | awk '{ print $2 }' | sort -u)"
}

linux() {
	local client vip host said
	mode=$1
	ip -n cl neigh flush dev eth0
	for vip in $VIP $VIP6; do
		client=10.9.1.1 host=$vip
		[[ $vip != *:* ]] || client=fd5a::fffe host="[$vip]"
		record pc
		said=$(in_ns cl curl -s --max-time 60 --interface "host!$client" -o "$WORK/got" \
			-w '%header{x-node} %{http_code} %{size_download}' "http://$host/object")
		stop_all_probes
		whole "$(owner_of "$WORK/table" $client)" "$said"
		talked $client
	done
	told "$mode" cl
	echo "64 KiB in both families to $(mode_mac "$mode")"
}

lwip() {
	local client family said knows
	mode=$1
	for family in 4 6; do
		client=10.9.2.7 vip=$VIP len=16
		[[ $family == 4 ]] || client=fd5a::2:7 vip=$VIP6 len=64
		record tap0
		said=$(in_ns sw "$lwip" tap0 60 "$client/$len" "$vip" /object "$WORK/got")
		stop_all_probes
		read -r knows said <<<"$said"
		[[ $family == 6 ]] || same "the cluster's MAC as lwIP knows it" "$(mode_mac "$mode")" "$knows"
		whole "$(owner_of "$WORK/table" $client)" "$said"
		talked $client
	done
	echo "64 KiB in both families to $(mode_mac "$mode")"
}

# smoltcp DEV ADDRESS/LEN HOST [ARG…]
smoltcp() {
	local dev=$1 address=$2 host=$3
	shift 3
	ssi-probe --netns st stack --dev "$dev" --mac $SMOLTCP_MAC --address "$address" --host "$host" --path /object \
		--out "$WORK/got" "$@"
}

# In the segment it is told the MAC again and again and does not take it; a node's own MAC it does.
smoltcp_in_segment() {
	local client vip asked answers
	mode=$1
	for vip in $VIP $VIP6; do
		client=10.9.1.77/16 node=10.9.0.2
		asked="arp[6:2] == 1 and arp[24:4] == 0x0a090064" answers="arp[6:2] == 2 and arp[14:4] == 0x0a090064"
		if [[ $vip == *:* ]]; then
			client=fd5a::77/64 node=fd5a::2
			asked='ip6[40] == 135 and ip6[62:2] == 0x0100' answers='ip6[40] == 136 and ip6[62:2] == 0x0100'
		fi
		whole n1 "$(smoltcp eth0 $client $node)"
		record ps
		if [[ $mode != multicast ]]; then
			whole "$(owner_of "$WORK/table" ${client%/*})" "$(smoltcp eth0 $client "$vip")"
			stop_all_probes
			talked ${client%/*}
			continue
		fi
		same "what smoltcp fetches" "- - 0" "$(smoltcp eth0 $client "$vip" --seconds 8)"
		stop_all_probes
		(($(captured "ether src $SMOLTCP_MAC and $asked" | wc -l) >= 3)) || fail "smoltcp has not asked again"
		(($(captured -v "ether src $BASE and $answers" | grep -ciE "(is-at|option).* $GROUP") >= 3)) || fail "it was not told $GROUP"
		same "TCP from smoltcp" 0 "$(captured "ether src $SMOLTCP_MAC and tcp and dst host $vip" | wc -l)"
	done
	if [[ $mode == multicast ]]; then
		echo "it asks again each time that it is told $GROUP, and takes a node's own MAC"
	else
		echo "64 KiB in both families to $(mode_mac "$mode")"
	fi
}

smoltcp_behind_router() {
	mode=$1
	whole "$(owner_of "$WORK/table" 10.64.0.77)" "$(smoltcp eth1 10.64.0.77/16 $VIP --via 10.64.255.254)"
	whole "$(owner_of "$WORK/table" fd64::77)" "$(smoltcp eth1 fd64::77/64 $VIP6 --via fd64::fffe)"
	told "$mode" cl
	echo "64 KiB in both families through a Linux router"
}

quiet_kernel
switch bridge
nodes 3
both_families 3
client
stacks
mkdir "$WORK/www"
dd if=/dev/urandom of="$WORK/www/object" bs=64k count=1 status=none
for node in n0 n1 n2; do nginx_up $node; done
modprobe ssi_filter
table "$WORK/table" 3

also claim_4_linux_takes_the_group_mac in_mode multicast "$WORK/table" linux multicast
also claim_4_lwip_takes_the_group_mac in_mode multicast "$WORK/table" lwip multicast
also claim_4_smoltcp_refuses_the_group_mac in_mode multicast "$WORK/table" smoltcp_in_segment multicast
also claim_3_smoltcp_takes_the_base_mac in_mode forward-all "$WORK/table" smoltcp_in_segment forward-all
also claim_4_smoltcp_behind_a_router_is_served in_mode multicast "$WORK/table" smoltcp_behind_router multicast
