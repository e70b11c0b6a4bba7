#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 400
# The how-tos, followed: each page's own commands, under ssid, and a failover in the middle. All of it is run by name; what it takes is in
#     SSI_GUEST_PACKAGES="ctdb samba python3-samba smbclient"
# of which NFS needs nothing. (The topology is in lib/howto.sh.)
SSID_LEASE=${SSID_LEASE:-10000}
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/storage.sh"
. "$(dirname "$0")/lib/howto.sh"

after_failure() {
	dmesg | tail -n 20
	tail -n 5 "$WORK"/nodes/*/*.{out,err}
	howto_end
}

said() { grep -q "^$2" "$(node_dir c1)/$1.out"; }
lost() { kernel_says | grep -c 'lost [0-9]* locks' || true; }
all_held() { held v3 && held v4; }

# mounted VERSION BLOCK: by the page, but that it is not the client's only one.
mounted() {
	in_node c1 mkdir -p "/mnt/$1"
	block howto/nfs.md "$2" | sed "s| /mnt\$| /mnt/$1|" | follow c1
	daemon c1 "v$1" python3 "$(cd "$(dirname "$0")" && pwd)/lib/locker.py" "/mnt/$1/v$1" sync
	until_ok said "v$1" locked
}

# nfs_servers: as the page has them.
nfs_servers() {
	local node
	for node in "${members[@]}"; do
		block howto/nfs.md configure | follow "$node"
		block howto/nfs.md notify | follow "$node"
		# An emulated machine takes seconds until a server has stopped.
		in_node "$node" sed -i 's/timeout 2s/timeout 6s/' /etc/nftables.d/ssi-nfs.nft
		in_node "$node" nft -f /etc/nftables.d/ssi-nfs.nft
	done
}

# shellcheck disable=SC2016 # the inner shell expands
serves_nfs() { in_node "$1" sh -c 'nc -z 127.0.0.1 20048 && [ "$(cat /proc/fs/nfsd/threads)" != 0 ]' && ! ip netns pids "$1" | xargs ps -o args= | grep -q ssi-nfs; }

# nfs_client: its locks.
nfs_client() {
	local node
	kernel_mark
	# Who is the first to serve is notified of all buckets, as nobody was there to drain them.
	for node in "${members[@]}"; do until_ok serves_nfs "$node"; done
	block howto/nfs.md mount3 >/dev/null
	block howto/nfs.md mount4 >/dev/null
	as c1 systemctl start rpcbind rpc-statd
	mounted 3 mount3
	mounted 4 mount4
	sleep 1
}

nfs_begin() {
	nfs_servers
	howto_begin howto/nfs.md
	nfs_client
}

# nfs_end: no lock was lost, nor did a write fail.
nfs_end() {
	local v
	for v in 3 4; do kill "$(pid_of c1 v$v)"; done
	for v in 3 4; do until_ok said v$v closed; done
	same "locks that the client's kernel lost" 0 "$(lost)"
	for v in 3 4; do ! said v$v errno || fail "v$v: $(<"$(node_dir c1)/v$v.out")"; done
	for v in 3 4; do in_node c1 umount /mnt/$v; done
	facts=$(for v in 3 4; do paste -sd' ' "$(node_dir c1)/v$v.out"; done | paste -sd';')
	howto_end
}

# all_again NODE: all locks are held again, by another server.
all_again() {
	local begun=${EPOCHREALTIME/[.,]/}
	until_ok is_owned_elsewhere 192.0.2.50 "$1"
	until_ok all_held
	took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	sleep 22
	all_held || fail "a lock was lost later"
	same "what the notified say" "" "$(ssid_status "$(others "$1" | cut -d' ' -f1)" | jq -r '.trouble[] | select(startswith("notify"))')"
}

nfs() {
	local node took facts
	nfs_begin
	node=$(owner 192.0.2.50)
	die "$node"
	! held v3 || fail "the lock outlived its server: this shows nothing"
	all_again "$node"
	nfs_end
	echo "$node died: all locks held again $took ms later, with a lease of $SSID_LEASE ms; NFSv3: ${facts%;*}; NFSv4.2: ${facts#*;}"
}

# A node that loses nothing but its clients' link lives, and gives its buckets away in order.
nfs_link() {
	local node took facts
	nfs_begin
	node=$(owner 192.0.2.50)
	ip -n sw link set "p${node#n}" down
	all_again "$node"
	grep -h 'have broken' "$WORK"/nodes/n*/ssid.{out,err} >&2 || fail "nobody was told that sessions broke"
	ip -n sw link set "p${node#n}" up
	nfs_end
	echo "$node lost its link: all locks held again $took ms later; NFSv3: ${facts%;*}; NFSv4.2: ${facts#*;}"
}

is_healthy() { [[ $(in_node "$1" ctdb -X status 2>/dev/null | grep -c '|0|0|0|0|0|0|') -ge $2 ]]; }
answers_smb() { in_node "$1" nc -z 127.0.0.1 445; }

# opener CLIENT: opens the marker for itself alone.
opener() { daemon "$1" opener python3 "$(cd "$(dirname "$0")" && pwd)/lib/opener.py" $VIP marker; }
opened_again() { [[ $(grep -c ^open "$(node_dir "$1")/opener.out") == 2 ]]; }
opener_said() { grep -q "^$2" "$(node_dir "$1")/opener.out"; }

# another_client NODE: an address of a client that this node does not serve.
another_client() {
	local i
	for i in {60..99}; do
		if [[ $(owner "192.0.2.$i") != "$1" ]]; then
			echo "192.0.2.$i"
			return
		fi
	done
	fail "all clients are $1's"
}

smb() {
	local node begun took
	for node in "${members[@]}"; do
		in_node "$node" mkdir -p /var/lib/ctdb/{volatile,persistent,state} /var/lib/samba/private /var/cache/samba /run/ctdb
		# "ctdb status" at the end of the block is for people, and all are not there yet.
		{ block howto/smb.md configure | grep -v '^ctdb status$'; } | follow "$node"
	done
	for node in "${members[@]}"; do until_ok is_healthy "$node" 3; done
	for node in "${members[@]}"; do block howto/smb.md start | follow "$node"; done
	for node in "${members[@]}"; do until_ok answers_smb "$node"; done
	howto_begin howto/smb.md
	block howto/smb.md client | follow c1 >&2
	[[ -s /srv/export/written ]] || fail "the client's file is not there"
	node=$(owner 192.0.2.50)
	howto_client c2 "$(another_client "$node")"
	opener c1
	until_ok opener_said c1 open
	opener c2
	until_ok opener_said c2 'open\|refused'
	opener_said c2 refused || fail "a client of another node has the file open, too"
	die "$node"
	begun=${EPOCHREALTIME/[.,]/}
	until_ok opener_said c1 broken
	until_ok opened_again c1
	took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	kill "$(pid_of c1 opener)"
	howto_end
	echo "$node died: the client's session broke and had its file open again $took ms later, with a lease of $SSID_LEASE ms; $(paste -sd' ' "$(node_dir c2)/opener.out") before"
}

quiet_kernel
howto_nodes
howto_client c1 192.0.2.50

named claim_14_howto_nfs nfs
named claim_14_howto_nfs_a_link nfs_link
if [[ -x /usr/sbin/ctdbd ]]; then
	named claim_14_howto_smb smb
fi
