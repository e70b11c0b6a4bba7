#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""idle.py serve PORT: takes connections, says nothing, and asks nobody for a sign of life.
idle.py wait SOURCE ADDRESS PORT: connects and only reads. Prints "connected", and then the time in milliseconds and how it ended."""

import socket
import sys
import time

IPV6_FREEBIND = 78


def serve(port):
    listener = socket.create_server(("", int(port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
    taken = []
    while True:
        taken.append(listener.accept())


def wait(source, address, port):
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if ":" in address:
        # One of a network that is a local route, and no address of an interface.
        connection.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    connection.bind((source, 0))
    connection.connect((address, int(port)))
    print("connected", flush=True)
    try:
        how = "data" if connection.recv(1) else "closed"
    except ConnectionResetError:
        how = "reset"
    print(int(time.time() * 1000), how, flush=True)


{"serve": serve, "wait": wait}[sys.argv[1]](*sys.argv[2:])
