# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Corosync in nodes, each on its own: a link of its own beside the clients' LAN, and files of its own.
#
#     n0 ring0 10.8.0.1 ── r0 ┐
#     n1 ring0 10.8.0.2 ── r1 ┤ rsw: br0, and a bridge more for each part that is cut off
#      …                   …  ┘
#
# A node is a network namespace and a mount namespace. The latter has /run, /dev/shm, /etc/corosync, /etc/ssi and the state
# of daemons for itself; of these, $WORK/nodes/NODE/disk outlives the node's end. A test is a subshell, so what is to be
# known later (process ids) is in files: $WORK/nodes/NODE/DAEMON.pid.

# Milliseconds after which a token that does not come is lost, how often links are asked, and whether all of it is
# encrypted. An emulated processor, which does all that several machines do, is late by hundreds of milliseconds at times
# and has no instructions for AES.
case ${SSI_LANE:-} in
stock) RING_TOKEN=${RING_TOKEN:-3000} ring_ping=1000 ring_crypto="none none" ;;
*) RING_TOKEN=${RING_TOKEN:-1000} ring_ping=200 ring_crypto="aes256 sha256" ;;
esac

# node_dir NODE: what a node has on this machine.
node_dir() {
	echo "$WORK/nodes/$1"
}

# Mount namespaces are kept by files, which have to be on a mount that is nobody else's.
node_files_room() {
	[[ ! -d $WORK/nodes ]] || return 0
	mkdir -p "$WORK/nodes"
	mount -t tmpfs -o mode=755 nodes "$WORK/nodes"
	mount --make-private "$WORK/nodes"
}

# What each has for itself on its disk.
node_places=(/etc/corosync /etc/ssi /var/lib/corosync /var/lib/ssi /var/log/corosync)

# node_files NODE…: makes its mount namespace. What is in /run and /dev/shm is new.
node_files() {
	local node dir path
	node_files_room
	mkdir -p "${node_places[@]}"
	for node; do
		dir=$(node_dir "$node")
		for path in "${node_places[@]}"; do mkdir -p "$dir/disk$path"; done
		: >"$dir/mounts"
		# shellcheck disable=SC2016 # the inner shell expands
		in_ns "$node" unshare --mount="$dir/mounts" --propagation private sh -eu -c '
			mount -t tmpfs -o mode=755 private /run
			mount -t tmpfs -o mode=1777 private /dev/shm
			mount -t sysfs private /sys
			dir=$1
			shift
			for path; do mount --bind "$dir/disk$path" "$path"; done' sh "$dir" "${node_places[@]}"
	done
}

# in_node NODE COMMAND…: with the node's network and files.
in_node() {
	local node=$1
	shift
	nsenter --net="/run/netns/$node" --mount="$(node_dir "$node")/mounts" -- "$@"
}

# daemon NODE NAME COMMAND…: starts it; what it says is added to $WORK/nodes/NODE/NAME.out and NAME.err.
daemon() {
	local node=$1 name=$2 dir
	shift 2
	dir=$(node_dir "$node")
	! running "$node" "$name" || fail "$name of $node runs already"
	# Without "exec" the number would be a shell's.
	(exec nsenter --net="/run/netns/$node" --mount="$dir/mounts" -- setsid -- "$@") \
		</dev/null >>"$dir/$name.out" 2>>"$dir/$name.err" 3>&- &
	echo $! >"$dir/$name.pid"
	# The shell is not to say that it was killed.
	disown
}

# pid_of NODE NAME
pid_of() {
	cat "$(node_dir "$1")/$2.pid"
}

# running NODE NAME: a process that has ended and that nobody waited for does not count.
running() {
	local file state
	file=$(node_dir "$1")/$2.pid
	[[ -s $file ]] && state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$(<"$file")/status" 2>/dev/null) && [[ $state && $state != Z ]]
}

