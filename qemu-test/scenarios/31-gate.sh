#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 18 36
# Frames that do not meet the hook: traffic control takes them away ahead of it and puts them back behind it.
#
#     n0 n1 eth0 10.9.0.1 …, fd5a::1 … ── p0 p1 ┐
#     eth0's ingress ⇒ ifb0 ⇒ back              ┤ sw: br0 ├ pc ── eth0 cl 10.9.1.1, fd5a::ffff,
#     n1 eth1 10.8.0.1 ── cl2 10.8.0.2          ┘    10.64.0.0/10 and fd5a:0:0:1::/64 as its own
#     n1 docker0 10.7.0.1 ── box 10.7.0.2
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"

# shellcheck disable=SC2034 # moves.sh has them
buckets=16 members=2
clients=10.64.4.0-10.64.4.15 clients6=fd5a:0:0:1::1-fd5a:0:0:1::10

after_failure() {
	local node
	stop_all_probes
	remove_clusters
	for node in n0 n1; do
		unshaped $node 2>/dev/null
		bridgeless $node 2>/dev/null
	done
	serve n0 n1
}

# shaped NODE [DEV]: what comes in there is shaped, as guides to traffic control have it.
shaped() {
	local dev=${2:-eth0}
	ip -n "$1" link add ifb0 type ifb
	ip -n "$1" link set ifb0 up
	tc -n "$1" -batch - <<-END
		qdisc add dev $dev handle ffff: ingress
		filter add dev $dev parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev ifb0
		qdisc add dev ifb0 root tbf rate 1gbit burst 1mb latency 50ms
	END
}

unshaped() {
	tc -n "$1" qdisc del dev "${2:-eth0}" handle ffff: ingress
	ip -n "$1" link del ifb0
}

both() {
	"$1" n0 "${@:2}"
	"$1" n1 "${@:2}"
}

# count NODE COUNTER
count() {
	in_ns "$1" ssictl -j stats c | jq ".[0].stats[\"$2\"]"
}

# forget: clients have to ask who has the cluster's addresses.
forget() {
	ip -n cl neigh flush dev eth0
}

# asked [PROTO…]: each client gets one answer, of the right node, in both families; who has the addresses only n0 says.
asked() {
	local proto
	forget
	background ssi-probe --netns sw capture --dev p1 --out "$WORK/p1.pcapng"
	for proto in "${@:-udp}"; do
		ask "$proto" $clients "$proto"
		ssi-probe answers --table "$WORK/table" "$WORK/$proto.json" >/dev/null
		[[ ${only4-} || $proto == ping ]] || {
			to="[$VIP6]:7000" ask "$proto" $clients6 "${proto}6"
			ssi-probe answers --table "$WORK/table" "$WORK/${proto}6.json" >/dev/null
		}
	done
	ssi-probe stop "$started"
	same "words of n1 about who has the addresses" 0 "$(tcpdump -nr "$WORK/p1.pcapng" \
		"(arp[6:2] == 2 and arp src host $VIP) or (icmp6 and ip6[40] == 136)" 2>/dev/null | wc -l)"
}

asked_by_all() {
	asked udp tcp ping
	local i got
	for i in 1 2; do
		got=$(in_ns cl ping -6 -c 1 -W 5 -I fd5a:0:0:1::$i $VIP6 | grep -cE '^[0-9]+ bytes from') || true
		same "answers to a ping of fd5a:0:0:1::$i" 1 "$got"
	done
}

# sums: rx-served and rx-other, which each node counts once a frame, tell the same of both nodes.
sums() {
	local seen0 seen1
	seen0=$(($(count n0 rx-served) + $(count n0 rx-other)))
	seen1=$(($(count n1 rx-served) + $(count n1 rx-other)))
	same "requests that n1 counted, beside those that n0 did" $seen0 $seen1
}

