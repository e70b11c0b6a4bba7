#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest: the rules of scripts/offload-rules (RULES: the program) drop what the module drops and nothing else, bucket by bucket; in
# software, where the kernel alone then has the address.
. "$(dirname "$0")/lib.sh"

# seen COUNTER SOURCE: how many of two packets were counted.
seen() {
	local before
	before=$(counted "$1")
	COUNT=2 unshared "${3:-$GROUP}" "10.64.0.$2"
	echo $(($(counted "$1") - before))
}

bed
modprobe ssi_filter
for owned in none 0 5 3,5-6,12 0-7 1,3,5,7,9,11,13,15 all; do
	cluster v0 --function bitmap --buckets 16 --owned $owned
	/mnt/share/guest/offload-rules.tmp bench-v0 --software >/run/rules
	/mnt/share/guest/offload-rules.tmp bench-v0 --ethtool >/run/ethtool
	module='' rules=''
	for ((source = 0; source < 32; source++)); do module+=" $(seen rx-served $source)"; done
	ssictl cluster del bench-v0
	local_vip on
	# Without the module nobody says that a frame to the group MAC is to this host: these are to the host's own.
	bash -e /run/rules
	for ((source = 0; source < 32; source++)); do rules+=" $(seen delivered $source $OWN)"; done
	tc qdisc del dev v0 clsact
	local_vip off
	[[ $module == "$rules" ]] || die "owned $owned: the module serves$module, the rules let pass$rules"
	echo "$owned: $(grep -c filter /run/rules) rules"
	[[ $owned != 5 ]] || cat /run/rules /run/ethtool >&2
done
