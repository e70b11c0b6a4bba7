#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest: what it costs to drop another node's frame while one quantity grows. A line is "CURVE:X FIGURE".
. "$(dirname "$0")/lib.sh"

# point CURVE X COMMAND…: nothing is served, all is another's.
point() {
	row "$1:$2" rx-other:1 "${@:3}"
}

any_client() {
	unshared "$1" "$OTHER" "${anybody[@]}"
}

# clients N: the first N of them, at random.
clients() {
	local last=$((10 << 24 | 64 << 16 | $1 - 1))
	anybody=('src_min 10.64.0.0' "src_max $((last >> 24)).$((last >> 16 & 255)).$((last >> 8 & 255)).$((last & 255))"
		'flag IPSRC_RND')
}

# Each packet is of another bucket, so that the table and the counters are used whole.
buckets_curve() {
	local k
	clients 4194304
	row buckets-base:0 - any_client $STRAY
	for k in 16 64 256 1024 4096 16384 65536; do
		cluster v0 --function bitmap --buckets $k --owned none
		point buckets $k any_client $GROUP
		ssictl cluster del bench-v0
	done
}

# Function modulo: as many buckets as nodes. Of them this one has the next to the client's.
nodes_curve() {
	local n client=$((10 << 24 | 9 << 16 | 100))
	for n in 2 3 4 8 16 32 64 128 256; do
		ssictl cluster add bench-v0 --dev v0 --vip $VIP/24 --rank $(((client + 1) % n)) --nodes $n
		point nodes $n receive $GROUP $OTHER
		ssictl cluster del bench-v0
	done
}

# The frame is the last cluster's; a bystander meets them all.
clusters_curve() {
	local n have=0
	for n in 1 2 4 8 16 32 64; do
		while ((have < n - 1)); do
			have=$((have + 1))
			ssictl cluster add "other-$have" --dev v0 --vip "10.9.1.$have/24" --rank 0 --nodes 3
		done
		cluster v0
		point clusters $n receive $GROUP $OTHER
		row "clusters-bystander:$n" rx-other:0 receive $STRAY $OTHER
		ssictl cluster del bench-v0
	done
	for ((; have > 0; have--)); do ssictl cluster del "other-$have"; done
}

# The frame is to the last address.
vips_curve() {
	local n i more
	for n in 1 2 4 8 16 32; do
		more=()
		for ((i = 1; i < n; i++)); do more+=(--vip "10.9.1.$i/24"); done
		ssictl cluster add bench-v0 --dev v0 "${more[@]}" --vip $VIP/24 --mac 02:5a:0a:09:00:01 --rank 0 --nodes 3
		point vips $n receive $GROUP $OTHER
		ssictl cluster del bench-v0
	done
}

clients_curve() {
	local n numbers=(1 16 256 4096 65536 1048576)
	for n in "${numbers[@]}"; do
		clients "$n"
		row "clients-base:$n" - any_client $STRAY
	done
	cluster v0 --function bitmap --buckets 65536 --owned none
	for n in "${numbers[@]}"; do
		clients "$n"
		point clients "$n" any_client $GROUP
	done
	ssictl cluster del bench-v0
}

bed
modprobe ssi_filter
for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
	row stray:0 delivered:0 receive $STRAY $OTHER
	for curve in ${CURVES:-buckets nodes clusters vips clients}; do
		echo "round $round of ${ROUNDS:-1}: $curve" >&2
		"${curve}_curve"
	done
done
