#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 210
# Two nodes with two-node = "fenced", and Pacemaker, which fences whoever is lost and has ssi-fenced confirm it to ssid. It takes minutes, and
# packages of Pacemaker, so it is run by name:
#
#     SSI_GUEST_PACKAGES="pacemaker pacemaker-cli-utils pcs sudo" qemu-test/run --uml 84
#
#     n0 n1 eth0              ── p0 p1 ┐ sw: a learning bridge ┌ pc ── eth0 cl, with many addresses behind it
#     VIP 10.9.0.100, fd5a::100        ┘                       ┘
#     n0 n1 ring0             ── r0 r1 ── rsw        and a power strip, fence_strip, that both reach
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"
. "$(dirname "$0")/lib/pacemaker.sh"

members=(n0 n1)
clients=10.64.4.0-10.64.4.127
# As pcs makes it for two nodes, and with the timers of Corosync's package.
ring_times() { :; }
ring_device() { echo "two_node: 1"; }

tidy_first() {
	daemons_down "${members[@]}"
	ring_files_down
}

after_failure() {
	stop_all_probes
	for node in "${members[@]}"; do fence_strip cut "$WORK" "$node"; done
	end
}

# What there is before anything is configured: Pacemaker fences by default.
pacemaker_config() {
	cat <<-END
		<cib crm_feature_set="3.0.0" validate-with="pacemaker-3.0" admin_epoch="0" epoch="1" num_updates="0">
			<configuration><crm_config/><nodes/><resources/><constraints/></configuration>
			<status/>
		</cib>
	END
}

# block PAGE NAME: for these nodes and this device. The second that two real nodes need to cut power is many of an emulated machine.
block() {
	"$(dirname "$0")/lib/blocks.py" "/usr/share/doc/ssi/$1" "$2" |
		sed -E "s|fence_ipmilan .* (pcmk_host_list)|fence_strip strip=$WORK \1|; s/(pcmk_delay_base)=5s/\1=30s/; s/\bn1\b/n0/g; s/\bn2\b/n1/g"
}

# follow NODE: it runs what comes in, as a reader would who copies it into a root's shell.
follow() { in_node "$1" bash -euo pipefail -s >&2; }

# noted: alerts that Pacemaker sends go into $WORK/alerts too, as its user gets them.
noted() {
	install -d -m 1777 "$WORK/alerts"
	chmod 755 "$WORK"
	cat >/usr/local/bin/noted <<-END
		#!/bin/sh
		{ echo "user=\$(id -un)"; env | grep ^CRM_alert_ | sort; } >"$WORK/alerts/.\$\$"
		mv "$WORK/alerts/.\$\$" "$WORK/alerts/\$(date +%s%N)"
	END
	chmod 755 /usr/local/bin/noted
	in_node n0 pcs alert create id=noted path=/usr/local/bin/noted >&2
}

