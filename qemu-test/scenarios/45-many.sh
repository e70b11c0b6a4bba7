#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 7 0
# Several clusters on an interface, several addresses in a cluster, several interfaces and namespaces, all at once.
#
#     n0 n1 n2 eth0 ── p0 p1 p2 ┐
#     c: 10.9.0.100, .110       ┤ sw: br0 ├ pc ── eth0 cl 10.9.1.1, 10.64.0.0/10
#     d: 10.9.0.101             ┘
#
#     n0 n1 eth1 ── q0 q1       ┐ sw: br1 ├ qc ── eth1 cl 10.8.1.1, 10.128.0.0/16
#     e: 10.8.0.100             ┘
#
# Two interfaces of a node on one switch would not do: the one without the cluster hears its frames as well.
. "$(dirname "$0")/lib/scenario.sh"

after_failure() {
	local ns name
	for ns in n0 n1 n2; do
		for name in c d e; do in_ns $ns ssictl cluster del $name 2>/dev/null; done
	done
}

# add NAME DEV RANK NODES [ARG…]
add() {
	local name=$1 dev=$2 rank=$3 nodes=$4
	shift 4
	in_ns "n$rank" ssictl cluster add "$name" --dev "$dev" --rank "$rank" --nodes "$nodes" "$@"
}

# answered VIP SOURCES TABLE
answered() {
	ssi-probe --netns cl ask --sources "$2" --to "$1:7000" --out "$WORK/$1.json"
	ssi-probe answers --table "$3" "$WORK/$1.json"
}

side_by_side() {
	local rank owned
	table "$WORK/c" 3
	table "$WORK/d" 3 --shape irregular --buckets 64 --seed 4
	table "$WORK/e" 2 --siphash 0123456789abcdef0123456789abcdef
	for rank in 0 1 2; do
		add c eth0 $rank 3 --vip 10.9.0.100/32 --vip 10.9.0.110/32 --master
		owned=$(jq -r ".owned.n$rank" "$WORK/d")
		add d eth0 $rank 3 --vip 10.9.0.101/32 --function bitmap --buckets 64 --owned "$owned" --master
		[[ $rank == 2 ]] || add e eth1 $rank 2 --vip 10.8.0.100/32 --hash siphash --hash-seed 0123456789abcdef0123456789abcdef --master
	done
	# One of them is enough.
	for rank in 1 2; do
		in_ns n$rank ssictl cluster set c --master off
		in_ns n$rank ssictl cluster set d --master off
	done
	in_ns n1 ssictl cluster set e --master off
	answered 10.9.0.100 10.64.0.0-10.64.0.127 "$WORK/c"
	answered 10.9.0.110 10.64.0.0-10.64.0.127 "$WORK/c"
	answered 10.9.0.101 10.64.0.0-10.64.0.127 "$WORK/d"
	answered 10.8.0.100 10.128.0.0-10.128.0.127 "$WORK/e"
	refused ssi-probe answers --table "$WORK/c" "$WORK/10.9.0.101.json"
	# One goes, the others stay.
	for rank in 0 1 2; do in_ns n$rank ssictl cluster del c; done
	answered 10.9.0.101 10.64.0.128-10.64.0.191 "$WORK/d"
	answered 10.8.0.100 10.128.0.128-10.128.0.191 "$WORK/e"
	for rank in 0 1 2; do in_ns n$rank ssictl cluster del d; done
	for rank in 0 1; do in_ns n$rank ssictl cluster del e; done
}

quiet_kernel
switch bridge
nodes 3
client
ip -n sw link add br1 type bridge
ip -n sw link set br1 up
bridge=br1 # of net.sh's plug
export bridge
plug n0 q0 06:00:00:00:01:00 10.8.0.1/16 eth1
plug n1 q1 06:00:00:00:01:01 10.8.0.2/16 eth1
plug cl qc 0a:00:00:00:01:01 10.8.1.1/16 eth1
ip -n n0 route add 10.128.0.0/16 dev eth1
ip -n n1 route add 10.128.0.0/16 dev eth1
ip -n cl route add local 10.128.0.0/16 dev lo
for node in n0 n1 n2; do
	background ssi-probe --netns $node serve --name $node --udp 7000 --address 10.9.0.100,10.9.0.110,10.9.0.101,10.8.0.100
done
modprobe ssi_filter

claim claim_1_many_clusters_side_by_side side_by_side
