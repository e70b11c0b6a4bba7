#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 16 0
# machine: vng
# The module in a machine that virtme-ng has booted, as developers of the kernel do it ("qemu-test/vm --vng"): it serves as it
# does in ours.
#
#     n0 n1 eth0 ── p0 p1 ┐
#     VIP 10.9.0.100      ┤ sw: a learning bridge ├ pc ── eth0 cl: 64 addresses of 10.64.4.0/26
. "$(dirname "$0")/lib/scenario.sh"

# The answers are judged by the table, and by one that is wrong.
serves() {
	local t=$WORK/table clients=10.64.4.0-10.64.4.63
	grep -q '^virtme.guesttools ' /proc/mounts || fail "this machine is not virtme-ng's"
	modprobe ssi_filter
	table "$t" 2
	clusters_up "$t"
	ask udp $clients udp
	ssi-probe answers --table "$t" "$WORK/udp.json"
	table "$WORK/wrong" 3
	refused ssi-probe answers --table "$WORK/wrong" "$WORK/udp.json"
	clusters_down n0 n1
	rmmod ssi_filter
}

after_failure() { remove_clusters; }

quiet_kernel
switch bridge
nodes 2
client
serve n0 n1

claim vng_boots_the_module serves
