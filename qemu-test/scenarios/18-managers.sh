#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 90
# machine: debian installed
# packages: ethtool ifupdown network-manager openssh-server
# NetworkManager and ifupdown beside a static cluster, under a real systemd, as 13-systemd has networkd: what they do to the cluster's addresses, rules and
# routes with nothing told, what the guide's drop-ins keep, and what ssi-watch puts back. Run by name. lib/debian.sh has the cables.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/debian.sh"

NM=/etc/NetworkManager/conf.d/ssi.conf
CONNECTION=/etc/NetworkManager/system-connections/eth0.nmconnection

# ours: what ssi has at eth0 and for it.
ours() {
	ip -br addr show dev eth0 | grep -oE "$VIP/32|$VIP6/[0-9]+"
	ip rule show | grep "from $VIP .*proto 90"
	ip -4 route show table all | grep 'proto 90'
	ip -6 rule show | grep "from $VIP6 .*proto 90" || true
}

is_as() { [[ $(ours 2>&1) == "$1" ]]; }

# node_has: its own address and the way to the clients, by whoever manages it.
node_has() { ip -br addr show dev eth0 | grep -qF 10.9.0.1/16 && ip route show 10.64.0.0/10 dev eth0 | grep -q .; }

# no_manager: neither has anything to say here.
no_manager() {
	systemctl stop ssi-watch@web ssi@web NetworkManager
	systemctl stop networking
	ifdown --force eth0 2>/dev/null || true
	rm -f $NM $CONNECTION /etc/network/interfaces
	ip addr flush dev eth0
	ip link set eth0 up
}

# manual: by hand, in the place of what manages interfaces.
manual() {
	ip link set eth0 up
	ip addr replace 10.9.0.1/16 dev eth0
	ip -6 addr replace fd5a::1/64 dev eth0 nodad
	ip route replace 10.64.0.0/10 dev eth0
}

# cluster_up: at the interface as it is, with nobody who looks after it; $before is what it has.
cluster_up() {
	until_ok node_has
	systemctl restart ssi@web
	before=$(ours)
	[[ $(wc -l <<<"$before") == 5 ]] || fail "that is not all: $before"
	answered
}

nm_managed() {
	no_manager
	put $CONNECTION <<-END
		[connection]
		id=eth0
		type=ethernet
		interface-name=eth0
		[ipv4]
		method=manual
		addresses=10.9.0.1/16
		route1=10.64.0.0/10
		[ipv6]
		method=manual
		addresses=fd5a::1/64
	END
	chmod 600 $CONNECTION
	put $NM <<<$'[keyfile]\nunmanaged-devices=interface-name:eth1;interface-name:lo'
	systemctl start NetworkManager
	until_ok connected
	cluster_up
}

connected() { nmcli -t -f DEVICE,STATE device | grep -qx eth0:connected; }

# nm ACTION: and it has done it.
nm() {
	case $1 in
	reload) nmcli connection reload && nmcli general reload ;;
	restart) systemctl restart NetworkManager ;;
	reapply) nmcli device reapply eth0 ;;
	up) nmcli connection up eth0 ;;
	carrier) no_carrier ;;
	link) ip link set eth0 down && ip link set eth0 up ;;
	esac >&2
	until_ok node_has
	# What it does after it is connected it does at once.
	sleep 1
}

no_carrier() {
	ip -n sw link set p0 down
	until_ok grep -q 0 /sys/class/net/eth0/carrier
	# It does something about it after six seconds.
	sleep 10
	ip -n sw link set p0 up
}

# left: what is, in words.
left() {
	local words
	words=$(ours 2>/dev/null | sed -E "s|^$VIP/.*|address|; s|^$VIP6/.*|address6|; s|.*from .*|rule|; s|.*proto 90.*|route|" | paste -sd' ')
	[[ $words != "address address6 rule route route" ]] || words=all
	echo "${words:-nothing}"
}

# kept MANAGER "ACTION WORDS"…: such is left of all after each.
kept() {
	local manager=$1 action said=
	shift
	for action; do
		systemctl restart ssi@web
		is_as "$before" || fail "before $action there is: $(ours)"
		"$manager" "${action%% *}"
		said+="${said:+, }${action%% *} $(left)"
	done
	printf -v action '%s, ' "$@"
	same "what is left" "${action%, }" "$said"
	echo "left: $said"
}

