#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 25 0
# After its lease a node serves nothing new, whatever one of its CPUs does, and whatever changes at that moment.
#
#     n0 eth0 ── p0 ┐
#     VIP, VIP6     ┤ sw: a bridge ├ pc ── eth0 cl 10.9.1.1, fd5a::fffe
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

tidy_first() { rmmod vm_copied stop_cpu ssi_filter 2>/dev/null; }

after_failure() {
	remove_clusters
}

cluster_up() {
	in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --vip "$VIP6/64" --rank 0 --nodes 2 --function bitmap --buckets 16 \
		--owned none --master --drain-time 5 "$@"
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

is_lapsed() {
	in_ns n0 ssictl -j cluster show c | jq -e '.[0].lapsed' >/dev/null
}

# Each CPU has the timer once, and stands still when it would go off.
stopped() {
	local cpu other
	for cpu in 0 1; do
		other=$((1 - cpu))
		cluster_up "$@"
		lapse "once$cpu" once $other $cpu 1500 ||
			fail "$(said "once$cpu" '"\(.late) requests were served too late, the last \(.latest_ms) ms after the end: \(.late_kinds)"')"
		same "kinds that were served" "$kinds" "$(said "once$cpu" '.kinds | join(" ")')"
		until_ok is_lapsed
		in_ns n0 ssictl cluster del c
	done
	echo "CPU 0, then 1 stood still for 1.5 s: 0 of $(jq -s 'map(.requests - .answers) | add' "$WORK"/once?) requests after the end were served, the last one $(said once1 '.last_before_end_ms | . * 10 | floor / 10') ms before it"
}

# changing TIMES SECONDS STOPS
changing() {
	cluster_up
	lapse often often "$@" ||
		fail "$(said often '"\(.late) requests were served too late, the last \(.latest_ms) ms after the end: \(.late_kinds)"')"
	in_ns n0 ssictl cluster del c
	(($(said often .leases) >= $1 / 4)) || fail "only $(said often .leases) leases ended in $2 s"
	(($(said often .served) * 2 >= $(said often .leases))) || fail "in $(said often .served) of $(said often .leases) leases only was anything served: this shows nothing"
	same "kinds that were served" "arp datagram ping ping6 syn" "$(said often '.kinds | join(" ")')"
	echo "$(said often .leases) leases ended amid changes, 0 of $(said often '.requests - .answers') requests outside of them were served, $(said often .answers) within"
}

# The judge sees a node that serves on.
noticed() {
	cluster_up
	refused lapse noticed longer 0
	in_ns n0 ssictl cluster del c
	echo "$(said noticed .late) requests too many were noticed"
}

# The clock that the lease is told by goes slower by a tenth: the raw clock ends it.
steered() {
	cluster_up
	lapse steered steered 0 ||
		fail "$(said steered '"\(.late) requests were served too late, the last \(.latest_ms) ms after the end: \(.late_kinds)"')"
	same "kinds that were served" "$kinds" "$(said steered '.kinds | join(" ")')"
	in_ns n0 ssictl cluster del c
	echo "of 2 s by a clock that is a tenth too slow 2 s were served, the last request $(said steered '.last_before_end_ms | . * 10 | floor / 10') ms before the end"
}

# A machine that was begun anew from a snapshot does not know for how long it was away: it has no lease any more.
copied() {
	cluster_up
	in_ns n0 ssictl table set c --buckets 16 --owned all --lease 600000
	ssi-probe --netns cl ask --proto udp --sources 10.64.0.1 --to "$VIP:7000" --out "$WORK/before"
	refused is_lapsed
	if ! modprobe vm_copied 2>/dev/null; then
		[[ ${SSI_LANE:-} != stock ]] || fail "the device that tells is not there"
		in_ns n0 ssictl cluster del c
		echo "not here: User Mode Linux has no device that tells"
		return 0
	fi
	until_ok is_lapsed
	same "renewed" no "$(in_ns n0 ssictl lease c 60000 2>/dev/null && echo yes || echo no)"
	rmmod vm_copied
	in_ns n0 ssictl cluster del c
	echo "of 600 s nothing is left when the generation of the machine is another one"
}

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
modprobe stop_cpu
background ssi-probe --netns n0 serve --name n0 --tcp 7000 --udp 7000 --address "$VIP,$VIP6"
kinds="arp datagram ping ping6 syn"
case ${SSI_LANE:-} in
stock) times=40 seconds=25 stops=5 ;;
*) times=1000 seconds=120 stops=25 ;;
esac

claim claim_14_a_cpu_that_stands_still_lengthens_no_lease stopped
claim claim_14_no_change_lengthens_a_lease changing $times $seconds 0
claim claim_14_no_change_with_a_stopped_cpu_does changing $((times / 10)) $seconds $stops
claim claim_14_a_lease_that_does_not_end_would_be_noticed noticed
claim claim_14_a_copy_of_a_machine_has_no_lease copied
claim claim_14_a_steered_clock_lengthens_no_lease steered
