#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 24 66
# Mode forward among strangers: who forges or repeats what nodes tell each other. Each attack is shown to do harm where the
# nodes have no key, and none where they have one.
#
#     n0 (master) n1 n2 ── p0 p1 p2 ┐                       the nodes' VLAN: eth0.100
#                                   ┤ sw: br0 ├ pc ── cl    256 addresses
#                                   └         ├ px ── x     the stranger, in the VLAN too
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

CLIENTS=10.64.4.0-10.64.4.255
forge=$(dirname "$0")/lib/forge.py

tidy_first() {
	end_attack
	rmmod ssi_filter 2>/dev/null
}

after_failure() {
	end_attack
	learning on
	remove_clusters
	forward_vlan 3
}

# attack COMMAND…: in the stranger's place, until end_attack.
attack() {
	nsenter --net=/run/netns/x -- "$@" >>"$WORK/attack" 2>&1 &
	echo $! >>"$WORK/attackers"
}

# A test's subshell forgets its variables, not its files.
end_attack() {
	local pid
	[[ -e $WORK/attackers ]] || return 0
	while read -r pid; do kill "$pid" 2>/dev/null; done <"$WORK/attackers"
	rm -f "$WORK/attackers"
}

# up [ARG…]: the cluster on all nodes.
up() {
	clusters_up "$WORK/t" --mode forward --forward owner --forward-dev eth0.100 "$@"
	settled n0 n1 n2
	acquainted
}

# acquainted: each node has heard both others within the last seconds.
acquainted() {
	local node
	for node in n0 n1 n2; do until_ok has_heard_both "$node"; done
}

has_heard_both() {
	in_ns "$1" ssictl -j peers c | jq -e '.peers | map(select(.age < 3 and .agrees)) | length == 2'
}

stat_of() {
	in_ns "$1" ssictl -j stats c | jq --arg c "$2" '.[0].stats[$c]'
}

# refused_since NODE COUNT MORE: so many more than that were refused.
refused_since() {
	(($(stat_of "$1" rx-refused) >= $2 + $3))
}

# answered NAME: of the 256 clients, each asking once.
answered() {
	ask udp "$CLIENTS" "$1" --window 256 --timeout 2500
	jq '[.sources[] | select(.answers | add // 0 > 0)] | length' "$WORK/$1.json"
}

all_answered() {
	ask udp "$CLIENTS" "$1" --window 32
	ssi-probe answers --table "$WORK/t" "$WORK/$1.json" >/dev/null
}

flooded() {
	in_ns "$1" ssictl -j cluster show c | jq -e '.[0].flooded' >/dev/null
}

master_of() {
	in_ns "$1" ssictl -j cluster show c | jq -r '.[0]["master-mac"]'
}

# heard_master NODE RANK
heard_master() {
	local _
	for _ in {1..100}; do
		[[ $(master_of "$1") != "$(node_mac "$2")" ]] || return 0
		sleep 0.1
	done
	fail "$1 does not come to know that n$2 is master: $(master_of "$1")"
}

# pings: the stranger keeps the base MAC at n1's port, whose answers go to it.
pings() {
	local source
	source=$(first_of "$WORK/t" n1 10.9.2.1-10.9.2.9)
	ip -n x addr replace "$source/16" dev eth0
	attack ping -q -i 0.02 -I "$source" "$VIP"
}

# A frame of the nodes' kind from a client's own MAC: before, 8 of 256 clients were answered.
own_mac() {
	local before
	up
	before=$(stat_of n1 rx-refused)
	pings
	attack python3 "$forge" probes "$BASE" own
	until_ok refused_since n1 "$before" 4
	! flooded n1 || fail "n1 takes the network for one that floods"
	all_answered own
	end_attack
	clusters_down n0 n1 n2
	echo "256 of 256 clients answered, $(stat_after) frames refused"
}

stat_after() {
	grep -c probe "$WORK/attack" || true
}

# learning on|off: a switch that does not learn gives every frame to all.
learning() {
	local port
	for port in p0 p1 p2 pc px; do bridge -n sw link set dev $port learning "$1"; done
	ip -n sw link set dev br0 type bridge fdb_flush
}

# until_flooded true|false NODE: it finds out.
until_flooded() {
	local _
	for _ in {1..150}; do
		[[ $(in_ns "$2" ssictl -j cluster show c | jq '.[0].flooded') != "$1" ]] || return 0
		sleep 0.1
	done
	return 1
}

