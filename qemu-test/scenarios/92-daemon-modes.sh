#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 25 152
# ssid with the files of the documents, in mode forward, with clients that stick, alone, and with leases whose end breaks connections.
#
#     n0 n1 n2 eth0, eth0.100 ── p0 p1 p2 ┐ sw: a learning bridge ┌ pc ── eth0 cl, with many addresses behind it
#     VIP 10.9.0.100, fd5a::100           ┘                       ┘
#     n0 n1 n2 ring0          ── r0 r1 r2 ─ rsw
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"

members=(n0 n1 n2)
clients=10.64.4.0-10.64.4.127

tidy_first() {
	daemons_down "${members[@]}"
	ring_files_down
}

after_failure() {
	stop_all_probes
	end
	nothing
}

# begin: all daemons, by the file as $ssid_top and $ssid_daemon make it.
begin() {
	ssid_files 3
	ring_start "${members[@]}"
	ssid_start "${members[@]}"
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
}

# Who gets requests sends them on to whom they are, and when that node dies another one does.
forwards() {
	local what=$1
	ssid_top=$(printf 'mode = "forward"\nforward = "%s"\nforward-interface = "eth0.100"' "$what")
	begin
	settled "${members[@]}"
	same "the master" n0 "$(ssid_status n1 | jq -r .master)"
	serve "${members[@]}"
	asked_once before "${members[@]}"
	daemons_down n0
	remove_cluster n0
	ip -n sw link set p0 down
	all_is_well "n1 n2" n1 n2
	settled n1 n2
	asked_once after n1 n2
	ip -n sw link set p0 up
	end
}

# The interface that nodes send requests on by. What ssi made is put back, up or anew, before a bucket moves; a node without the one
# that the file names gives its buckets up, and is back with it.
forward_lost() {
	local before begun took=()
	ssid_top=$(printf 'mode = "forward"\nforward = "owner"\nvlan = 200')
	begin
	settled "${members[@]}"
	serve "${members[@]}"
	asked_once before "${members[@]}"
	before=$(ssid_table "${members[@]}")
	for how in "set eth0.200 down" "del eth0.200"; do
		begun=${EPOCHREALTIME/[.,]/}
		# shellcheck disable=SC2086 # words of ip
		ip -n n1 link $how
		until_ok is_up n1 eth0.200
		took+=($(((${EPOCHREALTIME/[.,]/} - begun) / 1000)))
		until_ok has_again "$before"
		asked_once after "${members[@]}"
		same "what is wrong" '[]' "$(ssid_status n0 | jq -c .trouble)"
	done
	end
	ssid_top=$(printf 'mode = "forward"\nforward = "owner"\nforward-interface = "eth0.100"')
	begin
	settled "${members[@]}"
	serve "${members[@]}"
	ip -n n1 link set eth0.100 down
	ssid_sees '.unserved == 0 and .nodes[1].owned == 0 and .trouble == ["n1: eth0.100 is set down"]' n0
	asked_once without n0 n2
	ip -n n1 link set eth0.100 up
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
	asked_once with "${members[@]}"
	echo "the interface that ssi made was up again ${took[0]} ms after it was set down, and ${took[1]} ms after it was deleted"
	end
}

is_up() { ip -j -n "$1" link show "$2" 2>/dev/null | jq -e '.[0].flags | index("UP")'; }

has_again() { [[ $(ssid_table "${members[@]}") == "$1" ]]; }

