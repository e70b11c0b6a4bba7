#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 5 0
# Traffic that is not the cluster's passes as if the module were not there: the same frames, byte for byte, with the
# same packet type, in the same order.
#
#     gen eth0 10.9.1.2 ────────── eth0 10.9.0.1 n0 (VIP 10.9.0.100)
#                                  eth0.5 10.8.0.1
#
# The capture in n0 is of packet sockets for one ethertype each, which the kernel serves behind every filter.
. "$(dirname "$0")/lib/scenario.sh"

GEN_MAC=0a:00:00:00:00:02
types=0x0800,0x0806,0x86dd,0x88b5,0x88cc,0x8100,0x88a8,0x0004

pair() {
	namespace gen n0
	# A kernel that speaks of its own accord would be in the captures.
	in_ns gen sysctl -q -w net.ipv6.conf.{all,default}.disable_ipv6=1
	in_ns n0 sysctl -q -w net.ipv6.conf.{all,default}.disable_ipv6=1
	ip -n gen link add eth0 address $GEN_MAC type veth peer name eth0 address "$(node_mac 0)" netns n0
	ip -n gen -batch - <<-END
		addr add 10.9.1.2/16 dev eth0
		link set eth0 up
		neigh add 10.9.0.1 lladdr $(node_mac 0) dev eth0
		link add link eth0 name eth0.5 type vlan id 5
		addr add 10.8.0.2/24 dev eth0.5
		link set eth0.5 up
	END
	ip -n n0 -batch - <<-END
		addr add 10.9.0.1/16 dev eth0
		link set eth0 up
		neigh add 10.9.1.2 lladdr $GEN_MAC dev eth0
		link add link eth0 name eth0.5 type vlan id 5
		addr add 10.8.0.1/24 dev eth0.5
		link set eth0.5 up
	END
	ssi-probe corpus --kind rx --out "$WORK/rx.pcapng" --from $GEN_MAC --from-ip 10.9.1.2 \
		--to "$(node_mac 0)" --to-ip 10.9.0.1 --vip "$VIP" --mac "$BASE"
	ssi-probe corpus --kind tx --out "$WORK/tx.pcapng" --from "$(node_mac 0)" --from-ip 10.9.0.1 \
		--to $GEN_MAC --to-ip 10.9.1.2 --vip "$VIP" --mac "$BASE"
}

# record NAME: both ways, once. The address is bound in any case, so the stack is the same.
record() {
	background ssi-probe --netns n0 capture --dev eth0 --ethertype $types --snap 2000 --out "$WORK/$1-in.pcapng"
	background ssi-probe --netns n0 capture --dev eth0.5 --snap 2000 --out "$WORK/$1-vlan.pcapng"
	ssi-probe --netns gen send "$WORK/rx.pcapng" --dev eth0
	stop_probes
	background ssi-probe --netns gen capture --dev eth0 --snap 2000 --out "$WORK/$1-out.pcapng"
	ssi-probe --netns n0 send "$WORK/tx.pcapng" --dev eth0
	stop_probes
}

# compare NAME [ARG…]: with what was recorded without a cluster. The hello that a node sends each second is no bystander.
compare() {
	local name=$1
	shift
	[[ $name != *-out ]] || set -- --cluster "$BASE" "$@"
	ssi-probe compare "$WORK/absent-${name##*-}.pcapng" "$WORK/$name.pcapng" "$@"
}

alike() {
	local way
	in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 1 --nodes 2 --hook "$1"
	same hook "$1" "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0].hook')"
	record "$1"
	for way in in vlan out; do
		compare "$1-$way" --least 16
	done
	in_ns n0 ssictl cluster del c
}

# The judge would see one frame more, and a dropped one is dropped: the cluster's own.
compare_can_fail() {
	in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --vip 10.9.0.1/16 --rank 1 --nodes 2
	record other
	refused compare other-in
	refused compare other-out
	in_ns n0 ssictl cluster del c
	echo "with the node's own address in the cluster the captures differ"
}

# Sockets on the same interface beside the cluster.
neighbours_work() {
	local to
	background ssi-probe --netns n0 serve --name n0 --udp 7000 --tcp 7000
	in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 1 --nodes 2
	ssi-probe table --nodes n0 >"$WORK/all"
	for to in 10.9.0.1 10.8.0.1; do
		for proto in udp tcp; do
			from=${to%.1}.2
			[[ $to == 10.8.* ]] || from=10.9.1.2
			ssi-probe --netns gen ask --proto $proto --sources "$from" --to $to:7000 --rounds 20 --out "$WORK/own.json"
			ssi-probe answers --table "$WORK/all" "$WORK/own.json" >/dev/null
		done
	done
	in_ns n0 sysctl -q -w net.ipv4.icmp_echo_ignore_broadcasts=0
	in_ns gen ping -c 2 -i 0.2 -W 5 -b 10.9.255.255 >/dev/null
	in_ns n0 ssictl cluster del c
	echo "own address and VLAN address: 40 requests each; broadcast ping answered"
}

after_failure() { remove_clusters; }

quiet_kernel
pair
ip -n n0 addr add "$VIP/32" dev eth0
record absent
modprobe ssi_filter

claim claim_8_bystanders_untouched_rx_handler alike rx-handler
claim claim_8_bystanders_untouched_ingress alike ingress
claim claim_8_comparison_can_fail compare_can_fail
claim claim_8_neighbouring_addresses_work neighbours_work
