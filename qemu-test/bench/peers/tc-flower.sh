#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Four buckets by the source address's low two bits, which only a mask can tell: three rules drop.
set -e
tc qdisc add dev v0 clsact
for other in 1 2 3; do
	tc filter add dev v0 ingress protocol ip prio 1 flower dst_ip 10.9.0.1 src_ip 0.0.0.$other/0.0.0.3 action drop
done