# From the base MAC itself. A switch that learns gives such a frame to nobody; one that does not, to all nodes, and if
# they are made to believe that it learns, each of them sends on what reaches it.
base_mac() {
	local twice before
	learning off
	up
	until_flooded true n1
	sleep 3
	attack python3 "$forge" probes "$BASE" "$BASE"
	until_flooded false n1 || fail "without a key n1 goes on to take the network for one that floods: this shows nothing"
	ask udp "$CLIENTS" harm --window 32 --timeout 2500
	twice=$(jq '[.sources[] | select(.answers | add // 0 > 1)] | length' "$WORK/harm.json")
	((twice > 32)) || fail "without a key $twice of 256 clients got several answers: this shows nothing"
	end_attack
	clusters_down n0 n1 n2

	up --key-file "$WORK/key"
	until_flooded true n1
	before=$(stat_of n1 rx-refused)
	attack python3 "$forge" probes "$BASE" "$BASE"
	until_ok refused_since n1 "$before" 100
	until_flooded true n1
	all_answered key
	end_attack
	clusters_down n0 n1 n2
	learning on
	echo "without a key $twice of 256 clients got several answers, with one none"
}

# Who says in the nodes' VLAN that he is n2.
false_hellos() {
	local _ least=256 count before
	up
	attack python3 "$forge" usurp 2
	sleep 1.5
	for _ in {1..6}; do
		count=$(answered harm)
		((count >= least)) || least=$count
		((least > 200)) || break
	done
	((least <= 200)) || fail "without a key $least of 256 clients were answered: this shows nothing"
	end_attack
	clusters_down n0 n1 n2

	up --key-file "$WORK/key"
	before=$(stat_of n0 rx-refused)
	attack python3 "$forge" usurp 2
	until_ok refused_since n0 "$before" 20
	all_answered key
	end_attack
	clusters_down n0 n1 n2
	echo "without a key $least of 256 clients answered, with one all"
}

# is_fooled NODE: it takes n0 for the master, which was that before.
is_fooled() {
	[[ $(master_of "$1") == "$(node_mac 0)" ]]
}

# has_counted NODE COUNTER COUNT
has_counted() {
	(($(stat_of "$1" "$2") >= $3))
}

# harmless FILE COUNTER: what was said is said again, while n1 is master: it changes nothing, and is counted.
harmless() {
	local before _
	before=$(stat_of n2 "$2")
	attack python3 "$forge" replay "$1" 600
	until_ok has_counted n2 "$2" $((before + 10))
	for _ in {1..10}; do
		! is_fooled n2 || fail "n2 was made to believe that n0 is master ($2)"
		sleep 0.1
	done
	end_attack
}

move_mastership() {
	in_ns "n$1" ssictl cluster set c --master off
	in_ns "n$2" ssictl cluster set c --master on
	heard_master n2 "$2"
}

replays() {
	local i
	up
	in_ns x timeout 60 python3 "$forge" record "$WORK/plain" 3
	move_mastership 0 1
	attack python3 "$forge" replay "$WORK/plain" 600
	until_ok is_fooled n2
	end_attack
	clusters_down n0 n1 n2

	up --key-file "$WORK/key"
	in_ns x timeout 60 python3 "$forge" record "$WORK/first" 3
	move_mastership 0 1
	harmless "$WORK/first" rx-replayed

	# A reboot of all: nobody knows anything of what was.
	clusters_down n0 n1 n2
	rmmod ssi_filter
	modprobe ssi_filter
	up --key-file "$WORK/key"
	move_mastership 0 1
	acquainted
	harmless "$WORK/first" rx-replayed

	# Another key, and back.
	in_ns x timeout 60 python3 "$forge" record "$WORK/second" 3
	for i in 0 1 2; do in_ns n$i ssictl cluster set c --key-file "$WORK/key2"; done
	heard_master n2 1
	acquainted
	harmless "$WORK/second" rx-refused
	for i in 0 1 2; do in_ns n$i ssictl cluster set c --key-file "$WORK/key"; done
	heard_master n2 1
	acquainted
	harmless "$WORK/second" rx-replayed
	# Who repeats frames sends from the nodes' own MACs: the bridge knows better with their next words.
	sleep 2.5
	all_answered after
	clusters_down n0 n1 n2
	echo "without a key n2 took what was for what is; with one never, after a change of master, a reboot, another key and back"
}

# The key changes on one node after the other while clients ask.
key_changes() {
	local i pid
	up --key-file "$WORK/key"
	ask udp "$CLIENTS" busy --rounds 24 --window 8 &
	pid=$!
	for i in 1 0 2; do
		sleep 0.5
		in_ns n$i ssictl cluster set c --key-file - <"$WORK/key2"
	done
	wait $pid
	ssi-probe answers --table "$WORK/t" "$WORK/busy.json"
	acquainted
	clusters_down n0 n1 n2
}

