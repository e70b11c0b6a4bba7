#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 11 40
# Clusters on an interface, on a VLAN of it and on a VLAN in a VLAN, all three with the same MAC: each takes its own
# network's frames and leaves the others', wherever the tag is and whichever hook meets the frame.
#
#     n0 n1 n2 eth0        10.9.0.1 … c: 10.9.0.100, fd5a::100   ┐
#              eth0.20     10.8.0.1 … v: 10.8.0.100, fd58::100   ┤ p0 p1 p2, sw: br0, pc ── cl: the same three interfaces
#              eth0.30.20  10.7.0.1 … q: 10.7.0.100, fd57::100   ┘    (30 is 802.1ad)
#
# In v node n0 has rank 1 and n1 is master, in q n0 has rank 2 and n2 is master: who takes another's frames is seen.
. "$(dirname "$0")/lib/scenario.sh"

declare -A dev=([c]=eth0 [v]=eth0.20 [q]=eth0.30.20) net=([c]=9 [v]=8 [q]=7) shift=([c]=0 [v]=1 [q]=2)
declare -A sources=([c]=10.64.0 [v]=10.128.0 [q]=10.129.0) tags=([c]='' [v]=20 [q]='30,20')
declare -A prefix=([c]=fd5a [v]=fd58 [q]=fd57)

# host NS HOST NUMBER: the interfaces above eth0, and addresses in all three networks.
host() {
	local ns=$1 host=$2 number=$3
	ip -n "$ns" -batch - <<-END
		link add link eth0 name eth0.20 type vlan id 20
		link add link eth0 name eth0.30 type vlan proto 802.1ad id 30
		link set eth0.30 up
		link add link eth0.30 name eth0.30.20 mtu 1400 type vlan id 20
		addr add 10.8.$host/16 dev eth0.20
		addr add 10.7.$host/16 dev eth0.30.20
		link set eth0.20 up
		link set eth0.30.20 up
		addr add fd5a::$number/64 dev eth0 nodad
		addr add fd58::$number/64 dev eth0.20 nodad
		addr add fd57::$number/64 dev eth0.30.20 nodad
	END
}

ways_back() {
	ip -n "$1" -batch - <<-END
		route add 10.128.0.0/16 dev eth0.20
		route add 10.129.0.0/16 dev eth0.30.20
		route add fd5a:0:0:1::/64 via fd5a::ffff
		route add fd58:0:0:1::/64 via fd58::ffff
		route add fd57:0:0:1::/64 via fd57::ffff
	END
}

clients_addresses() {
	ip -n cl -batch - <<-END
		route add local 10.128.0.0/15 dev lo
		route add local fd5a:0:0:1::/64 dev lo
		route add local fd58:0:0:1::/64 dev lo
		route add local fd57:0:0:1::/64 dev lo
	END
	in_ns cl sysctl -q -w net.ipv6.ip_nonlocal_bind=1
}

# clusters HOOK: all three, on all nodes.
clusters() {
	local name r rank args
	for name in c v q; do
		for r in 0 1 2; do
			rank=$(((r + shift[$name]) % 3))
			args=(--vip "10.${net[$name]}.0.100/32" --vip "${prefix[$name]}::100/64" --rank "$rank" --nodes 3 --mac "$BASE")
			((r != shift[$name])) || args+=(--master)
			in_ns n$r ssictl cluster add $name --dev "${dev[$name]}" --hook "$1" "${args[@]}"
		done
		ip -n cl neigh flush dev "${dev[$name]}"
		ip -n cl -6 neigh flush dev "${dev[$name]}"
	done
}

clusters_gone() {
	local name r
	for name in c v q; do
		for r in 0 1 2; do in_ns n$r ssictl cluster del $name; done
	done
}

# acceleration on|off: whether tags travel beside the frame or in it, on both ends of each wire.
acceleration() {
	local what=(rxvlan "$1" txvlan "$1" tx-vlan-stag-hw-insert "$1" rx-vlan-stag-hw-parse "$1") r
	for r in 0 1 2; do
		in_ns n$r ethtool -K eth0 "${what[@]}"
		in_ns sw ethtool -K p$r "${what[@]}"
	done
	in_ns cl ethtool -K eth0 "${what[@]}"
	in_ns sw ethtool -K pc "${what[@]}"
	in_ns n0 ethtool -k eth0 | grep -q "tx-vlan-offload: $1" || fail "the interface does not turn its VLAN offload $1"
}

ask_all() {
	local name proto
	for name in c v q; do
		for proto in udp tcp ping; do
			VIP=10.${net[$name]}.0.100 ask $proto "${sources[$name]}.0-${sources[$name]}.11" "$name-$proto" --bytes 5000
		done
	done
}

