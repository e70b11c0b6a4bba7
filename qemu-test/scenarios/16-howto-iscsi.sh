#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 120
# The how-to of iSCSI, followed under ssid, with a failover in the middle; all of it is run by name, and takes
#     SSI_GUEST_PACKAGES="open-iscsi dbus targetcli-fb"
# The client is of the first namespace, as open-iscsi knows no other. The kernel has one target, which n1 offers by the page and the others by portals
# of their own, as there is one of an address (99 has more of that); it knows of an initiator's session at another node, where a node of its own would not.
#
#     pc1 ── c1 192.0.2.51 ┐
#     pc2 ── c2 192.0.2.…  ┴ the first namespace, for the rest see lib/howto.sh
SSID_LEASE=${SSID_LEASE:-10000}
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/howto.sh"

target=iqn.2026-11.com.example:store
config=/sys/kernel/config/target
portals=$config/iscsi/$target/tpgt_1
here=$(cd "$(dirname "$0")" && pwd)

tidy_first() {
	finished
	pkill -x iscsid
	ring_files_down
	umount -l /srv/export /srv/shared
}

after_failure() {
	dmesg | tail -n 20
	tail -n 5 "$WORK"/*.said "$WORK"/nodes/*/ssid.err
	iscsiadm -m session -P 1
	for node in "${members[@]}"; do
		in_node "$node" ssictl status
		in_node "$node" ssictl sessions store
	done
	finished
}

# finished: neither sessions nor a target nor a cluster.
finished() {
	local file
	for file in "$WORK"/*.pid; do [[ ! -e $file ]] || kill "$(<"$file")" 2>/dev/null || true; done
	iscsiadm -m node -T $target --logout >&2 || true
	iscsiadm -m node -T $target -o delete >&2 || true
	rm -f "$WORK"/*.pid "$WORK"/*.said
	target_down
	howto_end
	rm -f /srv/shared/disk
}

target_down() {
	[[ -d $portals ]] || return 0
	rmdir "$portals"/np/* || true
	echo 0 >"$portals/enable"
	find "$portals/lun/lun_0" -type l -delete
	rmdir "$portals/lun/lun_0" "$portals" "${portals%/*}" "$config"/core/fileio_*/shared
}

disks() { iscsiadm -m session -P 3 | sed -n 's/.*Attached scsi disk \([a-z]*\).*/\1/p'; }
has_disks() { [[ $(disks | wc -w) == "$1" && -b /dev/$(disks | tail -n 1) ]]; }
at() { in_node "$1" ssictl -j sessions store | jq '[.[] | select(.port == 3260 and .state == "established")] | length'; }
are_at() { [[ $(at "$1") == "$2" ]]; }

# target_up: a machine has a bus, by which targetcli looks for other programs that offer disks.
target_up() {
	local node
	in_node n1 sh -c 'mkdir -p /run/dbus && rm -f /run/dbus/*'
	daemon n1 dbus dbus-daemon --system --nofork --nopidfile
	until_ok in_node n1 test -S /run/dbus/system_bus_socket
	block howto/iscsi.md target | follow n1 >&2
	block howto/iscsi.md portal | follow n1 >&2
	# The kernel takes any address of both families for one. These are there before the address is.
	for node in n2 n3; do in_node $node sysctl -q -w net.ipv4.ip_nonlocal_bind=1; done
	in_node n2 mkdir "$portals/np/$VIP:3260"
	in_node n3 mkdir "$portals/np/[::ffff:$VIP]:3260"
	howto_begin howto/iscsi.md
}

# writers COUNT: one on each disk, in a part of its own.
writers() {
	local i=0 disk
	until_ok has_disks "$1"
	for disk in $(disks); do
		python3 "$here/lib/session.py" disk "/dev/$disk" $i >"$WORK/disk$i.said" 2>&1 &
		echo $! >"$WORK/disk$i.pid"
		until_ok grep -q '^begun' "$WORK/disk$i.said"
		i=$((i + 1))
	done
}

# writers_end COUNT: all that was acknowledged is there, and no write failed.
writers_end() {
	local i
	for ((i = 0; i < $1; i++)); do kill "$(<"$WORK/disk$i.pid")"; done
	for ((i = 0; i < $1; i++)); do
		until_ok grep -q '^ended' "$WORK/disk$i.said"
		! grep '^broken' "$WORK/disk$i.said" || fail "a write failed: $(<"$WORK/disk$i.said")"
		grep -qx 'wrong 0' "$WORK/disk$i.said" || fail "blocks are not as they were written: $(<"$WORK/disk$i.said")"
	done
}

# written DISK…: how much, and for how long it stood still at most.
written() { awk '/^ended/ { n += $2; if ($4 > most) most = $4 } END { printf "%d writes, the longest took %d ms", n, most }' "$@"; }

# drained NODE SESSIONS: it gives its buckets away, and is to serve again. What sessions it had it has.
drained() {
	local other
	other=$(others "$1" | cut -d' ' -f1)
	in_node "$other" ssictl drain "$1" >&2
	until_ok is_owned_elsewhere 192.0.2.51 "$1"
	sleep 3
	same "sessions at $1 while it drains" "$2" "$(at "$1")"
	in_node "$other" ssictl join "$1" >&2
	ssid_sees ".nodes[] | select(.name == \"$1\") | .state == \"serving\"" "${members[@]}"
	same "sessions at $1 when it serves again" "$2" "$(at "$1")"
}

