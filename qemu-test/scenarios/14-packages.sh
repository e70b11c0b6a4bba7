#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 60
# machine: debian packages
# The packages, as apt takes them from their repository: installed, configured, booted, upgraded while the node serves, and purged
# without a trace. The machine is booted twice. On the stock kernel the module is the package's.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/debian.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/packages.sh"

STATE=/var/lib/ssi-test
# What the kernel says of a module that is not to load.
ours+='|ssi_filter: Unknown symbol netdev_is_rx_handler_bust'

if ((SSI_BOOT == 1)); then
	rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
	cable_files
	systemctl enable cables systemd-networkd
	kernel_package
	listing >$STATE.before
	installed ssi-tools ssi-modules-amd64 ssid >$STATE.seconds
	cluster_file web "$VIP" eth0 "$VIP6" | put /etc/ssi/web.toml
	systemctl enable ssi@web ssi-watch@web
	cut -d. -f1 /proc/uptime >$STATE.up
	reboot_machine
fi

serves_after_boot() {
	local served
	until_ok is ssi@web active
	served=$(cut -d. -f1 /proc/uptime)
	same "what has failed" "" "$(systemctl --failed --no-legend --plain)"
	same "who has ssictl" ssi-tools "$(dpkg -S "$(command -v ssictl)" | cut -d: -f1)"
	[[ $SSI_LANE != stock ]] || dpkg -S "/usr$(modinfo -n ssi_filter)" | grep -q '^ssi-modules-'
	same "whether ssid is off, which has no file" "disabled inactive" "$(systemctl is-enabled ssid) $(prop ssid ActiveState)"
	answered
	echo "a new user's time: $(<$STATE.up) s from the first start to the reboot, of which apt took $(<$STATE.seconds), and $served after it all are served"
}

# upgraded: to the same with a higher number, while it serves.
upgraded() {
	local package monitor newer=()
	ip -o monitor address >"$WORK/monitor" &
	monitor=$!
	for package in /srv/ssi/pool/{ssi-tools,ssid,ssi-modules}[-_]*.deb; do
		rm -rf "$WORK/package"
		dpkg-deb -R "$package" "$WORK/package"
		sed -i -E 's/^Version: .*/&+1/; s/\(= ([^)]*)\)/(= \1+1)/g' "$WORK/package/DEBIAN/control"
		newer+=("$WORK/$(basename "$package")")
		dpkg-deb -Znone -b "$WORK/package" "${newer[-1]}" >&2
	done
	apt install "${newer[@]}" >&2
	dpkg-query -W -f '${Version}\n' ssi-tools | grep -q '+1$' || fail "it is not upgraded"
	cmp /run/ssi-upgrade/ssi_filter.ko "$(modinfo -n ssi_filter)" || fail "the module's package has kept no copy of the one that is loaded"
	answered
	kill $monitor
	! grep -E "^Deleted.*($VIP|$VIP6)" "$WORK/monitor" || fail "its address was away for a moment"
	same "the cluster's watcher" active "$(prop ssi-watch@web ActiveState)"
}

# another_kernel: it comes without a module for it, which the last line of what is said tells.
another_kernel() {
	local kernel=9.9.9-amd64
	bootable $kernel 2>"$WORK/said"
	cat "$WORK/said" >&2
	tail -n 1 "$WORK/said" | grep -F "ssi: kernel $kernel has no module ssi_filter: booted with it this node does NOT serve. Install ssi-modules-$kernel,"
	dpkg -P linux-image-$kernel >&2
}

# another_module [--unloadable]: is installed, as an upgrade of its package leaves it.
another_module() {
	ssi-upgrade --keep
	"$(dirname "$0")/lib/another.py" "$@" "$(modinfo -n ssi_filter)"
}

loaded() { tail -c 20 /sys/module/ssi_filter/notes/.note.gnu.build-id | od -An -v -tx1; }

# upgrade ARG…: what ssi-upgrade says last; its status.
upgrade() {
	local rc=0
	ssi-upgrade "$@" >"$WORK/said" 2>&1 || rc=$?
	cat "$WORK/said" >&2
	tail -n 1 "$WORK/said"
	return $rc
}

