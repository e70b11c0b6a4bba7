#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 10 26
# A cluster on a bond: each client is answered once, also while links fail and come back.
#
#     n0 eth0 (bond of e0, e1, 10.9.0.1) ══ p0, p0b ┐
#     n1 eth0 10.9.0.2                   ── p1      ┤ sw: br0 ├ pc ── cl
#
# With active-backup p0 and p0b are two ports of the bridge, otherwise p0 is a bond of p0x and p0y.
. "$(dirname "$0")/lib/scenario.sh"

tidy_first() { touch "$WORK/enough"; }

# bond_of NS NAME MODE LINK LINK
bond_of() {
	local ns=$1 name=$2 mode=$3 link
	local options=(miimon 50)
	[[ $mode != 802.3ad ]] || options+=(lacp_rate fast xmit_hash_policy layer2+3)
	ip -n "$ns" link add "$name" type bond mode "$mode" "${options[@]}"
	for link in "${@:4}"; do ip -n "$ns" link set "$link" down master "$name"; done
	ip -n "$ns" link set "$name" up
}

bonded() {
	ip -j -d -n n0 link show eth0 | jq -e ".[0].linkinfo.info_data | $1"
}

# node_on_bond MODE: makes n0 and waits until both links carry it.
node_on_bond() {
	local mode=$1 link ports=(p0 p0b)
	[[ $mode == active-backup ]] || ports=(p0x p0y)
	namespace n0
	for link in 0 1; do
		ip -n sw link add "${ports[link]}" type veth peer name e$link netns n0
	done
	bond_of n0 eth0 "$mode" e0 e1
	ip -n n0 link set eth0 address "$(node_mac 0)"
	ip -n n0 addr add 10.9.0.1/16 dev eth0
	ip -n n0 route add 10.64.0.0/10 dev eth0
	if [[ $mode == active-backup ]]; then
		join p0
		join p0b
	else
		bond_of sw p0 "$mode" p0x p0y
		join p0
	fi
	for link in "${ports[@]}"; do ip -n sw link set "$link" up; done
	[[ $mode != 802.3ad ]] || until_ok both_ends_agreed
	until_ok in_ns cl ping -c 1 -W 1 10.9.0.1
}

node_gone() {
	local link
	stop_probes
	in_ns n0 ssictl cluster del c
	in_ns n1 ssictl cluster del c
	ip -n sw link del p0
	for link in p0b p0x p0y; do ip -n sw link del $link 2>/dev/null || true; done
	ip netns del n0
}

# judged_traffic: everything, answered once by the right node, and counted so.
judged_traffic() {
	capture all
	ask udp 10.64.0.0-10.64.0.31 udp
	ask tcp 10.64.0.0-10.64.0.31 tcp --bytes 5000
	ask ping 10.64.0.0-10.64.0.31 ping
	stop_capture
	ssi-probe answers --table "$WORK/table" "$WORK"/{udp,tcp,ping}.json >/dev/null
	wire all 2 --node "p0b=n0=$(node_mac 0)" --table "$WORK/table" --master n0 >/dev/null
}

# Connections one after the other until "enough" is there: TCP asks again, so that none may fail while links do.
without_a_pause() {
	local n=0
	until [[ -e $WORK/enough ]]; do
		ask tcp 10.64.1.0-10.64.1.31 "on-$n" --timeout 60000 || return
		n=$((n + 1))
	done
	echo $n >"$WORK/rounds"
}

# A connection that asks once "enough" is there.
long_connection() {
	# shellcheck disable=SC2016 # the inner shell expands
	in_ns cl bash -c 'exec 5<>"/dev/tcp/$VIP/7000" && touch "$1/open"
		until [[ -e $1/enough ]]; do sleep 0.1; done
		echo 100 >&5; head -n 1 <&5' bash "$WORK"
}

# LACP: 4 links' ends, each collecting and distributing.
both_ends_agreed() {
	local ns
	[[ $(for ns in n0 sw; do ip -j -d -n $ns link show; done |
		jq -s '[.[][].linkinfo.info_slave_data.ad_actor_oper_port_state // 0 | select((. / 16 | floor) % 4 == 3)] | length') == 4 ]]
}

