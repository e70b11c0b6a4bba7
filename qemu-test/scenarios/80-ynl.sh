#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 7 0
# The kernel source's own client (tools/net/ynl) drives the family by our specification, and sees what ssictl sees.
#
#     n0: eth0 ── peer0
. "$(dirname "$0")/lib/scenario.sh"

ynl() {
	in_ns n0 python3 "$(dirname "$0")/80-ynl.py" "$@"
}

quiet_kernel
namespace n0
ip -n n0 link add eth0 address "$(node_mac 0)" type veth peer name peer0
ip -n n0 link set eth0 up
modprobe ssi_filter

claim claim_7_ynl_drives_the_family ynl drive events
claim claim_7_ynl_gets_the_sentence ynl refuse
