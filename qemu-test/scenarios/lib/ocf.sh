# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The resource agent ocf:ssi:cluster in nodes, as Pacemaker calls it, and as ocf-tester looks at it.

agent=/usr/lib/ocf/resource.d/ssi/cluster
instances=3
: "${SEED:=000102030405060708090a0b0c0d0e0f}"

# ra NODE ACTION INSTANCE [NAME=VALUE…]: of the instances of the cluster address.
ra() {
	local node=$1 action=$2 instance=$3
	shift 3
	in_ns "$node" env OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE="c:$instance" OCF_RESKEY_ip="$VIP" OCF_RESKEY_nic=eth0 \
		OCF_RESKEY_hash_seed="$SEED" OCF_RESKEY_CRM_meta_clone="$instance" OCF_RESKEY_CRM_meta_clone_max="$instances" \
		OCF_RESKEY_CRM_meta_globally_unique=true "$@" "$agent" "$action"
}

# ends STATUS COMMAND…
ends() {
	local want=$1 rc=0
	shift
	"$@" || rc=$?
	same "status of $*" "$want" "$rc"
}

# says STATUS PART COMMAND…: it ends so, with one sentence for Pacemaker that has this part.
says() {
	local want=$1 part=$2 said rc=0
	shift 2
	said=$("$@" 2>&1 >/dev/null) || rc=$?
	same "status of $*" "$want" "$rc"
	[[ $said == ocf-exit-reason:*"$part"* && $said != *$'\n'* ]] || fail "$*: it said \"$said\" without \"$part\""
}

# shared NAME NODE=BUCKETS…: 128 clients are answered once each, each by the node that has its bucket.
shared() {
	local name=$1
	shift
	jq -n --arg seed "$SEED" --argjson k "$instances" '{buckets: $k, siphash: $seed,
		owned: ($ARGS.positional | map(split("=") | {(.[0]): .[1]}) | add)}' --args "$@" >"$WORK/$name.table"
	ask udp 10.64.4.0-10.64.4.127 "$name" >/dev/null
	ssi-probe answers --table "$WORK/$name.table" "$WORK/$name.json" >&2
}

# agent_lives: three instances start, one node's moves to another and comes back, the master's too, and nothing is left.
agent_lives() {
	local i
	ends 7 ra n0 monitor 0
	ends 0 ra n0 stop 0
	for i in 0 1 2; do ends 0 ra "n$i" start "$i"; done
	ends 0 ra n0 start 0
	ends 0 ra n0 monitor 0
	ends 7 ra n0 monitor 1
	shared each n0=0 n1=1 n2=2
	# Its power is cut, and it knows nothing when it is back.
	ip -n sw link set p1 down
	ends 0 ra n2 start 1
	shared two n0=0 n2=1-2
	in_ns n1 ssictl cluster del c
	ip -n sw link set p1 up
	until_ok port_forwards p1
	ends 0 ra n2 stop 1
	ends 7 ra n2 monitor 1
	ends 0 ra n2 monitor 2
	ends 0 ra n1 start 1
	shared back n0=0 n1=1 n2=2
	# Whoever has the first instance answers ARP.
	ends 0 ra n0 stop 0
	ends 0 ra n1 start 0
	ip -n cl neigh flush dev eth0
	shared moved n1=0-1 n2=2
	agent_together
	agent_tells
	for i in 0 1; do ends 0 ra n1 stop "$i"; done
	for i in 0 1 2; do
		same "clusters left on n$i" "[]" "$(in_ns "n$i" ssictl -j | tr -d ' \n')"
		refused has_address "n$i" "$VIP"
	done
	echo "128 clients, each answered by the node that has its instance: three nodes, two, three again, another master; nothing left"
}

# agent_together: instances start and stop on one node at one time, and each keeps what is its own.
agent_together() {
	ra n1 start 2 &
	ra n1 stop 0 &
	ra n1 stop 1
	wait
	same "what n1 has" 2 "$(in_ns n1 ssictl -j table show c | jq -r .owned)"
	ra n1 start 0 &
	ra n1 start 1 &
	ra n1 stop 2
	wait
	same "what n1 has then" 0-1 "$(in_ns n1 ssictl -j table show c | jq -r .owned)"
}

# agent_tells: what is wrong with the machine, by status and sentence. (userspace/ssictl/tests/ocf.rs has the parameters.)
agent_tells() {
	in_ns n2 ip addr del "$VIP/32" dev eth0
	says 1 "$VIP is not on eth0" ra n2 monitor 2
	ends 0 ra n2 stop 2
	in_ns n1 ssictl cluster set c --master off
	says 1 "does not answer ARP" ra n1 monitor 0
	in_ns n1 ssictl cluster set c --master on
	ends 0 ra n1 reload-agent 0 OCF_RESKEY_announce_every=30
	same "seconds between announcements" 30 "$(in_ns n1 ssictl -j cluster show c | jq '.[0]["announce-every"]')"
	says 6 "other addresses" ra n1 start 2 OCF_RESKEY_ip=10.9.0.101
	says 1 "clone-max=4" ra n1 monitor 0 OCF_RESKEY_CRM_meta_clone_max=4
	says 2 "nic=eth7" ra n0 start 2 OCF_RESKEY_nic=eth7
}

port_forwards() { [[ $(bridge -n sw -j link show dev "$1" | jq -r '.[0].state') == forwarding ]]; }
