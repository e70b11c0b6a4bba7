#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 46 22
# What comes goes again, at any moment, under traffic, and nothing is left behind.
#
#     n0 n1 eth0 ── p0 p1 ┐
#     VIP 10.9.0.100      ┤ sw: a learning bridge ├ pc ── eth0 cl: frames for the cluster without a pause
. "$(dirname "$0")/lib/scenario.sh"

add() {
	local node=$1
	shift
	in_ns "$node" ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank "${node#n}" --nodes 2 "$@"
}

# new NODE HOOK: the same in one process and with no look at addresses.
new() {
	ssi-probe --netns "$1" nl cluster-new name=str:c ifindex=dev:eth0 "vip=vip:$VIP" "node=u32:${1#n}" nodes=u32:2 \
		"hook=u32:$2" >/dev/null
}

# Real requests of clients, recorded once, then sent over and over.
record_traffic() {
	modprobe ssi_filter
	add n0 --master
	add n1
	background ssi-probe --netns sw capture --dev pc --snap 2000 --out "$WORK/requests.pcapng"
	ip -n cl neigh flush dev eth0
	ask udp 10.64.2.0-10.64.2.31 udp
	ask tcp 10.64.2.0-10.64.2.31 tcp
	ask ping 10.64.2.0-10.64.2.31 ping
	in_ns cl arping -q -c 1 -I eth0 "$VIP"
	stop_probes
	# From here on no service: what is sent again would only meet resets.
	gone
}

traffic() {
	background ssi-probe --netns cl send "$WORK/requests.pcapng" --dev eth0 --times 0 --gap 20
}

served() {
	in_ns "$1" ssictl -j stats c | jq '.[0].stats | .["rx-served"] + .["rx-other"]'
}

# All clusters go by the one command, then the module, at once.
gone() {
	ssictl cluster del --all-namespaces >/dev/null
	rmmod ssi_filter
	[[ ! -e /sys/module/ssi_filter ]] || fail "the module is still there"
}

load_unload() {
	local i seen=0 hook
	ip -n n0 addr add "$VIP/32" dev eth0
	ip -n n1 addr add "$VIP/32" dev eth0
	traffic
	for ((i = 0; i < 50; i++)); do
		modprobe ssi_filter
		hook=$((1 + i % 2)) # rx-handler and ingress in turns
		new n0 $hook
		((i % 5)) || new n1 $hook
		if ((i % 10 == 0)); then
			sleep 0.05
			seen=$((seen + $(served n0)))
		fi
		refused rmmod ssi_filter
		gone
	done
	stop_probes
	((seen > 0)) || fail "no frame was met in 50 rounds"
	echo "50 times with clusters configured; $seen frames met in 5 looks"
}

interface_deleted() {
	local i
	modprobe ssi_filter
	traffic
	for i in 1 2 3 4 5; do
		add n0 --master
		ip -n n0 link del eth0
		same "clusters after the interface went" '[]' "$(in_ns n0 ssictl -j)"
		plug n0 p0 "$(node_mac 0)" 10.9.0.1/16
		ip -n n0 route add 10.64.0.0/10 dev eth0
	done
	stop_probes
	gone
	echo "5 times; the cluster goes with its interface"
}

namespace_deleted() {
	modprobe ssi_filter
	traffic
	for _ in 1 2 3 4 5; do
		add n1
		ip netns del n1
		nodes_again 1
	done
	stop_probes
	gone
	echo "5 times, and the module goes after it"
}

# A namespace that died takes its end of the wire with it, though not at once.
nodes_again() {
	local i=$1
	for _ in {1..600}; do
		ip -n sw link show "p$i" >/dev/null 2>&1 || break
		sleep 0.1
	done
	namespace "n$i"
	plug "n$i" "p$i" "$(node_mac "$i")" "10.9.0.$((i + 1))/16"
	ip -n "n$i" route add 10.64.0.0/10 dev eth0
}

renamed() {
	modprobe ssi_filter
	add n0 --master
	add n1
	serve n0 n1
	table "$WORK/table" 2
	ip -n n0 link set eth0 down
	ip -n n0 link set eth0 name storage0
	ip -n n0 link set storage0 up
	ip -n n0 route add 10.64.0.0/10 dev storage0
	same "interface" storage0 "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0].ifname')"
	# Nodes that kept the address when the module went have told the client their own MACs.
	ip -n cl neigh flush dev eth0
	ask udp 10.64.3.0-10.64.3.63 udp
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json"
	name_back
	stop_probes
	gone
}

name_back() {
	ip -n n0 link set storage0 down
	ip -n n0 link set storage0 name eth0
	ip -n n0 link set eth0 up
}

