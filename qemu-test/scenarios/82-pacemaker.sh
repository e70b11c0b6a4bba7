#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 150
# Pacemaker and Corosync with the resource agent ocf:ssi:cluster as a globally unique clone, and what ocf-tester says of it. Each takes
# a minute, and the packages of Pacemaker, so all are run by name:
#
#     SSI_GUEST_PACKAGES="libxml2-utils pacemaker resource-agents" qemu-test/run --uml 97
#
#     n0 n1 n2 eth0  ── p0 p1 p2 ┐
#     VIP 10.9.0.100             ┴ sw: a learning bridge ── pc ── eth0 cl: 10.64.0.0/10 behind it
#     n0 n1 n2 ring0 ── r0 r1 r2 ─ rsw
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/pacemaker.sh"
. "$(dirname "$0")/lib/ocf.sh"

members=(n0 n1 n2)
ring_crypto="none none"
# Corosync as its package has it: Pacemaker takes the processor for seconds when it starts.
ring_times() { :; }
# Half of two is a quorum for Corosync, if it is told so; fencing is what makes that right.
ring_device() { ((ring_nodes > 2)) || echo "two_node: 1"; }
# An instance goes back to a node that comes back, so that each has its part again.
pacemaker_stickiness=0

tidy_first() {
	daemons_down "${members[@]}"
	ring_files_down
}

after_failure() {
	local node
	daemons_down "${members[@]}"
	remove_clusters || true
	for node in "${members[@]}"; do plugged "$node"; done
}

pacemaker_resources() {
	cat <<-END
		<clone id="c-clone">
			<meta_attributes id="c-clone-meta">
				<nvpair id="c-max" name="clone-max" value="$instances"/>
				<nvpair id="c-node-max" name="clone-node-max" value="$instances"/>
				<nvpair id="c-unique" name="globally-unique" value="true"/>
			</meta_attributes>
			<primitive id="c" class="ocf" provider="ssi" type="cluster">
				<instance_attributes id="c-attributes">
					<nvpair id="c-ip" name="ip" value="$VIP"/>
					<nvpair id="c-nic" name="nic" value="eth0"/>
					<nvpair id="c-seed" name="hash_seed" value="$SEED"/>
				</instance_attributes>
				<operations>
					<op id="c-monitor" name="monitor" interval="5s"/>
				</operations>
			</primitive>
		</clone>
	END
}

# buckets_of NODE: as 0-1,2, or none.
buckets_of() { in_ns "$1" ssictl -j table show c 2>/dev/null | jq -r .owned || echo none; }

# run_on NODE…: each of these has an instance, all instances are there, and none twice.
run_on() {
	local node all
	for node; do [[ $(buckets_of "$node") =~ ^[0-9] ]] || return 1; done
	all=$(for node; do buckets_of "$node"; done | tr , '\n' | awk -F- '{ for (i = $1; i <= $NF; i++) print i }')
	[[ $(sort -n <<<"$all" | paste -sd' ') == "$(seq -s' ' 0 $((instances - 1)))" ]]
}

# served NAME NODE…: clients are answered by these, each by whoever runs its instance.
served() {
	local name=$1 node all=()
	shift
	for node; do all+=("$node=$(buckets_of "$node")"); done
	shared "$name" "${all[@]}"
	echo "${all[*]}" >>"$WORK/shares"
}

plugged() {
	ip -n sw link set "p${1#n}" master br0 up
	ip -n rsw link set "r${1#n}" master br0 up
}

# fails_over NODE…: as many instances as nodes. The last node loses its power, and comes back with nothing.
fails_over() {
	local all=("$@") rest=("${@:1:$#-1}") last=${!#} begun node
	instances=$# ring_nodes=$#
	: >"$WORK/shares"
	# What another test has left it would rather take.
	for node in "${all[@]}"; do rm -rf "$(node_dir "$node")"/disk/var/lib/pacemaker/*; done
	pacemaker_files "${all[@]}"
	ring_start "${all[@]}"
	pacemaker_start "${all[@]}"
	patient pacemaker_all_there "${all[@]}"
	patient run_on "${all[@]}"
	served all "${all[@]}"
	begun=${EPOCHREALTIME/[.,]/}
	ip -n sw link set "p${last#n}" nomaster
	ip -n rsw link set "r${last#n}" nomaster
	daemons_down "$last"
	in_ns "$last" ssictl cluster del c
	patient run_on "${rest[@]}"
	echo "$(((${EPOCHREALTIME/[.,]/} - begun) / 1000)) ms until its instance ran elsewhere" >>"$WORK/shares"
	ip -n cl neigh flush dev eth0
	served rest "${rest[@]}"
	plugged "$last"
	ring_start "$last"
	pacemaker_start "$last"
	patient pacemaker_all_there "${all[@]}"
	patient run_on "${all[@]}"
	ip -n cl neigh flush dev eth0
	served again "${all[@]}"
	pacemaker_down "${all[@]}"
	daemons_down "${all[@]}"
	for node in "${all[@]}"; do same "clusters left on $node" "[]" "$(in_ns "$node" ssictl -j | tr -d ' \n')"; done
	paste -sd';' "$WORK/shares"
}

# tested: by resource-agents' own tool, as a resource of its own, and as one of several instances.
tested() {
	in_ns n0 env OCF_ROOT=/usr/lib/ocf ocf-tester -v -n c -o ip="$VIP" -o nic=eth0 "$agent" >"$WORK/said" 2>&1 ||
		fail "$(grep -E 'rc=|FAILED|error' "$WORK/said" | paste -sd';')"
	cat "$WORK/said" >&2
	grep -q "passed all tests" "$WORK/said" || fail "$(tail -n 1 "$WORK/said")"
	same "clusters left" "[]" "$(in_ns n0 ssictl -j | tr -d ' \n')"
	tail -n 1 "$WORK/said"
}

quiet_kernel
switch bridge
nodes 3
both_families 3
client
far_clients
modprobe ssi_filter
ring_switch 3
node_files "${members[@]}"
serve "${members[@]}"

# SSI_GUEST_PACKAGES="libxml2-utils pacemaker resource-agents" has what these take.
if [[ -x /usr/sbin/pacemakerd ]]; then
	named claim_14_ocf_tester tested
	named claim_14_pacemaker_two_nodes fails_over n0 n1
	named claim_14_pacemaker_three_nodes fails_over n0 n1 n2
fi