nm_untold() {
	nm_managed
	kept nm "reload all" "restart all" "reapply rule route route" "up rule" "carrier rule" "link rule"
}

# put_back MANAGER ACTION…
put_back() {
	local manager=$1 action begun
	shift
	systemctl start ssi-watch@web
	for action; do
		"$manager" "$action"
		begun=${EPOCHREALTIME/./}
		until_ok is_as "$before"
		printf '%s: back after %d ms; ' "$action" $(((${EPOCHREALTIME/./} - begun) / 1000))
	done
	answered
}

nm_watched() {
	nm_managed
	put_back nm restart reapply up link
}

# Where the cluster's addresses are back before the carrier is, NetworkManager takes them for what somebody has configured by hand, and leaves it at that: the
# node's own address stays away. So the guide takes the interface away from it.
nm_assumes() {
	nm_managed
	systemctl start ssi-watch@web
	no_carrier
	until_ok assumed
	! node_has || fail "the node has its own address"
	nmcli connection up eth0 >&2
	until_ok node_has
	echo "with ssi-watch, after no carrier: $(ours | wc -l) things of ssi's and not the node's own address"
}

unmanaged() { nmcli -t -f DEVICE,STATE device | grep -qx eth0:unmanaged; }

assumed() { nmcli -t -f DEVICE,STATE device | grep -qx "eth0:connected (externally)"; }

# As the guide has it: the interface is not NetworkManager's, which has looked after it until then, and somebody else gives it its address.
nm_keeps_off() {
	local action monitor
	no_manager
	manual
	put $NM <<<$'[keyfile]\nunmanaged-devices=interface-name:eth1;interface-name:lo'
	systemctl start NetworkManager
	until_ok assumed
	put $NM <<<$'[keyfile]\nunmanaged-devices=interface-name:eth0;interface-name:eth1;interface-name:lo'
	systemctl reload NetworkManager
	until_ok unmanaged
	cluster_up
	ip -o monitor address rule route >"$WORK/monitor" &
	monitor=$!
	for action in reload restart carrier; do
		nm $action
		same "after $action" "$before" "$(ours)"
	done
	refused nmcli device reapply eth0
	kill $monitor
	! grep -E "^Deleted.*($VIP|$VIP6|proto 90)" "$WORK/monitor" || fail "something was away for a moment"
	answered
	echo "reload, restart, no carrier: all $(wc -l <<<"$before") stayed"
}

ifupdown_managed() {
	no_manager
	put /etc/network/interfaces <<-END
		auto eth0
		iface eth0 inet static
			address 10.9.0.1/16
			up ip route replace 10.64.0.0/10 dev eth0
		iface eth0 inet6 static
			address fd5a::1/64
			dad-attempts 0
	END
	systemctl restart networking
	cluster_up
}

ifupdown() {
	case $1 in
	ifup) ifup eth0 ;;
	force) ifup --force eth0 ;;
	cycle) ifdown eth0 && ifup eth0 ;;
	restart) systemctl restart networking ;;
	esac >&2
	until_ok node_has
}

ifupdown_untold() {
	ifupdown_managed
	kept ifupdown "ifup all" "force all" "cycle rule" "restart rule"
}

ifupdown_watched() {
	ifupdown_managed
	put_back ifupdown force cycle restart
}

after_failure() {
	{
		ip addr
		ip rule
		nmcli device
		journalctl -b -n 60 --no-pager
	} >&2
}

cables
# The default route is elsewhere, so that replies have rules and routes of their own.
ip addr add 10.7.0.1/24 dev eth1
ip link set eth1 up
ip route add default via 10.7.0.254
cluster_file web "$VIP" eth0 "$VIP6" | put /etc/ssi/web.toml
manual
systemctl start ssi@web
serve_here

named managers_networkmanager_untold nm_untold
named managers_networkmanager_watcher_puts_back nm_watched
named managers_networkmanager_takes_what_is_put_back_for_its_own nm_assumes
named managers_networkmanager_keeps_its_hands_off nm_keeps_off
named managers_ifupdown_untold ifupdown_untold
named managers_ifupdown_watcher_puts_back ifupdown_watched