# signal NODE NAME SIGNAL: KILL and TERM have done their work when this returns.
signal() {
	kill "-$3" "$(pid_of "$1" "$2")"
	[[ $3 != KILL && $3 != TERM ]] || until_ok gone "$1" "$2"
}

gone() { ! running "$1" "$2"; }

# daemons_down NODE…: all daemons of these nodes, at once.
daemons_down() {
	local node file
	for node; do
		for file in "$(node_dir "$node")"/*.pid; do
			[[ -e $file ]] || continue
			kill -KILL "$(<"$file")" 2>/dev/null || true
			rm -f "$file"
		done
	done
}

# ring_switch N: links of nodes n0 … n(N-1).
ring_switch() {
	local i
	namespace rsw
	ip -n rsw link add br0 type bridge
	ip -n rsw link set br0 up
	for ((i = 0; i < $1; i++)); do ring_plug "n$i"; done
	ring_nodes=$1
}

# ring_plug NODE
ring_plug() {
	local i=${1#n}
	ip -n rsw link add "r$i" type veth peer name ring0 netns "$1"
	ip -n rsw link set "r$i" master br0 up
	ip -n "$1" addr add "10.8.0.$((i + 1))/24" dev ring0
	ip -n "$1" link set ring0 up
}

# ring_times: what a configuration has of Corosync's timers.
ring_times() { ring_tuned_times; }

# ring_tuned_times: those of a short token.
ring_tuned_times() {
	cat <<-END
		token: $RING_TOKEN
		token_coefficient: 0
		seqno_unchanged_const: 3
		interface {
			linknumber: 0
			knet_ping_interval: $ring_ping
			knet_ping_timeout: $((4 * ring_ping))
			knet_pong_count: 2
		}
	END
}

# quorum_votes of each node, from n0 on; where there is none Corosync's default is in force.
ring_votes=()

# ring_device: a quorum device, in the section quorum; qdevice.sh has one.
ring_device() { :; }

# ring_config FILE: the same for all nodes. With two heartbeats in a row knet takes a link for up, and its own timers
# are those of a short token. After a message the token goes round 30 times before it rests, as Corosync would have it; with a
# few messages a second of each node, it never would. While a membership is formed, Corosync turns without a pause for each
# program that has sent it something. With real-time priority on processors that are all nodes', each keeps the others from
# forming it, once for the 7 minutes until it was stopped: it has none here.
ring_config() {
	local i
	cat >"$1" <<-END
		system {
			sched_rr: no
		}
		totem {
			version: 2
			cluster_name: c
			transport: knet
			crypto_cipher: ${ring_crypto% *}
			crypto_hash: ${ring_crypto#* }
			keyfile: /etc/corosync/authkey
			$(ring_times)
		}
		quorum {
			provider: corosync_votequorum
			$(ring_device)
		}
		logging {
			to_stderr: no
			to_syslog: no
			to_logfile: yes
			logfile: /var/log/corosync/corosync.log
			timestamp: hires
		}
		nodelist {
	END
	for ((i = 0; i < ring_nodes; i++)); do
		printf '\tnode {\n\t\tname: n%d\n\t\tnodeid: %d\n\t\tring0_addr: 10.8.0.%d\n%s\t}\n' $i $((i + 1)) $((i + 1)) \
			"${ring_votes[i]:+$'\t\t'quorum_votes: ${ring_votes[i]}$'\n'}"
	done >>"$1"
	echo "}" >>"$1"
}

# ring_files NODE…: these nodes' configuration, for $ring_nodes nodes.
ring_files() {
	local node disk
	for node; do
		disk=$(node_dir "$node")/disk/etc/corosync
		[[ -e $WORK/nodes/authkey ]] || head -c 1024 /dev/urandom >"$WORK/nodes/authkey"
		install -m 400 "$WORK/nodes/authkey" "$disk/authkey"
		ring_config "$disk/corosync.conf"
	done
}

# ring_start NODE…
ring_start() {
	local node
	for node; do
		[[ -e $(node_dir "$node")/mounts ]] || node_files "$node"
		ring_files "$node"
		# It would lock all its memory, 130 MB, most of which it never uses.
		daemon "$node" corosync setpriv --bounding-set -ipc_lock,-sys_resource corosync -f
	done
}

# ring_up NODE…: prints how long it took until all of them saw all.
ring_up() {
	local begun=${EPOCHREALTIME/[.,]/}
	ring_start "$@"
	ring_sees "$*" "$@"
	echo "$(((${EPOCHREALTIME/[.,]/} - begun) / 1000)) ms until $# nodes saw each other"
}

ring_down() {
	daemons_down "$@"
}

# ring_log NODE
ring_log() {
	echo "$(node_dir "$1")/disk/var/log/corosync/corosync.log"
}

# ring_members NODE: whom it said last to see, as names.
ring_members() {
	sed -n 's/.*\[QUORUM\] Members\[[0-9]*\]: *//p' "$(ring_log "$1")" 2>/dev/null | tail -n 1 |
		awk '{ for (i = 1; i <= NF; i++) printf "%sn%d", (i > 1 ? " " : ""), $i - 1 }'
}