# judged NAME: answers, wire and counters of that cluster.
judged() {
	local name=$1 table=$WORK/table-$1 vlan=()
	[[ -z ${tags[$name]} ]] || vlan=(--vlan "${tags[$name]}")
	ssi-probe answers --table "$table" "$WORK/$name"-{udp,tcp,ping}.json >/dev/null
	VIP=10.${net[$name]}.0.100 wire all 3 --table "$table" --master "n${shift[$name]}" "${vlan[@]}" >/dev/null
	cluster=$name master=n${shift[$name]} counters_agree all n0 n1 n2 >/dev/null
}

# each_its_own HOOK on|off
each_its_own() {
	local name
	acceleration "$2"
	clusters "$1"
	capture all
	ask_all
	stop_capture
	for name in c v q; do
		judged $name
		to="[${prefix[$name]}::100]:7000" each_once6 "${prefix[$name]}:0:0:1::1-${prefix[$name]}:0:0:1::c" "$WORK/table-$name" >/dev/null
	done
	refused ssi-probe answers --table "$WORK/table-c" "$WORK/v-udp.json"
	refused wire all 3 --table "$WORK/table-c" --vlan 20
	clusters_gone
	echo "3 clusters of one MAC: 36 clients by UDP, TCP, ping, 36 by IPv6, each answered once by its owner"
}

counted() {
	in_ns n0 ssictl -j stats "$1" | jq -c '.[0].stats | [.["rx-served"] + .["rx-other"], .["rx-not-vip"]]'
}

# astray DEV VIP: 5 frames to the MAC that all share, with the address of a cluster in another network.
astray() {
	ip -n cl neigh replace "$2" lladdr $GROUP dev "$1"
	ip -n cl route add "$2/32" dev "$1"
	in_ns cl ping -q -c 5 -i 0.2 -W 1 "$2" >/dev/null || true
	ip -n cl route del "$2/32" dev "$1"
	ip -n cl neigh del "$2" dev "$1"
}

# A cluster's address in another cluster's network is no request of either.
crossed() {
	local want got
	clusters "$1"
	astray eth0.20 10.9.0.100
	astray eth0 10.8.0.100
	astray eth0.30.20 10.8.0.100
	# The ingress hook is ahead of VLAN interfaces: it sees tagged frames, and counts as it leaves them.
	want='[0,5] [0,5] [0,5]'
	got="$(counted c) $(counted v) $(counted q)"
	if [[ $1 == ingress ]]; then
		want='[0,15] [0,5] [0,5]'
		# What q's nodes tell each other is among it, too.
		got="$(counted c | jq -c '[.[0], ([.[1], 15] | min)]') ${got#* }"
	fi
	same "requests, and frames left alone, of c, v and q" "$want" "$got"
	clusters_gone
	echo "15 frames of other networks, none taken"
}

after_failure() {
	local name r
	for name in c v q; do
		for r in 0 1 2; do in_ns n$r ssictl cluster del $name 2>/dev/null; done
	done
	stop_all_probes
	serve_all
}

serve_all() {
	local r
	for r in 0 1 2; do
		background ssi-probe --netns n$r serve --name n$r --udp 7000 --tcp 7000 --address "10.9.0.100,10.8.0.100,10.7.0.100,${prefix[c]}::100,${prefix[v]}::100,${prefix[q]}::100"
	done
}

quiet_kernel
sysctl -q -w net.ipv6.neigh.default.gc_thresh{3,2,1}=32768
switch bridge
nodes 3
client
clients_addresses
host cl 1.1 ffff
for r in 0 1 2; do
	host n$r 0.$((r + 1)) $((r + 1))
	ways_back n$r
done
echo '{"buckets":3,"owned":{"n0":"0","n1":"1","n2":"2"}}' >"$WORK/table-c"
echo '{"buckets":3,"owned":{"n0":"1","n1":"2","n2":"0"}}' >"$WORK/table-v"
echo '{"buckets":3,"owned":{"n0":"2","n1":"0","n2":"1"}}' >"$WORK/table-q"
serve_all
modprobe ssi_filter

claim claim_8_vlans_rx_handler_tag_beside_the_frame each_its_own rx-handler on
also claim_8_vlans_rx_handler_tag_in_the_frame each_its_own rx-handler off
also claim_8_vlans_ingress_tag_beside_the_frame each_its_own ingress on
also claim_8_vlans_ingress_tag_in_the_frame each_its_own ingress off
also claim_8_vlans_crossed_rx_handler crossed rx-handler
also claim_8_vlans_crossed_ingress crossed ingress