# alerted SUCCESS NODE: there was an alert of a fencing of this node that succeeded (0) or failed (1), since the folder was empty.
alerted() {
	grep -lxF CRM_alert_kind=fencing "$WORK"/alerts/* | xargs -r grep -lxF "CRM_alert_node=$2" | xargs -r cat | tee "$WORK/alerted" |
		grep '^CRM_alert_rc=' | grep -q"$([[ $1 == 1 ]] && echo v)" '^CRM_alert_rc=0$'
}

devices_run() {
	local node
	for node; do in_node n0 crm_resource --resource "power-$node" --locate | grep -q "is running on" || return 1; done
}

# cut_in_halves: each node is alone, lives, and has its clients, so each has Pacemaker cut the other's power.
cut_in_halves() {
	bridge -n sw link set dev p0 isolated on
	bridge -n sw link set dev p1 isolated on
	ring_partition n0 n1
}

together() {
	ring_heal
	bridge -n sw link set dev p0 isolated off
}

# service NODE: what clients ask and what they hold.
service() {
	background ssi-probe --netns "$1" serve --name "$1" --udp 7000 --address "$VIP,$VIP6"
	server_up "$1"
}

# boots NODE: it knows nothing, and has its files.
boots() {
	local node=$1
	in_node "$node" sh -c 'rm -rf /run/* /dev/shm/*'
	ip -n sw link set "p${node#n}" master br0 up
	ip -n rsw link set "r${node#n}" master br0 up
	service "$node"
	ring_start "$node"
	ssid_start "$node"
	pacemaker_start "$node"
}

# both NAME: all is as it was in the beginning, for Pacemaker, too.
both() {
	all_is_well "n0 n1" n0 n1
	ssid_sees '.trouble == []' n0 n1
	until_ok shares n0 n1
	patient pacemaker_all_there n0 n1
	patient devices_run n0 n1
	asked_once "$1" n0 n1 >&2
}

fences() {
	local fenced told
	ssid_daemon='two-node = "fenced"'
	addressed 100 100
	pacemaker_files n0 n1
	for node in n0 n1; do service "$node"; done
	ring_start n0 n1
	pacemaker_start n0 n1
	ssid_start n0 n1
	patient pacemaker_all_there n0 n1
	# /etc is both nodes'.
	block start.md sudo | follow n0
	block start.md alert | follow n0
	noted
	both before

	# Both live, and one is to.
	watch_events n0
	hold
	spread
	measure
	mark "cut in halves"
	cut_in_halves
	all_is_well n0 n0
	same "whose power was cut" n1 "$(cut -d' ' -f2 "$WORK/strip.cuts" | paste -sd' ')"
	patient alerted 0 n1
	fenced=$((($(cut -d' ' -f1 "$WORK/strip.cuts") - marked) / 1000)) told=$(told_after "$marked" n0 dead)
	cat "$WORK/alerted" >&2
	same "who runs alerts" "user=hacluster" "$(grep ^user= "$WORK/alerted")"
	grep -qxF CRM_alert_task=st_notify_fence "$WORK/alerted" || fail "$(grep CRM_alert_task "$WORK/alerted")"
	ssid_sees '[.nodes[] | .state] == ["serving", "dead"]' n0
	sleep 2
	asked_once alone n0 >&2
	# shellcheck disable=SC2034 # "measured" says it
	noticed="$told ms" witness=n0
	echo "Pacemaker cut n1's power $fenced ms after that"
	measured n0 n1
	stop_all_probes
	together
	boots n1
	service n0
	both again

	# Fencing that fails confirms nothing; a person does, to Pacemaker.
	rm -f "$WORK/alerts"/*
	touch "$WORK/strip.broken"
	fence_strip cut "$WORK" n1
	patient alerted 1 n1
	cat "$WORK/alerted" >&2
	until_ok lapsed n0
	ask udp "$clients" none --timeout 500 >/dev/null || true
	same "answers of a node that is alone" 0 "$(answers_in none)"
	ssid_sees 'any(.trouble[]; endswith("give here: ssictl confirm-dead n1"))' n0
	! alerted 0 n1 || fail "fencing succeeded"
	in_node n0 pcs stonith confirm n1 --force >&2
	all_is_well n0 n0
	ssid_sees '[.nodes[] | .state] == ["serving", "dead"]' n0
	asked_once confirmed n0 >&2
	rm "$WORK/strip.broken"
	boots n1
	both last
	for node in n0 n1; do fence_strip cut "$WORK" "$node"; done
	end
}

quiet_kernel
switch bridge
nodes 2
both_families 2
client
far_clients
room_for_storms n0 n1
modprobe ssi_filter
ring_switch 2
node_files "${members[@]}"
install -m 755 "$(dirname "$0")/lib/fence_strip" /usr/sbin/fence_strip
echo $$ >"$WORK/strip.outside"

# SSI_GUEST_PACKAGES="pacemaker pacemaker-cli-utils pcs sudo" has what this takes.
if [[ -x /usr/sbin/pcs && -x /usr/sbin/pacemakerd ]]; then
	named claim_14_two_nodes_fenced_by_pacemaker fences
fi
