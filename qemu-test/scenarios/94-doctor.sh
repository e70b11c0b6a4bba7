#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 40
# ssictl doctor: faults that are made in nodes and at their switch, and the names by which it tells them. Before and after it is silent.
#
#     n0 (master) n1 n2 ── p0 p1 p2 ┐ sw: a learning bridge
#     x, a stranger     ── px       ┘
. "$(dirname "$0")/lib/scenario.sh"

tidy_first() { servers_end; }

# What a failed test left is left: there is only one.
servers_end() {
	local pid
	[[ -e $WORK/mine ]] || return 0
	while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$WORK/mine"
	rm -f "$WORK/mine"
}

# said NODE [ARG…]: the names of what is found there, each once.
said() {
	local node=$1 rc=0
	shift
	in_ns "$node" ssictl -j doctor "$@" >"$WORK/doctor.$node" || rc=$?
	# Notes do not count.
	same "status of doctor in $node" "$(jq '[.findings[] | select(.severity != "note")] | length | if . > 0 then . + 10 else 0 end' \
		"$WORK/doctor.$node")" $rc
	jq -r '[.findings[].check] | unique | join(" ")' "$WORK/doctor.$node"
}

# finds NODE NAMES: by looking only, soon: nodes tell each other each second.
finds() {
	local _ got
	for _ in {1..40}; do
		got=$(said "$1" --no-probe)
		[[ $got != "$2" ]] || return 0
		sleep 0.2
	done
	fail "doctor in $1: expected ${2:-nothing}, got ${got:-nothing}: $(cat "$WORK/doctor.$1")"
}

# asks NODE NAMES: with what it asks the network.
asks() {
	local got
	got=$(said "$1")
	[[ $got == "$2" ]] || fail "doctor in $1: expected ${2:-nothing}, got ${got:-nothing}: $(cat "$WORK/doctor.$1")"
	# All could be looked for.
	same "what was skipped in $1" '[]' "$(jq -c .skipped "$WORK/doctor.$1")"
}

cluster_set() {
	local node=$1
	shift
	in_ns "$node" ssictl cluster set c "$@"
}

# What can be looked at, one fault after the other.
looked_at() {
	finds n1 ''

	ip -n n1 link add d0 type dummy
	ip -n n1 link set d0 up
	ip -n n1 route add default dev d0
	finds n1 default-route
	in_ns n1 sysctl -q -w net.ipv4.conf.eth0.rp_filter=1
	finds n1 'default-route rp-filter'
	in_ns n1 sysctl -q -w net.ipv4.conf.eth0.rp_filter=0
	ip -n n1 link del d0
	finds n1 ''

	in_ns n0 sysctl -q -w net.ipv4.conf.eth0.arp_ignore=8
	finds n0 arp-ignore
	in_ns n0 sysctl -q -w net.ipv4.conf.eth0.arp_ignore=0
	finds n0 ''

	in_ns n1 ping -nqc 1 10.9.0.1 >/dev/null
	sysctl -q -w net.ipv4.neigh.default.gc_thresh3=1
	finds n1 neighbour-table
	sysctl -q -w net.ipv4.neigh.default.gc_thresh3=32768
	finds n1 ''

	in_ns n1 nft -f - <<-END
		table inet f {
			chain in { type filter hook input priority 0; policy drop; ct state established accept; iif lo accept; icmp type echo-request accept; }
			chain out { type filter hook output priority 0; ct state invalid drop; }
		}
		table arp f { chain in { type filter hook input priority 0; arp daddr ip $VIP drop; }; }
	END
	finds n1 'firewall-arp firewall-clients firewall-resets'
	in_ns n1 nft 'add rule inet f in tcp dport { 80, 7000-7010 } accept'
	in_ns n1 nft add rule inet f in meta l4proto udp accept
	in_ns n1 nft delete chain inet f out
	in_ns n1 nft delete table arp f
	finds n1 ''
	in_ns n1 nft delete table inet f

	cluster_set n0 --master off
	finds n1 no-master
	cluster_set n0 --master on
	cluster_set n2 --master on
	finds n1 two-masters
	cluster_set n2 --master off
	finds n1 ''

	cluster_set n2 --nodes 4
	finds n1 disagreement
	cluster_set n2 --nodes 3
	finds n1 ''

	ip -n n1 addr del "$VIP/32" dev eth0
	finds n1 vip-missing
	cluster_set n1 --vip "$VIP/32"
	ssi-probe stop "$server"
	finds n1 nobody-listens
	serve n1
	finds n1 ''
	echo "12 faults by their names"
}

