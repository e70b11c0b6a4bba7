#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 12 10
# How the module and its tools behave towards others on the machine: what they are told, what is left alone, who can end it.
#
#     n0 eth0 10.9.0.1 ── p0 ┐
#     n1 eth0 10.9.0.2 ── p1 ┤ sw: br0 ├ pc ── cl
. "$(dirname "$0")/lib/scenario.sh"

tidy_first() { after_failure; }

after_failure() {
	[[ ! -e $WORK/hider ]] || kill "$(cat "$WORK/hider")" 2>/dev/null
	ssictl cluster del --all-namespaces >/dev/null
	ip -n n0 addr flush to "$VIP/32" dev eth0
}


# In n0, with its own interfaces in /sys.
look() {
	in_ns n0 unshare --mount sh -c 'mount -t sysfs ssi /sys && exec "$@"' sh python3 "$(dirname "$0")/61-manners.py" "$1"
}

add() {
	in_ns "$1" ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank "${1#n}" --nodes 2 "${@:2}"
}

# bound NODE: its IPv4 and global IPv6 addresses.
bound() {
	ip -j -n "$1" addr show dev eth0 | jq -r '[.[0].addr_info[] | select(.scope != "link") | "\(.local)/\(.prefixlen)"] | sort | join(" ")'
}

# What the node had before a cluster used it, it has after it: bound by hand, with both families. What ssi bound goes, also
# by another process.
own_addresses() {
	local before vips=(--vip 10.9.0.1/16 --vip fd5a::1/64)
	before=$(bound n0)
	in_ns n0 ssictl cluster add own --dev eth0 "${vips[@]}" --vip "$VIP/32" --vip "$VIP6/128" --rank 0 --nodes 1
	same "bound by ssi" "10.9.0.100 fd5a::100" "$(ip -j -n n0 addr show dev eth0 | jq -r '[.[0].addr_info[] | select(.protocol == "0x5a").local] | sort | join(" ")')"
	in_ns n0 ssictl cluster set own "${vips[@]}"
	same "addresses without the cluster's" "$before" "$(bound n0)"
	in_ns n0 ssictl cluster set own "${vips[@]}" --vip "$VIP/32"
	in_ns n0 ssictl cluster del own
	same "addresses after the cluster" "$before" "$(bound n0)"
	# With the igmp form the group is bound, too; one that somebody else joined stays.
	in_ns n0 ip addr add 239.255.0.100/32 dev eth0 autojoin
	in_ns n0 ssictl cluster add own --dev eth0 --vip "$VIP/32" --rank 0 --nodes 1 --mac igmp --group 239.255.0.100
	in_ns n0 ssictl cluster del own
	same "with a group" "$(tr ' ' '\n' <<<"$before 239.255.0.100/32" | sort | paste -sd' ')" "$(bound n0)"
	ip -n n0 addr del 239.255.0.100/32 dev eth0
	echo "$before stay, before and after; ssi's own go"
}

# While there is a cluster the module stays, and its address is never claimed with the node's own MAC.
stays() {
	local said
	add n0 --master
	add n1
	said=$(rmmod ssi_filter 2>&1) && fail "unloaded with two clusters"
	[[ $said == *"is in use"* ]] || fail "$said"
	ask udp 10.64.4.0-10.64.4.63 udp >/dev/null
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json" >/dev/null
	in_ns n0 ssictl cluster del c
	refused rmmod ssi_filter
	in_ns n1 ssictl cluster del c
	rmmod ssi_filter
	modprobe ssi_filter
	echo "refused with two clusters and with one: $said"
}

# The end of an interface and of a namespace ends the hold.
released() {
	add n0
	ip -n n0 link del eth0
	rmmod ssi_filter
	modprobe ssi_filter
	plug n0 p0 "$(node_mac 0)" 10.9.0.1/16
	namespace gone
	in_ns gone ip link add d0 type dummy
	in_ns gone ip link set d0 up
	in_ns gone ssictl cluster add c --dev d0 --vip 192.0.2.10/32 --rank 0 --nodes 1
	refused rmmod ssi_filter
	ip netns del gone
	until_ok rmmod ssi_filter
	modprobe ssi_filter
	echo "by the interface's end, and by the namespace's"
}

