# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What can fail at a node that ssid runs, by the tables of Documentation/failures.md: "break_NAME NODE", and "mend_NAME NODE" some
# time later. Those of different nodes go together in any order. (91-needs and 93-datagrams have their networks and daemons.)

# shellcheck disable=SC2034 # a scenario draws from it
breaks=(
	clients_link clients_silent clients_down clients_deleted address_off address6_off cluster_removed
	ring_link ring_lossy networks partition
	ssid_killed ssid_ended ssid_stands corosync_killed corosync_stands kernel_silent
	drained left reread rebooted
	clients_flap clients_all other_file check_fails busy
)

# The clients' link: without carrier, passing nothing, set down, gone.
break_clients_link() { ip -n sw link set "p${1#n}" down; }
mend_clients_link() { ip -n sw link set "p${1#n}" up; }
break_clients_silent() { ip -n sw link set "p${1#n}" nomaster; }
mend_clients_silent() { ip -n sw link set "p${1#n}" master br0; }
break_clients_down() { ip -n "$1" link set eth0 down; }
mend_clients_down() { far_routes "$1" "link set eth0 up" "$(second_address "$1")"; }
break_clients_deleted() { ip -n sw link del "p${1#n}"; }
mend_clients_deleted() {
	local rank=${1#n}
	ip -n sw link add "p$rank" type veth peer name eth0 address "$(node_mac "$rank")" netns "$1"
	# Its routes are there before its carrier, since who is alone serves at once.
	far_routes "$1" "addr add 10.9.0.$((rank + 1))/16 dev eth0" "$(second_address "$1")" "link set eth0 up"
	join "p$rank"
}

# It goes and comes, four times in a second; that of all nodes goes at once.
break_clients_flap() {
	local _
	for _ in {1..4}; do
		ip -n sw link set "p${1#n}" down
		sleep 0.1
		ip -n sw link set "p${1#n}" up
		sleep 0.1
	done
}
mend_clients_flap() { :; }
break_clients_all() { clients_all down; }
mend_clients_all() { clients_all up; }
# clients_all up|down. One may have been deleted.
clients_all() {
	local port
	for port in p0 p1 p2; do ip -n sw link set $port "$1" || true; done
}

# What ssid has put there is taken away. Nobody mends it but ssid; that it is away already is another fault's doing.
break_address_off() { ip -n "$1" addr del "$VIP/32" dev eth0 || true; }
mend_address_off() { :; }
break_address6_off() { ip -n "$1" addr del "$VIP6/64" dev eth0 || true; }
mend_address6_off() { :; }
break_cluster_removed() { in_ns "$1" ssictl cluster del c || true; }
mend_cluster_removed() { :; }

# The network between the nodes: without carrier, one that loses a third and is late; all networks; all datagrams, by a rule.
break_ring_link() { ip -n rsw link set "r${1#n}" down; }
mend_ring_link() { ip -n rsw link set "r${1#n}" up; }
break_ring_lossy() { tc -n rsw qdisc add dev "r${1#n}" root netem loss 30% delay 30ms 20ms; }
mend_ring_lossy() { tc -n rsw qdisc del dev "r${1#n}" root; }
break_networks() {
	ip -n rsw link set "r${1#n}" nomaster
	ip -n sw link set "p${1#n}" nomaster
}
mend_networks() {
	ip -n sw link set "p${1#n}" master br0
	ip -n rsw link set "r${1#n}" master br0
}
break_partition() {
	in_ns "$1" nft -f - <<-END
		table inet deaf {
			chain in { type filter hook input priority 0; udp dport 9463 drop; }
			chain out { type filter hook output priority 0; udp dport 9463 drop; }
		}
	END
}
mend_partition() { in_ns "$1" nft delete table inet deaf; }

# Programs.
break_ssid_killed() { signal "$1" ssid KILL; }
mend_ssid_killed() { ssid_start "$1"; }
break_ssid_ended() { signal "$1" ssid TERM; }
mend_ssid_ended() { ssid_start "$1"; }
break_ssid_stands() { signal "$1" ssid STOP; }
mend_ssid_stands() { signal "$1" ssid CONT; }
break_corosync_killed() { signal "$1" corosync KILL; }
mend_corosync_killed() { ring_start "$1"; }
break_corosync_stands() { signal "$1" corosync STOP; }
mend_corosync_stands() { signal "$1" corosync CONT; }
# The thread that speaks to the kernel stands still, as it does where a request is never answered.
break_kernel_silent() {
	daemon "$1" still "$(dirname "$0")/lib/still.py" "$(pid_of "$1" ssid)" kernel
}
mend_kernel_silent() { signal "$1" still TERM; }

# What operators do. A daemon that has no group refuses orders, and one that was stopped says nothing.
break_drained() { ordered drain "$1" || true; }
mend_drained() { until_ok ordered join "$1"; }
break_left() { ordered leave "$1" || true; }
mend_left() { until_ok ordered join "$1"; }
# ordered VERB NODE: by another node, or by itself.
ordered() {
	local by
	for by in $(others "$2") "$2"; do
		! in_node "$by" timeout 2 ssictl "$1" "$2" >&2 || return 0
	done
	return 1
}

# Other weights in the file: first this node reads them, the others some time later.
break_reread() { weights "$1"; }
mend_reread() {
	# shellcheck disable=SC2046 # one word a node
	weights $(others "$1")
}
# weights NODE…: these read that n1 has weight $weight.
weights() {
	local node
	for node; do
		# shellcheck disable=SC2154 # daemon.sh and a scenario have them
		ssid_file ${#members[@]} | sed "s/^rank = 1\$/&\nweight = $weight/" \
			>"$(node_dir "$node")/disk/etc/ssi/cluster.toml"
		! running "$node" ssid || signal "$node" ssid HUP
	done
}

# Another number of buckets in its file, which ssid reads at a start; what its kernel has is of no use to it then.
break_other_file() { buckets_are "$1" 64; }
# shellcheck disable=SC2154 # daemon.sh has it
mend_other_file() { buckets_are "$1" "$ssid_buckets"; }
buckets_are() {
	signal "$1" ssid TERM
	in_ns "$1" ssictl cluster del c || true
	sed -i "s/^buckets = .*/buckets = $2/" "$(node_dir "$1")/disk/etc/ssi/cluster.toml"
	ssid_start "$1"
}

# shellcheck disable=SC2034 # the cluster file has it
# The check of its service, $CHECK, says that it is ill. Programs that never pause are before whatever is not ssid's.
CHECK='[[check]]
name = "file"
command = ["/usr/bin/test", "!", "-e", "/var/lib/ssi/ill"]
interval = 500
timeout = 500'
break_check_fails() { touch "$(node_dir "$1")/disk/var/lib/ssi/ill"; }
mend_check_fails() { rm "$(node_dir "$1")/disk/var/lib/ssi/ill"; }
break_busy() {
	local i
	for i in 1 2 3; do daemon "$1" busy$i sh -c 'while :; do :; done'; done
}
mend_busy() {
	local i
	for i in 1 2 3; do signal "$1" busy$i TERM; done
}

# Its power, and a start.
break_rebooted() { node_dies "$1"; }
mend_rebooted() {
	node_born "$1"
	ring_start "$1"
	ssid_start "$1"
}