# A node that lost its daemon breaks its connections by itself, before anybody takes its buckets.
drops() {
	local before
	ssid_daemon='lease-expiry = "drop"'
	begin
	for node in "${members[@]}"; do server_up "$node"; done
	watch_events n0
	hold
	tell report
	(($(reported '.held.nodes.n1 // 0') > 0)) || fail "n1 has no connections: this shows nothing"
	signal n1 ssid STOP
	until_ok lapsed n1
	before=$(counted n1 rx-draining)
	all_is_well "n0 n2" n0 n2
	tell round
	same "segments that n1 gave to its connections after its lease" 0 $(($(counted n1 rx-draining) - before))
	same "connections that broke elsewhere" 0 "$(reported '.held.broken_at | del(.n1) | add // 0')"
	(($(reported '.held.broken_at.n1 // 0') > 0)) || fail "no connection of n1 broke"
	echo "$(reported '.held.broken_at.n1') connections of n1 broke, and none elsewhere; all came back: $(reported '.held | .alive')"
	end
}

counted() { in_ns "$1" ssictl -j stats c | jq --arg n "$2" '.[0].stats[$n]'; }

# Nodes exchange what they serve, and level it: the clients of n0 ask and no others do, so n0 gives buckets away, and what
# moves is answered once all the time.
levels() {
	local had asking
	ssid_quiet=0 ssid_daemon='rest = 5'
	begin
	serve "${members[@]}"
	had=$(owned n0)
	ssid_table "${members[@]}" >"$WORK/t"
	ssi-probe owners --table "$WORK/t" 10.64.4.0-10.64.7.255 | awk '$2 == "n0" { print $1 }' | paste -sd, >"$WORK/hot"
	(while [[ ! -e $WORK/enough ]]; do ask udp "$(cat "$WORK/hot")" hot || touch "$WORK/unanswered"; done) &
	asking=$!
	ssid_sees '.nodes | map(.packets) | .[0] > 10 and .[0] > 2 * (.[1] + .[2])' n2
	cp "$WORK/status" "$WORK/seen" 2>/dev/null || ssid_status n2 >"$WORK/seen"
	ssid_sees ".nodes[0].owned < $had * 3 / 4 and .moving == 0" "${members[@]}"
	touch "$WORK/enough"
	wait $asking
	[[ ! -e $WORK/unanswered ]] || fail "a client of n0 was not answered"
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
	asked_once after "${members[@]}"
	echo "n2 knows that n0 serves $(jq '.nodes[0].packets' "$WORK/seen") packets a second and itself $(jq '.nodes[2].packets' "$WORK/seen"); of $had buckets n0 has $(owned n0) left"
	rm "$WORK/enough"
	ssid_quiet='' ssid_daemon=''
	end
}

# What scripts/board draws the board of Documentation/grafana of: all figures of all nodes, for a minute and a half, in which clients ask,
# and n1 drains and comes back. They are in the test's folder, board/.
board() {
	ssid_quiet=0 ssid_daemon='rest = 5'$'\n''metrics = "127.0.0.1:9463"'
	begin
	serve "${members[@]}"
	rm -rf "$OUT/board"
	mkdir "$OUT/board"
	touch "$WORK/go-on"
	(while [[ -e $WORK/go-on ]]; do ask udp 10.64.4.0-10.64.5.255 load --rounds 3 && sleep 0.2; done) >/dev/null 2>&1 &
	(while [[ -e $WORK/go-on ]]; do scrape && sleep 1; done) >/dev/null 2>&1 &
	sleep 25
	in_node n0 ssictl drain n1 >/dev/null
	sleep 25
	in_node n0 ssictl join n1 >/dev/null
	sleep 35
	rm "$WORK/go-on"
	wait
	all_is_well "${members[*]}" "${members[@]}"
	ssid_quiet='' ssid_daemon=''
	end
	echo "$(find "$OUT/board" -type f | wc -l) files"
}

