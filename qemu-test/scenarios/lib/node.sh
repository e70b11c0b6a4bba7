#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Run on a node of qemu-test/cluster, as "node.sh FUNCTION …": what a machine does that lib/machines.sh has in its hand.
# /mnt/out/disk is what outlives a power cut.
set -eu

# up RANK: its network, the data, and a place for what daemons remember.
up() {
	local path
	network "$1"
	data
	mkdir -p /etc/corosync /etc/ssi /var/log/corosync
	for path in /var/lib/ssi /var/lib/corosync; do
		mkdir -p $path "/mnt/out/disk$path"
		mount --bind "/mnt/out/disk$path" $path
	done
	modprobe ssi_filter
}

# network RANK: links and addresses as in lib/net.sh.
network() {
	local rank=$1
	sysctl -q -w net.ipv4.conf.all.arp_ignore=1 net.core.somaxconn=65535 net.ipv4.tcp_max_syn_backlog=65535 \
		net.ipv4.tcp_synack_retries=0 net.ipv4.tcp_syncookies=0
	ip -batch - <<-END
		addr add 10.9.0.$((rank + 1))/16 dev eth0
		addr add fd5a::$((rank + 1))/64 dev eth0 nodad
		addr add 10.8.0.$((rank + 1))/24 dev ring0
		link set eth0 up
		link set ring0 up
	END
	offloads eth0
	offloads ring0
	ways
}

# data: what all machines have.
data() {
	local disk=/dev/ubdc
	[[ $SSI_LANE != stock ]] || disk=/dev/vdc
	mkdir -p /srv/export
	mount -t erofs -o ro $disk /srv/export
}

# User Mode Linux's links cannot hand on what is longer than a frame.
offloads() {
	[[ $SSI_LANE == stock ]] || ethtool -K "$1" tso off gso off >/dev/null
}

# ways: to the clients that are behind the one with a link, and to those of storms.
ways() {
	local slow=
	[[ $SSI_LANE != stock ]] || slow="rto_min 3s"
	ip -batch - <<-END
		route add 10.64.0.0/10 via 10.9.1.1 dev eth0 $slow
		route add fd5b::/64 via fd5a::fffe dev eth0 $slow
		route add 10.128.0.0/16 via 10.9.1.2 dev eth0
		route add fd5c::/64 via fd5a::fffd dev eth0
	END
}

# steer TICK: so many microseconds does the clock gain in a hundredth of a second.
steer() { "$(dirname "$0")/steer.py" "$1"; }

# deaf: its firewall lets none of the daemons' datagrams through, and clients' packets as before.
deaf() {
	nft -f - <<-END
		table inet deaf {
			chain in { type filter hook input priority 0; udp dport 9463 drop; }
			chain out { type filter hook output priority 0; udp dport 9463 drop; }
		}
	END
}

hears() { nft delete table inet deaf; }

# web: the same files by HTTP, /slow/ slowly.
web() {
	cat >/run/nginx.conf <<-CONF
		user root; worker_processes 1; pid /run/nginx.pid; error_log /run/nginx.error;
		events { worker_connections 4096; }
		http {
			access_log off; sendfile on; keepalive_timeout 0;
			server {
				listen 80 backlog=4096; listen [::]:80 backlog=4096; root /srv/export; add_header X-Node $HOSTNAME;
				location /slow/ { alias /srv/export/; limit_rate 32k; }
			}
		}
	CONF
	nginx -c /run/nginx.conf -e /run/nginx.error
}

# services: the same by NFS, too.
services() {
	web
	# A disk of User Mode Linux seems to tell at times that it has read something only when the next thing is read: twice a
	# client of NFS waited for minutes. So all is read by now.
	cat /srv/export/* >/dev/null
	mkdir -p /run/rpcbind
	rpcbind -w
	mount -t nfsd nfsd /proc/fs/nfsd
	exportfs -o ro,fsid=1,no_subtree_check,insecure '*:/srv/export'
	rpc.nfsd --nfs-version 3 --no-nfs-version 4 --no-udp 4
	rpc.mountd --port 20048 --no-nfs-version 4
}

# pace RATE|none: how fast each connection may be. Slow ones come by two frames, and not in lumps with pauses between.
pace() {
	case $1 in
	*kbit) ip link set eth0 gso_max_segs 2 ;;
	*) ip link set eth0 gso_max_segs 65535 ;;
	esac
	if [[ $1 == none ]]; then
		tc qdisc del dev eth0 root 2>/dev/null || true
	elif ! tc qdisc change dev eth0 root fq maxrate "$1" 2>/dev/null; then
		tc qdisc add dev eth0 root fq maxrate "$1"
	fi
}

# bytes_read: by clients of NFS.
bytes_read() {
	awk '$1 == "io" { print $2 }' /proc/net/rpc/nfsd
}

# daemon NAME COMMAND…
daemon() {
	local name=$1
	shift
	printf '%s\0' "$@" >"/run/$name.command"
	setsid -- "$@" </dev/null >>"/mnt/out/$name.out" 2>&1 &
	echo $! >"/run/$name.pid"
}

running() { [[ -e /proc/$(cat "/run/$1.pid" 2>/dev/null)/exe ]]; }

# signal NAME SIGNAL: KILL and TERM have done their work when this returns.
signal() {
	local _
	kill "-$2" "$(<"/run/$1.pid")"
	[[ $2 == KILL || $2 == TERM ]] || return 0
	for _ in {1..300}; do
		running "$1" || return 0
		sleep 0.1
	done
	echo "$1 does not end" >&2
	return 1
}

# again NAME: it ends in order, and is started as it was.
again() {
	local command
	signal "$1" TERM
	mapfile -d '' -t command <"/run/$1.command"
	daemon "$1" "${command[@]}"
}

# anew: the module goes, and comes again.
anew() {
	ssictl cluster del c
	rmmod ssi_filter
	modprobe ssi_filter
}

"$@"
