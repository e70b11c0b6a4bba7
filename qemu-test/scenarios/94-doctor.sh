#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 34
# ssictl doctor: faults that are made in nodes and at their switch, and the names by which it tells them. Before and after it is silent.
#
#     n0 (master) n1 n2 ── p0 p1 p2 ┐ sw: a learning bridge
#     x, a stranger     ── px       │
#     cl, clients       ── pc       │
#     a, a node alone   ── pa       ┘  cluster a, 10.9.0.200
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

# alone_up [ARG…]: cluster "a" of one node.
alone_up() {
	in_ns a ssictl cluster add a --dev eth0 --vip 10.9.0.200/32 --rank 0 --nodes 1 --master "$@"
}

alone_down() { in_ns a ssictl cluster del a; }

after_failure() {
	servers_end
	in_ns a ssictl cluster del a 2>/dev/null
	cluster_set n0 --master on
	cluster_set n2 --master off
}

# What goes past the module, or keeps frames from it, at a node of its own.
interfaces() {
	alone_up
	finds a ''

	ip -n a link set eth0 promisc on
	finds a promiscuous
	ip -n a link set eth0 promisc off

	nsenter --net=/run/netns/a -- python3 "$(dirname "$0")/lib/xdp.py" eth0 >"$WORK/xdp" &
	echo $! >>"$WORK/mine"
	until_ok grep -q ready "$WORK/xdp"
	finds a xdp
	servers_end

	ip -n a link add d0 type dummy
	ip -n a link set d0 up
	tc -n a qdisc add dev d0 clsact
	tc -n a filter add dev d0 ingress matchall action mirred egress redirect dev eth0
	finds a bypass
	ip -n a link del d0

	plug a pa1 0a:00:00:00:00:ab 10.9.3.2/16 eth1
	finds a second-interface
	in_ns a sysctl -q -w net.ipv4.conf.eth1.arp_ignore=1 net.ipv4.conf.eth1.drop_unicast_in_l2_multicast=1
	finds a ''
	ip -n a link del eth1

	ip -n sw link set pa down
	finds a interface-down
	ip -n sw link set pa up
	ip -n a link set eth0 down
	finds a interface-down
	ip -n a link set eth0 up
	finds a ''

	alone_down
	alone_up --hook ingress
	ip -n a link add br9 type bridge
	ip -n a link set eth0 master br9
	finds a interface-member
	ip -n a link del br9
	alone_down

	# A bond as the kernel makes it.
	ip -n a link add b9 type bond mode active-backup
	ip -n a link add b90 type veth peer name b91
	ip -n a link set b91 up
	ip -n a link set b90 master b9
	ip -n a link set b9 up
	in_ns a ssictl cluster add a --dev b9 --vip 10.7.0.200/32 --rank 0 --nodes 1 --master
	finds a bond-blind
	ip -n a link set b9 type bond miimon 100
	finds a ''
	alone_down
	ip -n a link del b9
	ip -n a link del b90

	alone_up --mode forward --vlan 9
	finds a ''
	ip -n a link set eth0.9 mtu 1400
	finds a mtu-forward
	alone_down
	echo "10 faults by their names"
}

