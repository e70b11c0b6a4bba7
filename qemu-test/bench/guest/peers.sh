# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows of the others, each doing the same job by the rules in peers/. Clients are such that the peer's own function
# gives the first to this node and the second to another.

bystander() {
	receive "$STRAY" "$OTHER" 'dst_min 10.9.0.50' 'dst_max 10.9.0.50'
}

# judged NAME MINE OTHER [COUNTER]
judged() {
	row "$1-drop" "${4:-delivered}:0" receive "$GROUP" "$3"
	row "$1-accept" delivered:1 receive "$GROUP" "$2"
	row "$1-bystander" delivered:0 bystander
}

# attached_bpf PROGRAM: tc, direct action.
attached_bpf() {
	python3 "$PEERS"/bpf.py tc "$PEERS/$1" /sys/fs/bpf/tc VIP=0x0100090a NODES=3 RANK=0
	tc qdisc add dev v0 clsact
	tc filter add dev v0 ingress bpf direct-action object-pinned /sys/fs/bpf/tc
}

detached_bpf() {
	tc qdisc del dev v0 clsact
	rm /sys/fs/bpf/tc
}

nft_rows() {
	nft -f "$PEERS"/nft-drop.nft
	row nft-bare-drop delivered:0 receive "$GROUP" "$OTHER"
	row veth-nft-bare-drop delivered:0 over_veth "$GROUP" "$OTHER"
	nft flush ruleset
	nft -f "$PEERS"/nft-jhash.nft
	judged nft-jhash "$MINE_JHASH" "$OTHER_JHASH"
	row veth-nft-jhash-drop delivered:0 over_veth "$GROUP" "$OTHER_JHASH"
	nft flush ruleset
}

tc_rows() {
	attached_bpf tc-modulo.bpf
	judged tc-bpf "$MINE" "$OTHER"
	row veth-tc-bpf-drop delivered:0 over_veth "$GROUP" "$OTHER"
	detached_bpf
}

# By the address's lowest bits: 100 mod 4 is this node's.
u32_rows() {
	"$PEERS"/tc-u32.sh
	judged tc-u32 "$OTHER" "$MINE"
	tc qdisc del dev v0 clsact
}

# pktgen keeps its share of the buffer, which generic XDP does not take: over veth only.
xdp_rows() {
	python3 "$PEERS"/bpf.py xdp "$PEERS"/xdp-modulo.bpf /sys/fs/bpf/xdp VIP=0x0100090a NODES=3 RANK=0 MAC_A=6 MAC_B=0x100
	ip link set dev v0 xdpdrv pinned /sys/fs/bpf/xdp
	row veth-xdp-drop delivered:0 over_veth "$GROUP" "$OTHER"
	row veth-xdp-accept delivered:1 over_veth "$GROUP" "$MINE"
	row veth-xdp-bystander delivered:0 over_veth "$STRAY" "$OTHER" 'dst_min 10.9.0.50' 'dst_max 10.9.0.50'
	ip link set dev v0 xdpdrv off
	rm /sys/fs/bpf/xdp
}

xt_rows() {
	"$PEERS"/xt-cluster.sh
	judged xt-cluster "$MINE_JHASH" "$OTHER_JHASH"
	row veth-xt-cluster-drop delivered:0 over_veth "$GROUP" "$OTHER_JHASH"
	nft flush ruleset
}

peer_egress_rows() {
	nft -f "$PEERS"/nft-egress.nft
	row nft-egress-vip - send "$VIP"
	row nft-egress-other - send 10.9.0.7
	nft flush ruleset
	"$PEERS"/tc-egress.sh
	row tc-egress-vip - send "$VIP"
	row tc-egress-other - send 10.9.0.7
	tc qdisc del dev d0 clsact
}

# The kernel alone and the module over veth, which the peers' rows of that name are compared with.
veth_rows() {
	local hook
	row veth-kernel-stray delivered:0 over_veth "$STRAY" "$OTHER"
	local_vip on
	row veth-kernel-accept delivered:1 over_veth "$OWN" "$MINE"
	local_vip off
	modprobe ssi_filter
	for hook in rx-handler ingress; do
		cluster v0 --hook "$hook"
		row "veth-$hook-drop" rx-other:1 over_veth "$GROUP" "$OTHER"
		row "veth-$hook-accept" rx-served:1 over_veth "$GROUP" "$MINE"
		row "veth-$hook-bystander" rx-other:0 over_veth "$STRAY" "$OTHER"
		ssictl cluster del bench-v0
	done
	rmmod ssi_filter
}

peer_rows() {
	local_vip on
	nft_rows
	xt_rows
	u32_rows
	# User Mode Linux has no compiler for BPF; its interpreter is no fair peer.
	if [[ $SSI_LANE == stock ]]; then
		tc_rows
		xdp_rows
	fi
	local_vip off
	peer_egress_rows
}
