#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 5 0
# Numbers at the ends of their ranges: no request that a user may make takes the machine down, and none is taken whose
# number leaves no room for what comes after it. An oops is a panic here.
#
#     eth0, eth1: dummies of the first network namespace; d0: of a user's own
. "$(dirname "$0")/lib/scenario.sh"

tidy_first() {
	local dev
	for dev in eth0 eth1; do ip link del $dev; done
}

every_integer() {
	timeout 300 python3 "$(dirname "$0")/71-numbers.py"
	timeout 20 ip link set eth0 down || fail "the RTNL is held"
	ip link set eth0 up
}

# The greatest generation there may be, one above it and the greatest there is, by ssictl and by the kernel's own word.
generation() {
	local most=4611686018427387904 said
	ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 0 --nodes 1 --function bitmap --buckets 8 --owned all
	for above in $((most + 1)) 18446744073709551615; do
		said=$(ssictl table set c --buckets 8 --owned all --generation $above 2>&1) && fail "generation $above"
		[[ $said == *"at most $most"* ]] || fail "ssictl says: $said"
		said=$(ssi-probe nl table-set name=str:c buckets=u32:8 owned=hex:ff generation=u64:$above 2>&1) && fail "generation $above, in the kernel"
		[[ $said == *"at most $most"* ]] || fail "the kernel says: $said"
	done
	ssictl table set c --buckets 8 --owned all --generation $most
	same "generation" $most "$(ssictl -j table show c | jq .generation)"
	ssictl cluster set c --hash siphash --hash-seed 00112233445566778899aabbccddeeff
	same "generation after a change" $((most + 1)) "$(ssictl -j table show c | jq .generation)"
	ssictl cluster del c
	echo "up to $most, and a change after that"
}

# What ended a stock kernel: anybody's own namespaces, the greatest generation, any change.
anybody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --net bash -c '
		ip link add d0 type dummy && ip link set d0 up
		ssictl cluster add c --dev d0 --vip 192.0.2.10/32 --rank 0 --nodes 1 --function bitmap --buckets 8 --owned all
		ssi-probe nl table-set name=str:c buckets=u32:8 owned=hex:ff generation=u64:18446744073709551615
		timeout 20 ssictl cluster set c --hash siphash --hash-seed 00112233445566778899aabbccddeeff' || true
	timeout 20 ip link add d1 type dummy || fail "the RTNL is held"
	ip link del d1
	echo "the RTNL is free afterwards"
}

quiet_kernel
sysctl -q -w kernel.panic_on_oops=1
ip link add eth0 type dummy
ip link add eth1 type dummy
for dev in eth0 eth1; do ip link set $dev up; done
parameters=()
modinfo -p ssi_filter | grep -q ^userns: && parameters=(userns=1)
modprobe ssi_filter "${parameters[@]}"

claim claim_7_every_integer_of_every_operation every_integer
claim claim_7_generation_has_a_ceiling generation
claim claim_7_generation_of_anybody anybody
