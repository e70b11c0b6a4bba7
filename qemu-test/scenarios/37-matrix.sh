#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 22 109
# Every mode on every kind of network: 256 clients of each family ask by UDP, TCP and ping, and each is answered once, by
# the node that the formula names.
#
#     n0 (master) n1 n2 ── p0 p1 p2 ┐
#                                   ┤ sw: a learning bridge, or a hub ├ pc ── cl, as in lib/net.sh
#
# untagged: all talk on eth0. vlan: on eth0.20. In mode forward the nodes talk among themselves on eth0.100.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

CLIENTS=10.64.4.0-10.64.4.255
CLIENTS6=fd5a:0:0:1::1000-fd5a:0:0:1::10ff

after_failure() {
	stop_all_probes
	namespaces_down
}

# on_vlan NS ADDRESS…: moves a host's addresses from eth0 to eth0.20.
on_vlan() {
	local ns=$1 address
	shift
	ip -n "$ns" link add link eth0 name eth0.20 type vlan id 20
	ip -n "$ns" link set eth0.20 up
	for address; do
		ip -n "$ns" addr del "$address" dev eth0
		ip -n "$ns" addr add "$address" dev eth0.20 nodad
	done
}

# network bridge|hub untagged|vlan
network() {
	local i
	switch "$1"
	nodes 3
	both_families 3
	client
	ip -n cl -6 addr add fd5a::fffe/64 dev eth0 nodad
	ip -n cl -6 route add local fd5a:0:0:1::/64 dev lo
	if [[ $2 == vlan ]]; then
		for i in 0 1 2; do
			on_vlan n$i 10.9.0.$((i + 1))/16 fd5a::$((i + 1))/64
			ip -n n$i route replace 10.64.0.0/10 dev eth0.20
		done
		on_vlan cl 10.9.1.1/16 fd5a::fffe/64
	fi
	for i in 0 1 2; do
		ip -n n$i -6 route add fd5a:0:0:1::/64 via fd5a::fffe
		background ssi-probe --netns n$i serve --name n$i --udp 7000 --tcp 7000 --address "$VIP,$VIP6"
	done
}

served() {
	local i
	for i in 0 1 2; do in_ns n$i ssictl -j stats c | jq '.[0].stats["rx-served"]'; done
}

# A ping socket cannot tell who answered: each node has to have served as many echoes as it owns clients.
pings() {
	local before after want i _
	# The last words of TCP connections may still come.
	for _ in {1..50}; do
		mapfile -t before < <(served)
		sleep 0.2
		[[ $(served) != "$(printf '%s\n' "${before[@]}")" ]] || break
	done
	ask ping "$2" ping
	mapfile -t after < <(served)
	for i in 0 1 2; do
		want=$(ssi-probe owners --table "$1" "$2" | grep -c "n$i\$" || true)
		same "echoes that n$i served" "$want" $((after[i] - before[i]))
	done
	ssi-probe answers --table "$1" "$WORK/ping.json"
}

# all_protocols TABLE: and the row of the matrix.
all_protocols() {
	local proto sources to
	for to in "$VIP:7000" "[$VIP6]:7000"; do
		sources=$CLIENTS
		[[ $to != \[* ]] || sources=$CLIENTS6
		for proto in udp tcp; do
			ask $proto "$sources" $proto
			ssi-probe answers --table "$1" "$WORK/$proto.json" >>"$WORK/shares"
			row+=" $(jq '[.sources[].answers | add] | add' "$WORK/$proto.json")"
		done
		pings "$1" "$sources" >>"$WORK/shares"
		row+=" $(jq '[.sources[].answers | add] | add' "$WORK/ping.json")"
	done
}

# cells NETWORK LINK MODE: both functions.
cells() {
	local function row
	network "$1" "$2"
	[[ $2 == untagged ]] || cluster_dev=eth0.20
	for function in modulo bitmap; do
		row=
		in_mode "$3" "$WORK/$function" all_protocols "$WORK/$function"
		# shellcheck disable=SC2086 # one word a cell
		printf '%-7s %-9s %-14s %-7s %4s %4s %4s  %4s %4s %4s\n' "$1" "$2" "$3" $function $row >>"$WORK/matrix"
	done
	stop_all_probes
	namespaces_down
	awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^n[0-9]$/) share[$i] += $(i + 1) } END {
		for (n in share) printf "%s %d, ", n, share[n] }' "$WORK/shares" | sed 's/^/6 kinds of requests, 2 functions: /; s/, $/ answers/'
	: >"$WORK/shares"
}

quiet_kernel
sysctl -q -w net.ipv6.neigh.default.gc_thresh{3,2,1}=32768
modprobe ssi_filter
table "$WORK/modulo" 3
table "$WORK/bitmap" 3 --shape irregular --buckets 1024
also claim_4_matrix_bridge_untagged_multicast cells bridge untagged multicast
also claim_3_matrix_bridge_untagged_forward_all cells bridge untagged forward-all
named claim_3_matrix_bridge_untagged_forward_owner cells bridge untagged forward-owner
named claim_4_matrix_bridge_vlan_multicast cells bridge vlan multicast
named claim_3_matrix_bridge_vlan_forward_all cells bridge vlan forward-all
claim claim_3_matrix_bridge_vlan_forward_owner cells bridge vlan forward-owner
named claim_4_matrix_hub_untagged_multicast cells hub untagged multicast
named claim_3_matrix_hub_untagged_forward_all cells hub untagged forward-all
also claim_3_matrix_hub_untagged_forward_owner cells hub untagged forward-owner
also claim_4_matrix_hub_vlan_multicast cells hub vlan multicast
also claim_3_matrix_hub_vlan_forward_all cells hub vlan forward-all
named claim_3_matrix_hub_vlan_forward_owner cells hub vlan forward-owner
sed 's/^/# /' - "$WORK/matrix" >&3 <<-END
	                                            IPv4            IPv6
	network link      mode           function  udp  tcp ping   udp  tcp ping   of 256 clients each
END
