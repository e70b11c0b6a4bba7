#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Frames that pktgen does not make, in hexadecimal, and a TCP connection to take segments from.

    frames.py list             NAME=HEX for each kind
    frames.py connect DEV MAC  listens on the cluster's address, shakes hands with itself by DEV, prints a segment
                               of the connection that acknowledges what was acknowledged before, and stays
"""

import socket
import struct
import sys
import time

NODE = bytes.fromhex("060000000001")
CLIENT = bytes.fromhex("0a0000000001")
GROUP = bytes.fromhex("035a0a090001")
BASE = bytes.fromhex("025a0a090001")
STRAY = bytes.fromhex("021122334455")
VIP, VIP6 = "10.9.0.1", "fd5a::1"
CLIENT4, CLIENT6 = "10.9.0.100", "fd5a::100"
PORT = 7000


def total(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while n >> 16:
        n = (n & 0xFFFF) + (n >> 16)
    return ~n & 0xFFFF


def ethernet(to, protocol, packet):
    return (to + CLIENT + struct.pack("!H", protocol) + packet).ljust(60, b"\0")


def ip4(to, protocol, payload, source=CLIENT4):
    ends = socket.inet_aton(source) + socket.inet_aton(VIP)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + ends
    return ethernet(to, 0x0800, head[:10] + struct.pack("!H", total(head)) + head[12:] + payload)


def ip6(to, destination, protocol, payload, hops=64):
    ends = socket.inet_pton(socket.AF_INET6, CLIENT6) + socket.inet_pton(socket.AF_INET6, destination)
    return ethernet(to, 0x86DD, struct.pack("!IHBB", 6 << 28, len(payload), protocol, hops) + ends + payload)


def tcp(to, port, flags, sequence, ack, client=CLIENT4):
    head = struct.pack("!HHIIBBHHH", port, PORT, sequence, ack, 0x50, flags, 64240, 0, 0)
    ends = socket.inet_aton(client) + socket.inet_aton(VIP)
    check = total(ends + struct.pack("!HH", 6, len(head)) + head)
    return ip4(to, 6, head[:16] + struct.pack("!H", check) + head[18:], client)


def udp6(to):
    return ip6(to, VIP6, 17, struct.pack("!HHHH", 9, 9, 8, 0xFFFF))


def arp(target):
    packet = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + CLIENT + socket.inet_aton(CLIENT4)
    return ethernet(b"\xff" * 6, 0x0806, packet + bytes(6) + socket.inet_aton(target))


def solicitation(target):
    address = socket.inet_pton(socket.AF_INET6, target)
    group = "ff02::1:ff" + target_tail(address)
    ends = socket.inet_pton(socket.AF_INET6, CLIENT6) + socket.inet_pton(socket.AF_INET6, group)
    message = struct.pack("!BBHI", 135, 0, 0, 0) + address + b"\1\1" + CLIENT
    check = total(ends + struct.pack("!II", len(message), 58) + message)
    message = message[:2] + struct.pack("!H", check) + message[4:]
    return ip6(b"\x33\x33\xff" + address[13:], group, 58, message, 255)


def target_tail(address):
    return f"{address[13]:02x}:{address[14]:02x}{address[15]:02x}"


def frames():
    return {
        "TCP_STRAY": tcp(STRAY, 4000, 0x10, 1, 1),
        "TCP_UNKNOWN": tcp(GROUP, 4000, 0x10, 1, 1),
        # Of a client whose bucket rank 0 of three has.
        "TCP_MINE": tcp(GROUP, 4000, 0x10, 1, 1, "10.9.0.98"),
        "SYN_GROUP": tcp(GROUP, 4000, 0x02, 1, 0),
        "UDP6_STRAY": udp6(STRAY),
        "UDP6_GROUP": udp6(GROUP),
        "ARP_VIP": arp(VIP),
        "ARP_NOBODY": arp("10.9.0.77"),
        "NS_VIP": solicitation(VIP6),
        "NS_NOBODY": solicitation("fd5a::77"),
    }


def connect(dev, to):
    listener = socket.create_server((VIP, PORT))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    wire.bind((dev, 0x0800))
    wire.settimeout(60)
    wire.send(tcp(to, 5000, 0x02, 999, 0))
    while True:
        answer = wire.recv(2000)
        if answer[23] == 6 and answer[47] == 0x12:
            break
    (theirs,) = struct.unpack("!I", answer[38:42])
    wire.send(tcp(to, 5000, 0x10, 1000, theirs + 1 & 0xFFFFFFFF))
    for kind, mac in (("KERNEL", NODE), ("GROUP", GROUP)):
        print(f"TCP_{kind}={tcp(mac, 5000, 0x10, 1000, theirs + 1 & 0xFFFFFFFF).hex()}")
    sys.stdout.close()
    wire.close()
    time.sleep(1e6)
    listener.close()


if sys.argv[1] == "list":
    for name, frame in frames().items():
        print(f"{name}={frame.hex()}")
else:
    connect(sys.argv[2], bytes.fromhex(sys.argv[3].replace(":", "")))
