#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""udp6.py serve NAME PORT: answers each datagram with NAME.
udp6.py ask ADDRESS PORT FIRST COUNT N [SHIFT]: one request from each of COUNT source addresses from FIRST on; the
answers are to come once each, from the node whose rank is the source address modulo N. Node n0 has rank SHIFT, n1 the
next, and so round."""

import ipaddress
import select
import socket
import sys
import time


def serve(name, port):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    # Answers leave from the address that was asked.
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    sock.bind(("::", int(port)))
    print("ready", flush=True)
    while True:
        data, ancillary, _, peer = sock.recvmsg(2048, 256)
        sock.sendmsg([name.encode() + b" " + data], ancillary, 0, peer)


def ask(address, port, first, count, nodes, shift=0):
    clients = {}
    for i in range(int(count)):
        source = ipaddress.IPv6Address(int(ipaddress.IPv6Address(first)) + i)
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.bind((str(source), 0))
        sock.sendto(b"?", (address, int(port)))
        clients[sock] = source
        time.sleep(0.002)
    answers = {source: [] for source in clients.values()}
    end = time.monotonic() + 10
    while time.monotonic() < end:
        readable = select.select(list(clients), [], [], 0.5)[0]
        for sock in readable:
            answers[clients[sock]].append(sock.recv(2048).split()[0].decode())
        # A moment of silence behind the last answer is for those too many.
        if not readable and all(answers.values()):
            break
    wrong = {s: a for s, a in answers.items() if a != [f"n{(int(s) - int(shift)) % int(nodes)}"]}
    if wrong:
        sys.exit(f"{len(wrong)} of {len(answers)} not answered once by the right node: {list(wrong.items())[:3]}")
    shares = sorted(sum(answers.values(), []))
    print(len(answers), "sources, " + ", ".join(f"{n} {shares.count(n)}" for n in sorted(set(shares))))


{"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:])
