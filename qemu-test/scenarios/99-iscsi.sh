#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 200
# iSCSI: open-iscsi and the kernel's target, one session and two, through 50 planned moves, their end by hand and a crash, in a static cluster.
# SSI_GUEST_PACKAGES="open-iscsi" has what this takes; all of it is run by name.
#
#     n0             eth0 ── p0 ┐
#     n1 *:3260      eth0 ── p1 ┤ sw: br0 ├ pci ── ci, of the first namespace, as open-iscsi knows no other: a client of n1
#     n2 VIP:3260    eth0 ── p2 ┘
#
# The kernel has one target, with a portal in each of two namespaces: the same disk behind both. It knows of an initiator's session at the other node,
# and ends it when that one logs in anew, where a node of its own would hear of it for the first time.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

target=iqn.2026-11.example:store
config=/sys/kernel/config/target
portals=$config/iscsi/$target/tpgt_1
# How soon an initiator finds out, and how long a write waits for it.
fast=(node.conn[0].timeo.noop_out_interval=1 node.conn[0].timeo.noop_out_timeout=1)

tidy_first() {
	logout
	pkill -x iscsid
	[[ ! -d $portals ]] || target_down
	modprobe -ra iscsi_target_mod target_core_file 2>/dev/null
}

after_failure() {
	tail -n 5 "$WORK"/disk*.said
	dmesg | tail -n 30
	logout
	rmdir "$portals"/np/* || true
	remove_clusters || true
	ip -n n1 link set eth0 up
}

target_up() {
	local core=$config/core/fileio_0/shared set
	[[ $SSI_LANE != stock ]] || modprobe -a target_core_file iscsi_target_mod iscsi_tcp sd_mod
	mountpoint -q /sys/kernel/config || mount -t configfs config /sys/kernel/config
	truncate -s 64M "$WORK/disk"
	mkdir -p "$core"
	echo "fd_dev_name=$WORK/disk,fd_dev_size=$((64 << 20))" >"$core/control"
	echo 1 >"$core/enable"
	mkdir -p "$portals/lun/lun_0"
	ln -s "$core" "$portals/lun/lun_0/shared"
	for set in authentication=0 generate_node_acls=1 cache_dynamic_acls=1 demo_mode_write_protect=0; do
		echo "${set#*=}" >"$portals/attrib/${set%=*}"
	done
	echo 1 >"$portals/enable"
}

target_down() {
	rmdir "$portals"/np/* 2>/dev/null
	echo 0 >"$portals/enable"
	rm -f "$portals/lun/lun_0/shared"
	rmdir "$portals/lun/lun_0" "$portals" "${portals%/*}" "$config/core/fileio_0/shared"
}

# begin SESSIONS [SETTING=VALUE…]: as many to the one target, a writer on each. Unless it is told otherwise, open-iscsi is as its package has it.
begin() {
	local i=0 set disk
	sessions=$1
	clusters_up "$WORK/table" --drain-time forever
	in_ns n1 mkdir "$portals/np/0.0.0.0:3260"
	in_ns n2 mkdir "$portals/np/$VIP:3260"
	iscsiadm -m discovery -t sendtargets -p "$VIP" >&2
	for set in node.session.nr_sessions="$1" "${@:2}"; do
		iscsiadm -m node -T $target -p "$VIP" -o update -n "${set%%=*}" -v "${set#*=}"
	done
	kernel_mark
	iscsiadm -m node -T $target -p "$VIP" --login >&2
	until_ok has_disks
	for disk in $(disks); do
		python3 "$(dirname "$0")/lib/session.py" disk "/dev/$disk" $i >"$WORK/disk$i.said" 2>&1 &
		echo $! >"$WORK/disk$i.pid"
		until_ok grep -q '^begun' "$WORK/disk$i.said"
		i=$((i + 1))
	done
	same "sessions at n1" "$sessions" "$(at n1)"
}

disks() { iscsiadm -m session -P 3 | sed -n 's/.*Attached scsi disk \([a-z]*\).*/\1/p'; }
has_disks() { [[ $(disks | wc -w) == "$sessions" && -b /dev/$(disks | tail -n 1) ]]; }

# at NODE: how many connections of the client's it has.
at() { in_ns "$1" ssictl -j sessions c | jq '[.[] | select(.port == 3260 and .state == "established")] | length'; }
are_at() { [[ $(at "$1") == "$2" ]]; }

# broken: how many connections the initiator's kernel saw break since it logged in.
broken() { kernel_says | sed -n 's/.*\(connection[0-9:]*\) detected conn error.*/\1/p' | sort -u | wc -l; }

# writers_end: all that was said to be written is there.
writers_end() {
	local i
	for ((i = 0; i < sessions; i++)); do kill "$(<"$WORK/disk$i.pid")" 2>/dev/null || true; done
	for ((i = 0; i < sessions; i++)); do until_ok grep -q '^ended' "$WORK/disk$i.said"; done
}

# no_error: and no write failed.
no_error() {
	local i
	writers_end
	for ((i = 0; i < sessions; i++)); do
		! grep '^broken' "$WORK/disk$i.said" || fail "a write failed: $(<"$WORK/disk$i.said")"
		grep -qx 'wrong 0' "$WORK/disk$i.said" || fail "blocks are not as they were written: $(<"$WORK/disk$i.said")"
	done
}

# written: how much, and what a write took at most.
written() { awk '/^ended/ { n += $2; if ($4 > most) most = $4 } END { printf "%d writes, the longest took %d ms", n, most }' "$WORK"/disk*.said; }

logout() {
	local file
	for file in "$WORK"/disk*.pid; do [[ ! -e $file ]] || kill "$(<"$file")" 2>/dev/null || true; done
	iscsiadm -m node -T $target --logout >&2
	iscsiadm -m node -T $target -o delete >&2
	rm -f "$WORK"/disk*.pid "$WORK"/disk*.said
}

finished() {
	logout
	rmdir "$portals"/np/*
	clusters_down n0 n1 n2
}

moved() {
	in_ns n1 ssictl table set c --buckets 3 --owned none
	in_ns n2 ssictl table set c --buckets 3 --owned 1,2
}

# planned SESSIONS: the bucket goes to n2 and comes back, again and again. Nobody ends a drain.
planned() {
	local i
	begin "$1"
	for ((i = 0; i < ${CHANGES:-50}; i += 2)); do
		moved
		sleep 0.5
		in_ns n2 ssictl table set c --buckets 3 --owned 2
		in_ns n1 ssictl table set c --buckets 3 --owned 1
		sleep 0.5
	done
	same "sessions at n1, at n2" "$1 0" "$(at n1) $(at n2)"
	no_error
	same "connections that broke" 0 "$(broken)"
	echo "$1 sessions, $i moves: none broken; $(written)"
	finished
}

# ended SESSIONS: a planned move, and then what is left is reset. It comes back at n2, and no write fails.
ended() {
	begin "$1"
	moved
	same "ended" "$1" "$(in_ns n1 ssictl -j table settle c 1 | jq .ended)"
	until_ok are_at n2 "$1"
	sleep 3
	no_error
	same "connections that broke" "$1" "$(broken)"
	echo "$1 sessions were reset, and are at n2; $(written); none failed"
	finished
}

# dies SECONDS: n1, whose bucket n2 takes after so long, as it does when a lease is over.
dies() {
	ip -n n1 link set eth0 down
	sleep "$1"
	in_ns n2 ssictl table set c --buckets 3 --owned 1,2 --cold 1
}

# crashed SESSIONS SECONDS [SETTING=VALUE…]: no write fails where initiators wait for longer than a takeover takes.
crashed() {
	local how=("${@:3}") settings
	settings="${how[*]##*timeo.}"
	begin "$1" "${how[@]}"
	dies "$2"
	until_ok are_at n2 "$1"
	sleep 3
	no_error
	echo "$1 sessions, taken over after $2 s, settings ${settings:-as they come}: they are at n2; $(written); none failed"
	ip -n n1 link set eth0 up
	finished
}

# A replacement timeout that is shorter than the takeover: the program has an error.
too_short() {
	begin 1 node.session.timeo.replacement_timeout=2 "${fast[@]}"
	dies 10
	until_ok grep -q '^broken' "$WORK/disk0.said"
	writers_end
	grep -q 'OSError(5,' "$WORK/disk0.said" || fail "the write did not fail as it should: $(<"$WORK/disk0.said")"
	paste -sd' ' "$WORK/disk0.said"
	ip -n n1 link set eth0 up
	finished
}

begun() {
	quiet_kernel
	switch bridge
	nodes 3
	table "$WORK/table" 3
	ip -n sw link add pci type veth peer name ci address 0a:00:00:00:01:01 netns 1
	ip addr add "$(first_of "$WORK/table" n1 10.9.1.10-10.9.1.99)/16" dev ci
	ip link set ci up
	join pci
	modprobe ssi_filter
	target_up
	mkdir -p /etc/iscsi /run/lock/iscsi
	echo InitiatorName=iqn.2026-11.example:client >/etc/iscsi/initiatorname.iscsi
	iscsid
}

if [[ -x /usr/sbin/iscsid ]]; then
	begun
	named claim_14_iscsi_one_session_through_50_moves planned 1
	named claim_14_iscsi_two_sessions_through_50_moves planned 2
	named claim_14_iscsi_sessions_that_are_settled ended 2
	named claim_14_iscsi_a_crash crashed 1 1
	named claim_14_iscsi_a_crash_taken_over_late crashed 2 10
	named claim_14_iscsi_a_crash_taken_over_late_found_out_soon crashed 2 10 "${fast[@]}"
	named claim_14_iscsi_a_short_replacement_timeout too_short
fi
