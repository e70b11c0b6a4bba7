#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 10 9
# Services that are elsewhere: no socket of a node's namespace has their connections.
#
#     ct0 ct1 ct2 eth0 ─ ve n0 n1 n2 eth0 ── p0 p1 p2 ┐
#     172.17.0.2, fd17::2    10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: 12 clients of each family
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

buckets=16 members=3
clients=10.64.0.0-10.64.0.11,fd5b::1-fd5b::c

after_failure() {
	[[ ! -e $WORK/monitor ]] || kill "$(cat "$WORK/monitor")"
	stop_all_probes
	remove_clusters
	ip -n sw link set p0 up
	for node in n0 n1 n2; do
		in_ns $node nft flush ruleset
		ip -n $node rule del pref 5 2>/dev/null || true
	done
}

# container NODE: behind it, with a way back by it.
container() {
	local node=$1 ct=ct${1#n}
	namespace "$ct"
	ip -n "$node" link add ve type veth peer name eth0 netns "$ct"
	ip -n "$node" -batch - <<-END
		addr add 172.17.0.1/16 dev ve
		addr add fd17::1/64 dev ve nodad
		link set ve up
	END
	ip -n "$ct" -batch - <<-END
		addr add 172.17.0.2/16 dev eth0
		addr add fd17::2/64 dev eth0 nodad
		link set eth0 up
		route add default via 172.17.0.1
		route add default via fd17::1
	END
	in_ns "$node" sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# published NODE…: its port is the container's, as container engines write it.
published() {
	local node
	for node; do
		in_ns "$node" nft -f - <<-END
			table ip nat {
				chain pre { type nat hook prerouting priority dstnat; ip daddr $VIP tcp dport 7000 dnat to 172.17.0.2; }
			}
			table ip6 nat {
				chain pre { type nat hook prerouting priority dstnat; ip6 daddr $VIP6 tcp dport 7000 dnat to fd17::2; }
			}
		END
	done
}

# serving ADDRESS: in all containers.
serving() {
	background ssi-probe hold serve --nodes ct0,ct1,ct2 --address "$1" --out "$WORK/servers.json"
}

# hold_from SOURCES [ARG…]: a connection from each.
hold_from() {
	local sources=$1
	shift
	background ssi-probe --netns cl hold clients --period 60000 --sources "$sources" --to "$VIP,$VIP6" \
		--control "$WORK/holders" --patience 8000 "$@"
}

counted() {
	in_ns "$2" ssictl -j stats c | jq --arg counter "$1" '.[0].stats[$counter]'
}

shown() {
	in_ns "$1" ssictl -j table show c | jq -r ".$2"
}

is() {
	[[ $(shown "$1" "$2") == "$3" ]]
}

# alive HOW-MANY: connections, after each has said something.
alive() {
	tell round
	same "connections alive" "$1" "$(reported .held.alive)"
}

begin() {
	echo '{"buckets":16,"owned":{"n0":"all","n1":"none"}}' >"$WORK/table"
	members_up "$WORK/table"
}

end() {
	tell end
	stop_probes
	in_ns n0 nft flush ruleset
	in_ns n1 nft flush ruleset
	clusters_down n0 n1
}

# conntrack_is USERS: of connection tracking's module, where it is one.
conntrack_is() {
	[[ ! -e /sys/module/nf_conntrack/refcnt || $(</sys/module/nf_conntrack/refcnt) == "$1" ]]
}

# A bucket moves: whoever has its connections goes on with them, new ones are the new owner's, and the drain ends with the last.
moved() {
	local users
	published n0 n1
	users=$(cat /sys/module/nf_conntrack/refcnt || echo 0)
	begin
	serving 172.17.0.2,fd17::2
	hold_from "$clients" --fresh 10
	listen n0 "$WORK/events"
	echo $monitor >"$WORK/monitor"
	owns n0 8-15
	owns n1 0-7
	alive 24
	conntrack_is $((users + 1)) || fail "connection tracking is not held while buckets are in transition"
	until_ok is n0 connections "$(bucket_clients 0-7)"
	sleep 2
	same "what n0 drains, as long as there are connections" 0-7 "$(shown n0 draining)"
	alive 24
	same "new connections that broke" 0 "$(reported .fresh.broken)"
	(($(reported .fresh.good) > 0)) || fail "there were no new connections"
	tell close ct0
	until_ok is n0 draining none
	kill "$(cat "$WORK/monitor")"
	rm "$WORK/monitor"
	same "how the drain ended" empty "$(jq -nr '[inputs | select(.event == "drained").reason] | unique | join(" ")' "$WORK/events")"
	same "connections broken" 0 "$(reported .held.broken)"
	in_ns n1 ssictl table settle c all
	until_ok conntrack_is "$users"
	end
	echo "24 connections to containers by a published port stay where they are; the drain ended with the last"
}

# bucket_clients LIST: how many of the clients are in these of the sixteen buckets.
bucket_clients() {
	local first=${1%-*} last=${1#*-} n=0 i
	for i in {0..11}; do ((i % 16 < first || i % 16 > last)) || ((++n)); done
	# 10.64.0.0 is bucket 0; fd5b::1 is 1.
	for i in {1..12}; do ((i % 16 < first || i % 16 > last)) || ((++n)); done
	echo $n
}

# What n0 had is over; n1's container is told of nobody's, and goes on with its own.
taken_cold() {
	local first
	published n0 n1
	begin
	serving 172.17.0.2,fd17::2
	hold_from "$clients"
	ip -n sw link set p0 down
	owns n1 all --cold 0-15
	tell round
	same "connections alive and reset" "0 24" "$(reported '.held | "\(.alive) \(.ends.reset)"')"
	first=$(counted rx-reset n1)
	((first >= 24)) || fail "n1's module has sent $first resets: somebody else did"
	tell end
	hold_from "$clients"
	alive 24
	# Once more a cold table: what n1 had by then is its own still.
	owns n1 none
	owns n1 all --cold 0-15
	alive 24
	same "resets of those who came back" 0 $(($(counted rx-reset n1) - first))
	ip -n sw link set p0 up
	end
	echo "24 connections of a dead node's container were reset at once, 24 to the new one stay"
}

# Nobody translates: the node routes to whoever has the cluster's address as well, of which neither a socket nor connection
# tracking knows.
routed() {
	begin
	in_ns n1 sysctl -q -w net.ipv4.conf.all.accept_local=1
	ip -n n1 rule del pref 0
	ip -n n1 rule add pref 10 lookup local
	ip -n n1 rule add pref 5 iif eth0 to "$VIP" lookup 100
	ip -n n1 route add default via 172.17.0.2 table 100
	ip -n ct1 addr add "$VIP/32" dev lo
	serving "$VIP"
	# What others may have left behind would be reset.
	in_ns cl ss -HtK state all exclude listening >&2
	ip -n sw link set p0 down
	owns n1 all --cold 0-15
	hold_from 10.64.0.0-10.64.0.11
	alive 12
	# Nor is what n1 had itself, until its lease was over.
	in_ns n1 ssictl table settle c all
	owns n1 all --lease 300
	until_ok is n1 owned none
	owns n1 all --cold 0-15
	alive 12
	same "resets" 0 "$(counted rx-reset n1)"
	ip -n sw link set p0 up
	end
	ip -n n1 rule del pref 5
	echo "12 connections to a service that is only routed to stay, though nobody here knows of them"
}

far_cluster 3
for node in n0 n1 n2; do container $node; done

claim claim_14_a_published_ports_connections_stay_while_buckets_move moved
also claim_14_a_dead_nodes_published_port_is_reset taken_cold
also claim_14_what_is_routed_on_is_not_reset routed