# scrape: what Prometheus would ask each node, ssid and kernel.
scrape() {
	local node at=$((${EPOCHREALTIME/[.,]/} / 1000))
	for node in "${members[@]}"; do
		{ in_ns "$node" curl -s http://127.0.0.1:9463/metrics && in_ns "$node" ssictl export; } >"$OUT/board/$at.$node"
	done
}

# ftp_servers: at each node one for each family, whose file "who" is the node's name.
ftp_servers() {
	local node address
	in_ns cl sysctl -qw net.ipv6.ip_nonlocal_bind=1
	for node in "${members[@]}"; do
		mkdir -p "$WORK/ftp/$node"
		echo "$node" >"$WORK/ftp/$node/who"
		for address in 0.0.0.0 "$VIP6"; do
			daemon "$node" "ftp$address" python3 -m pyftpdlib -i "$address" -p 21 -d "$WORK/ftp/$node"
		done
	done
	for node in "${members[@]}"; do until_ok serves_ftp "$node"; done
}

serves_ftp() { [[ $(in_ns "$1" ss -Hltn sport = 21 | wc -l) == 2 ]]; }

# ftp_client NAME SOURCE VIP: it logs in, and does what is written for it (lib/ftp.py); $WORK/NAME.ftp is what it says.
ftp_client() {
	: >"$WORK/$1.orders"
	in_ns cl "$(dirname "$0")/lib/ftp.py" "$2" "$3" "$WORK/$1.orders" >"$WORK/$1.ftp" 2>&1 &
	until_ok grep -q '^connected' "$WORK/$1.ftp"
}

# ftp_get NAME: what came of one more transfer on its session.
ftp_get() {
	local before
	before=$(wc -l <"$WORK/$1.ftp")
	echo get >>"$WORK/$1.orders"
	until_ok has_more_than "$before" "$WORK/$1.ftp"
	tail -n 1 "$WORK/$1.ftp"
}

has_more_than() { (($(wc -l <"$2") > $1)); }

ftp_end() {
	local orders
	for orders in "$WORK"/*.orders; do echo end >>"$orders"; done
	until_ok no_ftp_client
}

no_ftp_client() { ! pgrep -f lib/ftp.py; }

# ftp_once SOURCE VIP: which node serves a new session.
ftp_once() {
	printf 'get\nend\n' >"$WORK/once"
	in_ns cl "$(dirname "$0")/lib/ftp.py" "$1" "$2" "$WORK/once" 2>&1 | tail -n 1
}

# gives_away NODE: it drains, and what is new in its buckets the others take.
gives_away() {
	in_node n0 ssictl drain "$1" >&2
	ssid_sees ".unserved == 0 and (.nodes[] | select(.name == \"$1\") | .owned == 0 and .draining > 0)" n0 "$1"
}

# clients_of NODE: of each family one that is to have a session, and one of the same node that is not.
clients_of() {
	ssid_table "${members[@]}" >"$WORK/t"
	read -r v4 v4_new < <(two_of "$1" 10.64.4.0-10.64.4.250)
	read -r v6 v6_new < <(two_of "$1" fd5b::4:1-fd5b::4:ff)
}

two_of() { ssi-probe owners --table "$WORK/t" "$2" | awk -v n="$1" '$2 == n { print $1 }' | head -n 2 | paste -sd' '; }

# is_others NODE WHO: who served is another node.
is_others() { [[ $2 == n? && $2 != "$1" ]] || fail "served by: $2"; }

# FTP in passive mode, of a client whose bucket drains: the next transfer's connection is refused at the new node, which knows of
# no such port.
refused_without() {
	ftp_client a "$v4" "$VIP"
	same "a transfer before the drain" n1 "$(ftp_get a)"
	gives_away n1
	same "a transfer while n1 drains" ConnectionRefusedError "$(ftp_get a)"
	ftp_end
}

# sticks_to NODE: there it is the old node's. Clients that have no sessions are the new node's at once, and those that stuck when
# theirs have ended.
sticks_to() {
	ftp_client a "$v4" "$VIP"
	ftp_client b "$v6" "$VIP6"
	same "transfers before the drain" "$1 $1" "$(ftp_get a) $(ftp_get b)"
	gives_away "$1"
	same "who sticks" 2 "$(in_ns "$1" ssictl -j table show c | jq .sticking)"
	same "transfers on their sessions" "$1 $1 $1" "$(ftp_get a) $(ftp_get b) $(ftp_get a)"
	same "new sessions of theirs" "$1 $1" "$(ftp_once "$v4" "$VIP") $(ftp_once "$v6" "$VIP6")"
	is_others "$1" "$(ftp_once "$v4_new" "$VIP")"
	is_others "$1" "$(ftp_once "$v6_new" "$VIP6")"
	ftp_end
	ssid_sees ".nodes[] | select(.name == \"$1\") | .draining == 0" n0
	same "who sticks still" "0 0 0" "$(for node in "${members[@]}"; do in_ns "$node" ssictl -j table show c | jq .sticking; done | paste -sd' ')"
	is_others "$1" "$(ftp_once "$v4" "$VIP")"
	is_others "$1" "$(ftp_once "$v6" "$VIP6")"
	echo "transfers in both families go on at $1, which drained them; others were another's at once"
}

sticks_in_multicast() {
	local v4 v4_new v6 v6_new node
	begin
	ftp_servers
	clients_of n1
	refused_without
	ssid_daemon='stick = "client"'
	ssid_files 3
	for node in "${members[@]}"; do signal "$node" ssid HUP; done
	for node in "${members[@]}"; do until_ok grep -q 'cluster.toml is in force' "$(node_dir "$node")/ssid.err"; done
	clients_of n2
	sticks_to n2
	end
}

sticks_in_forward() {
	local v4 v4_new v6 v6_new
	ssid_top=$(printf 'mode = "forward"\nforward = "owner"\nforward-interface = "eth0.100"')
	ssid_daemon='stick = "client"'
	begin
	ftp_servers
	clients_of n1
	sticks_to n1
	end
}

owned() { in_ns "$1" ssictl -j table show c | jq '.["owned-buckets"]'; }

# One node and no Corosync: it serves, dies with its daemon if that takes too long, and comes back with it.
alone() {
	local begun
	printf 'name = "c"\nvips = ["%s/32"]\ninterface = "eth0"\nbuckets = 64\n[daemon]\nengine = "alone"\nlease = %d\n[[node]]\nname = "n0"\nrank = 0\n' \
		"$VIP" "$SSID_LEASE" >"$(node_dir n0)/disk/etc/ssi/cluster.toml"
	ssid_start n0
	ssid_sees '.quorate and .unserved == 0' n0
	serve n0
	ask udp "$clients" one >/dev/null
	same "answers of n0" 128 "$(answers_in one)"
	signal n0 ssid KILL
	ask udp "$clients" two >/dev/null
	same "answers while ssid is dead" 128 "$(answers_in two)"
	begun=$EPOCHSECONDS
	until_ok lapsed n0
	ask udp "$clients" three --timeout 500 >/dev/null || true
	same "answers after its lease" 0 "$(answers_in three)"
	ssid_start n0
	ssid_sees '.quorate and .unserved == 0' n0
	ask udp "$clients" four >/dev/null
	same "answers of n0 again" 128 "$(answers_in four)"
	# Another host that claims the address is in the status, by the name that the kernel has for it.
	ip -n n1 addr add "$VIP/32" dev eth0
	in_ns n1 arping -q -U -c 1 -I eth0 -s "$VIP" "$VIP"
	ssid_sees 'any(.trouble[]; test("does not go with this cluster .claimed."))' n0
	ip -n n1 addr del "$VIP/32" dev eth0
	echo "all of 128 clients with its daemon and $((EPOCHSECONDS - begun)) s without it, none after that, all with the next daemon"
	end
}

# The node's processor is kept busy by programs that come before ssid by their niceness: its lease is renewed as often as in
# peace, and without real-time scheduling later than that.
busy() {
	local realtime limit gap=()
	for realtime in false true; do
		printf 'name = "c"\nvips = ["%s/32"]\ninterface = "eth0"\nbuckets = 64\n[daemon]\nengine = "alone"\nlease = %d\nbeat = 100\nrealtime = %s\n[[node]]\nname = "n0"\nrank = 0\n' \
			"$VIP" "$SSID_LEASE" $realtime >"$(node_dir n0)/disk/etc/ssi/cluster.toml"
		ssid_start n0
		ssid_sees '.quorate and .unserved == 0 and .trouble == []' n0
		gap+=("$(in_node n0 "$(dirname "$0")/lib/renewals.py" eth0 c 5 60 | tee /dev/stderr | cut -d' ' -f1)")
		limit=$(awk '/^Max realtime timeout/ { print $4 }' "/proc/$(pid_of n0 ssid)/limits")
		end
	done
	same "microseconds that it may run without a pause" 1000000 "$limit"
	# A beat, and what a busy host takes.
	((gap[1] < 300)) || fail "the longest time between two renewals of a lease was ${gap[1]} ms"
	((gap[0] > 2 * gap[1])) || fail "without real-time scheduling it was ${gap[0]} ms: this shows nothing"
	echo "60 programs beside ssid: the longest time between two renewals was ${gap[1]} ms with a beat of 100, and ${gap[0]} without real-time scheduling"
}

# What the documents tell to write is what Corosync and ssid take, with the addresses that nodes have here.
examples() {
	local etc disk
	etc=/usr/share/doc/ssi/examples/etc disk=$(node_dir n0)/disk/etc
	ring_files n0
	sed 's/10\.0\.0\./10.8.0./' $etc/corosync/corosync.conf >"$disk/corosync/corosync.conf"
	cp $etc/ssi/store.toml "$disk/ssi/store.toml"
	in_node n0 corosync -t >&2
	in_node n0 ssid --check --node n1 /etc/ssi/store.toml >"$WORK/checked" || fail "ssid --check: $(<"$WORK/checked")"
	! grep '^warning' "$WORK/checked" || fail "ssid --check warns of the documents' files"
	rm "$disk/ssi/store.toml"
	ring_files n0
	echo "corosync -t and ssid --check take the files of the documents"
}

# in_place_of_ssh HOST COMMAND: the command is run by the node's shell, under its name. There is no systemd here: what is asked of that
# is done as daemons are started otherwise.
in_place_of_ssh() {
	local node=$1 dir name
	dir=$(node_dir "$node")
	# shellcheck disable=SC2016 # the inner shell expands
	in_node "$node" unshare --uts env node="$node" dir="$dir" sh -c '
		echo "$node" >/proc/sys/kernel/hostname
		systemctl() {
			case $* in
			enable*) ;;
			"is-active -q "*) kill -0 "$(cat "$dir/$3.pid" 2>/dev/null)" 2>/dev/null ;;
			reload*) kill -HUP "$(cat "$dir/$2.pid")" ;;
			restart*) echo "$2" >>"$dir/wanted" ;;
			*) echo "systemctl $*: not here" >&2; return 1 ;;
			esac
		}
		eval "$1"' sh "$2" || exit
	[[ -e $dir/wanted ]] || exit 0
	while read -r name; do
		case $name in
		corosync) daemon "$node" corosync setpriv --bounding-set -ipc_lock,-sys_resource corosync -f ;;
		ssid) ssid_on "$node" /etc/ssi/c.toml ;;
		esac
	done <"$dir/wanted"
	rm "$dir/wanted"
}

ssid_on() { daemon "$1" ssid nice -n -10 ssid --node "$1" "$2"; }

push() { ssictl push "$WORK/begun" --ssh "bash $WORK/ssh"; }

# nothing: neither files on nodes nor ones to push.
nothing() {
	local node
	for node in "${members[@]}"; do rm -f "$(node_dir "$node")"/disk/etc/{ssi,corosync}/*; done
	rm -rf "$WORK/begun"
	export -f in_ns in_node node_dir daemon running fail in_place_of_ssh ssid_on
	export WORK
	echo "in_place_of_ssh \"\$@\"" >"$WORK/ssh"
}

# A static cluster from nothing: all nodes apply the file before one adopts what it gives. A change goes the same way.
static_from_nothing() {
	nothing
	ssictl init c --static --vip "$VIP/32" --interface eth0 --into "$WORK/begun" --node n0 --node n1 --node n2 >&2
	push >&2
	serve "${members[@]}"
	each_client_once first
	ssictl drain n1 --file "$WORK/begun/etc/ssi/c.toml" >&2
	push >&2
	same "buckets of n1" none "$(in_ns n1 ssictl -j table show | jq -r .owned)"
	each_client_once second
	end
	nothing
}

# each_client_once NAME
each_client_once() {
	ask udp "$clients" "$1" >/dev/null
	jq -e '[.sources[].answers | add // 0] | length == 128 and all(. == 1)' "$WORK/$1.json" >/dev/null || fail "not each client was answered once"
}

# From nothing to serving as a new user goes there: init writes the files, push takes them to the nodes.
from_nothing() {
	local said begun=$EPOCHSECONDS
	nothing
	# On a machine that is one of the nodes Corosync looks at its file.
	said=$(bash "$WORK/ssh" n0 "ssictl init c --vip $VIP/32 --interface eth0 --into $WORK/begun --node n0=10.8.0.1 --node n1=10.8.0.2 --node n2=10.8.0.3")
	echo "$said" >&2
	[[ $said == *"corosync -t: the configuration is right"*"ssid --check: the cluster can run"* ]] || fail "init: $said"
	# All nodes are one emulated machine here.
	sed -i "/^\[daemon\]/a lease = $SSID_LEASE\nbeat = $ssid_beat\nadapt = false" "$WORK/begun/etc/ssi/c.toml"
	sed -i "s/^totem {/system {\n  sched_rr: no\n}\ntotem {/" "$WORK/begun/etc/corosync/corosync.conf"
	push >&2
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
	echo "$((EPOCHSECONDS - begun)) s from nothing until three nodes served, by init and push"
	serve "${members[@]}"
	each_client_once begun
	# Another weight, and the same command again.
	sed -i 's/^rank = 2$/&\nweight = 50/' "$WORK/begun/etc/ssi/c.toml"
	push >&2
	ssid_sees '.nodes[2]."full-weight" == 50' "${members[@]}"
	# Another cluster's key is refused by all before anything is copied.
	mv "$WORK/begun/etc/corosync/authkey" "$WORK/authkey"
	head -c 256 /dev/urandom >"$WORK/begun/etc/corosync/authkey"
	echo "# changed" >>"$WORK/begun/etc/ssi/c.toml"
	push >/dev/null 2>"$WORK/said" && fail "another key is taken"
	same "nodes that say why" 3 "$(grep -c 'there is another key in /etc/corosync/authkey' "$WORK/said")"
	! grep -q changed "$(node_dir n0)/disk/etc/ssi/c.toml" || fail "the file was copied"
	end
	nothing
}

quiet_kernel
switch bridge
nodes 3
both_families 3
client
far_clients
forward_vlan 3
modprobe ssi_filter
ring_switch 3
node_files "${members[@]}"

also daemon_files_of_the_documents_are_taken examples
claim claim_12_13_nodes_exchange_their_load_and_level_it levels
also claim_14_from_nothing_to_serving_by_init_and_push from_nothing
also claim_14_a_static_cluster_from_nothing_by_init_and_push static_from_nothing
also claim_3_daemons_forward_owner forwards owner
named claim_3_daemons_forward_all forwards all
named claim_14_forward_interface_lost forward_lost
also claim_14_clients_stick_multicast sticks_in_multicast
named claim_14_clients_stick_forward sticks_in_forward
also claim_14_lease_that_breaks_connections drops
also claim_14_a_daemon_alone alone
also claim_14_a_busy_node_renews_its_lease busy
named board_is_recorded board
