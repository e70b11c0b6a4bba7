#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 0
# Clients with state at their server: what a planned move, its end by hand and a crash are to NFSv4.2 with locks, SMB and FTP. All
# nodes export one file system under one fsid, as a cluster file system would be; each server has state of its own.
#
#     n0 n1 n2 knfsd, eth0 ── p0 p1 p2 ┐
#     smbd, vsftpd; 10.9.0.100         ┤ sw: br0 ├ pc1 ── eth0 c1: a client of n1
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/storage.sh"

export_dir=/srv/export

tidy_first() {
	local node
	unmount
	for node in n0 n1 n2; do server_down $node; done
	umount $export_dir
}

after_failure() {
	local file
	for file in "$WORK"/*.pid; do [[ ! -e $file ]] || kill "$(<"$file")" 2>/dev/null; done
	unmount
	remove_clusters
	up n1
}

unmount() { ! mountpoint -q "$WORK/mnt" || umount -f -l "$WORK/mnt"; }

# up NODE: its server. Nobody had state here before, so nobody is waited for.
up() {
	export -f serve_files
	in_ns "$1" unshare -m bash -e <<-'END'
		mount --make-rprivate /
		mount -t tmpfs run /run
		mount -t tmpfs state /var/lib/nfs
		touch /var/lib/nfs/{etab,rmtab}
		mount -t nfsd nfsd /proc/fs/nfsd
		exportfs -o rw,fsid=0,no_subtree_check,insecure,no_root_squash '*:/srv/export'
		for time in lease grace; do echo 10 >/proc/fs/nfsd/nfsv4${time}time; done
		rpc.mountd --no-nfs-version 3
		rpc.nfsd --no-nfs-version 3 --nfs-version 4.2 --no-udp 4
		echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null || true
		for dir in /var/lib/samba /var/cache/samba /var/log/samba; do mkdir -p $dir; mount -t tmpfs state $dir; done
		mkdir -p /run/samba /run/vsftpd/empty /var/lib/samba/private
		serve_files
	END
}

server_down() {
	in_ns "$1" unshare -m bash -c 'mount -t nfsd nfsd /proc/fs/nfsd && rpc.nfsd 0'
	ip netns pids "$1" | xargs -r kill
}

# begin: a client of n1 has two files open, and locked.
begin() {
	local how
	clusters_up "$WORK/table" --drain-time forever
	kernel_mark
	mkdir -p "$WORK/mnt"
	in_ns c1 mount -t nfs "$VIP:/" "$WORK/mnt" -o "${1-}${1:+,}vers=4.2,hard,timeo=10,retrans=2,proto=tcp,port=2049"
	for how in sync late; do
		nsenter --net=/run/netns/c1 -- python3 "$(dirname "$0")/lib/locker.py" "$WORK/mnt/$how" $how >"$WORK/$how.said" 2>&1 &
		echo $! >"$WORK/$how.pid"
	done
	for how in sync late; do until_ok said $how locked; done
	# Both have written something.
	sleep 2
}

said() { grep -q "^$2" "$WORK/$1.said"; }

# moved: n1 gives the client's bucket away, which n2 takes.
moved() {
	in_ns n1 ssictl table set c --buckets 3 --owned none
	in_ns n2 ssictl table set c --buckets 3 --owned 1,2
}

# done_with: what the programs say at last, in a line each.
done_with() {
	local how
	for how in sync late; do kill "$(cat "$WORK/$how.pid")"; done
	for how in sync late; do until_ok said $how closed; done
	umount "$WORK/mnt"
	clusters_down n0 n1 n2
}

lost() { kernel_says | grep -c 'lost [0-9]* locks' || true; }

outcome() { echo "sync: $(paste -sd' ' "$WORK/sync.said"); late: $(paste -sd' ' "$WORK/late.said"); lost: $(lost)"; }

# told HOW LEAST: the program had so many errors.
told() { said "$1" "errno 5" && (($(awk '/^closed/ { print $3 }' "$WORK/$1.said") >= $2)); }

planned() {
	local how
	begin "$@"
	moved
	sleep 12
	same "locks that the client's kernel lost" 0 "$(lost)"
	done_with
	for how in sync late; do ! said $how errno || fail "$how: $(cat "$WORK/$how.said")"; done
	outcome
}

# What nobody told the program before it closed its file, it learns then.
ended() {
	begin "$@"
	moved
	in_ns n1 ssictl table settle c 1
	sleep 12
	done_with
	(($(lost) > 0)) || fail "no lock was lost, which shows nothing: $(outcome)"
	told sync 1 || fail "sync: $(cat "$WORK/sync.said")"
	told late 1 || fail "late: $(cat "$WORK/late.said")"
	outcome
}

crashed() {
	begin "$@"
	ip -n n1 link set eth0 down
	server_down n1
	in_ns n2 ssictl table set c --buckets 3 --owned 1,2 --cold 1
	sleep 15
	done_with
	ip -n n1 link set eth0 up
	up n1
	(($(lost) > 0)) || fail "no lock was lost, which shows nothing: $(outcome)"
	told sync 2 || fail "sync: $(cat "$WORK/sync.said")"
	told late "${least:-1}" || fail "late: $(cat "$WORK/late.said")"
	outcome
}

# With the mount option "sync" each write is at the server before the program goes on.
crashed_sync() { least=2 crashed sync; }

# sessions_begin: of a client of n1; NFS has two files locked besides.
sessions_begin() {
	local kind
	begin
	for kind in smb ftp; do
		nsenter --net=/run/netns/c1 -- python3 "$(dirname "$0")/lib/session.py" $kind "$VIP" >"$WORK/$kind.said" 2>&1 &
		echo $! >"$WORK/$kind.pid"
	done
	for kind in smb ftp; do until_ok said $kind begun; done
}

sessions_end() {
	local kind
	for kind in smb ftp; do kill "$(cat "$WORK/$kind.pid")" || true; done
	for kind in smb ftp; do until_ok said $kind ended; done
	done_with
}

# The bucket goes to n2 and comes back, again and again, and at last n1 dies. Nobody ends a drain.
through_moves() {
	local i kind facts
	sessions_begin
	for ((i = 0; i < ${CHANGES:-50}; i += 2)); do
		moved
		sleep 0.5
		in_ns n2 ssictl table set c --buckets 3 --owned 2
		in_ns n1 ssictl table set c --buckets 3 --owned 1
		sleep 0.5
	done
	for kind in smb ftp; do ! said $kind broken || fail "$kind: $(cat "$WORK/$kind.said")"; done
	for kind in sync late; do ! said $kind errno || fail "$kind: $(cat "$WORK/$kind.said")"; done
	same "locks that the client's kernel lost" 0 "$(lost)"
	facts="$i moves: none broken"
	ip -n n1 link set eth0 down
	server_down n1
	in_ns n2 ssictl table set c --buckets 3 --owned 1,2 --cold 1
	for kind in smb ftp; do until_ok said $kind broken; done
	sessions_end
	ip -n n1 link set eth0 up
	up n1
	for kind in smb ftp; do facts+="; $kind: $(paste -sd' ' "$WORK/$kind.said")"; done
	echo "$facts; $(outcome)"
}

quiet_kernel
switch bridge
nodes 3
table "$WORK/table" 3
namespace c1
plug c1 pc1 0a:00:00:00:01:01 "$(first_of "$WORK/table" n1 10.9.1.10-10.9.1.99)/16"
mkdir -p $export_dir
mount -t tmpfs -o size=16m,mode=755 export $export_dir
echo the marker >$export_dir/marker
for node in n0 n1 n2; do up $node; done
modprobe ssi_filter

named claim_14_nfs4_locks_stay_with_a_planned_move planned
named claim_14_nfs4_locks_are_not_lost_in_silence ended
named claim_14_nfs4_locks_after_a_crash crashed
named claim_14_nfs4_locks_after_a_crash_sync crashed_sync
# SSI_GUEST_PACKAGES="samba smbclient vsftpd" has what this takes.
if [[ -x /usr/sbin/smbd ]]; then
	named claim_14_smb_ftp_nfs_through_50_moves through_moves
fi
