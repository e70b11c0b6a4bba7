#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""echo.py PORT ADDRESS…: sends back whatever datagram comes."""

import select
import socket
import sys

socks = []
for address in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    socks.append(socket.socket(family, socket.SOCK_DGRAM))
    socks[-1].bind((address, int(sys.argv[1])))
print("ready", flush=True)
while True:
    for one in select.select(socks, [], [])[0]:
        one.sendto(*one.recvfrom(2000))
