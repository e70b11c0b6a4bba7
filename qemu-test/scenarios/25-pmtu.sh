#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 6 45
# Path MTU discovery through a narrow link behind a router, in both families. The router's errors come from its own
# address, which is another node's bucket than the client's.
#
#     n0 n1 n2 eth0 ── sw br0 ── eth0 r1 ── MTU 1280 ── r2 ┬ 1500 ── getter: clients 10.65.0.0/24, fd65::/64
#     10.9.0.100, fd5a::100      10.9.1.50, fd5a::50       └ 1500 ── putter: clients 10.65.1.0/24, fd65:0:0:1::/64
#
# Both ends of a connection think that 1,500 bytes will do. Segmentation is left to the devices, as it is by default.
# A host that sends much learns the path's MTU and asks for small segments from then on: so those that fetch are another.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/nginx.sh"

tidy_first() { nginx_down n0 n1 n2; }

after_failure() {
	stop_all_probes
	remove_clusters
	hear_all_errors
}

# host_behind NAME I: the clients 10.65.I.0/24 and fd65:0:0:I::/64.
host_behind() {
	namespace "$1"
	ip -n r2 link add "$1" type veth peer name eth0 netns "$1"
	ip -n r2 -batch - <<-END
		addr add 10.67.$2.1/30 dev $1
		addr add fd67:0:0:$2::1/64 dev $1 nodad
		link set $1 up
		route add 10.65.$2.0/24 via 10.67.$2.2
	END
	ip -n "$1" -batch - <<-END
		addr add 10.67.$2.2/30 dev eth0
		addr add fd67:0:0:$2::2/64 dev eth0 nodad
		link set eth0 up
		route add default via 10.67.$2.1
		route add default via fd67:0:0:$2::1
		route add local 10.65.$2.0/24 dev lo
		route add local fd65:0:0:$2::/64 dev lo
	END
	ip -n r2 route add "fd65:0:0:$2::/64" via "fd67:0:0:$2::2"
	in_ns "$1" sysctl -q -w net.ipv6.ip_nonlocal_bind=1
}

routers() {
	local node
	namespace r1 r2
	for node in r1 r2; do in_ns $node sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; done
	plug r1 pr 0a:00:00:00:00:50 10.9.1.50/16
	ip -n r1 link add far mtu 1280 type veth peer name near mtu 1280 netns r2
	ip -n r2 -batch - <<-END
		addr add 10.66.0.2/30 dev near
		addr add fd66::2/64 dev near nodad
		link set near up
	END
	ip -n r1 -batch - <<-END
		addr add fd5a::50/64 dev eth0 nodad
		addr add 10.66.0.1/30 dev far
		addr add fd66::1/64 dev far nodad
		link set far up
		route add 10.65.0.0/16 via 10.66.0.2
		route add fd65::/16 via fd66::2
	END
	ip -n r2 route add 10.9.0.0/16 via 10.66.0.1
	ip -n r2 route add fd5a::/64 via fd66::1
	host_behind getter 0
	host_behind putter 1
	for node in n0 n1 n2; do
		# TCP's own search for the path's MTU would hide a lost error.
		in_ns $node sysctl -q -w net.ipv4.tcp_mtu_probing=0
		ip -n $node route add 10.65.0.0/16 via 10.9.1.50
		ip -n $node route add fd65::/16 via fd5a::50
	done
}

declare -A clients

# family 4|6: what differs, and which nodes have not the router's bucket.
family() {
	local node
	case $1 in
	4)
		vip=$VIP host=$VIP router=10.9.1.50
		clients=([getter]=10.65.0.1-10.65.0.60 [putter]=10.65.1.1-10.65.1.60)
		error='icmp[icmptype] == 3 and icmp[icmpcode] == 4' counter=IcmpInDestUnreachs
		flower=(protocol ip flower ip_proto icmp "type" 3 code 4)
		;;
	6)
		vip=$VIP6 host="[$VIP6]" router=fd5a::50
		clients=([getter]=fd65::1-fd65::60 [putter]=fd65:0:0:1::1-fd65:0:0:1::60)
		error='icmp6 and ip6[40] == 2' counter=Icmp6InPktTooBigs
		flower=(protocol ipv6 flower ip_proto icmpv6 "type" 2)
		;;
	esac
	routers_node=$(owner_of "$WORK/table" "$router")
	others=()
	for node in n0 n1 n2; do [[ $node == "$routers_node" ]] || others+=("$node"); done
}

