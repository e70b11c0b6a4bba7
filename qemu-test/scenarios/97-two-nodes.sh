#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 76
# ssid with two nodes, and without Corosync but where it has a quorum device: fencing, a witness, and the service as a witness gets it.
#
#     n0 n1 n2 eth0           ── p0 p1 p2 ┐ sw: a learning bridge ┌ pc ── eth0 cl, with many addresses behind it
#     VIP 10.9.0.100, fd5a::100           ┘                       ┘
#     n0 n1 n2 ring0          ── r0 r1 r2 ─ rsw
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"
. "$(dirname "$0")/lib/qdevice.sh"

members=(n0 n1 n2)
clients=10.64.4.0-10.64.4.127

tidy_first() {
	daemons_down "${members[@]}"
	ring_files_down
}

after_failure() {
	stop_all_probes
	end
}

# Two nodes and a witness, and no Corosync: the file has their addresses and a key. One node dies, the other serves all.
witnessed() {
	addressed 100 100 0
	ssid_start "${members[@]}"
	all_is_well "${members[*]}" n0 n1
	ssid_sees '[.nodes[].state] == ["serving", "serving", "witness"]' n0 n1
	until_ok shares n0 n1
	serve n0 n1
	asked_once before n0 n1
	is_off n2 || fail "the witness has the cluster"
	daemons_down n1
	remove_cluster n1
	ip -n sw link set p1 down
	all_is_well "n0 n2" n0
	asked_once after n0
	ip -n sw link set p1 up
	end
}

# Two nodes, and no third machine: one loses its power, and nobody serves until Pacemaker's alert says that it was fenced.
fenced() {
	local begun took
	ssid_daemon='two-node = "fenced"'
	addressed 100 100
	ssid_start n0 n1
	all_is_well "n0 n1" n0 n1
	until_ok shares n0 n1
	serve n0 n1
	asked_once before n0 n1
	refuses n1 "not dead"
	daemons_down n1
	remove_cluster n1
	ip -n sw link set p1 down
	until_ok lapsed n0
	ask udp "$clients" none --timeout 500 >/dev/null || true
	same "answers of a node that is alone" 0 "$(answers_in none)"
	ssid_sees 'any(.trouble[]; endswith("give here: ssictl confirm-dead n1"))' n0
	begun=${EPOCHREALTIME/[.,]/}
	in_node n0 env CRM_alert_kind=fencing CRM_alert_task=st_notify_fence CRM_alert_rc=0 CRM_alert_node=n1 \
		CRM_alert_desc="Operation reboot of n1 by n0 for pacemaker-controld.9@n0: OK (ref=1)" ssi-fenced >&2
	all_is_well n0 n0
	took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	ssid_sees '[.nodes[] | .state] == ["serving", "dead"]' n0
	asked_once after n0
	# What it was told ends with its ssid.
	signal n0 ssid TERM
	ssid_start n0
	until_ok lapsed n0
	in_node n0 ssictl confirm-dead --yes n1 >&2
	all_is_well n0 n0
	ip -n sw link set p1 up
	ssid_start n1
	all_is_well "n0 n1" n0 n1
	ssid_sees '.trouble == []' n0 n1
	until_ok shares n0 n1
	asked_once again n0 n1
	refuses n1 "not dead"
	echo "alone: nobody is answered; $took ms after its fencing was confirmed all are, with a lease of $SSID_LEASE; then both again"
	end
}

# refuses NODE WORDS: n0 does not believe that it is dead, with these words.
refuses() {
	! in_node n0 ssictl confirm-dead --yes "$1" 2>"$WORK/said" || fail "n0 believes that $1 is dead"
	grep -qF "$2" "$WORK/said" || fail "$(<"$WORK/said")"
}

# Two nodes with real Corosync and its quorum device, whose vote does not count here, and a witness on the machine of corosync-qnetd: that
# machine dies and nothing happens; the nodes are cut from each other, and one of them from that machine, and exactly the other serves;
# then that one's power is cut. SYNs come to all buckets meanwhile: none is answered twice.
quorum_device() {
	local node begun
	# shellcheck disable=SC2034 # ring.sh and qdevice.sh use them
	ring_nodes=2 ring_qnetd=10.8.0.3
	addressed 100 100 0
	qnetd_start n2
	ring_start n0 n1
	ring_sees "n0 n1" n0 n1
	in_node n0 ssid --check --node n0 /etc/ssi/cluster.toml >"$WORK/said"
	grep -qF "device     Corosync's (10.8.0.3) counts for Corosync and Pacemaker, and not here" "$WORK/said" || fail "$(<"$WORK/said")"
	qdevice_start n0 n1
	ssid_start "${members[@]}"
	all_is_well "${members[*]}" n0 n1
	until_ok shares n0 n1
	for node in n0 n1; do
		until_ok device_votes "$node"
		server_up "$node"
		watch_events "$node"
	done
	room_for_storms n0 n1
	hold
	spread
	measure
	mark "qnetd and the witness die"
	signal n2 qnetd KILL
	signal n2 ssid KILL
	all_is_well "n0 n1" n0 n1
	sleep 2
	mark "they are back"
	qnetd_start n2
	ssid_start n2
	all_is_well "${members[*]}" n0 n1
	mark "n0 is cut from the others"
	clients_network off
	ring_partition n0 "n1 n2"
	all_is_well "n1 n2" n1
	ssid_sees '(.quorate | not) and .lease == null' n0
	until_ok lapsed n0
	same "who serves" n1 "$(serving)"
	mark "back again"
	ring_heal
	clients_network on
	all_is_well "${members[*]}" n0 n1
	spread
	until_ok shares n0 n1
	spread
	begun=${EPOCHREALTIME/[.,]/}
	mark "power of n1"
	ip -n rsw link set r1 nomaster
	ip -n sw link set p1 nomaster
	all_is_well "n0 n2" n0
	begun=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	sleep 2
	measured n0 n1
	nothing_unheard "qnetd and the witness die" "they are back"
	echo "n0 alone serves all $begun ms after the power cut, with a lease of $SSID_LEASE; n0 had nothing while n1 and the third machine were cut from it"
	ip -n rsw link set r1 master br0
	ip -n sw link set p1 master br0
	# shellcheck disable=SC2034
	ring_nodes=3 ring_qnetd=
	end
}

