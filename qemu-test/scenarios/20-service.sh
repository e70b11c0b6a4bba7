#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 16 4
# A real service: nginx on three nodes behind one address, real clients, real sizes.
#
#     n0 n1 n2 nginx, eth0 ── p0 p1 p2 ┐
#     VIP 10.9.0.100                   ┤ sw: a learning bridge ├ pc ── eth0 cl: curl from 256 addresses
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/nginx.sh"

tidy_first() { nginx_down n0 n1 n2; }

# fetch SOURCES: "SOURCE NODE STATUS SIZE" of each, and the objects in $WORK/got.
fetch() {
	local source
	rm -rf "$WORK/got"
	mkdir "$WORK/got"
	for source in $1; do
		printf 'url = "http://%s/object"\ninterface = "host!%s"\noutput = "%s"\nwrite-out = "%s %%header{x-node} %%{http_code} %%{size_download}\\n"\nnext\n' \
			"$VIP" "$source" "$WORK/got/$source" "$source"
	done | sed '$d' >"$WORK/curl.conf"
	in_ns cl curl -s --parallel --parallel-max 16 --max-time 300 -K "$WORK/curl.conf"
}

# Batches, since the objects of all clients at once do not fit into a small machine.
curl_from_many() {
	local t=$WORK/table batch
	mapfile -t sources < <(ssi-probe owners --table "$t" "$1" | cut -d' ' -f1)
	: >"$WORK/said"
	for ((batch = 0; batch < ${#sources[@]}; batch += 64)); do
		fetch "${sources[*]:batch:64}" >>"$WORK/said"
		ssi-probe copies "$WORK/www/object" "$WORK"/got/* >/dev/null
	done
	echo x >>"$WORK/got/${sources[-1]}"
	refused ssi-probe copies "$WORK/www/object" "$WORK"/got/*
	rm -rf "$WORK/got"
	diff <(sort "$WORK/said") <(ssi-probe owners --table "$t" "$1" | sed 's/$/ 200 1048576/' | sort) >&2 ||
		fail "nodes, statuses or sizes are not what they should be"
	echo "${#sources[@]} objects of 1 MiB whole: $(cut -d' ' -f2 "$WORK/said" | sort | uniq -c | awk '{ printf "%s%s %s", s, $2, $1; s = ", " }')"
}

# Every protocol of one client ends at the same node.
protocols() {
	local t=$WORK/table
	capture all
	ask udp 10.64.0.0-10.64.0.255 udp
	ask tcp 10.64.0.0-10.64.0.255 tcp --bytes 20000
	ask ping 10.64.0.0-10.64.0.255 ping
	stop_capture
	ssi-probe answers --table "$t" "$WORK"/{udp,tcp,ping}.json
	wire all 3 --table "$t" --master n0
	counters_agree all n0 n1 n2
}

# A datagram in many fragments: they follow the source address, so one node gets all of them.
fragments() {
	local reply
	reply=$(in_ns cl ping -n -c 3 -i 0.2 -W 5 -s 8000 -I 10.64.0.9 "$VIP" | grep -c '8008 bytes from')
	same "answers to fragmented pings" 3 "$reply"
	echo "3 pings of 8,000 bytes answered whole"
}

# Behind routers with a narrow link between them, large segments come back as ICMP errors of the router. They have to
# reach the node that serves the client in the quotation, whatever the router's own address is.
#
#     sw ├ pr ── eth0 10.9.1.50 r1 ─── MTU 1000 ─── r2 ──── far 10.65.0.1 … 10.65.0.24
narrow_link() {
	local node errors
	namespace r1 r2 far
	plug r1 pr 0a:00:00:00:00:50 10.9.1.50/16
	ip -n r1 link add far mtu 1000 type veth peer name near mtu 1000 netns r2
	ip -n r2 link add far type veth peer name eth0 netns far
	ip -n r1 -batch - <<-END
		addr add 10.66.0.1/30 dev far
		link set far up
		route add 10.65.0.0/16 via 10.66.0.2
	END
	ip -n r2 -batch - <<-END
		addr add 10.66.0.2/30 dev near
		addr add 10.65.1.1/16 dev far
		link set near up
		link set far up
		route add 10.9.0.0/16 via 10.66.0.1
	END
	ip -n far -batch - <<-END
		addr add 10.65.1.2/16 dev eth0
		link set eth0 up
		route add default via 10.65.1.1
		route add local 10.65.0.0/24 dev lo
	END
	in_ns r1 sysctl -q -w net.ipv4.ip_forward=1
	in_ns r2 sysctl -q -w net.ipv4.ip_forward=1
	for node in n0 n1 n2; do ip -n $node route add 10.65.0.0/16 via 10.9.1.50; done
	capture far
	ssi-probe --netns far ask --proto tcp --sources 10.65.0.1-10.65.0.24 --to "$VIP:7000" --bytes 30000 --out "$WORK/far.json"
	stop_capture
	ssi-probe answers --table "$WORK/table" "$WORK/far.json"
	errors=$(in_ns r1 nstat -asz IcmpOutDestUnreachs | awk '/IcmpOut/ { print $2 }')
	((errors >= 24)) || fail "only $errors ICMP errors were sent: nothing is shown"
	echo "$errors ICMP errors of the router reached the node they were for"
}

quiet_kernel
switch bridge
nodes 3
client
serve n0 n1 n2
mkdir "$WORK/www"
dd if=/dev/urandom of="$WORK/www/object" bs=64k count=16 status=none
for node in n0 n1 n2; do nginx_up $node; done
modprobe ssi_filter
table "$WORK/table" 3 --shape irregular --buckets 1024 --seed 3
clusters_up "$WORK/table"

claim claim_1_udp_tcp_ping_of_256_clients protocols
claim claim_1_nginx_curl_of_256_clients curl_from_many 10.64.0.0-10.64.0.255
claim claim_8_icmp_errors_reach_the_serving_node narrow_link
also claim_8_fragments_stay_together fragments
