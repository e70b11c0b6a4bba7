# SPDX-License-Identifier: GPL-2.0-only
"""What the rows are. A row's name is stable: JSON, CI and plots know it by that."""

import statistics
from typing import NamedTuple

import lanes

# How the packets come to where they are measured, which is a part of each figure.
RECEIVED = "received"  # pktgen netif_receive, 64 at a time, pktgen keeps its share of the buffer
UNSHARED = "unshared"  # the same, one at a time, a new buffer each
OVER_VETH = "over veth"  # pktgen start_xmit into the other end of the veth pair
BY_SOCKET = "by socket"  # a packet socket sends into the other end of the veth pair
SENT = "sent"  # pktgen queue_xmit through a dummy device


class Row(NamedTuple):
    name: str
    how: str
    who: str  # kernel, ssi, or the peer
    what: str
    base: str | None = None  # the row whose figure is taken off to tell what this one adds


def _three(who, name, what, prefix="", how=RECEIVED):
    yield Row(f"{prefix}{name}-drop", how, who, f"{what}: another node's frame", f"{prefix}kernel-stray")
    yield Row(f"{prefix}{name}-accept", how, who, f"{what}: frame of an owned bucket", f"{prefix}kernel-accept")
    yield Row(f"{prefix}{name}-bystander", how, who, f"{what}: frame that is not the cluster's", f"{prefix}kernel-stray")


