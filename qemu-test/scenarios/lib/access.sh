# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# n1 on a bond of two ports, or on a bridge, instead of a link of its own. (faults.sh measures meanwhile.)
#
#     n1 eth0: bond   ═ ea eb ══ pa pb ┐
#              bridge ─ ea ───── pa    ┤ acc: a switch of n1's ── p1 ┐ br0 with all the others
#                     └ guest: a port more that has a carrier

# Milliseconds from one look of the bond at its ports to the next.
MIIMON=50

# on_access link|bond|bridge: ssid of n1 ends, and begins anew where eth0 is that.
on_access() {
	signal n1 ssid TERM
	"on_$1"
	ssid_start n1
	# shellcheck disable=SC2154 # a scenario has them
	all_is_well "${members[*]}" "${members[@]}"
	is_whole
}

on_link() {
	unplugged
	plug n1 p1 "$(node_mac 1)" 10.9.0.2/16
	far_routes n1 "$(second_address n1)"
}

on_bond() {
	access_switch ea eb
	ip -n n1 link add eth0 type bond mode active-backup miimon $MIIMON
	ip -n n1 link set ea master eth0
	ip -n n1 link set eb master eth0
	joined
}

on_bridge() {
	access_switch ea
	ip -n n1 link add eth0 type bridge
	ip -n n1 link set ea master eth0 up
	joined
}

# on_own_link: whatever a test has left.
on_own_link() { [[ ! -e /run/netns/sw ]] || ! ip -n sw link show acc >/dev/null 2>&1 || on_link; }

unplugged() {
	local port
	for port in eth0 guest; do ip -n n1 link del $port 2>/dev/null || true; done
	for port in p1 pa pb acc; do ip -n sw link del $port 2>/dev/null || true; done
}

joined() {
	ip -n n1 -batch - <<-END
		link set eth0 address $(node_mac 1)
		link set eth0 up
		addr add 10.9.0.2/16 dev eth0
	END
	join p1
	far_routes n1 "$(second_address n1)"
}

# access_switch INTERFACE…: of n1's; that of ea is at pa.
access_switch() {
	local port
	unplugged
	ip -n sw -batch - <<-END
		link add acc type bridge
		link set acc up
		link add p1 type veth peer name up1
		link set up1 master acc up
	END
	for port; do
		ip -n sw link add "p${port#e}" type veth peer name "$port" netns n1
		ip -n sw link set "p${port#e}" master acc up
	done
}

# carried_by PORT: n1's bond sends by this one, and looks at it.
carried_by() { ip -n n1 -j -d link show eth0 | jq -e --arg port "$1" '.[0].linkinfo.info_data.active_slave == $port'; }

both_carry() { [[ $(ip -n n1 -j -d link show | jq '[.[] | select(.linkinfo.info_slave_data.mii_status == "UP")] | length') == 2 ]]; }

# A port of the bond that carries the cluster loses its link and gets it back, and then the other one: the bond looks at its ports
# each $MIIMON, and until it has, what comes to the one is lost. Nobody's bucket moves, and n1 lacks nothing.
bond() {
	local before seen port other
	on_access bond
	until_ok both_carry
	watch_events n1
	measure_with n1
	before=$(ssid_table "${members[@]}")
	seen=$(losses)
	for port in ea eb; do
		other=$([[ $port == ea ]] && echo eb || echo ea)
		until_ok carried_by $port
		mark "$port of the bond"
		ip -n sw link set "p${port#e}" down
		until_ok carried_by "$other"
		sleep 1
		mark "$port is back"
		ip -n sw link set "p${port#e}" up
		until_ok both_carry
		sleep 1
	done
	same "who has what" "$before" "$(ssid_table "${members[@]}")"
	same "needs that n1 lacked" 0 $(($(losses) - seen))
	# shellcheck disable=SC2119 # none need break
	measured
	nothing_unheard "ea is back" "eb is back"
	served_again_within "$FAILOVER" "ea of the bond"
	served_again_within "$FAILOVER" "eb of the bond"
	lost n1 "both ports of the bond" $((AT_ONCE + MIIMON)) 'contains("n1: eth0 has no carrier")' \
		"ip -n sw link set pa down" "ip -n sw link set pb down" -- "ip -n sw link set pa up" "ip -n sw link set pb up"
	on_access link
}

# The port of n1's bridge by which clients come: it is the bridge's carrier where it is alone; where a guest's port is up, too, the nodes
# notice that nothing passes.
bridge_port() {
	local patience=$((SSID_LEASE / 3))
	on_access bridge
	watch_events n1
	lost n1 "the port of the bridge" "$AT_ONCE" 'contains("n1: eth0 has no carrier")' "ip -n sw link set pa down" -- "ip -n sw link set pa up"
	ip -n n1 -batch - <<-END
		link add guest type veth peer name tap0
		link set guest up
		link set tap0 master eth0 up
	END
	lost n1 "its port to the clients" $((2 * patience + AT_ONCE)) 'contains("n1: interface eth0 passes nothing")' \
		"ip -n sw link set pa down" -- "ip -n sw link set pa up"
	same "carrier of n1's eth0" 1 "$(in_node n1 cat /sys/class/net/eth0/carrier)"
	on_access link
}
