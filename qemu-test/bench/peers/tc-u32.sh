#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Four buckets by the lowest two bits of the source address, which is all that masks can tell; the first is this node's.
# flower's masks would do as well, but tc(8) takes none there that is not a prefix's.
set -e
tc qdisc add dev v0 clsact
vip="match u32 0x0a090001 0xffffffff at 16"
for other in 1 2 3; do
	# shellcheck disable=SC2086 # several words
	tc filter add dev v0 ingress protocol ip prio 1 u32 $vip match u32 $other 3 at 12 action drop
done
# shellcheck disable=SC2086 # several words
tc filter add dev v0 ingress protocol ip prio 2 u32 $vip action skbedit ptype host