# A namespace that nothing leads into has a cluster as well. Root sees all and takes all away; nobody else does.
everywhere() {
	local hidden numbers said
	mkfifo "$WORK/open"
	python3 "$(dirname "$0")/61-manners.py" hide <"$WORK/open" >"$WORK/hidden" &
	echo $! >"$WORK/hider"
	exec 8>"$WORK/open"
	until_ok test -s "$WORK/hidden"
	hidden=$(cat "$WORK/hidden")
	add n0
	add n1
	said=$(ssictl -j cluster show --all-namespaces)
	numbers=$(for ns in n0 n1; do echo "c $(stat -Lc %i /run/netns/$ns) /run/netns/$ns"; done; echo "hidden $hidden null")
	same "clusters of all namespaces" "$(sort <<<"$numbers")" "$(jq -r '.[] | "\(.name) \(.netns) \(.file)"' <<<"$said" | sort)"
	# An administrator of a namespace is not the machine's.
	said=$(unshare --user --map-root-user --net ssictl cluster del --all-namespaces 2>&1) && fail "a user removed all clusters"
	[[ $said == *"CAP_NET_ADMIN"* ]] || fail "$said"
	refused unshare --user --map-root-user --net ssictl cluster show --all-namespaces
	same "clusters still" 3 "$(ssictl -j cluster show --all-namespaces | jq length)"
	same "one of a name" 1 "$(ssictl -j cluster del hidden --all-namespaces 2>"$WORK/said" | jq length)"
	grep -q "nothing leads into network namespace $hidden" "$WORK/said" || fail "$(cat "$WORK/said")"
	same "all others" 2 "$(ssictl -j cluster del --all-namespaces | jq length)"
	! bound n0 | grep -q "$VIP" || fail "n0 has the address still"
	rmmod ssi_filter
	modprobe ssi_filter
	exec 8>&-
	wait "$(cat "$WORK/hider")"
	rm "$WORK/hider" "$WORK/open"
	echo "3 clusters seen and removed, one of them in a namespace that has neither name nor process"
}

# The key of a hash comes from a file, or by a pipe, and is in no command line.
seed_file() {
	local seed=000102030405060708090a0b0c0d0e0f said
	echo $seed >"$WORK/seed"
	chmod 600 "$WORK/seed"
	said=$(add n0 --hash siphash --hash-seed-file "$WORK/seed" 2>&1)
	same "told of a file that is the owner's alone" "" "$said"
	same "seed from a file" $seed "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0]."hash-seed"')"
	tac -rs .. "$WORK/seed" | tr -d '\n' >"$WORK/other"
	chmod 640 "$WORK/other"
	said=$(in_ns n0 ssictl cluster set c --hash siphash --hash-seed-file "$WORK/other" 2>&1)
	[[ $said == *"$WORK/other: there is a secret in it, and others than its owner may read it (mode 640)"* ]] || fail "not told: $said"
	same "seed from another" "$(cat "$WORK/other")" "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0]."hash-seed"')"
	in_ns n0 ssictl cluster set c --hash siphash --hash-seed-file - <"$WORK/seed"
	same "seed by a pipe" $seed "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0]."hash-seed"')"
	in_ns n0 ssictl cluster del c
	echo "from a file, from the standard input; a file that a group may read is told"
}

# The end of a lease empties the table, which makes the next one: a change that was meant for the one before is refused.
lapse_makes_the_next() {
	local said
	add n0 --function bitmap --buckets 16 --owned 0-7
	in_ns n0 ssictl table set c --buckets 16 --owned 0-7 --generation 7 --lease 300
	SHOWS=lapsed until_ok shown n0 true
	same "generation, owned" "8 none" "$(in_ns n0 ssictl -j table show c | jq -r '"\(.generation) \(.owned)"')"
	said=$(in_ns n0 ssictl cluster set c --owned 0-8 --generation 7 2>&1) && fail "a change for the table before was made"
	[[ $said == *"another generation"* ]] || fail "$said"
	in_ns n0 ssictl table set c --buckets 16 --owned 0-7 --generation 9
	same "generation, lapsed" "9 false" "$(in_ns n0 ssictl -j cluster show c | jq -r '.[0] | "\(.generation) \(.lapsed)"')"
	in_ns n0 ssictl cluster del c
	echo "7 became 8 when its lease ran out"
}

shown() {
	[[ $(in_ns "$1" ssictl -j cluster show c | jq -r ".[0].$SHOWS") == "$2" ]]
}

# reached ADDRESS…: the cluster's addresses answer a client behind the client host, which is a router to the nodes.
reached() {
	local vip
	for vip; do
		case $vip in
		*:*) in_ns cl ping -q -c 1 -W 1 -I 2001:db8:77::5 "$vip" >/dev/null || return 1 ;;
		*) in_ns cl ping -q -c 1 -W 1 -I 203.0.113.5 "$vip" >/dev/null || return 1 ;;
		esac
	done
}

