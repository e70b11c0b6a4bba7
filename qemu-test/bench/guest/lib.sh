# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by what runs in the guest: the interfaces, packets, and a row of the result, which is a line "ROW FIGURE" on
# stdout. A figure is what one packet takes by the guest's clock; under --icount that is instructions.
#
#   pktgen --netif_receive-------------------> v0 (veth) --> rx_handler or ingress hook --> stack
#   pktgen --start_xmit--> v1 --> backlog ---> v0
#   ssi-probe blast -----> v1 --> backlog ---> v0
#   pktgen --queue_xmit----------------------> d0 (dummy) --> egress hook --> gone
# shellcheck disable=SC2034 # for those who source this
set -euo pipefail

BENCH=/mnt/share
PEERS=$BENCH/peers
COUNT=${COUNT:-100000} WINDOWS=${WINDOWS:-1}
VIP=10.9.0.1 VIP6=fd5a::1
# As ssictl makes them of the address.
GROUP=03:5a:0a:09:00:01 BASE=02:5a:0a:09:00:01
STRAY=02:11:22:33:44:55
OWN=06:00:00:00:00:01
CLIENT=0a:00:00:00:00:01
# Of three nodes this one, rank 0, owns the first client's bucket and not the second's. Other functions than the module's
# divide clients in other ways.
MINE=10.9.0.98 OTHER=10.9.0.100

die() {
	echo "$*" >&2
	exit 1
}

# bed: the interfaces.
bed() {
	local name
	modprobe pktgen
	sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.default.disable_ipv6=1
	ip link add v0 address $OWN type veth peer name v1
	ip link add d0 type dummy
	sysctl -qw net.ipv6.conf.v0.disable_ipv6=0
	for name in v0 v1 d0; do ip link set "$name" up; done
}

# neighbours: answers go somewhere, and nobody is asked where. They go with the last address of the interface.
neighbours() {
	local name
	for name in $MINE $OTHER fd5a::100; do ip neigh replace "$name" lladdr $CLIENT dev v0 nud permanent; done
}

pg() {
	echo "$2" >"/proc/net/pktgen/$1"
}

# pktgen DEVICE MODE SETTING…: packets sent and what one takes, a line for each window, in /run/windows.
pktgen() {
	local dev=$1 mode=$2 setting window
	shift 2
	pg kpktgend_0 rem_device_all
	# Its thread removes it when it gets to.
	while [[ -e /proc/net/pktgen/$dev ]]; do sleep 0.01; done
	pg kpktgend_0 "add_device $dev"
	for setting in "xmit_mode $mode" "count $COUNT" 'pkt_size 60' 'delay 0' \
		'udp_dst_min 9' 'udp_dst_max 9' "$@"; do
		pg "$dev" "$setting"
	done
	for ((window = 0; window < WINDOWS; window++)); do
		pg pgctrl start
		# It may send some more than it was told to.
		awk '$1 == "Result:" { split($3, t, /[^0-9]/); print $5, t[1] * 1000 / $5; found = 1 } END { exit !found }' \
			"/proc/net/pktgen/$dev"
	done >/run/windows
}

# receive MAC SOURCE [SETTING…]: from the driver's end of the receive path on. pktgen keeps its share of the buffer.
receive() {
	pktgen v0 netif_receive 'burst 64' "dst_mac $1" "dst_min $VIP" "dst_max $VIP" "src_min $2" "src_max $2" "${@:3}"
}

# unshared MAC SOURCE [SETTING…]: the same, each time with a buffer that nobody else has, as a device's are.
unshared() {
	receive "$1" "$2" 'burst 1' 'flag !SHARED' "${@:3}"
}

# over_veth MAC SOURCE [SETTING…]: by the other end of the veth pair.
over_veth() {
	pktgen v1 start_xmit 'flag !SHARED' "dst_mac $1" "dst_min $VIP" "dst_max $VIP" "src_min $2" "src_max $2" "${@:3}"
}

# send SOURCE
send() {
	pktgen d0 queue_xmit "dst_mac $STRAY" 'dst_min 10.9.0.50' 'dst_max 10.9.0.50' "src_min $1" "src_max $1"
}

# blast FRAME: what pktgen cannot make.
blast() {
	local window
	for ((window = 0; window < WINDOWS; window++)); do
		# It sends 64 before it measures.
		echo "$((COUNT + 64)) $(ssi-probe blast --dev v1 --frame "$1" --count "$COUNT")"
	done >/run/windows
}

# counted COUNTER: of the kernel's IP or of the cluster bench-v0 or bench-d0.
counted() {
	case $1 in
	delivered) awk '$1 == "Ip:" && $2 ~ /[0-9]/ { print $10 }' /proc/net/snmp ;;
	tx-*) ssictl -j stats bench-d0 | jq ".[0].stats[\"$1\"]" ;;
	*) ssictl -j stats bench-v0 | jq ".[0].stats[\"$1\"]" ;;
	esac
}

# row NAME COUNTER:TIMES COMMAND…: runs one of the above. The counter grows by so much for each packet: so the packets
# went the way that the row's name says. "-" where nothing counts. The figure is the least of the windows: what else a
# machine does only ever adds.
row() {
	local name=$1 counter=${2%:*} times=${2#*:} before grew sent
	shift 2
	[[ $counter == - ]] || before=$(counted "$counter")
	"$@"
	sent=$(awk '{ n += $1 } END { print n }' /run/windows)
	if [[ $counter != - ]]; then
		grew=$(($(counted "$counter") - before))
		((grew == sent * times)) || die "$name: $counter grew by $grew with $sent packets"
	fi
	awk -v name="$name" '!least || $2 < least { least = $2 } END { printf "%s %.1f\n", name, least }' /run/windows
}

# cluster DEVICE [ARG…]
cluster() {
	ssictl cluster add "bench-$1" --dev "$1" --vip "$VIP/24" --rank 0 --nodes 3 "${@:2}"
	[[ $1 != v0 ]] || neighbours
}

# local_vip on|off: the kernel alone has the address.
local_vip() {
	local verb=add
	[[ $1 == on ]] || verb=del
	ip addr $verb $VIP/24 dev v0
	ip addr $verb $VIP6/64 dev v0 nodad
	[[ $1 != on ]] || neighbours
}
