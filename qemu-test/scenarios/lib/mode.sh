# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What meets the cluster's MAC in a network meets it in each mode: such a test is a function, and in_mode runs it.
#
#     multicast        clients send to the group MAC, the switch floods
#     forward-all      clients send to the base MAC; whoever gets a frame that is not its own sends it to all others
#     forward-owner    … to the one that owns it
#
# The nodes' VLAN, where a mode needs one, is eth0.100.

# mode_options MODE: what `cluster add` is told.
mode_options() {
	case $1 in
	multicast) ;;
	forward-all | forward-owner) echo "--mode forward --forward ${1#forward-} --forward-dev eth0.100" ;;
	*) fail "there is no mode $1" ;;
	esac
}

# mode_mac MODE: the MAC that clients are told.
mode_mac() {
	[[ $1 == multicast ]] && echo "$GROUP" || echo "$BASE"
}

# both_families N: IPv6 addresses of nodes n0 … n(N-1) beside those of net.sh: fd5a::1 …
both_families() {
	local i
	for ((i = 0; i < $1; i++)); do second_family "n$i"; done
}

# second_family NODE: its address, by the command of ip that second_address prints.
second_family() { second_address "$1" | ip -n "$1" -6 -batch -; }
second_address() { echo "addr add fd5a::$((${1#n} + 1))/64 dev eth0 nodad"; }

# forward_vlan N: eth0.100 on nodes n0 … n(N-1).
forward_vlan() {
	local i
	for ((i = 0; i < $1; i++)); do
		[[ ! -e /run/netns/n$i ]] || ip -n "n$i" link show eth0.100 >/dev/null 2>&1 || ip -n "n$i" -batch - <<-END
			link add link eth0 name eth0.100 type vlan id 100
			link set eth0.100 up
		END
	done
}

# settled NODE…: each of them has found out whether the network floods; what it knows at first holds for any.
settled() {
	local node _
	for node; do
		for _ in {1..100}; do
			in_ns "$node" ssictl -j cluster show c | jq -e '.[0] | .mode == "multicast" or .master or (.flooded | not)' >/dev/null && break
			(($(in_ns "$node" ssictl -j stats c | jq '.[0].stats["rx-flood-probe"]') < 3)) || break
			sleep 0.1
		done
	done
}

# in_mode MODE TABLE FUNCTION [ARG…]: the function, with cluster c up in that mode, in both families, on all of the
# table's nodes.
in_mode() {
	local mode=$1 file=$2 options nodes
	shift 2
	options=$(mode_options "$mode")
	[[ $mode == multicast ]] || forward_vlan 16
	# shellcheck disable=SC2086 # one word an option
	clusters_up "$file" --vip "$VIP6/64" $options
	nodes=$(all_nodes "$file")
	# shellcheck disable=SC2086 # one word a node
	settled $nodes
	"$@"
	# shellcheck disable=SC2086 # one word a node
	clusters_down $nodes
}

# told MODE NS: the host in that namespace knows the cluster's addresses by that mode's MAC.
told() {
	local macs
	# shellcheck disable=SC2153 # net.sh has it
	macs=$(ip -n "$2" neigh show nud all | awk -v a="$VIP" -v b="$VIP6" '$1 == a || $1 == b {
		for (i = 1; i < NF; i++) if ($i == "lladdr") print $(i + 1) }' | sort -u)
	same "the cluster's MAC as $2 knows it" "$(mode_mac "$1")" "$macs"
}

# owner_of TABLE SOURCE
owner_of() {
	ssi-probe owners --table "$1" "$2" | cut -d' ' -f2
}

# first_of TABLE NODE SOURCES: the first of these addresses that is this node's.
first_of() {
	ssi-probe owners --table "$1" "$3" | awk -v n="$2" '$2 == n { print $1; exit }'
}