# What the machine, its routes and its files say.
machines() {
	local conf
	alone_up --function bitmap --buckets 8 --owned all
	finds a ''

	in_ns a ssictl table set a --buckets 8 --owned all --lease 1
	finds a lapsed
	in_ns a ssictl table set a --buckets 8 --owned all
	finds a ''

	# A router that refuses: x.
	in_ns x sysctl -q -w net.ipv4.conf.eth0.arp_ignore=8
	in_ns a sysctl -q -w net.ipv4.neigh.eth0.retrans_time_ms=50
	ip -n a route add default via 10.9.2.250
	in_ns a ping -qc 1 -W 1 192.0.2.1 >/dev/null || true
	finds a router-silent
	in_ns x sysctl -q -w net.ipv4.conf.eth0.arp_ignore=0
	in_ns a ping -qc 1 -W 1 192.0.2.1 >/dev/null || true
	finds a ''
	ip -n a route del default

	in_ns a nft -f - <<-END
		table netdev f { chain in { type filter hook ingress device eth0 priority 0; ether type 0x88b5 drop; }; }
		table inet f { chain out { type filter hook output priority 0; ip saddr 10.9.0.200 drop; }; }
	END
	finds a 'firewall-nodes firewall-replies firewall-resets'
	in_ns a nft flush ruleset
	finds a ''

	in_ns a nft -f - <<-END
		table inet f { chain in { type filter hook input priority 0; ct state established accept; }; }
	END
	conf=$(sysctl -n net.netfilter.nf_conntrack_max)
	in_ns a ping -qc 1 10.9.2.250 >/dev/null
	sysctl -q -w net.netfilter.nf_conntrack_max=1
	finds a conntrack-full
	sysctl -q -w net.netfilter.nf_conntrack_max="$conf"
	finds a ''
	in_ns a nft flush ruleset

	mkdir -p /lib/modules/99.1.0 /boot
	touch /lib/modules/99.1.0/modules.dep /boot/vmlinuz-99.1.0
	finds a next-kernel
	rm -r /lib/modules/99.1.0 /boot/vmlinuz-99.1.0

	mkdir -p /etc/ssi /etc/corosync
	cat >/etc/ssi/a.toml <<-END
		name = "a"
		vips = ["10.9.0.200/32"]
		interface = "eth0"
		buckets = 8
		[daemon]
		engine = "corosync"
		[[node]]
		name = "a"
		rank = 0
	END
	finds a daemon-missing
	printf 'totem {\n\ttoken: 300\n}\n' >/etc/corosync/corosync.conf
	finds a 'daemon-missing knet-timers'
	rm /etc/ssi/a.toml /etc/corosync/corosync.conf
	finds a ''
	alone_down
	echo "8 faults by their names"
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
	ssi-probe --netns x ask --sources 10.9.2.250 --to "$VIP:7000" --out "$WORK/nobody" --timeout 100
	told n1 "no node is master, and "
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

# What becomes of clients, by the counters: ssictl says by itself what they alone say.
served() {
	clusters_down n1
	in_ns n1 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 1 --nodes 3
	finds n1 ''

	in_ns n1 nft -f - <<-END
		table inet f { chain out { type filter hook output priority 0; ip saddr $VIP drop; }; }
	END
	# Clients of rank 1 only: 10.64.0.0 is one of rank 0 …
	ask udp "$(sources_of 1 100)" unanswered --timeout 100
	finds n1 'firewall-replies firewall-resets not-flooded served-not-answered'
	same "what it is, where a service of UDP is" note "$(jq -r '.findings[] | select(.check == "served-not-answered").severity' "$WORK/doctor.n1")"
	told n1 ''
	# Of TCP the kernel knows that it has answered.
	while :; do ask tcp "$(sources_of 1 50)" lost --timeout 300; done >/dev/null 2>&1 &
	echo $! >>"$WORK/mine"
	until_ok all_lost
	same "doctor's, which listens" broken "$(said n1 >/dev/null; jq -r '.findings[] | select(.check == "served-not-answered").severity' "$WORK/doctor.n1")"
	in_ns n1 nft flush ruleset
	until_ok none_lost
	servers_end
	ask udp "$(sources_of 1 1)" one
	finds n1 not-flooded
	told n1 ''
	ask udp "$(sources_of 0 1)" other
	finds n1 ''
	echo "3 faults by their names"
}

# all_lost: ssictl alone says that n1 does not answer its clients.
all_lost() {
	in_ns n1 ssictl >"$WORK/told"
	grep -q '^c: [0-9]* packets were given to its stack within a second, and none was answered (rx-served, tx-reply): the kernel answered for' "$WORK/told"
}

none_lost() {
	in_ns n1 ssictl >"$WORK/told"
	! grep '^c: ' "$WORK/told"
}

# sources_of RANK N: so many clients of a node of three.
sources_of() {
	local bucket first=$((10 << 24 | 64 << 16))
	bucket=$(((first + 2) / 3 * 3 + $1))
	local i list=()
	for ((i = 0; i < $2; i++)); do
		list+=("10.64.$(((bucket + 3 * i) >> 8 & 255)).$(((bucket + 3 * i) & 255))")
	done
	(IFS=, && echo "${list[*]}")
}

# told NODE SENTENCE: ssictl alone says so of cluster c, soon; without a sentence it says nothing.
told() {
	local _
	for _ in {1..40}; do
		in_ns "$1" ssictl >"$WORK/told"
		if [[ $2 ]]; then
			! grep -qF "c: $2" "$WORK/told" || return 0
		else
			grep -q '^c: ' "$WORK/told" || return 0
		fi
		sleep 0.2
	done
	fail "ssictl in $1: expected ${2:-nothing}, got $(paste -sd';' "$WORK/told")"
}

# Nodes that do not go together: they say each second who they are.
together() {
	clusters_down n0 n1 n2
	table "$WORK/bitmap" 3 --shape irregular --buckets 12
	clusters_up "$WORK/bitmap"
	finds n1 ''
	local owned
	owned=$(jq -r .owned.n1 "$WORK/bitmap")
	again n2 2 "$owned"
	finds n1 buckets-twice
	again n2 2 "$(jq -r .owned.n2 "$WORK/bitmap")"
	finds n1 ''

	# Of rank 2 nothing is heard meanwhile.
	again n2 1 "$(jq -r .owned.n2 "$WORK/bitmap")"
	finds n1 'node-silent rank-twice'
	again n2 2 "$(jq -r .owned.n2 "$WORK/bitmap")"
	finds n1 ''

	clusters_down n2
	finds n1 node-silent
	again n1 1 "$owned"
	finds n1 node-missing
	clusters_down n0 n1
	clusters_up "$WORK/table"
	finds n1 ''
	echo "4 faults by their names"
}

# again NODE RANK OWNED: its cluster anew.
again() {
	clusters_down "$1"
	in_ns "$1" ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank "$2" --nodes 3 --function bitmap --buckets 12 --owned "$3"
}

# What the network tells: at n1 a switch that snoops, with a querier, a guard against MACs that are not its own, a stranger that has the
# address, a client that takes no answer for it, a port with a smaller MTU, and a server that answers as itself; at n2 a switch that drops
# what n1 sends to the group MAC, and answers of ARP.
asked_for() {
	local n2
	finds n1 ''
	finds n2 ''
	in_ns n1 ping -nqc 1 10.9.0.1 >/dev/null
	in_ns n2 ping -nqc 1 10.9.0.1 >/dev/null

	# A new querier waits for as long as hosts may take to answer.
	ip -n sw link set br0 type bridge mcast_snooping 1 mcast_query_response_interval 100
	ip -n sw link set br0 type bridge mcast_querier 1
	in_ns sw nft -f - <<-END
		table bridge f {
			chain guard {
				type filter hook forward priority 0;
				iifname p1 ether saddr $BASE drop
				oifname p2 ether saddr $(node_mac 1) ether daddr $GROUP drop
				oifname p2 arp operation reply drop
			}
		}
	END
	ip -n x addr add "$VIP/16" dev eth0
	ip -n sw link set p0 mtu 1000
	in_ns cl nft "table arp f { chain in { type filter hook input priority 0; arp saddr ip $VIP drop; }; }"
	nsenter --net=/run/netns/cl -- ping -qi 0.3 "$VIP" >"$WORK/refuses" 2>&1 &
	echo $! >>"$WORK/mine"
	nsenter --net=/run/netns/n1 -- python3 "$(dirname "$0")/lib/echo.py" 7100 0.0.0.0 >"$WORK/echo" &
	echo $! >>"$WORK/mine"
	until_ok grep -q ready "$WORK/echo"
	sleep 2
	said n2 >"$WORK/said.n2" &
	n2=$!
	asks n1 'group-mac-refused mtu-path snooping spoof-guard vip-claimed vip-elsewhere wildcard-udp'
	wait $n2
	jq -e '[.findings[].check] | contains(["group-silent", "no-arp-answer"])' "$WORK/doctor.n2" >/dev/null || fail "doctor in n2: $(cat "$WORK/doctor.n2")"
	told n1 'another host claimed an address of it in '
	same "whose the address is" "0a:00:00:00:00:66" "$(jq -r '.findings[] | select(.check == "vip-elsewhere").evidence' "$WORK/doctor.n1" |
		cut -d' ' -f1)"

	servers_end
	ip -n x addr del "$VIP/16" dev eth0
	ip -n sw link set p0 mtu 1500
	in_ns sw nft delete table bridge f
	in_ns cl nft flush ruleset
	ip -n sw link set br0 type bridge mcast_querier 0 mcast_snooping 0
	# That somebody claimed the address is remembered for a minute.
	clusters_down n0 n1 n2
	clusters_up "$WORK/table"
	finds n1 ''
	asks n1 ''
	echo "9 faults by their names"
}

