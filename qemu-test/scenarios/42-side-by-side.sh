#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 55
# One join, four ways to share an address: how many connections of the same 500 clients break when 4 nodes become 5.
# IPv4 only, since the others' rules are.
#
#     n0 … n4 eth0 ── p0 … p4 ┐
#     VIP 10.9.0.100          ┤ sw: a learning bridge ├ pc ── eth0 cl: 10.64.0.0/10 behind it
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

after_failure() {
	stop_all_probes
	remove_clusters
	rules_down
}

CLIENTS=${HOLDERS%%,*}

# broken UP JOIN DOWN: holds 2,000 connections with four nodes, lets the fifth join, and takes a turn on each; how
# many broke, and how, is in $WORK/UP.json.
broken() {
	"$1"
	servers_up n{0..4}
	background ssi-probe --netns cl hold clients --sources "$CLIENTS" --each 4 --to "$VIP" --control "$WORK/holders" \
		--period 600000 --patience 10000
	same "connections at four nodes" "4 2000" "$(tell report && reported '"\(.held.nodes | length) \(.held.alive)"')"
	"$2"
	tell round
	mv "$WORK/report" "$WORK/$1.json"
	stop_probes
	"$3"
	# Who was told the shared MAC is told anew.
	ip -n cl neigh flush dev eth0
}

# The claims' plain function: source address mod number of nodes.
modulo_up() {
	local i
	for i in {0..3}; do modulo_member "$i" 4; done
}

modulo_member() {
	local master=()
	[[ $1 != 0 ]] || master=(--master)
	in_ns "n$1" ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank "$1" --nodes "$2" "${master[@]}" "${without_transition[@]}"
}

modulo_join() {
	local i
	for i in {0..3}; do in_ns "n$i" ssictl cluster set c --nodes 5; done
	modulo_member 4 5
}

# xt_cluster with the rules of its manual page (iptables-extensions(8)), for one interface.
SHARED=01:00:5e:00:01:01

# rules FAMILY-LESS of the page: which node of how many.
xt_cluster_rule() {
	echo -m cluster --cluster-total-nodes "$2" --cluster-local-node $(($1 + 1)) --cluster-hash-seed 0xdeadbeef -j MARK --set-mark 0xffff
}

xt_cluster_member() {
	local i=$1 n=$2
	ip -n "n$i" maddr add $SHARED dev eth0
	in_ns "n$i" arptables -A OUTPUT -o eth0 --h-length 6 -j mangle --mangle-mac-s $SHARED
	in_ns "n$i" arptables -A INPUT -i eth0 --h-length 6 --destination-mac $SHARED -j mangle --mangle-mac-d "$(node_mac "$i")"
	# shellcheck disable=SC2046 # words of a rule
	# shellcheck disable=SC2046 # several words
	in_ns "n$i" iptables -t mangle -A PREROUTING -i eth0 $(xt_cluster_rule "$i" "$n")
	in_ns "n$i" iptables -t mangle -A PREROUTING -i eth0 -m mark ! --mark 0xffff -j DROP
	in_ns "n$i" sysctl -q -w net.netfilter.nf_conntrack_tcp_loose=0
	ip -n "n$i" addr add "$VIP/32" dev eth0
}

xt_cluster_up() {
	local i
	for i in {0..3}; do xt_cluster_member "$i" 4; done
}

xt_cluster_join() {
	local i
	# shellcheck disable=SC2046 # words of a rule
	# shellcheck disable=SC2046 # several words
	for i in {0..3}; do in_ns "n$i" iptables -t mangle -R PREROUTING 1 -i eth0 $(xt_cluster_rule "$i" 5); done
	xt_cluster_member 4 5
}

# One rule that the page does not have: what is established stays. Each node still tracks all that it then drops.
xt_established_up() {
	local i
	xt_cluster_up
	for i in {0..3}; do
		in_ns "n$i" iptables -t mangle -I PREROUTING 2 -i eth0 -m conntrack --ctstate ESTABLISHED -j MARK --set-mark 0xffff
	done
}

# nft's Jenkins hash at the interface's ingress, and the shared MAC in what ARP says.
jhash_member() {
	local i=$1 n=$2
	ip -n "n$i" maddr add "$GROUP" dev eth0
	in_ns "n$i" nft -f - <<-END
		table netdev side {
			chain in {
				type filter hook ingress device eth0 priority 0
				ip daddr $VIP jhash ip saddr mod $n seed 0xdeadbeef != $i drop
				ip daddr $VIP meta pkttype set host
			}
			chain out {
				type filter hook egress device eth0 priority 0
				arp saddr ip $VIP arp saddr ether set $GROUP
			}
		}
	END
	ip -n "n$i" addr add "$VIP/32" dev eth0
}

jhash_up() {
	local i
	for i in {0..3}; do jhash_member "$i" 4; done
}

jhash_join() {
	local i
	for i in {0..3}; do
		in_ns "n$i" nft -f - <<-END
			flush chain netdev side in
			add rule netdev side in ip daddr $VIP jhash ip saddr mod 5 seed 0xdeadbeef != $i drop
			add rule netdev side in ip daddr $VIP meta pkttype set host
		END
	done
	jhash_member 4 5
}

rules_down() {
	local i
	for i in {0..4}; do
		ip -n "n$i" addr flush to "$VIP/32" dev eth0
		ip -n "n$i" maddr del $SHARED dev eth0 2>/dev/null || ip -n "n$i" maddr del "$GROUP" dev eth0 2>/dev/null || true
		in_ns "n$i" nft flush ruleset
	done
}

table_up() { members_up "$WORK/table"; }
table_off_up() { members_up "$WORK/table" "${without_transition[@]}"; }

table_join() {
	member n4 none "$@"
	play "$WORK/steps"
}
table_off_join() { table_join "${without_transition[@]}"; }

# row NAME WORDS: of the table.
row() {
	jq -r --arg name "$2" '.held | [$name, .broken, .ends.reset // 0, .ends.silent // 0, .alive] | @tsv' "$WORK/$1.json"
}

broke() {
	jq .held.broken "$WORK/$1.json"
}

side_by_side() {
	broken modulo_up modulo_join members_down
	broken xt_cluster_up xt_cluster_join rules_down
	broken xt_established_up xt_cluster_join rules_down
	broken jhash_up jhash_join rules_down
	broken table_off_up table_off_join members_down
	broken table_up table_join members_down
	{
		printf 'way\tbroken\treset\tsilent\talive\n'
		row modulo_up "plain modulo"
		row xt_cluster_up "xt_cluster by its manual"
		row xt_established_up "xt_cluster, established stays"
		row jhash_up "nft jhash mod N"
		row table_off_up "bucket table alone"
		row table_up "bucket table, released and adopted"
	} >"$OUT/side-by-side.tsv"
	for way in modulo_up xt_cluster_up jhash_up table_off_up; do
		(($(broke $way) > 0)) || fail "$way broke nothing: this shows nothing"
	done
	same "connections that our join broke" 0 "$(broke table_up)"
	echo "of 2,000 broke: $(sed 1d "$OUT/side-by-side.tsv" | awk -F'\t' '{ printf "%s%s %s (%s reset, %s silent)", s, $1, $2, $3, $4; s = ", " }')"
}

far_cluster 5
ssi-probe changes --table "$WORK/table" join=n4 >"$WORK/steps"

named claim_14_join_of_a_fifth_node_side_by_side side_by_side