key_is_not_told() {
	local i id want
	want=$(python3 -c 'import hmac; print(hmac.new(bytes.fromhex(open("'"$WORK/key"'").read()), b"ssi key id", "sha256").hexdigest()[:8])')
	up --key-file "$WORK/key"
	for i in 0 1 2; do
		id=$(in_ns n$i ssictl -j cluster show c | jq -r '.[0]["key-id"]')
		same "the key's id on n$i" "$want" "$id"
		same "the same in sysfs" "$want" "$(ip netns exec n$i cat /sys/class/net/eth0/ssi-c/key_id)"
	done
	! in_ns n0 ssictl -j cluster show c | grep -qi "$(head -c 16 "$WORK/key")" || fail "the key is told"
	in_ns n0 ssictl cluster set c --no-key
	same "the key's id" null "$(in_ns n0 ssictl -j cluster show c | jq '.[0]["key-id"]')"
	clusters_down n0 n1 n2
	grep -q 'has no key' <(in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 0 --nodes 3 --mode forward \
		--forward-dev eth0.100 2>&1) || fail "nobody is told that there is no key"
	in_ns n0 ssictl cluster del c
	echo "$want on all nodes, and no more of the key; without one ssictl says what that means"
}

# joins SECONDS ARG…: n2 does.
joins() {
	in_ns n2 ssictl -j cluster join c --dev eth0 --forward-dev eth0.100 --rank 2 --timeout "$@"
}

refused_to_join() {
	local words=$1 said
	shift
	! said=$(joins 4 "$@" 2>&1) || fail "join was not refused: $*"
	grep -qF -- "$words" <<<"$said" || fail "expected '$words', got: $said"
}

joining() {
	local said
	up --key-file "$WORK/key"
	in_ns x timeout 60 python3 "$forge" record "$WORK/join" 3
	in_ns n2 ssictl cluster del c
	refused_to_join 'give --key-file'
	refused_to_join 'the nodes of 02:5a:0a:09:00:64 have a key' --insecure
	refused_to_join 'had no tag of this key' --key-file "$WORK/key2"
	said=$(joins 20 --key-file "$WORK/key")
	same "what n2 learnt" "$(node_mac 0)" "$(jq -r '."master-mac"' <<<"$said")"
	acquainted
	all_answered joined
	# What was said once, and nobody there who said it.
	clusters_down n0 n1 n2
	attack python3 "$forge" replay "$WORK/join" 30
	refused_to_join 'no node was seen' --key-file "$WORK/key"
	end_attack
	echo "joined by the key; refused with another key, without one, and by a record of those who have it"
}

# What an interface merges by itself cannot be sent on.
lro() {
	local device
	ip -n n0 link add bond9 type bond
	ip -n n0 link add link eth0 name eth0.9 type vlan id 9
	ip -n n0 link set bond9 up
	same "LRO of a bond" on "$(in_ns n0 python3 "$forge" lro bond9)"
	in_ns n0 ssictl cluster add l --dev eth0.9 --vip 10.9.7.7/32 --rank 0 --nodes 1 --mode forward --forward-dev bond9
	same "LRO of the forward interface" off "$(in_ns n0 python3 "$forge" lro bond9)"
	in_ns n0 ssictl cluster del l
	ip -n n0 link del bond9
	ip -n n0 link add bond9 type bond
	ip -n n0 link set bond9 up
	same "LRO of a bond" on "$(in_ns n0 python3 "$forge" lro bond9)"
	in_ns n0 ssictl cluster add l --dev bond9 --vip 10.9.7.7/32 --rank 0 --nodes 1
	same "LRO of the interface" off "$(in_ns n0 python3 "$forge" lro bond9)"
	in_ns n0 ssictl cluster del l
	for device in bond9 eth0.9; do ip -n n0 link del $device; done
	echo "off on a cluster's interface, and on the one that it forwards by"
}

quiet_kernel
modprobe ssi_filter
switch bridge
nodes 3
client
namespace x
plug x px 0a:00:00:00:00:66 10.9.2.250/16
ip -n x -batch - <<-END
	link add link eth0 name eth0.100 type vlan id 100
	link set eth0.100 up
END
forward_vlan 3
serve n0 n1 n2
table "$WORK/t" 3
(umask 077 && printf '%s\n' "$(printf 'a1%.0s' {1..32})" >"$WORK/key" && printf '%s\n' "$(printf 'b2%.0s' {1..32})" >"$WORK/key2")

also claim_3_probes_from_another_mac_do_no_harm own_mac
also claim_3_forged_probes_do_no_harm_with_a_key base_mac
claim claim_3_false_hellos_do_no_harm_with_a_key false_hellos
named claim_3_replays_do_no_harm_with_a_key replays
also claim_3_key_changes_without_an_outage key_changes
claim claim_2_the_key_is_not_told key_is_not_told
also claim_2_join_believes_who_has_the_key joining
also claim_3_lro_is_switched_off lro
