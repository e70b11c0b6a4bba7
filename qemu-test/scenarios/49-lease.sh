#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 26 0
# After its lease a node serves nothing new, whatever one of its CPUs does, and whatever changes at that moment.
#
#     n0 eth0 ── p0 ┐
#     VIP, VIP6     ┤ sw: a bridge ├ pc ── eth0 cl 10.9.1.1, fd5a::fffe
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/expiry.sh"

tidy_first() { rmmod vm_copied stop_cpu ssi_filter 2>/dev/null; }

after_failure() {
	remove_clusters
}

# Each CPU has the timer once, and stands still when it would go off.
stopped() {
	local cpu other
	for cpu in 0 1; do
		other=$((1 - cpu))
		cluster_up
		lapse "once$cpu" once $other $cpu 1500 ||
			fail "$(too_late "once$cpu")"
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
		fail "$(too_late often)"
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
		fail "$(too_late steered)"
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

expiry_network
modprobe stop_cpu
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