# lose PORT CONDITION: a link fails, and the bond has seen it; then it comes back.
lose() {
	ip -n sw link set "$1" down
	until_ok bonded "$2"
	# The switch's end sees it in its own time.
	until_ok in_ns cl ping -c 1 -W 1 -I 10.64.0.2 "$VIP"
	ip -n sw link set "$1" up
}

lose_both() {
	case $1 in
	active-backup)
		lose p0 '.active_slave == "e1"'
		listens e1 e0
		until_ok both_up
		lose p0b '.active_slave == "e0"'
		listens e0 e1
		;;
	802.3ad)
		lose p0x '.ad_info.num_ports == 1'
		until_ok both_ends_agreed
		lose p0y '.ad_info.num_ports == 1'
		until_ok both_ends_agreed
		;;
	*)
		lose p0x true
		until_ok both_up
		lose p0y true
		;;
	esac
	until_ok both_up
}

both_up() {
	[[ $(ip -j -d -n n0 link show | jq '[.[] | select(.linkinfo.info_slave_data.mii_status == "UP")] | length') == 2 ]]
}

# The group MAC is in the filter of the link that carries the cluster, and of no other.
listens() {
	ip -n n0 maddr show dev "$1" | grep -q "link  $GROUP" || fail "$1 does not listen to $GROUP"
	! ip -n n0 maddr show dev "$2" | grep -q "$GROUP" || fail "$2 still listens to $GROUP"
}

# on_bond MODE: at peace, while links fail, at peace again; a connection made before goes on behind.
on_bond() {
	local mode=$1 loop long
	node_on_bond "$mode"
	background ssi-probe --netns n0 serve --name n0 --udp 7000 --tcp 7000 --address "$VIP"
	clusters_up "$WORK/table"
	same hook rx-handler "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0].hook')"
	ip -n cl neigh flush dev eth0
	judged_traffic
	counters_agree all n0 n1 >/dev/null
	[[ $mode != active-backup ]] || listens e0 e1
	rm -f "$WORK"/enough "$WORK"/open "$WORK"/on-*
	# However this ends, so do they.
	trap 'touch "$WORK/enough"' EXIT
	without_a_pause >/dev/null &
	loop=$!
	long_connection >"$WORK/said" &
	long=$!
	until_ok test -e "$WORK/open"
	lose_both "$mode"
	touch "$WORK/enough"
	wait $loop || fail "a client could not ask"
	wait $long
	[[ $(cat "$WORK/said") == "n0 100 "* ]] || fail "a connection from before the failures said \"$(cat "$WORK/said")\""
	ssi-probe answers --table "$WORK/table" "$WORK"/on-*.json >/dev/null
	judged_traffic
	# An inactive link that delivers what it gets makes an answer too many, and that is seen.
	if [[ $mode == active-backup ]]; then
		ip -n n0 link set eth0 type bond all_slaves_active 1
		refused judged_traffic
	fi
	node_gone
	echo "both links lost and back in turns, $(($(cat "$WORK/rounds") * 32)) connections meanwhile, each answered by its owner"
}

after_failure() {
	touch "$WORK/enough"
	stop_all_probes
	node_gone 2>/dev/null
	serve_n1
}

# Longer than a test, so not among those that stop_probes ends.
serve_n1() {
	ssi-probe --netns n1 serve --name n1 --udp 7000 --tcp 7000 --address "$VIP" --detach >>"$WORK/pids"
}

quiet_kernel
switch bridge
namespace n1
plug n1 p1 "$(node_mac 1)" 10.9.0.2/16
ip -n n1 route add 10.64.0.0/10 dev eth0
client
# Of an address that n0 owns: 10.64.0.2 mod 2 is 0.
ip -n cl route add "$VIP/32" dev eth0 src 10.64.0.2
serve_n1
modprobe ssi_filter
table "$WORK/table" 2

claim claim_1_bond_active_backup on_bond active-backup
also claim_1_bond_802_3ad on_bond 802.3ad
also claim_1_bond_balance_xor on_bond balance-xor