# ring_sees "MEMBER…" NODE…: waits until each of these nodes sees these members. Corosync's log has it with its time, and asking
# it does not keep a slow machine busy.
ring_sees() {
	local want=$1 node _
	shift
	for node; do
		for _ in {1..600}; do
			[[ $(ring_members "$node") != "$want" ]] || continue 2
			sleep 0.1
		done
		fail "$node sees \"$(ring_members "$node")\" and not \"$want\""
	done
}

# ring_seen "MEMBER…" NODE: microseconds since 1970 at which it said so last.
ring_seen() {
	local numbers at
	numbers=$(for m in $1; do echo -n " $((${m#n} + 1))"; done)
	at=$(grep -F "[QUORUM] Members[$(wc -w <<<"$1")]:$numbers" "$(ring_log "$2")" |
		tail -n 1 | awk -v year="$(date +%Y)" '{ print $1, $2, year, $3 }')
	[[ $at ]] || return 1
	date -d "$at" +%s%6N
}

# ring_quorum NODE: what Corosync's own tool says, "MEMBERS yes|no".
ring_quorum() {
	in_node "$1" corosync-quorumtool -s | awk '/^Nodes:/ { n = $2 } /^Quorate:/ { q = tolower($2) } END { print n, q }'
}

# ring_partition "NODE…" "NODE…" …: each part is alone with itself.
ring_partition() {
	local part=0 nodes node
	for nodes; do
		part=$((part + 1))
		ip -n rsw link show "br$part" >/dev/null 2>&1 || ip -n rsw link add "br$part" type bridge
		ip -n rsw link set "br$part" up
		for node in $nodes; do ip -n rsw link set "r${node#n}" master "br$part"; done
	done
}

# ring_cut NODE…: without carrier.
ring_cut() {
	local node
	for node; do ip -n rsw link set "r${node#n}" down; done
}

# ring_heal: all are together again.
ring_heal() {
	local port
	for port in $(ip -n rsw -br link show type veth | sed -n 's/^\(r[0-9]*\)@.*/\1/p'); do
		ip -n rsw link set "$port" master br0 up
	done
}

ring_files_down() {
	local file
	[[ -d $WORK/nodes ]] || return 0
	for file in "$WORK"/nodes/*/mounts; do umount "$file" 2>/dev/null; done
	# Evidence is to be kept, without what a RAM disk has.
	mkdir -p "$WORK/evidence"
	for file in "$WORK"/nodes/*/; do
		mkdir -p "$WORK/evidence/$(basename "$file")"
		cp "$file"/*.{out,err} "$file/disk/var/log/corosync/"* "$WORK/evidence/$(basename "$file")/" 2>/dev/null
	done
	umount -l "$WORK/nodes" 2>/dev/null
}