# A switch that lets one frame to the group MAC pass in three seconds: the master's first, and that of three seconds later.
storm() {
	local passed _ got=''
	in_ns sw nft -f - <<-END
		table bridge f {
			counter passed { }
			chain storm {
				type filter hook forward priority 0;
				oifname p1 ether saddr $(node_mac 0) ether daddr $GROUP limit rate over 20/minute burst 1 packets drop
				oifname p1 ether saddr $(node_mac 0) ether daddr $GROUP counter name passed
			}
		}
	END
	# It listens for 4.5 s: begun two seconds after one that passed it hears two.
	for _ in 1 2 3; do
		passed=$(storm_passed)
		until_ok has_passed "$passed"
		sleep 1.8
		got=$(said n1)
		[[ $got != group-loss ]] || break
	done
	in_ns sw nft delete table bridge f
	same "what doctor in n1 finds" group-loss "$got"
	jq -r '.findings[0].evidence' "$WORK/doctor.n1"
	finds n1 ''
}

storm_passed() { in_ns sw nft -j list counter bridge f passed | jq '.nftables[1].counter.packets'; }
has_passed() { (($(storm_passed) > $1)); }

# Clocks: a time namespace, and a source that is slow. User Mode Linux has neither.
clocks() {
	local source=/sys/devices/system/clocksource/clocksource0 before
	if [[ ${SSI_LANE:-} != stock ]]; then
		echo "not here: User Mode Linux has one clock only"
		return 0
	fi
	in_ns n1 unshare --time --boottime 1000 --fork ssictl -j doctor --no-probe >"$WORK/clock"
	same "in a time namespace" time-namespace "$(jq -r '[.findings[].check] | join(" ")' "$WORK/clock")"
	before=$(cat $source/current_clocksource)
	finds n1 ''
	echo acpi_pm >$source/current_clocksource
	finds n1 clock-source
	echo "$before" >$source/current_clocksource
	finds n1 ''
	echo "2 faults by their names; the source was $before"
}

