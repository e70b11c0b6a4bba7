# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Nodes with servers whose clients have state: the kernel's NFS, and Samba and vsftpd where the guest has them
# (SSI_GUEST_PACKAGES="samba smbclient vsftpd"), each with state of its own, and one file system under one fsid, as a cluster file system would be:
# a lock that one server gives out the others see. (ring.sh has what is a node's own.)

export_dir=/srv/export
# What nodes have of each other: statd's list of clients with locks, and nfsdcld's, a folder a node.
shared_dir=/srv/shared
# How long servers that were started anew let clients reclaim, in s. The kernel's own is 90.
grace=${grace:-10}

# storage_room: before nodes have mount namespaces of their own.
storage_room() {
	mkdir -p $export_dir $shared_dir
	mountpoint -q $export_dir || mount -t tmpfs -o size=16m,mode=755 export $export_dir
	mountpoint -q $shared_dir || mount -t tmpfs -o size=16m,mode=755 shared $shared_dir
	mkdir -p $shared_dir/{statd,nfsdcld}
	echo the marker >$export_dir/marker
	[[ ! -d /proc/sys/fs/nfs ]] || sysctl -qw fs.nfs.nlm_tcpport=32803 fs.nfs.nlm_udpport=32803 fs.nfs.nlm_grace_period="$grace"
}

storage_room_down() {
	umount -l $export_dir $shared_dir
}

# serve_files: SMB and FTP, in a node's places, where the guest has the programs.
serve_files() {
	[[ -x /usr/sbin/smbd ]] || return 0
	cat >/run/smb.conf <<-CONF
		[global]
		map to guest = bad user
		guest account = root
		disable netbios = yes
		load printers = no
		[share]
		path = /srv/export
		guest ok = yes
		read only = yes
	CONF
	smbd -D -s /run/smb.conf
	printf '%s\n' listen=YES anonymous_enable=YES anon_root=/srv/export background=YES secure_chroot_dir=/run/vsftpd/empty >/run/vsftpd.conf
	vsftpd /run/vsftpd.conf
}

# storage_up NODE: its servers. Nobody had state here before, so nobody is waited for.
storage_up() {
	export -f serve_files
	in_node "$1" bash -e -s "$1" "$grace" <<-'END'
		places=(/var/lib/nfs /var/lib/samba /var/cache/samba /var/log/samba)
		mkdir -p "${places[@]}" /run/{bin,rpcbind,rpc_pipefs,samba,vsftpd/empty} /srv/shared/{nfsdcld/$1,statd/$1/{sm,sm.bak}}
		chown -R statd /srv/shared/statd/$1
		for place in "${places[@]}"; do mountpoint -q $place || mount -t tmpfs state $place; done
		mountpoint -q /run/rpc_pipefs || mount -t rpc_pipefs pipes /run/rpc_pipefs
		mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
		touch /var/lib/nfs/{etab,rmtab}
		mkdir -p /var/lib/samba/private
		# What systemd would do for the example of notify.
		cat >/run/bin/systemctl <<-UNITS
			#!/bin/sh
			case "\$*" in
			"stop nfs-server.service") rpc.nfsd 0 ;;
			"stop nfsdcld.service") pkill -x --ns \$\$ --nslist net nfsdcld ;;
			"start nfsdcld.service") nfsdcld -p /run/rpc_pipefs -s /srv/shared/nfsdcld/$1 ;;
			"start nfs-server.service") rpc.nfsd --nfs-version 3 --nfs-version 4.2 --no-udp --scope store 4 && touch /run/begun ;;
			"is-active --quiet nfs-server.service") [ "\$(cat /proc/fs/nfsd/threads)" != 0 ] ;;
			*) exit 1 ;;
			esac
		UNITS
		chmod +x /run/bin/systemctl
		rpcbind -w
		rpc.statd --no-notify --state-directory-path /srv/shared/statd/$1 --port 32765
		exportfs -o rw,fsid=0,no_subtree_check,insecure,no_root_squash '*:/srv/export'
		for time in lease grace; do echo $2 >/proc/fs/nfsd/nfsv4${time}time; done
		rpc.mountd --port 20048
		/run/bin/systemctl start nfsdcld.service
		/run/bin/systemctl start nfs-server.service
		echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null || true
		serve_files
	END
}

# storage_gate NODE: clients are let in 4 s after they knocked.
storage_gate() {
	sed 's/timeout 2s/timeout 4s/' /usr/share/doc/ssi/examples/nfs/ssi-nfs.nft | in_node "$1" nft -f -
}

# storage_down NODE: as if its power were cut: whoever writes down what it has is gone before the kernel's server is, and says nothing. Its links are
# to be cut before.
storage_down() {
	ip netns pids "$1" | xargs -r kill -KILL || true
	in_node "$1" rpc.nfsd 0 || true
	# A kernel that dies has no connections any more; clients use their ports again.
	in_node "$1" ss --kill --tcp state all >/dev/null || true
}

# storage_client NAME ADDRESS: with what a client of NFSv3 has that locks.
storage_client() {
	namespace "$1"
	plug "$1" "p$1" "$3" "$2"
	node_files "$1"
	in_node "$1" bash -e <<-'END'
		mount -t tmpfs state /var/lib/nfs
		mkdir -p /run/rpcbind /var/lib/nfs/{sm,sm.bak}
		chown -R statd /var/lib/nfs
		rpcbind -w
		rpc.statd --no-notify
	END
}

# held FILE: somebody has it locked, whichever server gave the lock out.
held() {
	python3 - "$export_dir/$1" <<-END
		import fcntl, sys
		try:
		    fcntl.lockf(open(sys.argv[1], "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
		    sys.exit(0)
		sys.exit(1)
	END
}
