#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 8 9
# IPsec in tunnel mode to the cluster: the node that has the bucket of the packet's sender deciphers it, and is the only one
# that has what was in it, whoever sent that.
#
#     n0 (master) n1 n2 eth0 ── p0 p1 p2 ┐
#     VIP 10.9.0.100, with the same keys ┤ sw: a learning bridge ├ pc ── eth0 10.9.1.1 cl, a gateway of 10.64.4.0/24
. "$(dirname "$0")/lib/scenario.sh"

after_failure() {
	remove_clusters
}

GATEWAY=10.9.1.1 INNER=10.64.4.0/24
key=0x00112233445566778899aabbccddeeff00112233

# sa NS SOURCE DESTINATION SPI: one direction.
sa() {
	ip -n "$1" xfrm state add src "$2" dst "$3" proto esp spi "$4" reqid 7 mode tunnel replay-window 32 \
		aead 'rfc4106(gcm(aes))' $key 128 sel src 0.0.0.0/0 dst 0.0.0.0/0
}

# policy NS in|out SOURCE DESTINATION FROM TO: what goes from SOURCE to DESTINATION goes in a tunnel.
policy() {
	ip -n "$1" xfrm policy add dir "$2" src "$3" dst "$4" tmpl src "$5" dst "$6" proto esp reqid 7 mode tunnel
}

tunnels() {
	local ns
	for ns in cl n0 n1 n2; do
		sa $ns $GATEWAY "$VIP" 0x100
		sa $ns "$VIP" $GATEWAY 0x200
	done
	policy cl out $INNER "$VIP/32" $GATEWAY "$VIP"
	policy cl in "$VIP/32" $INNER "$VIP" $GATEWAY
	for ns in n0 n1 n2; do
		policy $ns in $INNER "$VIP/32" $GATEWAY "$VIP"
		policy $ns out "$VIP/32" $INNER "$VIP" $GATEWAY
	done
}

# served NODE: datagrams that its kernel has deciphered.
deciphered() {
	ip -n "$1" -s xfrm state get src $GATEWAY dst "$VIP" proto esp spi 0x100 | grep -A1 'lifetime current' |
		grep -o '[0-9]*(packets)' | grep -o '[0-9]*'
}

# Clients of all buckets behind one gateway, whose own bucket one node has.
behind_a_gateway() {
	local i node owner counts said
	for i in 0 1 2; do
		in_ns n$i ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank $i --nodes 3 --hook "$1"
	done
	in_ns n0 ssictl cluster set c --master on
	owner=n$(((10 * 16777216 + 9 * 65536 + 256 + 1) % 3))
	for i in 1 2 3 4 5 6; do
		said=$(in_ns cl ping -c 3 -i 0.2 -W 20 -I 10.64.4.$i "$VIP") || fail "10.64.4.$i: no answer"
		grep -q '3 received' <<<"$said" || fail "10.64.4.$i: $said"
		! grep -q DUP <<<"$said" || fail "10.64.4.$i: two answers"
	done
	for node in n0 n1 n2; do
		counts=$(deciphered $node)
		[[ $node == "$owner" ]] && continue
		same "packets that $node deciphered" 0 "$counts"
	done
	(($(deciphered $owner) >= 18)) || fail "$owner has deciphered $(deciphered $owner) of 18"
	# What comes without the tunnel is decided by its own sender, and each is answered once.
	for i in 1 2 3 4 5 6; do
		said=$(in_ns cl ping -c 2 -i 0.2 -W 20 -I 10.64.5.$i "$VIP") || fail "10.64.5.$i: no answer"
		! grep -q DUP <<<"$said" || fail "10.64.5.$i: two answers"
	done
	clusters_down n0 n1 n2
	echo "6 clients of all buckets by one gateway: answered once each, by $owner"
}

quiet_kernel
switch bridge
nodes 3
client
tunnels
modprobe ssi_filter

claim claim_8_ipsec_tunnel_rx_handler behind_a_gateway rx-handler
also claim_8_ipsec_tunnel_ingress behind_a_gateway ingress
