#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 28 32
# How a transition begins and ends, on one node and on the other: what is told of it, by events, by ssictl, in sysfs.
#
#     n0 n1 n2 eth0 ── p0 p1 p2 ┐
#     VIP 10.9.0.100, fd5a::100 ┤ sw: a learning bridge ├ pc ── eth0 cl: 12 clients, with connections to n0
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

buckets=16 members=3

after_failure() {
	[[ ! -e $WORK/monitor ]] || kill "$(cat "$WORK/monitor")"
	stop_all_probes
	remove_clusters
	in_ns n1 nft flush ruleset
	in_ns n2 nft flush ruleset
	ip -n sw link set p0 up
	ip -n sw link set p1 up
}

# bring_up TABLE [ARG…]: its nodes, and servers on them.
bring_up() {
	echo "$1" >"$WORK/table"
	shift
	members_up "$WORK/table" "$@"
	servers_up n0 n1 n2
}

# hold_from CLIENTS: one connection each.
hold_from() {
	background ssi-probe --netns cl hold clients --period 60000 --sources "$1" --to "$VIP,$VIP6" --control "$WORK/holders" \
		--patience 4000
}

# begin [CLIENTS] [ARG…]: n0 has all buckets, 12 connections are open, and what n0 tells is written down.
begin() {
	local clients=10.64.0.0-10.64.0.11
	[[ ${1---} == --* ]] || clients=$1
	[[ ${1---} == --* ]] || shift
	bring_up '{"buckets":16,"owned":{"n0":"all","n1":"none"}}' "$@"
	hold_from "$clients"
	listen n0 "$WORK/events"
	echo $monitor >"$WORK/monitor"
}

end() {
	kill "$(cat "$WORK/monitor")"
	rm "$WORK/monitor"
	tell end
	stop_probes
	clusters_down n0 n1
}

shown() {
	in_ns "$1" ssictl -j table show c | jq -r ".$2"
}

# alive HOW-MANY: connections, after each has said something.
alive() {
	tell round
	same "connections alive" "$1" "$(reported .held.alive)"
}

# buckets_drained REASON: those whose drain has ended for this reason, by all events so far. Connections that end one after
# the other may be found so by several runs of the transition work, and each run has its event.
buckets_drained() {
	jq -nr --arg reason "$1" '
		def numbers: split(",")[] | split("-") | map(tonumber) | range(.[0]; .[-1] + 1);
		[inputs | select(.event == "drained" and .reason == $reason).drained | numbers] | unique
		| reduce .[] as $n ([]; if length > 0 and .[-1][1] + 1 == $n then .[-1][1] = $n else . + [[$n, $n]] end)
		| map(unique | join("-")) | join(",")' "$WORK/events"
}

# is NODE FIELD VALUE: what the node's table shows.
is() {
	[[ $(shown "$1" "$2") == "$3" ]]
}

# is_drained REASON BUCKETS: all of these, and no other.
is_drained() {
	[[ $(buckets_drained "$1") == "$2" ]]
}

# has_drained REASON BUCKETS: in a minute; told in full where it has not.
has_drained() {
	local _
	for _ in {1..300}; do
		! is_drained "$1" "$2" || return 0
		sleep 0.2
	done
	same "buckets drained, reason $1" "$2" "$(buckets_drained "$1")"
}

until_empty() {
	local begun
	begin
	owns n0 8-15
	begun=$EPOCHSECONDS
	owns n1 0-7
	same "what n0 drains" 0-7 "$(shown n0 draining)"
	same "what n1 adopts" 0-7 "$(shown n1 adopting)"
	# shellcheck disable=SC2016 # the other shell's
	same "in sysfs" "0-7 none" "$(in_ns n0 unshare --mount sh -c 'mount -t sysfs ssi /sys && cd /sys/class/net/eth0/ssi-c && echo $(cat draining adopting)')"
	alive 12
	# Two of three clients are in the first eight buckets.
	until_ok is n0 connections 8
	while ((EPOCHSECONDS - begun < 4)); do sleep 0.5; done
	same "drained while there are connections" "" "$(buckets_drained empty)"
	tell close n0
	has_drained empty 0-7
	same "drained by the deadline" "" "$(buckets_drained deadline)"
	same "what n0 drains" none "$(shown n0 draining)"
	same "what n1 adopts still, as nobody told it" 0-7 "$(shown n1 adopting)"
	in_ns n1 ssictl table settle c all
	same "what n1 adopts" none "$(shown n1 adopting)"
	alive 12
	same "connections broken" 0 "$(reported .held.broken)"
	end
	echo "8 connections were counted; when they had ended so had the drain"
}