# ours: what the node has for replies.
ours() {
	{
		in_ns n0 ip rule
		in_ns n0 ip -6 rule
	} | grep -E '^21331:' || true
	in_ns n0 ip route show table all proto 90
	in_ns n0 ip -6 route show table all proto 90
}

# The node's default route is by another interface, where nobody knows the client; and it checks where packets come from.
replies() {
	local n0 frames said gateways=(--gateway 10.9.1.1 --gateway fd5a::1:1)
	in_ns n0 sysctl -q -w net.ipv4.conf.all.rp_filter=1 net.ipv6.conf.all.keep_addr_on_down=1
	namespace far
	ip -n n0 link add eth1 type veth peer name eth0 netns far
	ip -n n0 -batch - <<-END
		addr add 10.200.0.1/24 dev eth1
		addr add fd5b::1/64 dev eth1 nodad
		link set eth1 up
	END
	ip -n far addr add 10.200.0.254/24 dev eth0
	ip -n far addr add fd5b::fe/64 dev eth0 nodad
	ip -n far link set eth0 up
	ip -n n0 route add default via 10.200.0.254
	ip -n n0 -6 route add default via fd5b::fe
	ip -n cl route add local 203.0.113.0/24 dev lo
	ip -n cl -6 addr add fd5a::1:1/64 dev eth0 nodad
	ip -n cl -6 addr add 2001:db8:77::5/128 dev lo

	in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --vip "$VIP6/64" --rank 0 --nodes 1 --master
	# What has waited for a neighbour there would leave later, too.
	in_ns n0 ping -q -c 1 10.200.0.254 >&2
	in_ns n0 ping -q -c 1 fd5b::fe >&2
	refused reached "$VIP"
	refused reached "$VIP6"
	background ssi-probe --netns far capture --dev eth0 --out "$WORK/far.pcapng"
	in_ns n0 ssictl cluster set c "${gateways[@]}"
	reached "$VIP" "$VIP6"
	to=$VIP:7000 ask tcp 203.0.113.0-203.0.113.15 remote
	same "answered" 16 "$(jq '[.sources[].answers.n0] | add' "$WORK/remote.json")"
	ssi-probe stop "$started"
	frames=$(tcpdump -nr "$WORK/far.pcapng" "host $VIP or host $VIP6" 2>/dev/null)
	same "frames about the cluster elsewhere" "" "$frames"

	# Kept: the interface goes down and comes back, and somebody takes a rule away.
	nsenter --net=/run/netns/n0 -- ssictl watch c >"$WORK/kept" &
	n0=$!
	until_ok hears n0 16
	ip -n n0 link set eth0 down
	ip -n n0 link set eth0 up
	until_ok reached "$VIP" "$VIP6"
	ip -n n0 rule del pref 21331
	until_ok reached "$VIP"
	grep -q 'rules by which replies leave eth0 were put right' "$WORK/kept" || fail "told: $(cat "$WORK/kept")"
	kill $n0
	wait $n0 || true

	# What is not ssi's stays, and is not gone over.
	in_ns n0 ssictl cluster del c
	same "left behind" "" "$(ours)"
	ip -n n0 rule add pref 21331 from 10.9.0.77 lookup 7
	said=$(in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 0 --nodes 1 "${gateways[@]:0:2}" 2>&1) && fail "beside another's rule"
	[[ $said == *"priority 21331 of ip rule has a rule that is not ssi's"* ]] || fail "$said"
	same "clusters" "[]" "$(in_ns n0 ssictl -j cluster show | jq -c .)"
	[[ $(ours) == *"from 10.9.0.77 lookup 7"* ]] || fail "it has gone"
	ip -n n0 rule del pref 21331
	said=$(in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 0 --nodes 1 "${gateways[@]}" 2>&1) && fail "a gateway of no family"
	[[ $said == *"no cluster address is IPv6"* ]] || fail "$said"
	echo "by eth0, with rp_filter=1 too: 16 clients by TCP, pings of both families; put back twice; nothing left behind"
}

quiet_kernel
switch bridge
nodes 2
ip -n n0 -6 addr add fd5a::1/64 dev eth0 nodad
client
modprobe ssi_filter
serve n0 n1
table "$WORK/table" 2

claim claim_7_events_say_their_group look group
claim claim_7_gone_when_told look after
claim claim_7_own_addresses_stay own_addresses
claim claim_7_module_stays_while_configured stays
claim claim_7_hold_ends_with_interface_and_namespace released
claim claim_7_root_ends_any_hold everywhere
claim claim_7_seed_from_a_file seed_file
claim claim_14_expiry_makes_the_next_generation lapse_makes_the_next
also claim_9_replies_leave_where_requests_come_in replies
