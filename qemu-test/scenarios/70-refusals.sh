#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 34 0
# Bad input: each row of 70-refusals.table gets its one sentence and its exit status, and changes nothing.
#
#     eth0 with cluster "c" (10.9.0.100, rank 0 of 2, 16 buckets); eth1 free; eth2 a port of br0; tun0; lo
#
# All in the machine's first network namespace: to enter another for each row costs more than the row.
. "$(dirname "$0")/lib/scenario.sh"

tidy_first() {
	local dev
	for dev in eth0 eth1 eth2 br0 tun0; do ip link del $dev; done
}

# All that a refused command might have touched. The table's generation is part of what the cluster shows, and so are
# the addresses on the interface, so that this is enough after each row; the rest is looked at before and after all.
state() {
	ssictl -j cluster show | jq 'map(del(.differs))'
}

whole_state() {
	state
	ssictl -j table show c
	ip -o addr show
	ip maddr show | grep -v inet6
}

many_vips() {
	local i vips=()
	for i in {101..133}; do vips+=("vip=vip:10.9.0.$i"); done
	ssi-probe nl cluster-new name=str:d ifindex=dev:eth1 nodes=u32:2 node=u32:0 "${vips[@]}"
}

# row STATUS SENTENCE COMMAND: prints what is wrong with the answer, if anything.
row() {
	local status=$1 sentence=$2 command=$3 said rc=0
	said=$($command 2>&1) || rc=$?
	if [[ $rc != "$status" ]]; then
		echo "\"$command\" ended with $rc and not $status, saying: $said"
	elif [[ $said != *"$sentence"* ]]; then
		echo "\"$command\" said \"$said\" without \"$sentence\""
	elif [[ $said == *$'\n'* || ${#said} -lt 20 ]]; then
		echo "\"$command\" said no one sentence: $said"
	elif [[ $said == "ssi-probe: refused:  ("* ]]; then
		echo "\"$command\" got no sentence: $said"
	fi
}

refusals() {
	local status sentence command whole before after rows=0 faults=$WORK/faults
	whole=$(whole_state)
	before=$(state)
	while IFS='|' read -r status sentence command; do
		[[ $status == '#'* || -z $status ]] && continue
		sentence=${sentence# } sentence=${sentence% } command=${command# }
		rows=$((rows + 1))
		row "${status% }" "$sentence" "$command"
		after=$(state)
		if [[ $after != "$before" ]]; then
			echo "\"$command\" changed something: $(diff <(echo "$before") <(echo "$after") | tr '\n' ' ')"
			before=$after
		fi
	done <"$(dirname "$0")/70-refusals.table" >"$faults"
	cat "$faults" >&2
	((rows >= 40)) || fail "only $rows rows were read"
	[[ ! -s $faults ]] || fail "$(wc -l <"$faults") faults in $rows rows: $(head -n 2 "$faults" | paste -sd';')"
	same "state at the end" "$whole" "$(whole_state)"
	echo "$rows refusals, a sentence each, nothing changed"
}

# A module parameter bounds the clusters of an interface.
too_many() {
	local i said
	for i in {1..63}; do
		ssi-probe nl cluster-new "name=str:x$i" ifindex=dev:eth0 "vip=vip:10.9.1.$i" nodes=u32:2 node=u32:0 >/dev/null
	done
	said=$(ssi-probe nl cluster-new name=str:x64 ifindex=dev:eth0 vip=vip:10.9.1.64 nodes=u32:2 node=u32:0 2>&1) &&
		fail "65 clusters on an interface"
	[[ $said == *clusters_max* ]] || fail "$said"
	for i in {1..63}; do ssi-probe nl cluster-del "name=str:x$i" >/dev/null; done
	same "clusters left" 1 "$(ssictl -j | jq length)"
	echo "64 clusters on an interface, not 65"
}

quiet_kernel
ip link add eth0 address "$(node_mac 0)" type veth peer name peer0
ip link add eth1 address 06:00:00:00:01:01 type veth peer name peer1
ip link add eth2 type veth peer name peer2
ip link add br0 type bridge
ip link set eth2 master br0
modprobe -q tun || true
ip tuntap add dev tun0 mode tun
for dev in eth0 eth1 eth2 br0 tun0; do ip link set $dev up; done
ip addr add 10.9.0.1/16 dev eth0
modprobe ssi_filter
ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 0 --nodes 2 --function bitmap --buckets 16 --owned 0-7

claim claim_7_bad_input_is_refused refusals
claim claim_7_clusters_max too_many
