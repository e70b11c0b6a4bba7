#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What leaves from the cluster's address has the cluster's MAC: flower and skbmod.
set -e
tc qdisc add dev d0 clsact
tc filter add dev d0 egress protocol ip flower src_ip 10.9.0.1 action skbmod set smac 02:5a:0a:09:00:01 pipe
