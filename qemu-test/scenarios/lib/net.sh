# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A switch, nodes and a client host, each a network namespace:
#
#     n0 eth0 10.9.0.1 ── p0 ┐
#     n1 eth0 10.9.0.2 ── p1 ┤ sw: br0 ├ pc ── eth0 10.9.1.1 cl
#      …                  …  ┘                 and, as its own, all of 10.64.0.0/10
#
# The client's many addresses are one local route (AnyIP): sockets bind to them and ARP is answered for them.
# A node's MAC is 06:00:00:00:00:<rank>, the client's 0a:00:00:00:00:01.

VIP=10.9.0.100
VIP6=fd5a::100
BASE=02:5a:0a:09:00:64
GROUP=03:5a:0a:09:00:64
export VIP VIP6 BASE GROUP
# 512 neighbours, and 513 addresses spread over four million.
export DENSE=10.64.4.0-10.64.5.255 SPREAD=10.64.0.0-10.127.255.255/8191

in_ns() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$ns" -- "$@"
}

# hears NS PROTOCOL: somebody there listens to a group of this netlink protocol: 0 of rtnetlink, 16 of generic netlink.
hears() {
	# shellcheck disable=SC2016 # awk's
	in_ns "$1" awk -v protocol="$2" '$2 == protocol && $4 ~ /[1-9a-f]/ { heard = 1 } END { exit !heard }' /proc/net/netlink
}

# listen NODE FILE: what its kernel tells of clusters from now on is written there. It ends with "kill $monitor".
# shellcheck disable=SC2034 # the caller's
listen() {
	nsenter --net="/run/netns/$1" -- ssictl -j monitor >"$2" &
	monitor=$!
	until_ok hears "$1" 16
}

# unload: takes the module away, and all clusters before: each keeps it loaded, also one of a namespace that was deleted and
# is not gone yet. Requests that are being carried out hold it for a moment.
unload() {
	local _
	for _ in {1..300}; do
		[[ -e /sys/module/ssi_filter ]] || return 0
		ssictl cluster del --all-namespaces >/dev/null 2>&1 || true
		! rmmod ssi_filter || return 0
		sleep 0.05
	done
	echo "the module cannot be unloaded" >&2
	return 1
}

# Once a boot. What is set for the first namespace and its "default" interface, new ones inherit.
quiet_kernel() {
	sysctl -q -w net.core.devconf_inherit_init_net=1 \
		net.core.netdev_max_backlog=20000 net.ipv4.neigh.default.gc_thresh{3,2,1}=32768 \
		net.ipv4.neigh.default.base_reachable_time_ms=3600000 net.ipv4.neigh.default.delay_first_probe_time=3600
}

namespace() {
	local ns
	for ns; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
		# What the kernel remembers of TCP peers outlives the namespace a while, and kmemleak cannot see who has it.
		[[ ! -e /sys/kernel/debug/kmemleak ]] || in_ns "$ns" sysctl -q -w net.ipv4.tcp_no_metrics_save=1
	done
}

# switch [bridge|hub]: a learning bridge, or wires that give each frame to every other port, whatever its addresses.
# A bridge would not do as a hub: it drops frames with a group source.
switch() {
	namespace sw
	switch_kind=${1:-bridge}
	ports=()
	if [[ $switch_kind == bridge ]]; then
		ip -n sw link add br0 type bridge
		ip -n sw link set br0 up
	fi
}

# join PORT: connects it to all ports that are there (of bridge $bridge, if there are several).
join() {
	local other
	if [[ $switch_kind == bridge ]]; then
		ip -n sw link set "$1" master "${bridge:-br0}" up
		return
	fi
	ip -n sw link set "$1" up
	tc -n sw qdisc add dev "$1" clsact
	for other in "${ports[@]}"; do
		tc -n sw filter add dev "$1" ingress matchall action mirred egress mirror dev "$other" continue
		tc -n sw filter add dev "$other" ingress matchall action mirred egress mirror dev "$1" continue
	done
	ports+=("$1")
}

# plug NS PORT MAC ADDRESS [INTERFACE]
plug() {
	local ns=$1 port=$2 mac=$3 address=$4 dev=${5:-eth0}
	ip -n sw link add "$port" type veth peer name "$dev" address "$mac" netns "$ns"
	ip -n "$ns" -batch - <<-END
		addr add $address dev $dev
		link set $dev up
	END
	join "$port"
}

node_mac() {
	printf '06:00:00:00:00:%02x' "$1"
}

# nodes N: ranks 0 to N-1, with a way back to all the client's addresses.
nodes() {
	local i
	for ((i = 0; i < $1; i++)); do ranked "$i"; done
}

# ranked RANK: one of them.
ranked() {
	namespace "n$1"
	plug "n$1" "p$1" "$(node_mac "$1")" "10.9.0.$(($1 + 1))/16"
	ip -n "n$1" route add 10.64.0.0/10 dev eth0
}

client() {
	namespace cl
	plug cl pc 0a:00:00:00:00:01 10.9.1.1/16
	ip -n cl route add local 10.64.0.0/10 dev lo
	in_ns cl sysctl -q -w net.ipv4.ping_group_range='0 2147483647'
}

# namespaces_down: a machine's are all its scenario's, those of a test's subshell as well.
namespaces_down() {
	ip -all netns del
}