until_the_deadline() {
	local begun late
	begin --drain-time 4
	owns n0 none
	begun=${EPOCHREALTIME/./}
	owns n1 all
	alive 12
	has_drained deadline 0-11
	late=$(((${EPOCHREALTIME/./} - begun) / 1000))
	((late >= 4000 && late < 20000)) || fail "it ended after $late ms"
	has_drained empty 12-15
	same "buckets drained by the deadline" 0-11 "$(buckets_drained deadline)"
	until_ok is n1 adopting none
	# Nobody has them: the new owner says so.
	tell round
	same "connections alive and broken" "0 12" "$(reported '.held | "\(.alive) \(.broken)"')"
	end
	echo "ended after $late ms of 4,000 with 12 connections, which the new owner reset then"
}

until_told() {
	begin
	owns n0 none
	owns n1 all
	alive 12
	in_ns n1 ssictl table settle c all
	in_ns n0 ssictl table settle c 0-7
	same "what n0 drains" 8-15 "$(shown n0 draining)"
	in_ns n0 ssictl table settle c all
	same "what n0 drains" none "$(shown n0 draining)"
	tell round
	same "connections alive and broken" "0 12" "$(reported '.held | "\(.alive) \(.broken)"')"
	end
	echo "12 connections were given up when that was asked for"
}

# Nothing is to be seen of the node that had the buckets: it hears nothing any more.
taken_cold() {
	begin
	ip -n sw link set p0 down
	owns n1 all
	tell round
	same "connections alive and broken, in silence" "0 12" "$(reported '.held | "\(.alive) \(.broken)"')"
	ip -n sw link set p0 up
	end
	begin
	ip -n sw link set p0 down
	owns n1 all --cold 0-15
	same "what n1 adopts" none "$(shown n1 adopting)"
	tell round
	same "connections alive and reset" "0 12" "$(reported '.held | "\(.alive) \(.ends.reset)"')"
	ip -n sw link set p0 up
	end
	echo "12 connections of a node that is gone: silence if it is not known to be, a reset at once if it is"
}

lapsed() { in_ns n0 ssictl -j cluster show c | jq -e '.[0].lapsed'; }

# A lease that ends for a moment, and lets nothing be served after it, breaks nothing: neither what n0 has nor what it drains.
rests() {
	begin --lease-expiry drop
	owns n0 8-15 --lease 1500
	owns n1 0-7
	until_ok lapsed
	same "what n0 has, drains" "none 0-7" "$(shown n0 owned) $(shown n0 draining)"
	owns n0 8-15 --cold 8-15
	alive 12
	same "what n0 has, drains, adopts" "8-15 0-7 none" "$(shown n0 owned) $(shown n0 draining) $(shown n0 adopting)"
	end
	echo "12 connections outlive the end of a lease, 8 of them in buckets that drain"
}

# counted COUNTER NODE
counted() {
	in_ns "$2" ssictl -j stats c | jq --arg counter "$1" '.[0].stats[$counter]'
}

# firewall NODE: the rules of many guides. What belongs to no connection that it knows, and begins none, is dropped. Then
# the stack has nothing to answer, and a client would ask for a quarter of an hour.
firewall() {
	in_ns "$1" nft -f - <<-END
		table inet usual {
			chain in {
				type filter hook input priority 0; policy accept;
				ct state invalid drop
				ct state new tcp flags & (fin|syn|rst|ack) != syn drop
			}
		}
	END
}

firewalled() {
	local first
	firewall n1
	begin 10.64.0.0-10.64.0.11,fd5b::1-fd5b::c
	ip -n sw link set p0 down
	owns n1 all --cold 0-15
	same "what n1 adopts and drains" "none none" "$(shown n1 adopting) $(shown n1 draining)"
	tell round
	same "connections alive and reset" "0 24" "$(reported '.held | "\(.alive) \(.ends.reset)"')"
	first=$(counted rx-reset n1)
	((first >= 24)) || fail "n1's module has sent $first resets: somebody else did"
	# Who comes back has a connection that n1 knows.
	tell end
	hold_from 10.64.0.0-10.64.0.11,fd5b::1-fd5b::c
	alive 24
	same "resets of those who came back" 0 $(($(counted rx-reset n1) - first))
	# It is over when that is said: the firewall decides again.
	in_ns n1 ssictl table settle c all
	in_ns n1 ss -HtK state established >&2
	tell round
	same "resets when it is over" 0 $(($(counted rx-reset n1) - first))
	ip -n sw link set p0 up
	in_ns n1 nft flush ruleset
	end
	echo "24 connections of a dead node were reset at once by $first resets, past a firewall that drops what it does not know"
}