# through_upgrade FUNCTION: while 64 clients hold connections, and one of them pings.
through_upgrade() {
	local pinging servers sent lost
	background ssi-probe hold serve --nodes n0 --address "$VIP" --out "$WORK/servers.json"
	servers=$started
	background ssi-probe --netns cl hold clients --sources 10.64.4.0-10.64.4.63 --to "$VIP" --control "$WORK/holders"
	in_ns cl ping -q -i 0.05 -I 10.64.4.65 "$VIP" >"$WORK/ping" 2>&1 &
	pinging=$!
	"$1"
	tell round
	same "connections alive, broken, not opened again" "64 0 0" "$(reported '.held | "\(.alive) \(.broken) \(.lost)"')"
	pkill -INT -P $pinging ping || kill -INT $pinging
	wait $pinging || true
	tell end
	ssi-probe stop "$started" "$servers"
	read -r sent lost < <(sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) .*/\1 \2/p' "$WORK/ping" | awk '{ print $1, $1 - $2 }')
	((lost > 0)) || fail "no ping of $sent was lost: this shows nothing"
	echo "64 connections whole, some $((lost * 50)) ms without an answer to ping"
	answered
}

changed_at_once() {
	local before said
	before=$(loaded)
	another_module
	! said=$(upgrade) || fail "a static cluster that serves is changed without a word"
	[[ $said == *"static cluster web serves here: drain this node in its file and apply that on all nodes, or say --now."* ]] || fail "it says: $said"
	same "the module" "$before" "$(loaded)"
	said=$(upgrade --now)
	[[ $(loaded) != "$before" && $said == *"is loaded; this node was out for "* ]] || fail "it says: $said"
	same "the cluster's watcher" active "$(prop ssi-watch@web ActiveState)"
	echo "$said"
}

# One that does not load, and one that is for another kernel.
put_back() {
	local before said file
	before=$(loaded) file=$(modinfo -n ssi_filter)
	another_module --unloadable
	! said=$(upgrade --now) || fail "it says that all is well: $said"
	same "the module" "$before" "$(loaded)"
	[[ $said == *"does not load"*"the one before is loaded again, and the node serves on with it. Do not boot"* ]] || fail "it says: $said"
	echo "$said"
	head -c 1000 "$file" >"$file.new"
	mv "$file.new" "$file"
	! said=$(upgrade --now) || fail "a file that is no module is taken"
	[[ $said == *"nothing was changed." ]] || fail "it says: $said"
	cp /run/ssi-upgrade/ssi_filter.ko "$file"
	same "said of the same module" "ssi: the installed module is the loaded one: nothing to do." "$(upgrade)"
}

# A node that its file has drained owns nothing, and is nobody's loss.
drained_by_its_file() {
	local before said
	systemctl stop ssi@web
	{
		cluster_file idle 10.9.0.103 eth0 | sed "s/^master.*/master = \"other\"/"
		printf 'state = "draining"\n[[node]]\nname = "other"\nrank = 1\n'
	} | put /etc/ssi/idle.toml
	systemctl start ssi@idle
	same "buckets of ours" 0 "$(ssictl -j table show idle | jq '.["owned-buckets"]')"
	before=$(loaded)
	another_module
	said=$(upgrade)
	[[ $(loaded) != "$before" ]] || fail "it says: $said"
	systemctl stop ssi@idle
	rm /etc/ssi/idle.toml
	systemctl start ssi@web ssi-watch@web
	answered
	echo "$said"
}

purged() {
	# A link more, of what is enabled and not there yet.
	systemctl enable ssid@web >&2
	# shellcheck disable=SC2046 # words
	apt purge $(dpkg-query -W -f '${Package}\n' 'ssi*') >&2
	[[ ! -e /sys/module/ssi_filter ]] || fail "the module is loaded"
	! ip addr | grep -E "$VIP|$VIP6|proto 90" || fail "an address is left"
	! ip rule | grep "proto 90" || fail "a rule is left"
	[[ $SSI_LANE != stock ]] || refused modprobe ssi_filter
	rm /etc/apt/keyrings/ssi-archive-keyring.pgp /etc/apt/sources.list.d/ssi.sources
	rm -rf "$WORK/after"
	listing >"$WORK/after"
	diff $STATE.before "$WORK/after" >"$WORK/left" || fail "left or lost: $(grep '^[<>]' "$WORK/left" | head -n 5 | tr '\n' ' ')"
	systemctl daemon-reload
	same "units that are known" "" "$(systemctl list-units --all --plain --no-legend 'ssi[@d-]*' ssi.target | grep -v ssi-test)"
	echo "$(wc -l <"$WORK/after") files as before"
}

serve_here
named packages_serve_after_boot serves_after_boot
named packages_are_upgraded_while_they_serve upgraded
named packages_say_a_kernel_without_module another_kernel
named packages_module_changed_at_once through_upgrade changed_at_once
named packages_module_that_does_not_load through_upgrade put_back
named packages_module_changed_of_a_drained_static_node drained_by_its_file
named packages_leave_nothing purged
