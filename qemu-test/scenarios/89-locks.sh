#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 120
# NFS locks after a crash, by the example for notify, in a static cluster. Each server has state of its own, and lists of clients that the others can
# read. Whoever dies here is n1; n2 takes its bucket. (98 has the same under ssid.)
#
#     n0 n1 n2 knfsd, eth0 ── p0 p1 p2 ┐          ┌ pc1 ── eth0 c1: a client of n1, which has locks
#     10.9.0.100                       ┤ sw: br0 ├
#                                      ┘          └ pc2 ── eth0 c2: a client of n2, which has one, and wants those of c1
# An emulated machine may take seconds until the example has stopped a server, and clients come later by as much.
grace=${grace:-20}
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/storage.sh"

tidy_first() {
	clients_over
	for node in n0 n1 n2; do storage_down $node; done
	ring_files_down
	storage_room_down
}

after_failure() {
	dmesg | tail -n 20
	tail -n 5 "$WORK"/*.said "$WORK/nfs.out"
	clients_over
	remove_clusters
	for node in n0 n1 n2; do storage_down $node; done
	ip -n n1 link set eth0 up
	for node in n0 n1 n2; do storage_up $node; done
}

clients_over() {
	local file
	for file in "$WORK"/*.pid; do [[ ! -e $file ]] || kill "$(<"$file")" 2>/dev/null; done
	rm -f "$WORK"/*.pid
	for file in "$WORK"/mnt*; do ! mountpoint -q "$file" || umount -f -l "$file"; done
}

said() { grep -q "^$2" "$WORK/$1.said"; }
lost() { kernel_says | grep -c 'lost [0-9]* locks' || true; }

# mounted CLIENT VERSION. Clients of NFSv4 are known by their machines' names.
mounted() {
	local what=$export_dir where=port=2049,mountport=20048,mountproto=tcp
	[[ $2 == 3 ]] || what=/ where=port=2049
	mkdir -p "$WORK/mnt$1"
	# shellcheck disable=SC2016 # the inner shell expands
	nsenter --net="/run/netns/$1" unshare --uts sh -c 'hostname $1; shift; exec "$@"' sh "$1" \
		mount -t nfs "$VIP:$what" "$WORK/mnt$1" -o "vers=$2,hard,timeo=10,retrans=2,proto=tcp,$where"
}

# locker CLIENT FILE HOW
locker() {
	nsenter --net="/run/netns/$1" -- python3 "$(dirname "$0")/lib/locker.py" "$WORK/mnt$1/$2" "$3" >"$WORK/$2.said" 2>&1 &
	echo $! >"$WORK/$2.pid"
	until_ok said "$2" locked
}

ended() {
	local name
	for name; do kill "$(<"$WORK/$name.pid")"; done
	for name; do until_ok grep -qE '^(closed|ended)' "$WORK/$name.said"; done
	rm -f "$WORK"/*.pid
}

# begin VERSION: c1 has two files locked, c2 one.
begin() {
	clusters_up "$WORK/table" --drain-time forever
	kernel_mark
	mounted c1 "$1"
	mounted c2 "$1"
	locker c1 sync sync
	locker c1 late late
	locker c2 own sync
	sleep 1
}

# crash: n1 is gone, and 1 s later n2 has its buckets.
crash() {
	ip -n n1 link set eth0 down
	storage_down n1
	! held sync || fail "the lock outlived its server: this shows nothing"
	sleep 1
	in_ns n2 ssictl table set c --buckets 3 --owned 1,2 --cold 1
}

# notified: what ssid would run.
notified() {
	in_node n2 env PATH="/run/bin:$PATH" STATD=$shared_dir/statd NFSDCLD=$shared_dir/nfsdcld \
		SSI_CLUSTER=c SSI_NODE=n2 SSI_VIPS="$VIP $VIP6" SSI_COLD=1 $examples/ssi-nfs >"$WORK/nfs.out" 2>&1
}

in_grace() { in_node n2 test -e /run/begun; }
all_held() { held sync && held late && held own; }

# reclaimed VERSION
reclaimed() {
	local begun took name
	begin "$1"
	crash
	begun=${EPOCHREALTIME/[.,]/}
	in_node n2 rm -f /run/begun
	notified &
	local job=$!
	until_ok in_grace
	nsenter --net=/run/netns/c2 -- python3 "$(dirname "$0")/lib/contender.py" "$WORK/mntc2/sync" >"$WORK/contender.said" 2>&1 &
	echo $! >"$WORK/contender.pid"
	until_ok all_held
	took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	wait $job || fail "the example fails: $(<"$WORK/nfs.out")"
	until_ok said contender '\(refused\|got\)'
	sleep 2
	all_held || fail "a lock was lost later"
	ended sync late own contender
	same "locks that clients' kernels lost" 0 "$(lost)"
	for name in sync late own; do ! said $name errno || fail "$name: $(<"$WORK/$name.said")"; done
	grep -q '^ended 0 [1-9]' "$WORK/contender.said" || fail "another got the lock: $(<"$WORK/contender.said")"
	umount "$WORK/mntc1" "$WORK/mntc2"
	remove_clusters || true
	storage_down n2
	storage_down n0
	ip -n n1 link set eth0 up
	for name in n0 n1 n2; do storage_up $name; done
	echo "all locks were held again $took ms after the takeover; another that wanted one: $(paste -sd' ' "$WORK/contender.said"); $(paste -sd' ' "$WORK/sync.said"); $(paste -sd' ' "$WORK/late.said")"
}

quiet_kernel
switch bridge
nodes 3
table "$WORK/table" 3
modprobe ssi_filter
storage_room
node_files n0 n1 n2
storage_client c1 "$(first_of "$WORK/table" n1 10.9.1.10-10.9.1.99)/16" 0a:00:00:00:01:01
storage_client c2 "$(first_of "$WORK/table" n2 10.9.1.10-10.9.1.99)/16" 0a:00:00:00:01:02
for node in n0 n1 n2; do storage_up $node; done
for node in n0 n1 n2; do storage_gate $node; done
examples=/usr/local/lib/ssi
install -D -m 755 -t $examples /usr/share/doc/ssi/examples/nfs/ssi-nfs /usr/share/doc/ssi/examples/nfs/ssi-nfs-clients

named claim_14_nfs3_locks_are_reclaimed_after_a_crash reclaimed 3
named claim_14_nfs4_locks_are_reclaimed_after_a_crash reclaimed 4.2
