#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 600
# Clients with state at their server, under ssid beside Corosync: NFSv3 and NFSv4.2 with locks, SMB and FTP, through 50 planned changes, a deadline and
# crashes, after which the example for notify lets them reclaim. All of it is run by name; SSI_GUEST_PACKAGES="samba smbclient vsftpd" for SMB and FTP.
#
#     n0 n1 n2 eth0  ── p0 p1 p2 ┐ sw: a learning bridge ┌ pc1 ── eth0 c1, whose sessions are looked at
#     VIP 10.9.0.100, fd5a::100  ┘                       ┘
#     n0 n1 n2 ring0 ── r0 r1 r2 ─ rsw
# Not a test of how fast a takeover is: a machine that has other things to do besides keeps these.
grace=${grace:-20} SSID_LEASE=${SSID_LEASE:-10000} RING_TOKEN=${RING_TOKEN:-5000}
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/storage.sh"

ssid_beat=1000
members=(n0 n1 n2)
me=10.9.1.10 mine=0a:00:00:00:01:01
examples=/usr/local/lib/ssi
# shellcheck disable=SC2034 # daemon.sh uses it
notified="notify-command = [\"/usr/bin/env\", \"PATH=/run/bin:$PATH\", \"STATD=$shared_dir/statd\", \"NFSDCLD=$shared_dir/nfsdcld\", \"$examples/ssi-nfs\"]"

tidy_first() {
	local node
	clients_over
	for node in "${members[@]}"; do storage_down "$node"; done
	daemons_down "${members[@]}"
	ring_files_down
	storage_room_down
}

after_failure() {
	local node
	clients_over
	dmesg | tail -n 20
	for node in "${members[@]}"; do crash "$node"; done
	for node in "${members[@]}"; do reborn "$node"; done
	ready
}