moved() {
	modprobe ssi_filter
	namespace away
	traffic
	add n0 --master
	ip -n n0 link set eth0 netns away
	same "clusters where it was" '[]' "$(in_ns n0 ssictl -j)"
	same "clusters where it is" '[]' "$(in_ns away ssictl -j)"
	! ip -n away maddr show dev eth0 | grep -q "$GROUP" || fail "the interface still listens to $GROUP"
	ip -n away link set eth0 netns n0
	ip -n n0 -batch - <<-END
		link set eth0 up
		addr add 10.9.0.1/16 dev eth0
		route add 10.64.0.0/10 dev eth0
	END
	add n0 --master
	stop_probes
	gone
	echo "the cluster stays behind and is gone; another one fits"
}

events() {
	local said monitor
	modprobe ssi_filter
	listen n1 "$WORK/events"
	add n1
	in_ns n1 ssictl cluster set c --nodes 3
	in_ns n1 ssictl cluster del c
	add n1
	ip -n n1 link del eth0
	for _ in {1..100}; do
		[[ $(wc -l <"$WORK/events") -lt 5 ]] || break
		sleep 0.1
	done
	kill "$monitor"
	said=$(jq -r '"\(.event) \(.reason)"' "$WORK/events" | paste -sd,)
	plug n1 p1 "$(node_mac 1)" 10.9.0.2/16
	ip -n n1 route add 10.64.0.0/10 dev eth0
	gone
	same events "cluster-new request,cluster-set request,cluster-del request,cluster-new request,cluster-del device-gone" "$said"
	echo "5 events, the last since the interface went"
}

# Whatever requests and frames say, the kernel stays whole and the cluster does its work.
hammered() {
	local said
	modprobe ssi_filter
	traffic
	ssi-probe corpus --kind fuzz --out "$WORK/fuzz.pcapng" --from 0a:00:00:00:00:01 --from-ip 10.64.2.1 \
		--to "$(node_mac 0)" --to-ip 10.9.0.1 --vip "$VIP" --mac "$BASE"
	add n0 --master
	add n1
	background ssi-probe --netns cl send "$WORK/fuzz.pcapng" --dev eth0 --times 0 --gap 0
	said=$(ssi-probe --netns n0 hammer --dev eth0 --times "$requests")
	ssi-probe --netns n1 hammer --dev eth0 --times "$requests" --seed 2 >/dev/null
	stop_probes
	same "cluster of n0" "c" "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0].name')"
	(($(in_ns n0 ssictl -j stats c | jq '.[0].stats["rx-malformed"]') > 0)) || fail "no frame was malformed"
	gone
	echo "$said"
}

# The module goes while requests come in; some of them may load it again, by the family's name.
hammered_away() {
	background ssi-probe --netns n0 hammer --dev eth0
	background ssi-probe --netns n1 hammer --dev eth0 --seed 3
	traffic
	for _ in {1..10}; do
		modprobe ssi_filter
		sleep 0.1
		unload || fail "the module was held"
	done
	stop_probes
	modprobe ssi_filter
	gone
	echo "unloaded 10 times while requests came in"
}

# kB that the kernel holds for itself; a cluster of 65,536 buckets is some MB, so that a few lost ones show.
kernel_memory() {
	awk '/^(Slab|Percpu|VmallocUsed):/ { sum += $2 } END { print sum }' /proc/meminfo
}

memory_returns() {
	local before after i
	modprobe ssi_filter
	for ((i = 0; i < 12; i++)); do
		((i != 4)) || before=$(kernel_memory)
		add n0 --function bitmap --buckets 65536
		in_ns n0 ssictl table set c --buckets 65536 --owned 0-32767
		in_ns n0 ssictl cluster del c
	done
	# Memory comes back behind a grace period.
	sleep 1
	after=$(kernel_memory)
	gone
	((after - before < 1500)) || fail "8 clusters came and went, and the kernel holds $((after - before)) kB more"
	echo "8 clusters of 65,536 buckets: $((after - before)) kB more than before"
}

after_failure() {
	stop_all_probes
	unload || true
	[[ ! -e /run/netns/n0 ]] || name_back
	return 0
}

quiet_kernel
switch bridge
nodes 2
client
serve n0 n1
record_traffic

claim claim_7_load_unload_50_times_under_traffic load_unload
claim claim_7_interface_deleted_while_configured interface_deleted
claim claim_7_namespace_deleted_while_configured namespace_deleted
also claim_7_interface_renamed renamed
also claim_7_interface_moved_to_another_namespace moved
claim claim_14_events_tell_of_changes events
# A kernel that checks each access is ten times slower.
requests=2000
[[ ${SSI_LANE-} != uml ]] || requests=20000
claim claim_7_fuzzed_frames_and_requests hammered
also claim_7_unload_under_requests hammered_away
also claim_7_memory_returns memory_returns
