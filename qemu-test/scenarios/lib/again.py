#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A client that crashes and is back from the same port, while its bucket moves from n0 to n1 and back.

again.py CLIENT VIP: in the namespaces n0, n1, cl and sw of lib/net.sh, cluster c with 16 buckets, all of them n0's. Tells
how many segments on the new connection each node sent.
"""

import os
import select
import socket
import subprocess
import sys
import time

CLIENT, VIP = sys.argv[1:3]
FAMILY = socket.AF_INET6 if ":" in VIP else socket.AF_INET
PORT, CRASHES, STAYS = 7001, 912, 913
TCP_REPAIR = 19  # A socket that is closed under repair says nothing.
IP_FREEBIND = 15


def into(name):
    fd = os.open("/run/netns/" + name, os.O_RDONLY)
    os.setns(fd, os.CLONE_NEWNET)
    os.close(fd)


def listener(node):
    into(node)
    sock = socket.socket(FAMILY, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    sock.bind((VIP, PORT))
    sock.listen(16)
    sock.settimeout(30)
    return sock


def connect(port):
    into("cl")
    sock = socket.socket(FAMILY, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(30)
    sock.bind((CLIENT, port))
    sock.connect((VIP, PORT))
    return sock


def talk(client, server, times=5):
    """Both ways, each of them once and again."""
    server.settimeout(30)
    for i in range(times):
        for one, other in ((client, server), (server, client)):
            said = b"%d\n" % i
            one.sendall(said)
            heard = other.recv(100)
            assert heard == said, (heard, said)
        time.sleep(0.05)


def owns(node, buckets):
    command = ["ssictl", "table", "set", "c", "--buckets", "16", "--owned", buckets]
    subprocess.run(["nsenter", "--net=/run/netns/" + node, "--"] + command, check=True)


def tap(port):
    """What comes in at a port of the switch, that is what its node sends."""
    into("sw")
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.bind((port, 3))
    return sock


def segments(sock):
    """Of the connection that crashed, from the cluster: how many are there."""
    count = 0
    header = 14 + (40 if FAMILY == socket.AF_INET6 else 20)
    while select.select([sock], [], [], 0)[0]:
        frame, of = sock.recvfrom(4096)
        if of[2] == socket.PACKET_OUTGOING or len(frame) < header + 20:
            continue
        kind = frame[20] if FAMILY == socket.AF_INET6 else frame[23]
        ports = frame[header : header + 4]
        is_it = ports == PORT.to_bytes(2, "big") + CRASHES.to_bytes(2, "big")
        count += is_it and kind == socket.IPPROTO_TCP
    return count


def crash(sock):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    sock.close()


def main():
    listeners = [listener("n0"), listener("n1")]
    crashes, at_n0 = connect(CRASHES), None
    at_n0, _ = listeners[0].accept()
    stays, stays_at = connect(STAYS), None
    stays_at, _ = listeners[0].accept()
    talk(crashes, at_n0)
    talk(stays, stays_at)
    owns("n0", "none")
    owns("n1", "all")
    talk(crashes, at_n0)
    crash(crashes)
    # What the clock of sequence numbers goes on meanwhile is more than a window.
    time.sleep(1)
    taps = [tap("p0"), tap("p1")]
    again = connect(CRASHES)
    at_n1, _ = listeners[1].accept()
    talk(again, at_n1)
    talk(stays, stays_at)
    first = [segments(one) for one in taps]
    # And back: the new owner has the old socket now.
    owns("n1", "none")
    owns("n0", "all")
    talk(again, at_n1)
    talk(stays, stays_at)
    again.shutdown(socket.SHUT_WR)
    assert at_n1.recv(10) == b""
    at_n1.close()
    assert again.recv(10) == b""
    time.sleep(0.3)
    second = [segments(one) for one in taps]
    print("n0 sent %d and %d, n1 %s" % (first[0], second[0], "some" if min(first[1], second[1]) > 0 else "none"))


main()