# by_ifb HOOK
by_ifb() {
	local gate
	clusters_up "$WORK/table" --vip $VIP6/64 --hook "$1"
	asked_by_all
	same "frames decided behind the hook, while nothing is shaped" "0 0" "$(count n0 rx-gate) $(count n1 rx-gate)"
	both shaped
	asked_by_all
	gate=$(both count rx-gate | paste -sd' ')
	sums
	(($(count n1 rx-arp-ignored) > 0 && $(count n1 rx-nd-ignored) > 0)) || fail "n1 met no question"
	case $1 in
	ingress) ((${gate% *} > 100 && ${gate#* } > 100)) || fail "frames decided behind the hook: $gate" ;;
	rx-handler) same "frames decided behind the hook" "0 0" "$gate" ;;
	esac
	both unshaped
	clusters_down n0 n1
	echo "UDP, TCP, ping, ARP, ND, before and shaped: one answer each, of its owner; decided behind the hook: $gate"
}

# Where nobody decides, both answer: so the judge can fail.
without_gate() {
	local node
	for node in n0 n1; do
		ip -n $node addr add $VIP/32 dev eth0
		shaped $node
	done
	# What a shaper gives back has the packet type of a multicast frame, which UDP takes.
	ip -n cl neigh replace $VIP lladdr $GROUP dev eth0
	ask udp $clients udp
	refused ssi-probe answers --table "$WORK/table" "$WORK/udp.json"
	ip -n cl neigh del $VIP dev eth0
	for node in n0 n1; do
		ip -n $node addr del $VIP/32 dev eth0
		unshaped $node
	done
	echo "without the module both nodes answer"
}

# A bucket's way to another node is the same behind the hook: what opens a connection goes to the one that has the bucket,
# what is on one to the one that has that.
follows_the_table() {
	echo '{"buckets":16,"owned":{"n0":"all","n1":"none"}}' >"$WORK/moves"
	members_up "$WORK/moves" --hook ingress
	stop_all_probes
	servers_up n0 n1
	both shaped
	background ssi-probe --netns cl hold clients --period 60000 --sources 10.64.4.0-10.64.4.11 --to "$VIP" \
		--control "$WORK/holders" --patience 4000
	owns n0 none
	owns n1 all
	tell round
	same "connections that n0 keeps while its buckets are n1's" 12 "$(reported .held.alive)"
	(($(count n0 rx-draining) > 0 && $(count n1 rx-left) > 0)) || fail "n0 drains nothing, or n1 leaves nothing to it"
	same "connections broken" 0 "$(reported .held.broken)"
	tell end
	stop_all_probes
	serve n0 n1
	ask tcp $clients tcp
	same "who answers new connections" n1 "$(jq -r '[.sources[].answers | keys[]] | unique | join(",")' "$WORK/tcp.json")"
	same "answers" 16 "$(jq '[.sources[].answers[]] | add' "$WORK/tcp.json")"
	both unshaped
	clusters_down n0 n1
	echo "12 connections stay with n0, new ones are n1's, while every frame passes the hook by"
}

# A lease's end counts behind the hook as well.
ends_with_the_lease() {
	echo '{"buckets":16,"owned":{"n0":"all","n1":"none"}}' >"$WORK/moves"
	members_up "$WORK/moves" --hook ingress
	both shaped
	owns n0 all --lease 60000
	ask udp $clients udp
	same "answers under a lease" 16 "$(jq '[.sources[].answers[]] | add' "$WORK/udp.json")"
	owns n0 all --lease 1
	sleep 0.2
	ask udp $clients udp --timeout 700
	same "answers after its end" 16 "$(jq '[.sources[] | .missing] | add' "$WORK/udp.json")"
	both unshaped
	clusters_down n0 n1
	echo "16 answers under it, none after its end"
}

# What is none of the hook's business is none of the gate's: each is answered by n1, whoever owns its bucket.
exempt() {
	local gate proto
	clusters_up "$WORK/table" --vip $VIP6/64 --hook ingress
	in_ns n1 sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	for shape in '' yes; do
		[[ ! $shape ]] || shaped n1
		gate=$(count n1 rx-gate)
		for proto in udp tcp; do
			from n1 $proto 10.9.0.2,$VIP "$VIP:7000"
			from n1 $proto 127.0.0.1 "$VIP:7000"
			from n1 $proto fd5a::2,$VIP6 "[$VIP6]:7000"
			from cl2 $proto 10.8.0.2,10.8.0.3 "$VIP:7000"
			from cl2 $proto fd58::2,fd58::3 "[$VIP6]:7000"
			from box $proto 10.7.0.2,10.7.0.3 "$VIP:7000"
			from box $proto fd57::2,fd57::3 "[$VIP6]:7000"
		done
		# To the node's own MAC: no hook takes that for the cluster's.
		ip -n cl neigh replace $VIP lladdr "$(node_mac 1)" dev eth0
		from cl udp 10.64.0.0-10.64.0.3 "$VIP:7000"
		ip -n cl neigh del $VIP dev eth0
		same "frames decided behind the hook" "$gate" "$(count n1 rx-gate)"
	done
	unshaped n1
	# And through it: what is routed, and ends elsewhere.
	in_ns cl2 ping -q -c 1 -W 5 10.9.1.1 >/dev/null || fail "n1 routes no more"
	in_ns n1 sysctl -q -w net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	clusters_down n0 n1
	echo "the node itself, its container, its other interface, frames to its own MAC: answered, and uncounted"
}

# from NS PROTO SOURCES TO: n1 answers each once.
from() {
	ssi-probe --netns "$1" ask --proto "$2" --sources "$3" --to "$4" --out "$WORK/from.json"
	same "who answers $1 by $2 from $3" n1 "$(jq -r '[.sources[].answers | keys[]] | unique | join(",")' "$WORK/from.json")"
	same "sources of $1 by $2 without one answer" 0 "$(jq '[.sources[] | .missing + .repeated] | add' "$WORK/from.json")"
}

# bridged NODE: its interface becomes a bridge's port.
bridged() {
	ip -n "$1" addr flush dev eth0 scope global
	ip -n "$1" link add br0 address "$(node_mac "${1#n}")" type bridge mcast_snooping 0
	ip -n "$1" -batch - <<-END
		link set eth0 master br0
		link set br0 up
		addr add 10.9.0.$((${1#n} + 1))/16 dev br0
		addr add fd5a::$((${1#n} + 1))/64 dev br0 nodad
		route replace 10.64.0.0/10 dev br0
		route replace fd5a:0:0:1::/64 via fd5a::ffff dev br0
	END
}

bridgeless() {
	ip -n "$1" link del br0
	connected "$1"
}

connected() {
	ip -n "$1" -batch - <<-END
		addr replace 10.9.0.$((${1#n} + 1))/16 dev eth0
		addr replace fd5a::$((${1#n} + 1))/64 dev eth0 nodad
		route replace 10.64.0.0/10 dev eth0
		route replace fd5a:0:0:1::/64 via fd5a::ffff
	END
}

# On a bridge's port, where the hook is chosen so: what is shaped goes on as the bridge's, which does not know it.
on_a_port() {
	local netfilter gate said=
	both bridged
	only4=yes
	for netfilter in 0 1; do
		for node in n0 n1; do
			[[ ! -e /proc/sys/net/bridge ]] || in_ns $node sysctl -q -w net.bridge.bridge-nf-call-iptables=$netfilter
		done
		clusters_up "$WORK/table"
		same hook ingress "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0].hook')"
		asked udp tcp ping
		same "frames decided behind the hook, while nothing is shaped" "0 0" "$(count n0 rx-gate) $(count n1 rx-gate)"
		both shaped
		asked udp tcp ping
		gate=$(both count rx-gate | paste -sd' ')
		((${gate% *} > 40 && ${gate#* } > 40)) || fail "frames decided behind the hook: $gate"
		sums
		said+="${said:+; }bridge-nf-call-iptables $netfilter: $gate"
		both unshaped
		clusters_down n0 n1
	done
	both bridgeless
	echo "one answer each, of its owner; decided behind the hook: $said"
}

# redirected HOOK: what another interface gets is put into this one's receive path, and meets its hook there.
redirected() {
	local last
	# Answers to n1's ARP would be redirected, too: it knows cl2 before.
	for last in 2 3; do in_ns cl2 ping -nq -c 1 -W 10 -I 10.8.0.$last 10.8.0.1 >/dev/null; done
	clusters_up "$WORK/table" --vip $VIP6/64 --hook "$1"
	# cl2's requests, to the group MAC, for n1's eth1.
	tc -n n1 qdisc add dev eth1 ingress
	tc -n n1 filter add dev eth1 parent ffff: matchall action mirred ingress redirect dev eth0
	ip -n cl2 neigh replace 10.8.0.1 lladdr $GROUP dev eth0
	ip -n cl2 route replace $VIP/32 via 10.8.0.1
	ssi-probe --netns cl2 ask --sources 10.8.0.2,10.8.0.3 --to "$VIP:7000" --timeout 1000 --out "$WORK/redirected.json"
	# 10.8.0.2 modulo 2 is 0.
	same "answers to those whose buckets are n0's and n1's" "0 1" \
		"$(jq -r '[.sources["10.8.0.2"].answers.n1 // 0, .sources["10.8.0.3"].answers.n1 // 0] | map(tostring) | join(" ")' "$WORK/redirected.json")"
	same "frames decided behind the hook" 0 "$(count n1 rx-gate)"
	tc -n n1 qdisc del dev eth1 ingress
	ip -n cl2 neigh del 10.8.0.1 dev eth0
	ip -n cl2 route del $VIP/32
	clusters_down n0 n1
	echo "decided by the hook"
}

# macs NAME: the source MACs of replies from the cluster's addresses in a capture.
macs() {
	tcpdump -enr "$WORK/$1.pcapng" "(src host $VIP or src host $VIP6) and udp" 2>/dev/null | awk '{ print $2 }' | sort -u | paste -sd' '
}

# What leaves by redirect meets no hook of netfilter: box, which has the cluster's addresses too, answers through n1's
# interfaces by tc alone, as container networks have it. A rule of tc's own sets the MAC, where it is asked for.
leaves_by_redirect() {
	local own=0a:00:00:00:00:77 said
	clusters_up "$WORK/table" --vip $VIP6/64
	forget
	ask udp $clients udp
	same "redirects that nobody has made" 0 "$(in_ns n1 ssictl -j egress c | jq .redirects)"
	ip -n n1 link set box0 nomaster
	ip -n box link set eth0 address $own
	ip -n box -batch - <<-END
		addr add $VIP/32 dev lo
		addr add $VIP6/128 dev lo nodad
		route replace default dev eth0
		neigh replace 10.64.4.1 lladdr 0a:00:00:00:00:01 dev eth0
		neigh replace fd5a:0:0:1::1 lladdr 0a:00:00:00:00:01 dev eth0
	END
	ip -n box -6 route replace default dev eth0
	tc -n n1 qdisc add dev box0 clsact
	tc -n n1 filter add dev box0 ingress matchall action mirred egress redirect dev eth0
	in_ns n1 ssictl cluster show c | grep -q 'bypass .*tc redirects frames to eth0 (1 actions)' || fail "cluster show does not tell of it"
	capture before
	redirected_replies
	stop_capture
	same "source MACs of redirected replies" $own "$(macs before)"
	in_ns n1 ssictl egress c on
	same "rules" "2 true" "$(in_ns n1 ssictl -j egress c | jq -r '"\(.rules | length) \(.complete)"')"
	capture after
	redirected_replies
	stop_capture
	same "source MACs of redirected replies, with rules" $BASE "$(macs after)"
	# What the module has rewritten stays so.
	capture own
	ask udp $clients udp
	stop_capture
	same "source MACs of n1's own replies" $BASE "$(macs own)"
	in_ns n1 ssictl cluster set c --reply-mac group
	same "rules of another MAC" false "$(in_ns n1 ssictl -j egress c | jq .complete)"
	in_ns n1 ssictl egress c on
	same "rules" "2 true" "$(in_ns n1 ssictl -j egress c | jq -r '"\(.rules | length) \(.complete)"')"
	in_ns n1 ssictl egress c off
	same "rules of tc, after off" '' "$(tc -n n1 filter show dev eth0 egress)"
	in_ns n1 ssictl egress c on
	clusters_down n0 n1
	same "rules of tc, after del" '' "$(tc -n n1 filter show dev eth0 egress)"
	tc -n n1 qdisc del dev eth0 clsact
	tc -n n1 qdisc add dev eth0 ingress
	in_ns n1 ssictl cluster add c --dev eth0 --vip $VIP/32 --rank 1 --nodes 2
	said=$(in_ns n1 ssictl egress c on 2>&1) && fail "rules in a qdisc without an egress"
	[[ $said == *"replace it by clsact"* ]] || fail "refused with: $said"
	in_ns n1 ssictl cluster del c
	tc -n n1 qdisc del dev eth0 ingress
	echo "redirected replies leave with $own, with the rule with $BASE; told, changed, taken away"
}

# redirected_replies: box sends what could be an answer, in both families.
redirected_replies() {
	in_ns box python3 - <<-END
		import socket
		for family, source, to in ((socket.AF_INET, "$VIP", "10.64.4.1"), (socket.AF_INET6, "$VIP6", "fd5a:0:0:1::1")):
		    s = socket.socket(family, socket.SOCK_DGRAM)
		    s.bind((source, 7777))
		    for _ in range(3):
		        s.sendto(b"x", (to, 9999))
	END
	sleep 0.3
}

# hooks NS: hooks of the module in IPv4's PRE_ROUTING, IPv6's, and ARP's input.
hooks() {
	local family
	for family in ip ip6 arp; do in_ns "$1" nft list hooks $family 2>/dev/null; done | grep -c '\[ssi_filter\]' || true
}

# Behind the rx_handler nothing passes, so nothing is registered there. The kernel tells by nfnetlink_hook.
only_where_needed() {
	modprobe nfnetlink_hook 2>/dev/null || {
		echo "this kernel does not tell its hooks"
		return
	}
	same "hooks at first" 0 "$(hooks n0)"
	in_ns n0 ssictl cluster add c --dev eth0 --vip $VIP/32 --rank 0 --nodes 2 --hook rx-handler
	same "hooks beside the rx_handler" 0 "$(hooks n0)"
	in_ns n0 ssictl cluster del c
	in_ns n0 ssictl cluster add c --dev eth0 --vip $VIP/32 --rank 0 --nodes 2 --hook ingress
	same "hooks behind hook ingress" 3 "$(hooks n0)"
	same "hooks of another namespace" 0 "$(hooks n1)"
	in_ns n0 ssictl cluster add d --dev eth0 --vip 10.9.0.101/32 --rank 0 --nodes 2
	same "hooks with two clusters" 3 "$(hooks n0)"
	in_ns n0 ssictl cluster del c
	same "hooks with one of them" 3 "$(hooks n0)"
	in_ns n0 ssictl cluster del d
	same "hooks at last" 0 "$(hooks n0)"
	echo "rx-handler 0, ingress 3, none in other namespaces, none once the cluster is gone"
}

quiet_kernel
sysctl -q -w net.ipv6.neigh.default.gc_thresh{3,2,1}=32768
switch bridge
ip -n sw link set br0 type bridge mcast_snooping 0
nodes 2
client
ip -n cl addr add fd5a::ffff/64 dev eth0 nodad
ip -n cl route add local fd5a:0:0:1::/64 dev lo
in_ns cl sysctl -q -w net.ipv6.ip_nonlocal_bind=1
both connected
ip -n cl route add 10.8.0.0/24 via 10.9.0.2
# The other interface of n1, and a container behind a bridge of its own.
namespace cl2 box
ip -n n1 link add eth1 type veth peer name eth0 netns cl2
ip -n n1 link add docker0 type bridge
ip -n n1 link add box0 type veth peer name eth0 netns box
ip -n n1 -batch - <<-END
	link set box0 master docker0
	link set box0 up
	link set docker0 up
	link set eth1 up
	addr add 10.8.0.1/24 dev eth1
	addr add fd58::1/64 dev eth1 nodad
	addr add 10.7.0.1/24 dev docker0
	addr add fd57::1/64 dev docker0 nodad
END
for ns in cl2:8 box:7; do
	ip -n "${ns%:*}" -batch - <<-END
		link set eth0 up
		addr add 10.${ns#*:}.0.2/24 dev eth0
		addr add 10.${ns#*:}.0.3/24 dev eth0
		addr add fd5${ns#*:}::2/64 dev eth0 nodad
		addr add fd5${ns#*:}::3/64 dev eth0 nodad
		route add default via 10.${ns#*:}.0.1
		route add default via fd5${ns#*:}::1
	END
done
modprobe ssi_filter
modprobe -a ifb act_mirred cls_u32 sch_tbf 2>/dev/null || true
table "$WORK/table" 2
serve n0 n1

claim claim_4_gate_is_only_where_it_is_needed only_where_needed
claim claim_4_gate_judge_can_fail without_gate
claim claim_4_shaped_behind_hook_ingress by_ifb ingress
also claim_4_shaped_ahead_of_the_rx_handler by_ifb rx-handler
also claim_4_shaped_while_buckets_move follows_the_table
also claim_4_shaped_ends_with_the_lease ends_with_the_lease
also claim_4_gate_leaves_what_is_not_the_clusters exempt
also claim_4_shaped_at_a_port_of_a_bridge on_a_port
claim claim_4_redirected_to_hook_ingress redirected ingress
also claim_4_redirected_to_the_rx_handler redirected rx-handler
claim claim_9_what_leaves_by_redirect leaves_by_redirect
