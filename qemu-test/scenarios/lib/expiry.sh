# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A node with a lease, and expiry.py, which judges what it serves after the lease's end. For scenarios, after scenario.sh.

# shellcheck disable=SC2034 # of the scenarios
kinds="arp datagram ping ping6 syn"

expiry_network() {
	quiet_kernel
	switch bridge
	nodes 1
	both_families 1
	client
	ip -n cl -6 addr add fd5a::fffe/64 dev eth0 nodad
	in_ns n0 sysctl -q -w net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=10000000 net.ipv4.icmp_msgs_burst=1000000 \
		net.ipv6.icmp.ratelimit=0 net.ipv4.tcp_max_syn_backlog=65535 net.ipv4.tcp_syncookies=0 \
		net.ipv4.tcp_synack_retries=0
	modprobe ssi_filter
	background ssi-probe --netns n0 serve --name n0 --tcp 7000 --udp 7000 --address "$VIP,$VIP6"
}

cluster_up() {
	in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --vip "$VIP6/64" --rank 0 --nodes 2 --function bitmap --buckets 16 \
		--owned none --master --drain-time 5
}

# lapse NAME VERB…: what the judge says is in $WORK/NAME.
lapse() {
	local name=$1 rc=0
	shift
	in_ns n0 "$(dirname "$0")/lib/expiry.py" eth0 "$VIP" "$VIP6" "$GROUP" "$@" >"$WORK/$name" || rc=$?
	cat "$WORK/$name" >&2
	return $rc
}

said() {
	jq -r "$2" "$WORK/$1"
}

too_late() {
	said "$1" '"\(.late) requests were served too late, the last \(.latest_ms) ms after the end: \(.late_kinds)"'
}

is_lapsed() {
	in_ns n0 ssictl -j cluster show c | jq -e '.[0].lapsed' >/dev/null
}
