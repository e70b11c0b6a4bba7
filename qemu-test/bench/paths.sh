#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest, under --icount: one line "PATH INSTRUCTIONS" for each path, per packet.
#
#   pktgen --netif_receive--> v0 (veth) --> rx_handler or ingress hook --> stack
#   pktgen --queue_xmit-----> d0 (dummy) --> egress hook --> gone
#
# One guest nanosecond is one instruction, so pktgen's own time per packet counts instructions, its
# own included, the same in every run.
set -euo pipefail

COUNT=${COUNT:-100000}
VIP=10.9.0.1
STRAY=02:11:22:33:44:55
GROUP=03:5a:0a:09:00:01
# Of three nodes this one, rank 0, owns the first client's bucket and not the second's.
MINE=10.9.0.98
OTHER=10.9.0.100
TCP_MINE=$(python3 "$(dirname "$0")/guest/frames.py" list | sed -n 's/^TCP_MINE=//p')

pg() {
	echo "$2" >"/proc/net/pktgen/$1"
}

# measure PATH DEVICE MODE KEY=VALUE…
measure() {
	local path=$1 dev=$2 mode=$3 setting
	shift 3
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $dev"
	for setting in "xmit_mode $mode" "count $COUNT" 'pkt_size 60' 'delay 0' \
		'udp_dst_min 9' 'udp_dst_max 9' "$@"; do
		pg "$dev" "$setting"
	done
	pg pgctrl start
	awk -v path="$path" -v count="$COUNT" '
		$1 == "Result:" { split($3, t, /[^0-9]/); printf "%s %.1f\n", path, t[1] * 1000 / count; found = 1 }
		END { exit !found }' "/proc/net/pktgen/$dev"
}

# receive PATH DESTINATION-MAC SOURCE
receive() {
	measure "$1" v0 netif_receive 'burst 64' "dst_mac $2" "dst_min $VIP" "dst_max $VIP" \
		"src_min $3" "src_max $3"
}

# segment PATH: of a connection that nobody has, in an owned bucket.
segment() {
	printf '%s %s\n' "$1" "$(ssi-probe blast --dev v1 --frame "$TCP_MINE" --count "$COUNT")"
}

# leased: the cluster has what it had, under a lease.
leased() {
	ssictl table set bench-v0 --buckets 3 --owned 0 --lease 3600000
}

# send PATH SOURCE
send() {
	measure "$1" d0 queue_xmit "dst_mac $STRAY" 'dst_min 10.9.0.50' 'dst_max 10.9.0.50' \
		"src_min $2" "src_max $2"
}

cluster() {
	ssictl cluster add "bench-$1" --dev "$1" --vip "$VIP/24" --rank 0 --nodes 3 "${@:2}"
}

modprobe pktgen
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
ip link add v0 type veth peer name v1
ip link add d0 type dummy
ip link set v0 up
ip link set v1 up
ip link set d0 up
own=$(cat /sys/class/net/v0/address)

receive kernel-stray "$STRAY" "$OTHER"
send kernel-send 10.9.0.7
ip addr add "$VIP/24" dev v0
receive kernel-accept "$own" "$MINE"
ip addr del "$VIP/24" dev v0

modprobe ssi_filter
for hook in rx-handler ingress; do
	cluster v0 --hook "$hook"
	receive "$hook-drop" "$GROUP" "$OTHER"
	receive "$hook-accept" "$GROUP" "$MINE"
	receive "$hook-bystander" "$STRAY" "$OTHER"
	[[ $hook == rx-handler ]] || receive gate-own "$own" "$MINE"
	if [[ $hook == rx-handler ]]; then
		segment owned-segment
		leased
		receive leased-drop "$GROUP" "$OTHER"
		receive leased-datagram "$GROUP" "$MINE"
		segment leased-segment
	fi
	ssictl cluster del bench-v0
done
# All keys of clients that take the slow path, and a hash. By this seed the clients' buckets are the same as by their addresses,
# pktgen's port 9 with them or not; a prefix of all bits is the address.
hash="--hash siphash --hash-seed 00000000000000000000000000000001"
for key in hashed by-port by-prefix; do
	case $key in
	hashed) options=$hash ;;
	by-port) options="$hash --key source-port" ;;
	by-prefix) options="--key prefix:32,128" ;;
	esac
	# shellcheck disable=SC2086 # one word an option
	cluster v0 $options
	receive $key-drop "$GROUP" "$OTHER"
	receive $key-accept "$GROUP" "$MINE"
	ssictl cluster del bench-v0
done
cluster d0
send egress-vip "$VIP"
send egress-other 10.9.0.7