# new_client NODE getter|putter: an address of this node's that no test has had, so that nobody knows the MTU of the path to it.
new_client() {
	touch "$WORK/used"
	client=$(ssi-probe owners --table "$WORK/table" "${clients[$2]}" | grep " $1\$" | cut -d' ' -f1 | grep -vxFf "$WORK/used" | head -n 1)
	[[ $client ]] || fail "no client is left for $1"
	echo "$client" >>"$WORK/used"
}

# heard NODE: errors of this kind that the node's stack got.
heard() {
	in_ns "$1" nstat -asz "$counter" | awk -v c="$counter" '$1 == c { print $2 }'
}

# request NODE getter|putter CURL-ARG…: by $client; the node is to answer.
request() {
	local node=$1 from=$2 said
	shift 2
	said=$(in_ns "$from" curl -sS --max-time 200 --interface "host!$client" -w '%header{x-node} %{http_code}' "$@")
	grep -qxE "$node 20[01]" <<<"$said" || fail "$client at $node: $said"
}

transfer() {
	local node sent got before=() i
	family "$1"
	for node in n0 n1 n2; do before+=("$(heard $node)"); done
	background ssi-probe --netns r1 capture --dev eth0 --both --out "$WORK/r1.pcapng"
	for node in "${others[@]}"; do
		new_client "$node" getter
		request "$node" getter -o "$WORK/got" "http://$host/object"
		cmp "$WORK/www/object" "$WORK/got" >&2
		new_client "$node" putter
		request "$node" putter -o /dev/null -T "$WORK/www/object" "http://$host/up/$client"
		cmp "$WORK/www/object" "$WORK/$node/up/$client" >&2
	done
	stop_all_probes
	sent=$(tcpdump -nr "$WORK/r1.pcapng" "src host $router and dst host $vip and $error" | wc -l)
	got=0
	for i in 0 1 2; do
		((before[i] = $(heard n$i) - before[i])) || true
		got=$((got + before[i]))
	done
	same "errors that $routers_node heard" 0 "${before[${routers_node#n}]}"
	for node in "${others[@]}"; do ((before[${node#n}] > 0)) || fail "$node was told nothing: nothing is shown"; done
	same "errors that nodes heard of those that the router sent" "$sent" "$got"
	tcpdump -nr "$WORK/r1.pcapng" "src host $vip and greater 3000" | grep -q . || fail "no frame was left to the devices to segment"
	told "$mode" r1
	echo "4 transfers of 1 MiB; $sent errors from $router, which is $routers_node's, went to ${others[*]} only"
}

# The switch gives the router's errors to the node that their own source names, and to no other: so would a cluster whose
# nodes looked at that.
errors_by_their_source() {
	local node
	for node in "${others[@]}"; do
		tc -n sw qdisc add dev "p${node#n}" clsact
		tc -n sw filter add dev "p${node#n}" egress "${flower[@]}" src_ip "$router" action drop
	done
}

hear_all_errors() {
	local i
	for i in 0 1 2; do tc -n sw qdisc del dev p$i clsact 2>/dev/null || true; done
}

# stuck NODE: its connection sends the same segment again and again, ever more slowly.
stuck() {
	in_ns "$1" ss -tinH state established "src $host" | grep -qE 'backoff:([3-9]|[1-9][0-9])'
}

stall() {
	local node _ downloading
	family "$1"
	node=${others[0]}
	new_client "$node" getter
	errors_by_their_source
	request "$node" getter -o "$WORK/got" "http://$host/object" &
	downloading=$!
	for _ in {1..600}; do
		! stuck "$node" || break
		kill -0 $downloading 2>/dev/null || fail "the transfer ended although the errors went astray"
		sleep 0.1
	done
	stuck "$node" || fail "no connection is stuck, and none has ended"
	in_ns "$node" ss -tin state established "src $host" >&2
	[[ ! -s $WORK/got ]] || (($(stat -c %s "$WORK/got") < 1048576)) || fail "all was there"
	hear_all_errors
	wait $downloading
	cmp "$WORK/www/object" "$WORK/got" >&2
	echo "stuck at $node until it heard $router"
}

# gives NODE OTHER: all that the node has goes to the other.
gives() {
	local from to
	from=$(in_ns "$1" ssictl -j table show c | jq -r .owned)
	to=$(in_ns "$2" ssictl -j table show c | jq -r .owned)
	in_ns "$1" ssictl table set c --buckets 3 --owned none
	in_ns "$2" ssictl table set c --buckets 3 --owned "$from,$to"
}

# connected HOST NODE: a connection of $client's to the node; then its bucket goes to another. What is written to
# ${held[1]} goes there, what comes back is in $WORK/answer.
connected() {
	local host=$1 node=$2 other=${others[1]}
	[[ $other != "$node" ]] || other=${others[0]}
	case $vip in
	*:*)
		ip -n "$host" -6 addr add "$client/128" dev lo
		ip -n "$host" -6 route replace default via "fd67:0:0:$host_number::1" src "$client"
		;;
	*) ip -n "$host" route replace default via "10.67.$host_number.1" src "$client" ;;
	esac
	coproc held { in_ns "$host" bash -c "exec 3<>/dev/tcp/$vip/80; cat <&3 >'$WORK/answer' & cat >&3; wait"; }
	until_ok established "$node"
	gives "$node" "$other"
}

# hang_up: the client has nothing more to say.
hang_up() {
	local to=${held[1]}
	exec {to}>&-
}

# answered BYTES: so many, and a header, have come.
answered() {
	(($(stat -c %s "$WORK/answer") > $1))
}

established() {
	in_ns "$1" ss -tnH state established | grep -qF "$client"
}

# A connection stays with the node that had its bucket, and the errors of the path find it there.
drained_errors() {
	local node=${others[0]} before
	family "$1"
	node=${others[0]} host_number=0
	new_client "$node" getter
	connected getter "$node"
	before=$(heard "$node")
	printf 'GET /object HTTP/1.0\r\n\r\n' >&"${held[1]}"
	until_ok answered 1048576
	hang_up
	tail -c 1048576 "$WORK/answer" | cmp "$WORK/www/object" >&2
	(($(heard "$node") > before)) || fail "$node was told nothing: nothing is shown"
	in_ns "$node" ssictl -j stats c | jq -e '.[0].stats["rx-draining"] > 0' >&2
	echo "1 MiB from $node, which had given the bucket away"
}

# Routers take a segment apart whose sender allows it: only its first part has ports.
drained_fragments() {
	local node whole
	family 4
	node=${others[0]} host_number=1
	new_client "$node" putter
	in_ns putter sysctl -q -w net.ipv4.ip_no_pmtu_disc=1
	connected putter "$node"
	whole=$(in_ns "$node" nstat -asz IpReasmOKs | awk '$1 == "IpReasmOKs" { print $2 }')
	{
		printf 'PUT /up/%s HTTP/1.0\r\nHost: c\r\nContent-Length: 1048576\r\n\r\n' "$client"
		cat "$WORK/www/object"
	} >&"${held[1]}"
	until_ok grep -q '^HTTP/1.1 201' "$WORK/answer"
	hang_up
	in_ns putter sysctl -q -w net.ipv4.ip_no_pmtu_disc=0
	cmp "$WORK/www/object" "$WORK/$node/up/$client" >&2
	whole=$(($(in_ns "$node" nstat -asz IpReasmOKs | awk '$1 == "IpReasmOKs" { print $2 }') - whole))
	((whole > 100)) || fail "only $whole segments came in parts: this shows nothing"
	echo "1 MiB to $node, which had given the bucket away; $whole segments came in parts"
}

quiet_kernel
switch bridge
nodes 3
both_families 3
routers
mkdir "$WORK/www"
dd if=/dev/urandom of="$WORK/www/object" bs=64k count=16 status=none
for node in n0 n1 n2; do nginx_up $node; done
modprobe ssi_filter
table "$WORK/table" 3

# in_a MODE FUNCTION FAMILY
in_a() {
	mode=$1
	rm -f "$WORK/got"
	in_mode "$mode" "$WORK/table" "$2" "$3"
}

claim claim_8_pmtu_ipv4 in_a multicast transfer 4
also claim_8_pmtu_ipv6 in_a multicast transfer 6
also claim_8_pmtu_ipv4_forward_all in_a forward-all transfer 4
also claim_8_pmtu_ipv6_forward_all in_a forward-all transfer 6
also claim_8_pmtu_ipv4_forward_owner in_a forward-owner transfer 4
also claim_8_pmtu_ipv6_forward_owner in_a forward-owner transfer 6
also claim_14_errors_find_a_held_connection_ipv4 in_a multicast drained_errors 4
also claim_14_errors_find_a_held_connection_ipv6 in_a multicast drained_errors 6
also claim_14_parts_of_segments_find_a_held_connection in_a multicast drained_fragments 4
also claim_8_pmtu_stalls_if_errors_go_by_their_source_ipv4 in_a multicast stall 4
also claim_8_pmtu_stalls_if_errors_go_by_their_source_ipv6 in_a multicast stall 6