# An address that another host has is told by its MAC, one that nobody has is not.
in_use() {
	local said
	said=$(in_ns n1 ssictl cluster add p --probe --dev eth0 --vip 10.9.2.250/32 --rank 0 --nodes 1 2>&1)
	in_ns n1 ssictl cluster del p
	[[ $said == "ssictl: 10.9.2.250 is in use: 0a:00:00:00:00:66 answered for it, "* ]] || fail "said: $said"
	in_ns n1 ssictl cluster add p --dev eth0 --vip 10.9.2.251/32 --rank 0 --nodes 1
	[[ $(in_ns n1 ssictl cluster set p --probe --vip 10.9.2.250/32 2>&1) == "$said" ]] || fail "cluster set says nothing of it"
	in_ns n1 ssictl cluster del p
	same "of a free one" '' "$(in_ns n1 ssictl cluster add p --probe --dev eth0 --vip 10.9.2.251/32 --rank 0 --nodes 1 2>&1)"
	in_ns n1 ssictl cluster del p
	same "of the cluster's own, of which the master answers" '' "$(again_with_probe 2>&1)"
	echo "${said#ssictl: }"
}

again_with_probe() {
	clusters_down n1
	in_ns n1 ssictl cluster add c --probe --dev eth0 --vip "$VIP/32" --rank 1 --nodes 3
}

# unloaded: without the module there is nothing else to find.
unloaded() {
	in_ns n1 ssictl doctor --list >"$WORK/list"
	grep -q '^no-master  ' "$WORK/list" || fail "$(cat "$WORK/list")"
	unload
	same "without the module" module-missing "$(said n1)"
	modprobe ssi_filter
	same "with it" '' "$(said n1)"
	unload
	other_version
	same "of another version" module-version "$(said n1)"
	unload
	modprobe ssi_filter
	echo "2 faults by their names"
}

# other_version: the same module, which says that it is of another version.
other_version() {
	local version
	version=$(modinfo -F version ssi_filter)
	case $(modinfo -n ssi_filter) in
	*.xz) xz -dc "$(modinfo -n ssi_filter)" ;;
	*) cat "$(modinfo -n ssi_filter)" ;;
	esac | LC_ALL=C sed "s/\([^c]version=\)${version//./\\.}/\1${version%?}x/" >"$WORK/other.ko"
	insmod "$WORK/other.ko"
}

quiet_kernel
modprobe ssi_filter
switch bridge
nodes 3
client
namespace x a
plug x px 0a:00:00:00:00:66 10.9.2.250/16
plug a pa 0a:00:00:00:00:aa 10.9.3.1/16
background ssi-probe --netns a serve --name a --tcp 7000 --address 0.0.0.0
serve n0 n2 n1
server=$started
table "$WORK/table" 3
clusters_up "$WORK/table"

also claim_1_doctor_names_what_is_wrong_here looked_at
also claim_1_doctor_names_what_is_wrong_in_the_network asked_for
also claim_1_doctor_names_what_goes_past_the_module interfaces
named claim_1_doctor_names_what_is_wrong_with_a_machine machines
named claim_1_doctor_names_what_clients_meet served
named claim_1_doctor_names_nodes_that_do_not_go_together together
also claim_1_an_address_in_use_is_told in_use
named claim_1_doctor_names_storm_control storm
named claim_1_doctor_names_clocks clocks
also claim_1_doctor_misses_the_module unloaded