# What the network tells: at n1 a switch that snoops, with a querier, a guard against MACs that are not its own, a stranger that has the
# address, a port with a smaller MTU, and a server that answers as itself; at n2 a switch that drops what is to the group MAC.
asked_for() {
	local n2
	finds n1 ''
	finds n2 ''
	in_ns n1 ping -nqc 1 10.9.0.1 >/dev/null
	in_ns n2 ping -nqc 1 10.9.0.1 >/dev/null
	asks n1 ''

	# A new querier waits for as long as hosts may take to answer.
	ip -n sw link set br0 type bridge mcast_snooping 1 mcast_query_response_interval 100
	ip -n sw link set br0 type bridge mcast_querier 1
	in_ns sw nft -f - <<-END
		table bridge f {
			chain guard {
				type filter hook forward priority 0;
				iifname p1 ether saddr $BASE drop
				oifname p2 ether daddr $GROUP drop
			}
		}
	END
	ip -n x addr add "$VIP/16" dev eth0
	ip -n sw link set p0 mtu 1000
	nsenter --net=/run/netns/n1 -- python3 "$(dirname "$0")/lib/echo.py" 7100 0.0.0.0 >"$WORK/echo" &
	echo $! >>"$WORK/mine"
	until_ok grep -q ready "$WORK/echo"
	sleep 2
	said n2 >"$WORK/said.n2" &
	n2=$!
	asks n1 'mtu-path snooping spoof-guard vip-claimed vip-elsewhere wildcard-udp'
	wait $n2
	jq -e '[.findings[] | select(.check == "group-silent")] | length == 2' "$WORK/doctor.n2" >/dev/null ||
		fail "doctor in n2: $(cat "$WORK/doctor.n2")"
	same "whose the address is" "0a:00:00:00:00:66" "$(jq -r '.findings[] | select(.check == "vip-elsewhere").evidence' "$WORK/doctor.n1" |
		cut -d' ' -f1)"

	servers_end
	ip -n x addr del "$VIP/16" dev eth0
	ip -n sw link set p0 mtu 1500
	in_ns sw nft delete table bridge f
	ip -n sw link set br0 type bridge mcast_querier 0 mcast_snooping 0
	# That somebody claimed the address is remembered for a minute.
	clusters_down n0 n1 n2
	clusters_up "$WORK/table"
	finds n1 ''
	asks n1 ''
	echo "7 faults by their names"
}

# unloaded: without the module there is nothing else to find.
unloaded() {
	in_ns n1 ssictl doctor --list >"$WORK/list"
	grep -q '^no-master  ' "$WORK/list" || fail "$(cat "$WORK/list")"
	unload
	same "without the module" module-missing "$(said n1)"
	modprobe ssi_filter
	same "with it" '' "$(said n1)"
	echo "the module"
}

quiet_kernel
modprobe ssi_filter
switch bridge
nodes 3
namespace x
plug x px 0a:00:00:00:00:66 10.9.2.250/16
serve n0 n2 n1
server=$started
table "$WORK/table" 3
clusters_up "$WORK/table"

also claim_1_doctor_names_what_is_wrong_here looked_at
also claim_1_doctor_names_what_is_wrong_in_the_network asked_for
also claim_1_doctor_misses_the_module unloaded