clients_over() {
	local file
	for file in "$WORK"/*.pid; do [[ ! -e $file ]] || kill "$(<"$file")" 2>/dev/null; done
	rm -f "$WORK"/*.pid
	for file in "$WORK"/mnt*; do ! mountpoint -q "$file" || umount -f -l "$file"; done
}

ready() {
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
	each_has_one_owner "${members[@]}"
}

# by_file LINE…: ssid is to do as these lines say.
by_file() {
	local node before
	ssid_daemon=$(printf '%s\n' "$@")
	ssid_files 3
	for node in "${members[@]}"; do
		before=$(in_force "$node")
		signal "$node" ssid HUP
		until_ok is_in_force "$node" "$before"
	done
}

in_force() { grep -c "cluster.toml is in force" "$(node_dir "$1")/ssid.err" || true; }
is_in_force() { (($(in_force "$1") > $2)); }

# crash NODE: its daemons first, as one that sees its link go gives its buckets away in order.
crash() {
	daemons_down "$1"
	ip -n "$1" link set eth0 down
	ip -n rsw link set "r${1#n}" down
	storage_down "$1"
	in_ns "$1" ssictl cluster del c || true
}

reborn() {
	ip -n "$1" link set eth0 up
	second_family "$1" 2>/dev/null || true
	ip -n rsw link set "r${1#n}" up
	storage_up "$1"
	ring_start "$1"
	ssid_start "$1"
}

# owner: the node that takes what is new of the client. What one gives away another has a moment later.
owner() {
	until_ok has_owner
	cat "$WORK/owner"
}

has_owner() {
	ssid_table "${members[@]}" >"$WORK/owners"
	owner_of "$WORK/owners" $me >"$WORK/owner"
	grep -q '^n' "$WORK/owner"
}

# at NODE [FILTER]: how many of the client's sessions it has.
at() { in_ns "$1" ssictl -j sessions c --client $me | jq "[.[] | select(.state == \"established\" ${2+and $2})] | length"; }

other() { others "$1" | cut -d' ' -f1; }

said() { grep -q "^$2" "$WORK/$1.said"; }

# locks VERSION: two files of the client's are open, and locked.
locks() {
	local how v=${1%%.*} what=$export_dir where=port=2049,mountport=20048,mountproto=tcp
	[[ $v == 3 ]] || what=/ where=port=2049
	mkdir -p "$WORK/mnt$v"
	nsenter --net=/run/netns/c1 mount -t nfs "$VIP:$what" "$WORK/mnt$v" -o "vers=$1,hard,timeo=10,retrans=2,proto=tcp,$where"
	for how in sync late; do
		nsenter --net=/run/netns/c1 -- python3 "$(dirname "$0")/lib/locker.py" "$WORK/mnt$v/v$v$how" $how >"$WORK/v$v$how.said" 2>&1 &
		echo $! >"$WORK/v$v$how.pid"
	done
	for how in sync late; do until_ok said "v$v$how" locked; done
}

# unlocked VERSION: what the programs say at last.
unlocked() {
	local how v=${1%%.*}
	for how in sync late; do kill "$(<"$WORK/v$v$how.pid")"; done
	for how in sync late; do until_ok said "v$v$how" closed; done
	umount "$WORK/mnt$v"
	rm -f "$WORK/v$v"*.pid
}

outcome() { for how in sync late; do echo "v$1 $how: $(paste -sd' ' "$WORK/v$1$how.said")"; done | paste -sd';'; }

# all_held VERSION…: all locks of these are.
all_held() {
	local v how
	for v; do for how in sync late; do held "v$v$how" || return 1; done; done
}

lost() { kernel_says | grep -c 'lost [0-9]* locks' || true; }

kinds=()
[[ ! -x /usr/sbin/smbd ]] || kinds=(smb ftp)

# sessions_begin: all that there is.
sessions_begin() {
	local kind
	kernel_mark
	locks 3
	locks 4.2
	for kind in "${kinds[@]}"; do
		nsenter --net=/run/netns/c1 -- python3 "$(dirname "$0")/lib/session.py" "$kind" "$VIP" >"$WORK/$kind.said" 2>&1 &
		echo $! >"$WORK/$kind.pid"
	done
	for kind in "${kinds[@]}"; do until_ok said "$kind" begun; done
	sleep 1
}

sessions_end() {
	local kind
	for kind in "${kinds[@]}"; do kill "$(<"$WORK/$kind.pid")" 2>/dev/null || true; done
	for kind in "${kinds[@]}"; do until_ok said "$kind" ended; done
	unlocked 3
	unlocked 4.2
}

# none_broken: nor anybody told.
none_broken() {
	local name
	for name in "${kinds[@]}"; do ! said "$name" broken || fail "$name: $(<"$WORK/$name.said")"; done
	for name in v{3,4}{sync,late}; do ! said "$name" errno || fail "$name: $(<"$WORK/$name.said")"; done
	same "locks that the client's kernel lost" 0 "$(lost)"
	all_held 3 4 || fail "a lock is not held"
}

all_said() {
	local name
	for name in "${kinds[@]}"; do echo "$name: $(paste -sd' ' "$WORK/$name.said")"; done | paste -sd';'
}

# changed "ORDER NODE …" FILTER: by a node that the order is not about, and what comes of it.
changed() {
	local by words
	read -ra words <<<"$1"
	by=$(other "${words[1]}")
	in_node "$by" ssictl "${words[@]}" >&2
	changes=$((changes + 1))
	ssid_sees ".unserved == 0 and ($2)" "$by"
}

# Whoever has the client's bucket drains, again and again, and weights change. Nobody ends a drain.
through_changes() {
	local had node changes=0 moved=0 begun=$EPOCHSECONDS
	sessions_begin
	had=$(owner)
	while ((changes < ${CHANGES:-50})); do
		node=$(owner)
		changed "drain $node" ".nodes[] | select(.name == \"$node\") | .owned == 0"
		[[ $(owner) == "$node" ]] || moved=$((moved + 1))
		changed "join $node" ".nodes[] | select(.name == \"$node\") | .state == \"serving\""
		((changes % 10)) || changed "weight n0 $((changes % 20 ? 50 : 100))" true
	done
	none_broken
	for node in $(others "$had"); do same "sessions at $node" 0 "$(at "$node")"; done
	echo "$changes changes in $((EPOCHSECONDS - begun)) s, by $moved the client's bucket moved: $(at "$had") sessions stayed at $had"
	sessions_end
	all_said
	outcome 3
	outcome 4
	ready
}

# A drain with a deadline: it says beforehand how many sessions end, and so many do.
deadline() {
	local node told
	sessions_begin
	node=$(owner)
	told=$(in_node "$node" ssictl -j drain "$node" --deadline 3s --dry-run | jq "[.sessions.clients[] | select(.client == \"$me\").sessions] | add")
	same "sessions that a dry run says would end" "$(at "$node")" "$told"
	in_node "$(other "$node")" ssictl drain "$node" --deadline 3s --wait >&2
	for kind in "${kinds[@]}"; do until_ok said "$kind" broken; done
	sleep 12
	facts="$told sessions were told of and ended; of NFSv3's locks $(held v3sync && echo one || echo none) is held (by the server that was drained)"
	sessions_end
	echo "$facts; $(all_said); $(outcome 3); $(outcome 4); lost: $(lost)"
	in_node "$(other "$node")" ssictl join "$node" >&2
	anew
}

# anew: what servers remember of clients that did not come back is forgotten.
anew() {
	local node
	for node in "${members[@]}"; do crash "$node"; done
	for node in "${members[@]}"; do reborn "$node"; done
	ready
}

# NFSv3's locks come by a connection of their own, which ends after five minutes without a request. It does here while the bucket drains.
lock_connection_ends() {
	local node
	kernel_mark
	locks 3
	node=$(owner)
	in_node "$(other "$node")" ssictl drain "$node" >&2
	ssid_sees ".unserved == 0 and (.nodes[] | select(.name == \"$node\") | .owned == 0)" "$(other "$node")"
	in_ns c1 ss -K dst "$VIP" dport = 32803 >&2
	sleep 1
	all_held 3 || fail "the locks are not held"
	unlocked 3
	in_node "$(other "$node")" ssictl join "$node" >&2
}

stays_locked() {
	by_file
	lock_connection_ends
	held v3sync || fail "the lock has gone, which this was to show that it does not"
	echo "without stick the file is locked for good: its lock was given back to a node that knew nothing of it"
	anew
}

is_unlocked() {
	by_file 'stick = "client"'
	lock_connection_ends
	! held v3sync || fail "a file is locked still"
	! held v3late || fail "a file is locked still"
	echo "with stick the lock is given back where it was taken"
	ready
}

# Nobody has clients reclaim: NFSv3's locks are lost, and no program is told.
in_silence() {
	local node
	by_file 'stick = "client"'
	kernel_mark
	locks 3
	node=$(owner)
	crash "$node"
	# shellcheck disable=SC2046 # one word a node
	all_is_well "$(others "$node")" $(others "$node")
	sleep 5
	! held v3sync || fail "the lock is held, which this was to show that it is not"
	unlocked 3
	! said v3sync errno || fail "a program was told: $(outcome 3)"
	echo "without notify: $(outcome 3), and another may have had the lock"
	reborn "$node"
	ready
}

# Crashes, one after the other, each of the node that has the client: by the example for notify all locks are held again, of both versions.
reclaimed() {
	local node i begun took=()
	for node in "${members[@]}"; do storage_gate "$node"; done
	by_file 'stick = "client"' "$notified"
	kernel_mark
	locks 3
	locks 4.2
	for ((i = 0; i < ${CRASHES:-3}; i++)); do
		node=$(owner)
		crash "$node"
		begun=${EPOCHREALTIME/[.,]/}
		! held v3sync || fail "the lock outlived its server: this shows nothing"
		# shellcheck disable=SC2046 # one word a node
		all_is_well "$(others "$node")" $(others "$node")
		until_ok all_held 3 4
		took+=($(((${EPOCHREALTIME/[.,]/} - begun) / 1000)))
		same "what the notified say" "" "$(ssid_status "$(other "$node")" | jq -r '.trouble[] | select(startswith("notify"))')"
		# Servers grant nothing new before, nor does a client of NFSv4 have all that it had.
		sleep "$grace"
		reborn "$node"
		ready
	done
	same "locks that the client's kernel lost" 0 "$(lost)"
	unlocked 3
	unlocked 4.2
	for node in "${members[@]}"; do in_node "$node" nft delete table inet ssi-nfs; done
	for i in v{3,4}{sync,late}; do ! said "$i" errno || fail "$i: $(<"$WORK/$i.said")"; done
	echo "after each of ${#took[@]} crashes all locks were held again, ${took[*]} ms after it, with a lease of $SSID_LEASE ms; no write failed: $(outcome 3); $(outcome 4)"
}

quiet_kernel
switch bridge
nodes 3
both_families 3
modprobe ssi_filter
storage_room
ring_switch 3
node_files "${members[@]}"
storage_client c1 $me/16 $mine
install -D -m 755 -t $examples /usr/share/doc/ssi/examples/nfs/ssi-nfs /usr/share/doc/ssi/examples/nfs/ssi-nfs-clients
for node in "${members[@]}"; do storage_up "$node"; done
ssid_daemon='stick = "client"'
ssid_files 3
ring_start "${members[@]}"
ssid_start "${members[@]}"
ready

named claim_14_clients_with_state_through_50_changes through_changes
named claim_14_clients_with_state_a_deadline deadline
named claim_14_nfs3_lock_connection_without_stick stays_locked
named claim_14_nfs3_lock_connection_with_stick is_unlocked
named claim_14_nfs3_locks_lost_in_silence in_silence
named claim_14_nfs_locks_are_reclaimed_after_crashes reclaimed
