#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest: the kernel's memory that a cluster takes. A line is "memory:K BYTES", and "cpus N".
. "$(dirname "$0")/lib.sh"

CLUSTERS=16

# What the kernel has taken for itself, in bytes.
kernel_memory() {
	awk '$1 ~ /^(Slab|Percpu|VmallocUsed|KernelStack|PageTables):$/ { n += $2 } END { print n * 1024 }' /proc/meminfo
}

# made VERB K
each() {
	local i
	for ((i = 1; i <= CLUSTERS; i++)); do
		case $1 in
		add) ssictl cluster add "m$i" --dev v0 --vip "10.9.1.$i/24" --rank 0 --nodes 3 --function bitmap --buckets "$2" ;;
		del) ssictl cluster del "m$i" ;;
		esac
	done
}

bed
modprobe ssi_filter
echo "cpus $(($(cut -d- -f2 /sys/devices/system/cpu/possible) + 1))"
# Once in vain: what is kept for the next time is taken here.
each add 1024
each del
for k in 16 256 1024 4096 16384 65536; do
	sync
	sleep 1
	before=$(kernel_memory)
	each add $k
	sleep 1
	echo "memory:$k $((($(kernel_memory) - before) / CLUSTERS))"
	each del
	sleep 1
done