# followed BLOCK SESSIONS [drained]: the node that has them dies, after it drained if so it is.
followed() {
	local node
	target_up
	case $1 in
	client) block howto/iscsi.md client >"$WORK/client" ;;
	two) block howto/iscsi.md two >"$WORK/client" ;;
	esac
	bash -e "$WORK/client" >&2
	writers "$2"
	node=$(owner 192.0.2.51)
	same "sessions at $node" "$2" "$(at "$node")"
	[[ ! ${3-} ]] || drained "$node" "$2"
	cut_off "$node"
	forgotten "$node"
	until_ok is_owned_elsewhere 192.0.2.51 "$node"
	until_ok are_at "$(<"$WORK/owner")" "$2"
	sleep 3
	writers_end "$2"
	echo "${3:+$node drained, and its sessions stayed; }$node died, and its $2 sessions are at $(<"$WORK/owner"): $(written "$WORK"/disk*.said), with a lease of $SSID_LEASE ms; none failed"
	finished
}

# other_address NODE: of a client that another node serves.
other_address() {
	local i
	for i in {52..99}; do
		if has_owner "192.0.2.$i" && [[ $(<"$WORK/owner") != "$1" ]]; then
			echo "192.0.2.$i"
			return
		fi
	done
	fail "all clients are $1's"
}

wwid() { cat "/sys/block/$1/device/wwid"; }

# Two paths to one disk at two nodes at once. One node dies: what is written by the other's path never stands still.
two_paths() {
	local node other address
	target_up
	node=$(owner 192.0.2.51)
	address=$(other_address "$node")
	other=$(owner "$address")
	ip addr add "$address/24" dev c2
	block howto/iscsi.md paths | sed 's/eth0/c1/; s/eth1/c2/; s/ eth\$i/ c$((i + 1))/' >"$WORK/client"
	# Without that it would answer for the other one's address, and nodes would believe it for a while.
	grep sysctl "$WORK/client" | bash -e >&2
	ip link set c2 up
	bash -e "$WORK/client" >&2
	writers 2
	same "sessions at $node, at $other" "1 1" "$(at "$node") $(at "$other")"
	# shellcheck disable=SC2046 # two words
	set -- $(disks)
	same "the disks' number" "$(wwid "$1")" "$(wwid "$2")"
	cut_off "$node"
	forgotten "$node"
	until_ok is_owned_elsewhere 192.0.2.51 "$node"
	until_ok both_are_at "$(<"$WORK/owner")" "$other"
	sleep 3
	for node in 0 1; do kill "$(<"$WORK/disk$node.pid")"; done
	for node in 0 1; do until_ok grep -q '^ended' "$WORK/disk$node.said"; done
	# Which disk is whose is the order in which they came: the one that stood still is the dead node's.
	echo "two paths to $(wwid "$1"), at two nodes, of which one died: $(written "$WORK/disk0.said"); $(written "$WORK/disk1.said")"
	paste -sd' ' "$WORK"/disk*.said >&2
	same "the paths on which nothing was written late" 1 "$(unharmed)"
	ip link set c2 down
	ip addr del "$address/24" dev c2
	finished
}

# both_are_at NODE NODE: a session each.
both_are_at() {
	if [[ $1 == "$2" ]]; then are_at "$1" 2; else are_at "$1" 1 && are_at "$2" 1; fi
}

# unharmed: how many writers had no error, and waited for less than half of a takeover.
unharmed() {
	local i
	for i in 0 1; do
		! grep -qx 'wrong 0' "$WORK/disk$i.said" || awk -v lease="$SSID_LEASE" '/^ended/ && $4 < lease / 2' "$WORK/disk$i.said"
	done | wc -l
}

begun() {
	local node i
	quiet_kernel
	[[ $SSI_LANE != stock ]] || modprobe -a target_core_file iscsi_target_mod iscsi_tcp sd_mod
	mountpoint -q /sys/kernel/config || mount -t configfs config /sys/kernel/config
	howto_nodes
	for node in "${members[@]}"; do in_node "$node" mount -t configfs config /sys/kernel/config; done
	for i in 1 2; do
		ip -n sw link add pc$i type veth peer name c$i address 0a:00:00:00:00:0$i netns 1
		join pc$i
	done
	ip addr add 192.0.2.51/24 dev c1
	ip link set c1 up
	mkdir -p /etc/iscsi /run/lock/iscsi
	echo InitiatorName=iqn.2026-11.example:client >/etc/iscsi/initiatorname.iscsi
	iscsid
}

if [[ -x /usr/sbin/iscsid && -x /usr/bin/targetcli ]]; then
	begun
	named claim_14_howto_iscsi followed client 1 drained
	named claim_14_howto_iscsi_two_sessions followed two 2
	named claim_14_howto_iscsi_two_paths two_paths
fi