# What the master sends on is answered by way of the node's own routes: who asked is not who the frame came from.
firewalled_forward() {
	forward_vlan 3
	firewall n2
	bring_up '{"buckets":16,"owned":{"n0":"none","n1":"all","n2":"none"}}' --mode forward --forward all --forward-dev eth0.100 \
		--reply-mac node
	settled n0 n1 n2
	hold_from 10.64.0.0-10.64.0.11,fd5b::1-fd5b::c
	ip -n sw link set p1 down
	owns n2 all --cold 0-15
	tell round
	same "connections alive and reset" "0 24" "$(reported '.held | "\(.alive) \(.ends.reset)"')"
	(($(counted rx-reset n2) >= 24)) || fail "n2's module has sent $(counted rx-reset n2) resets: somebody else did"
	ip -n sw link set p1 up
	tell end
	stop_probes
	in_ns n2 nft flush ruleset
	clusters_down n0 n1 n2
	echo "24 connections of a dead node were reset at once by one that gets its frames from the master, past its firewall"
}

at_once() {
	begin --drain-time 0
	owns n0 none
	owns n1 all
	same "what n0 drains" none "$(shown n0 draining)"
	tell round
	same "connections alive and broken" "0 12" "$(reported '.held | "\(.alive) \(.broken)"')"
	end
	echo "without a drain-time 12 of 12 connections break"
}

# A bucket is another set of clients where their number or the hash is another.
other_buckets() {
	begin
	in_ns n0 ssictl table set c --buckets 32 --owned 0-3
	same "what n0 drains" none "$(shown n0 draining)"
	in_ns n0 ssictl cluster set c --hash siphash --hash-seed 000102030405060708090a0b0c0d0e0f --owned none
	same "what n0 drains" none "$(shown n0 draining)"
	in_ns n0 ssictl cluster set c --owned 3
	same "what n0 adopts" 3 "$(shown n0 adopting)"
	in_ns n0 ssictl cluster set c --owned none
	same "what n0 drains of what it adopted" "3 none" "$(shown n0 draining) $(shown n0 adopting)"
	in_ns n0 ssictl cluster set c --owned 3
	same "what n0 adopts of what it drained" "none 3" "$(shown n0 draining) $(shown n0 adopting)"
	end
	echo "no transition where buckets or hash change, to and fro where they do not"
}

# Whoever gets a frame first, in mode forward, it reaches the node that has the connection: with replies from the
# node's own MAC always the master, n0, which has no bucket; else whoever has replied last.
forwarded() {
	local forward reply_mac
	forward_vlan 3
	for forward in all owner; do
		for reply_mac in node cluster; do
			bring_up '{"buckets":16,"owned":{"n0":"none","n1":"all","n2":"none"}}' --mode forward --forward "$forward" \
				--forward-dev eth0.100 --reply-mac "$reply_mac"
			settled n0 n1 n2
			hold_from 10.64.0.0-10.64.0.11
			owns n1 8-15
			owns n2 0-7
			alive 12
			tell close n1
			same "connections of nodes" "4 8" "$(alive 12 && reported '.held.nodes | "\(.n1) \(.n2)"')"
			same "connections broken" 0 "$(reported .held.broken)"
			(($(in_ns n0 ssictl -j stats c | jq '.[0].stats["rx-forwarded"]') > 0)) || fail "the master has forwarded nothing"
			tell end
			stop_probes
			clusters_down n0 n1 n2
		done
	done
	echo "to all, to the owner; by the master, by whoever has replied last: 12 connections stay, new ones go to the new owner"
}

# Objects of no kind of their own that the kernel has. What is free in caches is given back first.
objects() {
	local cache
	sleep 1
	for cache in /sys/kernel/slab/*/shrink; do echo 1 >"$cache"; done
	awk '/^kmalloc/ { sum += $2 } END { print sum }' /proc/slabinfo
}

no_memory() {
	local before after _
	[[ ${SSI_LANE-} == stock ]] || {
		echo "this kernel does not count objects: nothing was measured"
		return
	}
	begin 10.64.0.0-10.64.7.207
	for _ in 1 2; do tell round; done
	before=$(objects)
	owns n0 none
	owns n1 all
	for _ in 1 2; do alive 2000; done
	after=$(objects)
	same "what n0 drains" 0-15 "$(shown n0 draining)"
	same "connections broken" 0 "$(reported .held.broken)"
	((after - before < 500)) || fail "$((after - before)) objects more with 2,000 connections in transition"
	end
	echo "$((after - before)) objects more with 2,000 connections in transition, for whatever"
}

far_cluster 3

claim claim_14_drained_when_the_last_connection_has_ended until_empty
claim claim_14_drained_at_the_deadline until_the_deadline
claim claim_14_settled_when_told until_told
also claim_14_a_dead_nodes_clients_are_reset_at_once taken_cold
also claim_14_what_drains_rests_when_a_lease_is_over rests
claim claim_14_no_firewall_decides_whether_a_client_hangs firewalled
also claim_14_no_firewall_decides_in_mode_forward firewalled_forward
also claim_14_no_drain_time_keeps_nothing at_once
also claim_14_forwarded_to_the_node_that_has_the_connection forwarded
also claim_14_where_there_is_no_transition other_buckets
claim claim_14_no_memory_for_connections no_memory
