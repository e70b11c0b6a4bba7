#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 100
# machine: debian upgrade
# A node gets another kernel by apt, from Debian's own packages: from 7.2, or SSI_KERNEL_FROM, to the usual one. That the next kernel has no module is said before
# the reboot; after it the node serves, with the module of the new kernel's package; removing takes the node out, and a purge leaves nothing. Where build/repo
# has ssi-modules for the earlier kernel (SSI_DEB_KERNELS="7.2-amd64 7.3-amd64"), the node serves on that first. Run by name: an emulated apt takes minutes.
# In User Mode Linux the kernel that is booted is no package's, so only what apt does and says is tried there.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/debian.sh"
. "$(dirname "$0")/lib/packages.sh"

STATE=/var/lib/ssi-test
next=$(basename /srv/kernels/linux-image-*.deb)
next=${next#linux-image-} next=${next%%_*}

# lasting: what is there, but for what comes with the kernel that this machine has been given to boot.
lasting() { listing | grep -vE ' /usr/(lib/modules/[^/]+(/kernel.*)?|local/lib/ynl.*|share/ynl.*)$'; }

# said: what apt has just said of ssi.
said() { grep '^ssi: ' "$STATE.said"; }

# takes WHAT PACKAGE…: by apt; what it says is in $STATE.said, and how long it took is added to $STATE.times.
takes() {
	local what=$1 begun=$EPOCHSECONDS
	shift
	apt install --no-install-recommends "$@" >"$STATE.said" 2>&1 || {
		cat "$STATE.said" >&2
		return 1
	}
	cat "$STATE.said" >&2
	echo "$what $((EPOCHSECONDS - begun)) s" >>"$STATE.times"
}

# warned KERNEL: that it has no module has been said, once.
warned() {
	local words="ssi: kernel $1 has no module ssi_filter: booted with it this node does NOT serve. Install ssi-modules-$1,"
	[[ $(said | grep -cF "$words") == 1 ]] || fail "apt says of $1: $(said | grep -F "$1")"
}

has_address() { ip -br addr show dev eth0 | grep -qF 10.9.0.1/16; }

# at_first: on the earlier kernel it serves, where there is a module for that.
at_first() {
	local now packages=(ssi-tools ssid)
	now=$(uname -r)
	[[ $now != "$next" ]] || fail "it runs $next already"
	cluster_file web "$VIP" eth0 "$VIP6" | put /etc/ssi/web.toml
	serves=1
	if compgen -G "/srv/ssi/pool/ssi-modules-${now}_*.deb" >/dev/null; then
		packages+=("ssi-modules-$now")
	elif [[ $SSI_LANE == stock ]]; then
		serves=
	fi
	takes ssi "${packages[@]}"
	if [[ ! $serves ]]; then
		warned "$now"
		systemctl enable ssi@web ssi-watch@web
		echo "$now had no module, and apt said so" >$STATE.first
		return
	fi
	systemctl enable --now ssi@web ssi-watch@web
	serve_here
	answered
	echo "served on $now" >$STATE.first
}

# another_kernel: at first without its module; nothing of it touches what serves.
another_kernel() {
	date +%s >$STATE.begun
	takes kernel /srv/kernels/*.deb
	warned "$next"
	same "the last that apt says" "$(said | tail -n 1)" "$(tail -n 1 "$STATE.said")"
	takes module "ssi-modules-${next#*-}"
	! said | grep -F "kernel $next " || fail "apt still says that $next has none"
	[[ ! $serves ]] || answered
}

if ((SSI_BOOT == 1)); then
	rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
	cable_files
	systemctl enable --now cables systemd-networkd
	until_ok has_address
	own_kernel
	no_boot_disk
	lasting >$STATE.before
	known
	at_first
	another_kernel
	reboot_machine
fi

serves_on_the_new_kernel() {
	local served up
	until_ok is ssi@web active
	answered
	served=$EPOCHSECONDS up=$(cut -d. -f1 /proc/uptime)
	same "what has failed" "" "$(systemctl --failed --no-legend --plain)"
	if [[ $SSI_LANE == stock ]]; then
		same "the kernel" "$next" "$(uname -r)"
		same "whose module it is" "ssi-modules-$next" "$(dpkg -S "$(realpath "$(modinfo -n ssi_filter)")" | cut -d: -f1)"
	fi
	echo "$(<$STATE.first); serves on $(uname -r), $up s after its start and $((served - $(<$STATE.begun))) s after apt began with it; apt: $(paste -sd, $STATE.times)"
}

gone() {
	[[ ! -e /sys/module/ssi_filter ]] || fail "the module is loaded"
	! ip addr | grep -E "$VIP|$VIP6|proto 90" || fail "an address is left"
	! ip rule | grep "proto 90" || fail "a rule is left"
}

# ssi_packages: those that are there, or of which something is.
ssi_packages() { dpkg-query -W -f '${Package}\n' 'ssi*' | grep -vx ssi-test-boot; }

leaves_nothing() {
	# shellcheck disable=SC2046 # words
	apt remove $(ssi_packages) >&2
	gone
	[[ -e /etc/ssi/web.toml ]] || fail "removing takes the cluster's file"
	# shellcheck disable=SC2046 # words
	apt purge $(ssi_packages) "linux-*-$next" linux-base >&2
	gone
	rm /etc/apt/keyrings/ssi-archive-keyring.pgp /etc/apt/sources.list.d/ssi.sources
	lasting >"$WORK/after"
	diff $STATE.before "$WORK/after" >"$WORK/left" || fail "left or lost: $(grep '^[<>]' "$WORK/left" | head -n 20 | tr '\n' ' ')"
	same "packages that are left" "" "$(ssi_packages || true)"
	same "users that are ours" "" "$(grep -i ssi /etc/passwd /etc/group)"
	echo "$(wc -l <"$WORK/after") files as before"
}

serve_here
named kernel_upgraded_by_apt_serves serves_on_the_new_kernel
named kernel_upgraded_by_apt_leaves_nothing leaves_nothing