# serving: nodes whose kernels may serve.
serving() {
	local node
	for node in n0 n1; do
		! in_ns "$node" ssictl -j cluster show c | jq -e '.[0].lapsed | not' >/dev/null || echo "$node"
	done
}

# Why its vote does not count (design 0033), and no test of ours: the nodes are cut from each other, and then whoever has the device's vote
# from qnetd. How long both halves have a quorum, by Corosync, is measured.
two_cuts() {
	local holder begun watcher port
	# shellcheck disable=SC2034
	ring_nodes=2 ring_qnetd=10.8.0.3
	qnetd_start n2
	ring_start n0 n1
	ring_sees "n0 n1" n0 n1
	qdevice_start n0 n1
	until_ok device_votes n0
	until_ok device_votes n1
	watch_quorums "$WORK/quorums" &
	watcher=$!
	trap 'touch "$WORK/quorums.over"' EXIT
	for port in r0 r1; do bridge -n rsw link set dev $port isolated on; done
	until_ok quorums_are "$WORK/quorums" "Yes No|No Yes"
	sleep 10
	quorums_are "$WORK/quorums" "Yes No" && holder=0 || holder=1
	begun=${EPOCHREALTIME/[.,]/}
	ip -n rsw link set r$holder nomaster
	until_ok quorums_are "$WORK/quorums" "$([[ $holder == 0 ]] && echo "No Yes" || echo "Yes No")"
	touch "$WORK/quorums.over"
	wait $watcher
	awk -v since="$begun" -v holder="n$holder" '
		$1 > since { if (!first) first = $1; if (at) both += $1 - at; at = ($2 == "Yes" && $3 == "Yes") ? $1 : 0 }
		END { printf "%s had the vote: the other has it after %d ms, and both have a quorum for %d ms\n", holder, (first - since) / 1000, both / 1000 }
		' "$WORK/quorums"
	for port in r0 r1; do
		ip -n rsw link set $port master br0
		bridge -n rsw link set dev $port isolated off
	done
	# shellcheck disable=SC2034
	ring_nodes=3 ring_qnetd=
	end
}

# The witness looks at each node's service over the cable: what n1's own check passes, as that never leaves n1, and no client gets, makes n1
# drain, and it serves again afterwards. Nothing follows where the witness reaches nobody, and what an operator drained stays so.
outside() {
	local node
	ssid_daemon=$(printf '[[check]]\nname = "inside"\ntcp = "%s:7000"\ninterval = 500\ntimeout = 400\nnodes = ["n0", "n1"]' "$VIP")
	addressed 100 100 0
	serve n0 n1
	ssid_start "${members[@]}"
	all_is_well "${members[*]}" n0 n1
	until_ok shares n0 n1
	! in_node n0 ssi-outside --dev eth0 --vip "$VIP" n0=10.9.0.1 n1=10.9.0.2 -- true 2>"$WORK/said" || fail "it runs on a node"
	grep -q 'a node.s check of it never leaves the node' "$WORK/said" || fail "$(<"$WORK/said")"
	daemon n2 outside ssi-outside --dev eth0 --vip "$VIP" --interval 0.3 --fall 2 n0=10.9.0.1 n1=10.9.0.2 -- nc -z -w 1 "$VIP" 7000
	sleep 2
	ssid_sees '[.nodes[:2][].state] == ["serving", "serving"]' n0
	in_ns n1 iptables -I INPUT -i eth0 -p tcp --dport 7000 -j DROP
	ssid_sees '[.nodes[:2][].state] == ["serving", "draining"] and .nodes[1].owned == 0 and .unserved == 0' n0
	ssid_sees '[.nodes[1].checks[].good] == [true]' n0
	asked_once meanwhile n0 n1
	in_ns n1 iptables -F INPUT
	ssid_sees '[.nodes[:2][].state] == ["serving", "serving"]' n0
	until_ok shares n0 n1
	in_node n0 ssictl drain n1 >&2
	ip -n sw link set p2 nomaster
	until_ok grep -q "no node's service is reached" "$(node_dir n2)/outside.err"
	sleep 2
	ssid_sees '[.nodes[:2][].state] == ["serving", "draining"]' n0
	ip -n sw link set p2 master br0
	sleep 2
	ssid_sees '[.nodes[:2][].state] == ["serving", "draining"]' n0
	signal n2 outside TERM
	same "the entry for the cluster's address" "" "$(ip -n n2 neigh show "$VIP" nud permanent)"
	in_node n0 ssictl join n1 >&2
	echo "$(grep -c . "$(node_dir n2)/outside.err") lines: $(paste -sd';' "$(node_dir n2)/outside.err")"
	end
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

also claim_14_two_nodes_and_a_witness_without_corosync witnessed
also claim_14_two_nodes_with_fencing_without_corosync fenced
named claim_14_two_nodes_with_corosyncs_quorum_device quorum_device
named quorum_device_of_corosync_after_two_cuts two_cuts
also claim_14_a_service_that_nobody_reaches_outside outside