ROWS = [
    Row("kernel-stray", RECEIVED, "kernel", "kernel alone: another host's frame"),
    Row("kernel-accept", RECEIVED, "kernel", "kernel alone: frame for a local address, no socket"),
    *_three("ssi", "rx-handler", "rx_handler"),
    *_three("ssi", "ingress", "ingress hook"),
    Row("gate-own", RECEIVED, "ssi", "ingress hook and the gate behind it: frame to the node's own MAC", "kernel-accept"),
    *(
        Row(f"{key}-{name}", RECEIVED, "ssi", f"{what}: {frame}", f"kernel-{base}")
        for key, what in (("hashed", "hash siphash"), ("by-port", "key source-port"), ("by-prefix", "key prefix"))
        for name, frame, base in (
            ("drop", "another node's frame", "stray"),
            ("accept", "frame of an owned bucket", "accept"),
        )
    ),
    *_three("tc-bpf", "tc-bpf", "tc clsact, eBPF, saddr mod 3"),
    *_three("tc", "tc-u32", "tc u32, saddr's low bits"),
    Row("nft-bare-drop", RECEIVED, "nft", "nft ingress, bare drop", "kernel-stray"),
    *_three("nft", "nft-jhash", "nft ingress, jhash mod 3"),
    *_three("xt_cluster", "xt-cluster", "iptables, xt_cluster"),
    Row("kernel-send", SENT, "kernel", "kernel alone: frame leaves by a dummy device"),
    Row("egress-vip", SENT, "ssi", "frame from a cluster address", "kernel-send"),
    Row("egress-other", SENT, "ssi", "frame from another address", "kernel-send"),
    Row("nft-egress-vip", SENT, "nft", "nft egress sets the MAC: from a cluster address", "kernel-send"),
    Row("nft-egress-other", SENT, "nft", "nft egress: from another address", "kernel-send"),
    Row("tc-egress-vip", SENT, "tc", "tc flower and skbmod: from a cluster address", "kernel-send"),
    Row("tc-egress-other", SENT, "tc", "tc flower: from another address", "kernel-send"),
    Row("veth-kernel-stray", OVER_VETH, "kernel", "kernel alone: another host's frame"),
    Row("veth-kernel-accept", OVER_VETH, "kernel", "kernel alone: frame for a local address, no socket"),
    *_three("ssi", "rx-handler", "rx_handler", "veth-", OVER_VETH),
    *_three("ssi", "ingress", "ingress hook", "veth-", OVER_VETH),
    Row("veth-tc-bpf-drop", OVER_VETH, "tc-bpf", "tc clsact, eBPF: another node's frame", "veth-kernel-stray"),
    Row("veth-nft-bare-drop", OVER_VETH, "nft", "nft ingress, bare drop", "veth-kernel-stray"),
    Row("veth-nft-jhash-drop", OVER_VETH, "nft", "nft ingress, jhash: another node's frame", "veth-kernel-stray"),
    Row("veth-xt-cluster-drop", OVER_VETH, "xt_cluster", "xt_cluster: another node's frame", "veth-kernel-stray"),
    *_three("xdp", "xdp", "XDP native", "veth-", OVER_VETH),
    Row("unshared-stray", UNSHARED, "kernel", "kernel alone: another host's frame"),
    Row("unshared-drop", UNSHARED, "ssi", "another node's frame", "unshared-stray"),
    Row("forward-all", UNSHARED, "ssi", "mode forward: sent on to all nodes", "unshared-stray"),
    Row("forward-owner", UNSHARED, "ssi", "mode forward: sent on to the owner", "unshared-stray"),
    Row("wire-stray", BY_SOCKET, "kernel", "kernel alone: another host's TCP segment"),
    Row("drop-tcp", BY_SOCKET, "ssi", "TCP segment in another node's bucket", "wire-stray"),
    Row("adopt-miss", BY_SOCKET, "ssi", "adopted bucket: segment of a connection elsewhere", "wire-stray"),
    Row("wire-kernel-tcp", BY_SOCKET, "kernel", "kernel alone: segment of a connection here"),
    Row("tcp-owned", BY_SOCKET, "ssi", "owned bucket: segment of a connection here", "wire-kernel-tcp"),
    Row("drain-hit", BY_SOCKET, "ssi", "draining bucket: segment of a connection here", "wire-kernel-tcp"),
    Row("wire-stray6", BY_SOCKET, "kernel", "kernel alone: another host's IPv6 packet"),
    Row("drop-udp6", BY_SOCKET, "ssi", "IPv6 packet in another node's bucket", "wire-stray6"),
    Row("wire-kernel-arp", BY_SOCKET, "kernel", "kernel alone: ARP for an own address, answered"),
    Row("arp-answered", BY_SOCKET, "ssi", "ARP for a cluster address, answered by the master", "wire-kernel-arp"),
    Row("wire-kernel-arp-other", BY_SOCKET, "kernel", "kernel alone: ARP for another's address"),
    Row("arp-ignored", BY_SOCKET, "ssi", "ARP for a cluster address, ignored by the others", "wire-kernel-arp-other"),
    Row("arp-other", BY_SOCKET, "ssi", "ARP for another address", "wire-kernel-arp-other"),
    Row("wire-kernel-ns", BY_SOCKET, "kernel", "kernel alone: NS for an own address, answered"),
    Row("ns-answered", BY_SOCKET, "ssi", "NS for a cluster address, answered by the master", "wire-kernel-ns"),
    Row("wire-kernel-ns-other", BY_SOCKET, "kernel", "kernel alone: NS for another's address"),
    Row("ns-ignored", BY_SOCKET, "ssi", "NS for a cluster address, ignored by the others", "wire-kernel-ns-other"),
    Row("ns-other", BY_SOCKET, "ssi", "NS for another address", "wire-kernel-ns-other"),
]

# What CI guards: quick.
QUICK = [
    *("kernel-stray", "kernel-accept", "kernel-send", "rx-handler-drop", "rx-handler-bystander", "rx-handler-accept"),
    *("ingress-drop", "ingress-bystander", "ingress-accept", "gate-own", "egress-vip", "egress-other"),
]


def _of(figures, base):
    """Medians, and what they are more than the base's, round by round: both met the same noise."""
    return {
        "figure": round(statistics.median(figures), 1),
        "added": round(statistics.median(f - b for f, b in zip(figures, base)), 1) if base else None,
        "ratio": round(statistics.median(f / b for f, b in zip(figures, base)), 3) if base else None,
        "rounds": figures,
    }


def measured(in_lanes, count, rounds):
    """The part "rows" of the results."""
    figures = {}
    if "icount" in in_lanes:
        figures["instructions"] = lanes.figures("icount", "all.sh", COUNT=count)
    if "native" in in_lanes:
        figures["nanoseconds"] = lanes.figures("native", "all.sh", ROUNDS=rounds, **lanes.NATIVE)
    result = []
    for row in ROWS:
        entry = row._asdict()
        for unit, of in figures.items():
            entry[unit] = _of(of[row.name], of.get(row.base)) if row.name in of else None
        result.append(entry)
    return {"rows": result}
