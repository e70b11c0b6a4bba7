#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""One client of many ports asks a cluster whose key is source-port, by a formula of its own.

ports.py TABLE CLIENT VIP ask      96 ports ask by UDP and by TCP, some by a datagram in fragments: each answer comes once,
                                   from the node that the port names, a datagram in fragments from the one that the
                                   address names
ports.py TABLE CLIENT VIP errors   errors of ICMP about datagrams to some ports, from a router
ports.py TABLE CLIENT VIP parts    TCP segments in two parts, from some ports
ports.py TABLE CLIENT VIP hold     connections from some ports, until the standard input ends

But for the first each prints how many each node is to serve.
"""

import json
import select
import socket
import struct
import sys
import time

PORTS = range(40000, 40192, 2)
SOME = PORTS[:24]
SERVICE, CLOSED = 7000, 7001
MASK = (1 << 64) - 1


def siphash(key, data):
    """SipHash-2-4, as its authors describe it."""
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turn(x, n):
        return (x << n | x >> 64 - n) & MASK

    def half(a, b, c, d, left, right):
        v[a], v[c] = (v[a] + v[b]) & MASK, (v[c] + v[d]) & MASK
        v[b], v[d] = turn(v[b], left) ^ v[a], turn(v[d], right) ^ v[c]
        v[a] = turn(v[a], 32)

    def rounds(n):
        for _ in range(n):
            half(0, 1, 2, 3, 13, 16)
            half(2, 1, 0, 3, 17, 21)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 255])
    for (m,) in struct.iter_unpack("<Q", padded):
        v[3] ^= m
        rounds(2)
        v[0] ^= m
    v[2] ^= 255
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


class Table:
    def __init__(self, path):
        with open(path) as file:
            table = json.load(file)
        self.buckets, self.key = table["buckets"], bytes.fromhex(table["siphash"])
        self.owner = {}
        for node, owned in table["owned"].items():
            for part in owned.split(","):
                first, _, last = part.partition("-")
                self.owner.update(dict.fromkeys(range(int(first), int(last or first) + 1), node))

    def node(self, address, port=None):
        data = socket.inet_aton(address) + (b"" if port is None else struct.pack("!H", port))
        return self.owner[(siphash(self.key, data) >> 32) % self.buckets]


def bound(kind, client, port):
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((client, port))
    return s


def datagrams(client, vip, ports, length):
    """Which nodes answer each port, all answers."""
    sockets = {bound(socket.SOCK_DGRAM, client, port): port for port in ports}
    answers = {port: [] for port in ports}
    for s, port in sockets.items():
        s.sendto(struct.pack("!Q", port) + bytes(length - 8), (vip, SERVICE))
    until, last = time.monotonic() + 20, None
    while (now := time.monotonic()) < (last or until):
        for s in select.select(list(sockets), [], [], 0.05)[0]:
            answer = s.recv(2048)
            port = sockets[s]
            if struct.unpack("!Q", answer[:8])[0] != port:
                sys.exit(f"port {port} got the answer of another")
            answers[port].append(answer[9:].decode())
        if last is None and all(answers.values()):
            # A second answer would be about as fast.
            last = now + 0.3
    for s in sockets:
        s.close()
    return answers


def connections(client, vip, ports):
    answers = {}
    for port in ports:
        with bound(socket.SOCK_STREAM, client, port) as s:
            s.settimeout(20)
            s.connect((vip, SERVICE))
            s.sendall(b"3\n")
            answer = b""
            while part := s.recv(100):
                answer += part
            answers[port] = [answer.split(b" ")[0].decode()]
    return answers


def judge(what, answers, expected):
    for port, nodes in answers.items():
        if nodes != [expected(port)]:
            sys.exit(f"{what} from port {port}: answered by {nodes}, not once by {expected(port)}")
    shares = [sum(nodes == [node] for nodes in answers.values()) for node in sorted({n for [n] in answers.values()})]
    print(f"{what}: {len(answers)} ports, of the nodes {shares}")
    return shares


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def ip(source, destination, protocol, payload, fragment=0, number=0):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number, fragment, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(destination)) + payload


def main():
    path, client, vip, verb = sys.argv[1:]
    table = Table(path)

    def by_port(port):
        return table.node(client, port)

    if verb == "ask":
        shares = judge("UDP", datagrams(client, vip, PORTS, 8), by_port)
        if len(shares) < 3 or min(shares) < 12:
            sys.exit("one address is not spread over the nodes")
        judge("TCP", connections(client, vip, PORTS), by_port)
        judge("UDP in fragments", datagrams(client, vip, SOME, 1900), lambda port: table.node(client))
        return
    served = dict.fromkeys(sorted(set(table.owner.values())), 0)
    for port in SOME:
        served[by_port(port)] += 1
    if verb == "hold":
        held = [bound(socket.SOCK_STREAM, client, port) for port in SOME]
        for s in held:
            s.settimeout(20)
            s.connect((vip, SERVICE))
        print(json.dumps(served, separators=(",", ":")), flush=True)
        sys.stdin.read()
        return
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for number, port in enumerate(SOME, 1):
        if verb == "errors":
            quoted = ip(vip, client, socket.IPPROTO_UDP, struct.pack("!HHHH", SERVICE, port, 8, 0))
            error = struct.pack("!BBHI", 3, 3, 0, 0) + quoted
            error = error[:2] + struct.pack("!H", checksum(error)) + error[4:]
            raw.sendto(ip("10.9.1.1", vip, socket.IPPROTO_ICMP, error), (vip, 0))
        else:
            tcp = struct.pack("!HHIIBBHHH", port, CLOSED, 1000, 0, 0x50, 2, 8192, 0, 0)
            pseudo = socket.inet_aton(client) + socket.inet_aton(vip) + struct.pack("!HH", socket.IPPROTO_TCP, len(tcp))
            tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
            raw.sendto(ip(client, vip, socket.IPPROTO_TCP, tcp[:16], 0x2000, number), (vip, 0))
            raw.sendto(ip(client, vip, socket.IPPROTO_TCP, tcp[16:], 2, number), (vip, 0))
    print(json.dumps(served, separators=(",", ":")))


main()
