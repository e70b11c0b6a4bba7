# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Nodes on which the pages of Documentation/howto are followed: names, addresses and commands are the pages' own.
#
#     n1 n2 n3 eth0  192.0.2.1 …, 2001:db8::1 …   ── p1 p2 p3 ┐ sw: br0 ┌ pc1 … ── eth0 c1 …
#     VIP 192.0.2.10, 2001:db8::10                            ┘        ┘
#     n1 n2 n3 ring0 10.0.0.1 …                   ── r1 r2 r3 ─ rsw: br0
#
# Each has a mount namespace with an /etc, a /var and a /run of its own, and in its PATH what does systemctl's work (systemctl.py). ssid runs without
# Corosync. (ring.sh has what is a node's own, daemon.sh what is done to ssid.)

members=(n1 n2 n3)
VIP=192.0.2.10 VIP6=2001:db8::10
pages=/usr/share/doc/ssi
# What each has besides: /etc and /var are its own as a whole.
# shellcheck disable=SC2034 # ring.sh makes them
node_places=(/srv/node)

tidy_first() {
	howto_end
	ring_files_down
	umount -l /srv/export /srv/shared
}

# block PAGE NAME
block() { "$(dirname "$0")/lib/blocks.py" "$pages/$1" "$2"; }

# as NODE COMMAND…: there, under its name.
as() {
	local node=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands
	in_node "$node" unshare --uts env PATH="/run/bin:$PATH" sh -c 'echo "$0" >/proc/sys/kernel/hostname; exec "$@"' "$node" "$@"
}

# follow NODE: it does what comes in, as a reader would who copies it into a root's shell.
follow() { as "$1" bash -euo pipefail -s; }

# own_files NODE…
own_files() {
	local node
	node_files "$@"
	for node; do
		in_node "$node" bash -e -s "$(cd "$(dirname "$0")/lib" && pwd)/systemctl.py" <<-'END'
			mkdir /run/bin /run/over
			mount -t tmpfs -o mode=755 over /run/over
			for place in etc var; do
				mkdir /run/over/$place{,.work}
				mount -t overlay -o lowerdir=/$place,upperdir=/run/over/$place,workdir=/run/over/$place.work own /$place
			done
			ln -s "$1" /run/bin/systemctl
			mkdir -p /etc/ssi /var/lib/ssi /var/log/samba
		END
	done
}

howto_nodes() {
	local i
	# Where nodes have one file system, and what only one has.
	mkdir -p /srv/export /srv/shared /srv/node
	mountpoint -q /srv/export || mount -t tmpfs -o size=64m,mode=1777 export /srv/export
	mountpoint -q /srv/shared || mount -t tmpfs -o size=96m,mode=755 shared /srv/shared
	mkdir -p /srv/shared/{statd,nfsdcld}
	echo the marker >/srv/export/marker
	switch bridge
	namespace rsw
	ip -n rsw link add br0 type bridge
	ip -n rsw link set br0 up
	for i in 1 2 3; do
		namespace n$i
		plug n$i p$i "$(node_mac $i)" 192.0.2.$i/24
		ip -n n$i addr add 2001:db8::$i/64 dev eth0 nodad
		ip -n rsw link add r$i type veth peer name ring0 netns n$i
		ip -n rsw link set r$i master br0 up
		ip -n n$i addr add 10.0.0.$i/24 dev ring0
		ip -n n$i link set ring0 up
	done
	modprobe ssi_filter
	own_files "${members[@]}"
	(umask 077 && openssl rand -hex 32 >"$WORK/key")
}

# howto_client NAME ADDRESS…
howto_client() {
	namespace "$1"
	plug "$1" "p$1" "0a:00:00:00:00:${2##*.}" "$2/24"
	ip -n "$1" addr add "2001:db8::c${2##*.}/64" dev eth0 nodad
	own_files "$1"
}

# howto_file PAGE: the cluster file of a page. An emulated machine, which is all nodes, needs longer leases.
howto_file() {
	local i
	printf '%s\n' 'name = "store"' "vips = [\"$VIP/32\", \"$VIP6/64\"]" 'interface = "eth0"' 'key-file = "/etc/ssi/store.key"'
	block "$1" daemon | sed "s/^\[daemon\]/&\nlease = $SSID_LEASE\nbeat = 1000\nadapt = false\nquiet-load = 1000000000/"
	for i in 1 2 3; do printf '\n[[node]]\nname = "n%d"\nrank = %d\naddresses = ["10.0.0.%d"]\n' $i $((i - 1)) $i; done
}

# howto_begin PAGE: ssid on all nodes.
howto_begin() {
	local node
	howto_file "$1" >"$WORK/store.toml"
	for node in "${members[@]}"; do
		in_node "$node" install -m 600 "$WORK/key" /etc/ssi/store.key
		in_node "$node" cp "$WORK/store.toml" /etc/ssi/store.toml
		howto_ssid "$node"
	done
	howto_ready
}

howto_ssid() { daemon "$1" ssid env PATH="/run/bin:$PATH" nice -n -10 ssid --node "$1" /etc/ssi/store.toml; }

howto_ready() {
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
}

# owner CLIENT: the node that takes what is new of it.
owner() {
	until_ok has_owner "$1"
	cat "$WORK/owner"
}

has_owner() {
	local node
	for node in "${members[@]}"; do
		! in_node "$node" ssictl -j explain store "$1" 2>/dev/null | jq -e '.. | objects | select(.owned? == true)' >/dev/null || echo "$node"
	done >"$WORK/owner"
	[[ $(wc -l <"$WORK/owner") == 1 ]]
}

is_owned_elsewhere() { has_owner "$1" && [[ $(<"$WORK/owner") != "$2" ]]; }

# die NODE: as if its power were cut: whoever writes down what it has is gone before the kernel's server is, and says nothing.
die() {
	cut_off "$1"
	in_node "$1" rpc.nfsd 0 2>/dev/null || true
	in_node "$1" ss --kill --tcp state all >/dev/null || true
	forgotten "$1"
}

# cut_off NODE: its programs and its links are gone. What the kernel serves by itself is still there, and nobody hears of it.
cut_off() {
	daemons_down "$1"
	ip -n "$1" link set eth0 down
	ip -n "$1" link set ring0 down
	ip netns pids "$1" | xargs -r kill -KILL || true
}

# forgotten NODE: what its memory had.
forgotten() {
	in_ns "$1" ssictl cluster del store || true
	in_node "$1" sh -c 'rm -f /run/units/*'
}

# links_up NODE
links_up() {
	ip -n sw link set "p${1#n}" up
	ip -n "$1" link set ring0 up
	ip -n "$1" link set eth0 up
	ip -n "$1" addr replace "2001:db8::${1#n}/64" dev eth0 nodad
}

howto_end() {
	local node
	daemons_down "${members[@]}"
	for node in "${members[@]}"; do
		ip netns pids "$node" | xargs -r kill -KILL || true
		in_node "$node" rpc.nfsd 0 2>/dev/null || true
		in_ns "$node" ssictl cluster del store 2>/dev/null || true
		in_node "$node" nft delete table inet ssi-nfs 2>/dev/null || true
		in_node "$node" sh -c 'rm -rf /run/units/* /var/lib/ssi/*' || true
		links_up "$node" || true
	done
}
