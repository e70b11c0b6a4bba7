#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 60
# machine: debian packages
# The packages, as apt takes them from their repository: installed, configured, booted, upgraded while the node serves, and purged
# without a trace. The machine is booted twice. On the stock kernel the module is the package's.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/debian.sh"

STATE=/var/lib/ssi-test

# apt WORD…: without a question.
apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@"; }

# listing: each file that may be a package's, with its mode, and what is in those of /etc. apt's, dpkg's and systemd's own notes are left out.
listing() {
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /mnt -o -path /root -o -path /ssi \
		-o -path /var/tmp -o -path /var/log -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/systemd \
		-o -path "$STATE*" -o -path '/etc/ld.so.cache' -o -path '/usr/lib/modules/*/modules.*' \) -prune -o -printf '%y %m %p\n' | sort
	find /etc -type f ! -name ld.so.cache -exec sha256sum {} + | sort -k2
}

# kernel_package: the kernel that this machine has booted is in no package of it: one without anything, as far as apt is concerned.
kernel_package() {
	local folder release
	release=$(basename /srv/ssi/pool/ssi-modules-[0-9]*.deb)
	release=${release#ssi-modules-}
	folder=$WORK/kernel
	put "$folder/DEBIAN/control" <<-END
		Package: linux-image-${release%%_*}
		Version: 99
		Architecture: amd64
		Maintainer: tests
		Description: nothing
	END
	dpkg-deb -b "$folder" "$WORK/kernel.deb" >&2
	dpkg -i "$WORK/kernel.deb" >&2
}

# installed: seconds that it took.
installed() {
	local begun=${EPOCHREALTIME/./}
	install -D -m 644 /srv/ssi/ssi-archive-keyring.pgp /etc/apt/keyrings/ssi-archive-keyring.pgp
	sed 's|^URIs: .*|URIs: file:/srv/ssi|' /srv/ssi/ssi.sources >/etc/apt/sources.list.d/ssi.sources
	apt update >&2
	apt install ssi-tools ssi-modules-amd64 ssid >&2
	echo $(((${EPOCHREALTIME/./} - begun) / 1000000)) >$STATE.seconds
}

if ((SSI_BOOT == 1)); then
	rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
	cable_files
	systemctl enable cables systemd-networkd
	kernel_package
	listing >$STATE.before
	installed
	cluster_file web "$VIP" eth0 "$VIP6" | put /etc/ssi/web.toml
	systemctl enable ssi@web ssi-watch@web
	reboot_machine
fi

serves_after_boot() {
	same "what has failed" "" "$(systemctl --failed --no-legend --plain)"
	same "who has ssictl" ssi-tools "$(dpkg -S "$(command -v ssictl)" | cut -d: -f1)"
	[[ $SSI_LANE != stock ]] || dpkg -S "/usr$(modinfo -n ssi_filter)" | grep -q '^ssi-modules-'
	same "whether ssid is off, which has no file" "disabled inactive" "$(systemctl is-enabled ssid) $(prop ssid ActiveState)"
	answered
	echo "installed in $(<$STATE.seconds) s"
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
	answered
	kill $monitor
	! grep -E "^Deleted.*($VIP|$VIP6)" "$WORK/monitor" || fail "its address was away for a moment"
	same "the cluster's watcher" active "$(prop ssi-watch@web ActiveState)"
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

after_failure() {
	systemctl --no-pager --lines=5 status 'ssi*' >&2
	journalctl -b -n 40 --no-pager >&2
}

serve_here
named packages_serve_after_boot serves_after_boot
named packages_are_upgraded_while_they_serve upgraded
named packages_leave_nothing purged
