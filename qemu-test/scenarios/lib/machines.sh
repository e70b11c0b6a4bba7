# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # tap.sh, daemon.sh and scenarios set it
# Nodes that are machines of their own (qemu-test/cluster), told what to do by their management links. The functions of ring.sh
# and daemon.sh that are about a node ask it here; source this after them.
#
#     n0 … n2 eth0  10.9.0.1 …  ┐
#     VIP 10.9.0.100            ┤ lan: a bridge on the host ├ eth0 10.9.1.1 cl: 10.64.0.0/10 behind it
#                                  └ the host: SYNs of 10.128.0.0/16, fd5c::/64
#     n0 … n2 ring0 10.8.0.1 …  ─ ring
#     n0 … n2 mgmt0 10.7.0.1 …  ─ mgmt ─ mgmt0 cl, and the host

# shellcheck disable=SC2206 # words
ALL=(${SSI_NODES:?run this by qemu-test/cluster: qemu-test/run 95})
# shellcheck disable=SC2034 # daemon.sh has it
members=("${ALL[@]}")
node_sh=/mnt/share/lib/node.sh

# feed MACHINE COMMAND…: it does so, with our input. "host" is the one that the machines run on.
feed() {
	local name=$1 address said status
	shift
	case $name in
	host) address=10.7.0.254 ;;
	*) address=10.7.0.$((${name#n} + 1)) ;;
	esac
	said=$({ printf '%q ' "$@" && echo && cat; } | nc -N "$address" 9) || return 255
	status=${said##*$'\n'}
	[[ $status == "status "* ]] || return 255
	said=${said%"$status"}
	printf %s "${said%$'\n'}"
	return "${status#status }"
}

# on MACHINE COMMAND…
on() {
	feed "$@" </dev/null
}

# What others have namespaces for. The client is where this runs.
in_ns() {
	if [[ $1 == cl ]]; then
		"${@:2}"
	else
		on "$@"
	fi
}
in_node() { on "$@"; }

# daemon NODE NAME COMMAND…
daemon() { on "$1" $node_sh daemon "${@:2}"; }
running() { on "$1" $node_sh running "$2"; }
signal() { on "$1" $node_sh signal "$2" "$3"; }

# node_up NODE: from its kernel's start to a member of the cluster.
node_up() {
	local node=$1
	until_ok nc -z -w 5 "10.7.0.$((${node#n} + 1))" 9
	on "$node" $node_sh up "${node#n}"
	on "$node" $node_sh "${node_services:-services}"
	ring_config "$WORK/corosync.conf"
	feed "$node" sh -c 'cat >/etc/corosync/corosync.conf' <"$WORK/corosync.conf"
	feed "$node" sh -c 'umask 77 && cat >/etc/corosync/authkey' <"$WORK/authkey"
	ssid_file "$ring_nodes" >"$WORK/cluster.toml"
	feed "$node" sh -c 'cat >/etc/ssi/cluster.toml' <"$WORK/cluster.toml"
	ring_start "$node"
	ssid_start "$node"
}

ring_start() {
	daemon "$1" corosync setpriv --bounding-set -ipc_lock,-sys_resource corosync -f
}

# everyone NODE_SH-COMMAND…: on all nodes.
everyone() {
	local node
	for node in "${ALL[@]}"; do on "$node" $node_sh "$@"; done
}

# machine_client: this machine's part of the network.
machine_client() {
	ip -batch - <<-END
		addr add 10.9.1.1/16 dev eth0
		addr add fd5a::fffe/64 dev eth0 nodad
		link set eth0 up
		route add local 10.64.0.0/10 dev lo
		route add local fd5b::/64 dev lo
	END
	$node_sh offloads eth0
	$node_sh data
}

# measure: SYNs to all buckets from now on.
measure() {
	jq -n --argjson k "$ssid_buckets" --arg seed "$SEED" \
		'{buckets: $k, siphash: $seed, owned: {any: "0-\($k - 1)"}}' |
		feed host storm --to "$GROUP" --vip "$VIP,$VIP6" --port 80 --sources "$STORMERS" --rate "$storm_rate"
}

# mark WORD…: what is done now is called so.
mark() { on host mark "$@"; }

# measured MARK MS: no SYN was answered by two nodes, and after this mark all were heard that were sent later than so much.
# "any" instead: a SYN may have come when its bucket was on its way, and was heard the next time. "none": each was heard.
measured() {
	on host storm-over >"$WORK/storm.json"
	jq -r '.marks[] | "\(.name): \(.unheard) SYNs of \(.sent) unheard, of \(.buckets) buckets, until \(.last) ms"' "$WORK/storm.json" >&2
	same "SYNs answered by two nodes, reset, never answered" "0 0 0" "$(jq -r '"\(.twice) \(.reset) \(.never)"' "$WORK/storm.json")"
	case $1 in
	any) ;;
	none) same "SYNs unheard" 0 "$(jq '[.marks[].unheard] | add' "$WORK/storm.json")" ;;
	*)
		served=$(jq --arg n "$1" '[.marks[] | select(.name == $n).last // 0] | max // 0' "$WORK/storm.json")
		((served > 0)) || fail "no SYN was unheard: this shows nothing"
		((served <= $2)) || fail "buckets were not served until $served ms, longer than $2"
		;;
	esac
	jq -r '"\(.syns) SYNs: none answered twice, \(.again) the second time, \(.late) later"' "$WORK/storm.json"
}

# The kernels of nodes that lost their power have said what they have on their consoles.
nodes_kernel_logs_are_clean() {
	local node bad
	for node in "${ALL[@]}"; do
		on "$node" dmesg >"$WORK/dmesg"
		bad=$(cat "$WORK/dmesg" "$OUT/$node/console.log" | grep -E "$trouble" || true)
		[[ -z $bad ]] || fail "the kernel of $node says: $(head -n 1 <<<"$bad")"
		bad=$(grep ssi_filter "$WORK/dmesg" | grep -vE "$ours" || true)
		[[ -z $bad ]] || fail "the module of $node says more than that it came and went: $(head -n 1 <<<"$bad")"
	done
	echo "${#ALL[@]} nodes, no trouble"
}
