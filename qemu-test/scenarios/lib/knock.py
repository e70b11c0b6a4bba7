#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Requests to a cluster that nobody waits for.

knock.py all VIP VIP6: a datagram and a ping from each of 6 clients of both families, 24 in all; the kernel sends them to
whatever MAC its neighbour table has.

knock.py tags VIP TAGS,MAC,CLIENT…: pings of 10.64.4.CLIENT, behind these tags of VLAN 0 ("8100 88a8"), to that MAC.
"""

import socket
import struct
import sys


def knock(vip, vip6):
    for family, to, clients, icmp, echo in (
        (socket.AF_INET, vip, "10.64.4.%d", socket.IPPROTO_ICMP, 8),
        (socket.AF_INET6, vip6, "fd5b::%d", socket.IPPROTO_ICMPV6, 128),
    ):
        for client in range(1, 7):
            for kind, port, data in ((0, 7000, b"who"), (icmp, 0, struct.pack("!BBHHH", echo, 0, 0, 0, 1) + b"frames12")):
                with socket.socket(family, socket.SOCK_DGRAM, kind) as sock:
                    sock.bind((clients % client, 0))
                    sock.sendto(data, (to, port))


def summed(data, at):
    """With the internet checksum at this place."""
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return data[:at] + struct.pack("!H", total) + data[at + 2 :]


def ping(vip, tags, mac, client):
    icmp = summed(struct.pack("!BBHHH", 8, 0, 0, 7, 1) + b"frames12", 2)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(icmp), 7, 0, 64, 1, 0)
    ip += bytes([10, 64, 4, int(client)]) + socket.inet_aton(vip)
    behind = b"".join(bytes.fromhex(kind) + struct.pack("!H", 0x6000) for kind in tags.split())
    head = bytes.fromhex(mac.replace(":", "") + "0a0000000001")
    return head + behind + b"\x08\x00" + summed(ip, 10) + icmp


if sys.argv[1] == "all":
    knock(*sys.argv[2:])
else:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind(("eth0", 0))
        for spec in sys.argv[3:]:
            raw.send(ping(sys.argv[2], *spec.split(",")))
