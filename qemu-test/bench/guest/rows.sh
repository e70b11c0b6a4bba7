# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The rows, a function for each group. rows.py says what each row is and what it is compared with.

# The kernel alone.
kernel_rows() {
	row kernel-stray delivered:0 receive "$STRAY" "$OTHER"
	row kernel-send - send 10.9.0.7
	local_vip on
	row kernel-accept delivered:1 receive "$OWN" "$MINE"
	local_vip off
}

# The module, as CI guards it.
path_rows() {
	local hook
	modprobe ssi_filter
	for hook in rx-handler ingress; do
		cluster v0 --hook "$hook"
		row "$hook-drop" rx-other:1 receive "$GROUP" "$OTHER"
		row "$hook-accept" rx-served:1 receive "$GROUP" "$MINE"
		row "$hook-bystander" rx-other:0 receive "$STRAY" "$OTHER"
		[[ $hook == rx-handler ]] || row gate-own delivered:1 receive "$OWN" "$MINE"
		ssictl cluster del bench-v0
	done
	# By this seed the clients' buckets are the same as by their addresses, pktgen's port 9 with them or not; a prefix of all bits
	# is the address.
	local key hash="--hash siphash --hash-seed 00000000000000000000000000000001"
	for key in hashed by-port by-prefix; do
		local options=$hash
		[[ $key != by-port ]] || options+=" --key source-port"
		[[ $key != by-prefix ]] || options="--key prefix:32,128"
		# shellcheck disable=SC2086 # one word an option
		cluster v0 $options
		row $key-drop rx-other:1 receive "$GROUP" "$OTHER"
		row $key-accept rx-served:1 receive "$GROUP" "$MINE"
		ssictl cluster del bench-v0
	done
	cluster d0
	row egress-vip tx-reply:1 send "$VIP"
	row egress-other tx-reply:0 send 10.9.0.7
	ssictl cluster del bench-d0
	rmmod ssi_filter
}
