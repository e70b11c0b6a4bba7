#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 12 0
# machine: serial
# A machine that slept has no lease when it wakes up: a lease's clock goes on, and is looked at before the first packet.
#
#     n0 eth0 ── p0 ┐
#     VIP, VIP6     ┤ sw: a bridge ├ pc ── eth0 cl 10.9.1.1, fd5a::fffe
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/expiry.sh"

suspended() {
	cluster_up
	lapse slept slept 0 || fail "$(too_late slept)"
	same "kinds that were served" "$kinds" "$(said slept '.kinds | join(" ")')"
	until_ok is_lapsed
	in_ns n0 ssictl cluster del c
	echo "asleep over the end of the lease: $(said slept .answers) requests were served before, 0 of $(said slept '.requests - .answers') others"
}

expiry_network
claim claim_14_suspend_ends_a_lease suspended
