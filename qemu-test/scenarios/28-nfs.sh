#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 36 35
# The kernel's own NFS client mounts the cluster's address, the kernel's own servers on the nodes answer. All export one
# file system under one fsid, as a cluster file system would be: same data, same file handles.
#
#     n0 n1 n2 knfsd, eth0 ── p0 p1 p2 ┐          ┌ pc1 ── eth0 c1: a client of n1
#     10.9.0.100, fd5a::100            ┤ sw: br0 ├
#                                      ┘          └ pc2 ── eth0 c2: a client of n2
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

MIB=256
export_dir=/srv/export

tidy_first() {
	local node
	unmount
	for node in n0 n1 n2; do server_down $node; done
	umount $export_dir
}

after_failure() {
	unmount
	remove_clusters
}

unmount() {
	local dir
	for dir in "$WORK"/mnt/*; do ! mountpoint -q "$dir" || umount -f -l "$dir"; done
}

# One random block, turned by another number of bytes for each 8 MiB: a part that is repeated or misplaced would show.
make_data() {
	local block=$WORK/block turn
	mkdir -p $export_dir
	mount -t tmpfs -o size=$((MIB + 16))m export $export_dir
	dd if=/dev/urandom of="$block" bs=1M count=8 status=none
	for ((turn = 0; turn < MIB * 4000; turn += 32000)); do
		tail -c +$((turn + 1)) "$block"
		head -c $turn "$block"
	done >$export_dir/data
	same "bytes of data" $((MIB << 20)) "$(stat -c %s $export_dir/data)"
}

# Servers have a mount namespace each, since their state is files. The kernel's server registers with rpcbind; clients
# are told the ports and do not ask it.
server_up() {
	in_ns "$1" unshare -m bash -e <<-'END'
		mount --make-rprivate /
		mount -t tmpfs run /run
		mount -t tmpfs state /var/lib/nfs
		touch /var/lib/nfs/{etab,rmtab}
		mkdir -p /run/rpcbind
		rpcbind -w
		mount -t nfsd nfsd /proc/fs/nfsd
		exportfs -o ro,fsid=1,no_subtree_check,insecure '*:/srv/export'
		rpc.nfsd --nfs-version 3 --no-nfs-version 4 --no-udp 4
		rpc.mountd --port 20048 --no-nfs-version 4
	END
}

# The file system shows the server of the namespace that mounts it.
server_down() {
	in_ns "$1" unshare -m bash -c 'mount -t nfsd nfsd /proc/fs/nfsd && rpc.nfsd 0'
	ip netns pids "$1" | xargs -r kill
}

# client NAME NODE: with addresses that are the node's in both families.
client_of() {
	local v4 v6
	v4=$(first_of "$WORK/table" "$2" 10.9.1.10-10.9.1.99)
	v6=$(first_of "$WORK/table" "$2" fd5a::1:10-fd5a::1:99)
	namespace "$1"
	plug "$1" "p$1" "0a:00:00:00:01:0${2#n}" "$v4/16"
	ip -n "$1" -6 addr add "$v6/64" dev eth0 nodad
}

# mount_at CLIENT 4|6
mount_at() {
	local host=$VIP proto=tcp
	[[ $2 == 4 ]] || host="[$VIP6]" proto=tcp6
	mkdir -p "$WORK/mnt/$1"
	in_ns "$1" mount -t nfs "$host:$export_dir" "$WORK/mnt/$1" \
		-o "ro,soft,timeo=600,vers=3,nolock,proto=$proto,port=2049,mountproto=$proto,mountport=20048"
}

# checksum CLIENT MIB: past the client's cache.
checksum() {
	dd if="$WORK/mnt/$1/data" iflag=direct bs=1M count="$2" status=none | md5sum
}

# bytes_read NODE: by clients of the node's server.
bytes_read() {
	# shellcheck disable=SC2016 # awk expands
	in_ns "$1" awk '$1 == "io" { print $2 }' /proc/net/rpc/nfsd
}

# reads MODE FAMILY MIB
reads() {
	local mode=$1 family=$2 size=$3 node sum before=() got=()
	sum=$(head -c "${size}M" $export_dir/data | md5sum)
	for node in n0 n1 n2; do before+=("$(bytes_read $node)"); done
	mount_at c1 "$family"
	mount_at c2 "$family"
	checksum c1 "$size" >"$WORK/c1.sum" &
	checksum c2 "$size" >"$WORK/c2.sum"
	wait
	same "checksum at c1" "$sum" "$(cat "$WORK/c1.sum")"
	same "checksum at c2" "$sum" "$(cat "$WORK/c2.sum")"
	told "$mode" c1
	told "$mode" c2
	for node in n0 n1 n2; do got+=($(($(bytes_read $node) - before[${node#n}]))); done
	same "bytes that n0, n1 and n2 served" "0 $((size << 20)) $((size << 20))" "${got[*]}"
	umount "$WORK/mnt/c1" "$WORK/mnt/c2"
	echo "$size MiB with the right checksum from n1 to c1 and from n2 to c2"
}

# next_mib NODE N [anew]: the open file's Nth MiB is right, and NODE served it, and no other. "anew": the connection is reset first.
# Then the client's kernel, on a busy machine, asks for some of it twice over the new one.
next_mib() {
	local before all want got
	before=$(bytes_read "$1") all=$(bytes_of_all)
	want=$(tail -c +$((($2 - 1) * 1048576 + 1)) $export_dir/data | head -c 1M | md5sum)
	same "MiB $2" "$want" "$(dd bs=1M count=1 iflag=direct status=none <&5 | md5sum)"
	got=$(($(bytes_read "$1") - before))
	same "bytes that others than $1 served" 0 $(($(bytes_of_all) - all - got))
	if [[ ${3-} != anew ]] || ((got < 1048576 || got > 2 * 1048576)); then
		same "bytes that $1 served" 1048576 $got
	fi
}

bytes_of_all() { echo $(($(bytes_read n0) + $(bytes_read n1) + $(bytes_read n2))); }

# sessions NODE PORT [ARG…]: what the node has of them.
sessions() {
	local node=$1 port=$2
	shift 2
	in_ns "$node" ssictl -j sessions c "$@" | jq -r --argjson port "$port" '.[] | select(.port == $port) | "\(.port) \(.state) \(.role)"'
}

# While the client has a file open its bucket moves. The node that gave it away drains the connection; once that is over
# the client goes on at a server that never heard of it. And the judge sees a byte that differs.
moves() {
	local one
	mount_at c1 4
	exec 5<"$WORK/mnt/c1/data"
	next_mib n1 1
	same "sessions of the kernel's server" "2049 established owned" "$(sessions n1 2049)"
	in_ns n1 ssictl table set c --buckets 3 --owned none
	in_ns n2 ssictl table set c --buckets 3 --owned 1,2
	next_mib n1 2
	same "sessions of the kernel's server" "2049 established draining" "$(sessions n1 2049 --draining)"
	same "ended" 1 "$(in_ns n1 ssictl -j table settle c 1 | jq .ended)"
	same "sessions of the kernel's server" "" "$(sessions n1 2049)"
	in_ns n2 ssictl table settle c 1
	next_mib n2 3 anew
	exec 5<&-
	one=$(tail -c +1048577 $export_dir/data | head -c 1M | md5sum)
	printf x | dd of=$export_dir/data bs=1 seek=1500000 conv=notrunc status=none
	[[ $one != "$(dd if="$WORK/mnt/c1/data" bs=1M skip=1 count=1 iflag=direct status=none | md5sum)" ]] ||
		fail "the judge does not see a byte that differs"
	umount "$WORK/mnt/c1"
	echo "an open file is read on at n1, which gave the client's bucket away, and then at n2, which has it"
}

quiet_kernel
switch bridge
nodes 3
both_families 3
table "$WORK/table" 3
client_of c1 n1
client_of c2 n2
make_data
for node in n0 n1 n2; do server_up $node; done
modprobe ssi_filter

claim claim_1_nfs_reads_256_mib in_mode multicast "$WORK/table" reads multicast 4 $MIB
also claim_1_nfs_reads_over_ipv6 in_mode multicast "$WORK/table" reads multicast 6 64
also claim_3_nfs_reads_256_mib_forward_all in_mode forward-all "$WORK/table" reads forward-all 4 $MIB
also claim_3_nfs_reads_256_mib_forward_owner in_mode forward-owner "$WORK/table" reads forward-owner 4 $MIB
claim claim_14_nfs_file_is_read_on_at_another_node in_mode multicast "$WORK/table" moves
