#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The rules of the section "cluster" of iptables-extensions(8) for node 1 of 3. What the page says of ARP and of the
# group MAC has no part in what a request costs.
set -e
iptables -t mangle -A PREROUTING -i v0 -m cluster --cluster-total-nodes 3 --cluster-local-node 1 \
	--cluster-hash-seed 0xdeadbeef -j MARK --set-mark 0xffff
iptables -t mangle -A PREROUTING -i v0 -m mark ! --mark 0xffff -j DROP
