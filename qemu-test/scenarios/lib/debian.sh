# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A Debian with systemd as a node. Its cables come before networkd does, as real ones:
#
#     this machine, "n0": eth0 10.9.0.1 ── p0 ┐
#                                             ┤ sw: a bridge ├ pc ── eth0 10.9.1.1, and 10.64.0.0/10, cl
#                         eth1 10.7.0.1 ── m0 ┘ (another network, with the default route)

# reboot_machine: the scenario begins anew when it has come up again, with the next SSI_BOOT.
reboot_machine() {
	trap - EXIT ERR
	rm -rf "$WORK"
	systemctl reboot --no-block
	exit 200
}

# put FILE: what comes in by stdin, with the folders above it.
put() {
	mkdir -p "${1%/*}"
	cat >"$1"
}

# cables: what cables.service does at each boot.
cables() {
	mkdir -p /run/netns
	sysctl -q -w net.ipv4.neigh.default.gc_thresh{3,2,1}=32768
	switch bridge
	ip netns attach n0 1
	ip -n sw link add p0 type veth peer name eth0 address 06:00:00:00:00:00 netns n0
	join p0
	client
	ip -n cl addr add fd5a::fffe/64 dev eth0 nodad
	ip -n sw link add m0 type veth peer name eth1 address 06:00:00:00:01:00 netns n0
	ip -n sw link set m0 up
}

# debian_files: cables, a static cluster, and services that bind its address.
debian_files() {
	cable_files
	cluster_file web "$VIP" eth0 "$VIP6" | put /etc/ssi/web.toml
	# As the guide has it for a service that binds the cluster's address.
	put /etc/systemd/system/nginx.service.d/override.conf <<-END
		[Unit]
		After=ssi.target
		Wants=ssi.target
	END
	echo "server { listen $VIP:80; root /usr/share/nginx/html; }" >/etc/nginx/sites-enabled/default
	# One that does not wait, so that there is something to be right about.
	put /etc/systemd/system/early.service <<-END
		[Unit]
		Before=ssi@web.service
		[Service]
		Type=oneshot
		ExecStart=/usr/bin/python3 -c "import socket; socket.create_server(('$VIP', 8080))"
		[Install]
		WantedBy=multi-user.target
	END
}

# cable_files: cables at each boot, and how networkd configures them.
cable_files() {
	put /etc/systemd/system/cables.service <<-END
		[Unit]
		DefaultDependencies=no
		Before=network-pre.target systemd-networkd.service
		Wants=network-pre.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=$(realpath "$0") --cables
		[Install]
		WantedBy=sysinit.target
	END
	put /etc/systemd/network/10-eth0.network <<-END
		[Match]
		Name=eth0
		[Network]
		Address=10.9.0.1/16
		Address=fd5a::1/64
		LinkLocalAddressing=no
		IPv6AcceptRA=no
		IPv6DuplicateAddressDetection=0
		[Route]
		Destination=10.64.0.0/10
		Scope=link
	END
	put /etc/systemd/network/10-eth1.network <<-END
		[Match]
		Name=eth1
		[Network]
		Address=10.7.0.1/24
		Gateway=10.7.0.254
		LinkLocalAddressing=no
		IPv6AcceptRA=no
	END
}

# cluster_file NAME VIP DEV [VIP…]: this machine alone.
cluster_file() {
	cat <<-END
		name = "$1"
		vips = ["$2/32"${4:+, \"$4\"}]
		interface = "$3"
		master = "$HOSTNAME"
		buckets = 256
		[[node]]
		name = "$HOSTNAME"
		rank = 0
	END
}

# serve_here: this machine's service, by UDP.
serve_here() { background ssi-probe --netns n0 serve --name n0 --udp 7000 --address "$VIP"; }

# answered: all clients, by it.
answered() {
	echo '{"buckets": 256, "owned": {"n0": "0-255"}}' >"$WORK/table"
	ask udp 10.64.4.0-10.64.4.63 udp
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json"
}

# prop UNIT PROPERTY
prop() { systemctl show -P "$2" "$1"; }

# is UNIT STATE
is() { [[ $(prop "$1" ActiveState) == "$2" ]]; }

# Called by cables.service.
if [[ ${1-} == --cables ]]; then
	cables
	trap - EXIT
	rm -rf "$WORK"
	exit
fi
