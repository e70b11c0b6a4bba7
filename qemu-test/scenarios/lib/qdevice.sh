# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Corosync's quorum device: corosync-qdevice beside Corosync on the nodes (ring.sh has that), and corosync-qnetd on a third machine, which
# the ring's network reaches. TLS is off: whose certificates these are is no question of votes.

# ring_device: what the section quorum of corosync.conf has then; nothing without a device.
ring_device() {
	[[ ${ring_qnetd-} ]] || return 0
	cat <<-END
		device {
			model: net
			votes: 1
			net {
				host: $ring_qnetd
				algorithm: ffsplit
				tls: off
			}
		}
	END
}

# qnetd_start NODE: there.
qnetd_start() {
	in_node "$1" mkdir -p /run/corosync-qnetd
	daemon "$1" qnetd corosync-qnetd -f -s off -c off
}

# qdevice_start NODE…: beside their Corosync.
qdevice_start() {
	local node
	for node; do
		in_node "$node" mkdir -p /run/corosync-qdevice
		daemon "$node" qdevice corosync-qdevice -f
	done
}

# device_votes NODE: its Corosync has its own vote, the other node's and the device's.
device_votes() {
	in_node "$1" corosync-quorumtool -s 2>/dev/null | grep -qE '^Total votes: +3$'
}

# by_corosync NODE: "Yes" or "No", whether its Corosync says that it has a quorum.
by_corosync() {
	in_node "$1" corosync-quorumtool -s 2>/dev/null | awk '/^Quorate:/ { print $2 }'
}

# watch_quorums FILE: what n0's and n1's Corosync say, whenever that is something else, until there is FILE.over: "MICROSECONDS N0 N1".
watch_quorums() {
	local said before=
	while [[ ! -e $1.over ]]; do
		said="$(by_corosync n0) $(by_corosync n1)"
		[[ $said == "$before" ]] || echo "${EPOCHREALTIME/[.,]/} $said"
		before=$said
	done >"$1"
}

# quorums_are FILE REGEX: what they said last.
quorums_are() { [[ $(tail -n 1 "$1" | cut -d' ' -f2-) =~ ^($2)$ ]]; }
