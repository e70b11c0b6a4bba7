#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest with two processors: what a dropped frame takes on one, and on two at a time. A line is "ROW FIGURE".
#   one            one processor, one interface
#   apart          two processors, an interface with a cluster each
#   together       two processors, one interface, one cluster, one bucket
# and the same of the kernel alone, "kernel-…", which drops a stray frame.
. "$(dirname "$0")/lib.sh"

# Each interface's cluster has another address, and its MAC is made of that.
vip_of() {
	[[ $1 == v0* ]] && echo $VIP || echo 10.9.2.1
}

group_of() {
	[[ $1 == v0* ]] && echo $GROUP || echo 03:5a:0a:09:02:01
}

# both NAME group|stray DEVICE…: a processor for each device; the mean of what a packet takes.
both() {
	local name=$1 kind=$2 cpu=0 dev setting mac window
	shift 2
	for cpu in 0 1; do pg kpktgend_$cpu rem_device_all; done
	cpu=0
	for dev; do
		pg kpktgend_$cpu "add_device $dev"
		mac=$STRAY
		[[ $kind == stray ]] || mac=$(group_of "$dev")
		for setting in 'xmit_mode netif_receive' "count $COUNT" 'pkt_size 60' 'delay 0' 'burst 64' "dst_mac $mac" \
			"dst_min $(vip_of "$dev")" "dst_max $(vip_of "$dev")" "src_min $OTHER" "src_max $OTHER"; do
			pg "$dev" "$setting"
		done
		cpu=$((cpu + 1))
	done
	for ((window = 0; window < WINDOWS; window++)); do
		pg pgctrl start
		for dev; do cat "/proc/net/pktgen/$dev"; done | awk '
			$1 == "Result:" { split($3, t, /[^0-9]/); n++; sum += t[1] * 1000 / $5 } END { print sum / n }'
	done | sort -g | awk -v name="$name" 'NR == 1 { printf "%s %.1f\n", name, $1 }'
}

three() {
	both "${1}one" "$2" v0@0
	both "${1}apart" "$2" v0@0 w0@1
	both "${1}together" "$2" v0@0 v0@1
}

bed
ip link add w0 type veth peer name w1
ip link set w0 up
ip link set w1 up
modprobe ssi_filter
for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
	three kernel- stray
	cluster v0
	ssictl cluster add bench-w0 --dev w0 --vip 10.9.2.1/24 --rank 0 --nodes 3
	three "" group
	ssictl cluster del bench-v0
	ssictl cluster del bench-w0
done
