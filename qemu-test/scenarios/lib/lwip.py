#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""lwip.py TAP SECONDS ADDRESS/LEN URL-HOST PATH OUT: fetches by HTTP with lwIP, a TCP/IP stack of its own, at the tap
interface TAP; Linux's stack has no part in it. Prints "MAC NODE STATUS SIZE": the MAC that lwIP keeps for an IPv4 host ("-"
for IPv6), the answering node, the status, and how many bytes it wrote to OUT. MAC and NODE are "-" where there is none."""

import ctypes
import ctypes.util
import ipaddress
import os
import socket
import struct
import sys
import threading

tap, patience, own, host, path, out = sys.argv[1:]
os.environ["PRECONFIGURED_TAPIF"] = tap
lwip = ctypes.CDLL(ctypes.util.find_library("lwip"))
own = ipaddress.ip_interface(own)
host = ipaddress.ip_address(host)

ADDRESS_PREFERRED = 0x30


def ip4(address):
    return ctypes.create_string_buffer(ipaddress.ip_address(address).packed, 64)


def ip6(address):
    """An ip6_addr_t: the address and a zone."""
    return ctypes.create_string_buffer(address.packed, 64)


class Netif:
    """The interface; its memory is larger than struct netif in any build."""

    def __init__(self):
        ready = threading.Event()
        begun = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _: ready.set())
        lwip.tcpip_init(begun, None)
        ready.wait()
        self.at = ctypes.create_string_buffer(65536)
        v4 = own.version == 4
        address, mask = (own.ip, own.netmask) if v4 else ("0.0.0.0", "0.0.0.0")
        lwip.sys_lock_tcpip_core()
        lwip.netif_add.restype = ctypes.c_void_p
        added = lwip.netif_add(
            self.at, ip4(address), ip4(mask), ip4("0.0.0.0"), None, lwip.tapif_init, lwip.tcpip_input
        )
        if not added:
            sys.exit(f"lwIP does not take {tap}")
        if not v4:
            index = ctypes.c_int8(-1)
            lwip.netif_create_ip6_linklocal_address(self.at, ctypes.c_uint8(1))
            lwip.netif_ip6_addr_set_state(self.at, ctypes.c_int8(0), ctypes.c_uint8(ADDRESS_PREFERRED))
            lwip.netif_add_ip6_address(self.at, ip6(own.ip), ctypes.byref(index))
            lwip.netif_ip6_addr_set_state(self.at, index, ctypes.c_uint8(ADDRESS_PREFERRED))
        lwip.netif_set_default(self.at)
        lwip.netif_set_up(self.at)
        lwip.netif_set_link_up(self.at)
        if not v4:
            # Its tap driver leaves that out, and nobody could solicit it.
            group = ipaddress.ip_address(int(ipaddress.ip_address("ff02::1:ff00:0")) | int(own.ip) & 0xFFFFFF)
            lwip.mld6_joingroup_netif(self.at, ip6(group))
        lwip.sys_unlock_tcpip_core()


def neighbour():
    """The MAC of the host in lwIP's ARP table."""
    found = "-"
    lwip.sys_lock_tcpip_core()
    for i in range(16):
        address, netif, mac = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        if not lwip.etharp_get_entry(
            ctypes.c_size_t(i), ctypes.byref(address), ctypes.byref(netif), ctypes.byref(mac)
        ):
            continue
        if ctypes.string_at(address, 4) == host.packed:
            found = ctypes.string_at(mac, 6).hex(":")
    lwip.sys_unlock_tcpip_core()
    return found


def fetch():
    if host.version == 4:
        family, to = socket.AF_INET, struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", 80, host.packed)
    else:
        family = socket.AF_INET6
        to = struct.pack("=H", family) + struct.pack("!HI16sI", 80, 0, host.packed, 0)
    s = lwip.lwip_socket(family, 1, 0)
    if s < 0 or lwip.lwip_connect(s, to, len(to)) != 0:
        return b""
    request = f"GET {path} HTTP/1.0\r\n\r\n".encode()
    lwip.lwip_write(s, request, ctypes.c_size_t(len(request)))
    got = []
    buf = ctypes.create_string_buffer(65536)
    lwip.lwip_read.restype = ctypes.c_ssize_t
    while (n := lwip.lwip_read(s, buf, ctypes.c_size_t(len(buf)))) > 0:
        got.append(buf.raw[:n])
    return b"".join(got)


def tell(answer):
    """The result; and no usual way out, since lwIP's threads go on."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    node = [line.split(": ")[1] for line in lines if line.lower().startswith("x-node:")]
    status = lines[0].split()[1] if len(lines[0].split()) > 1 else "-"
    with open(out, "wb") as f:
        f.write(body)
    print(neighbour() if host.version == 4 else "-", node[0] if node else "-", status, len(body), flush=True)
    os._exit(0)


def main():
    netif = Netif()
    # A connection that gets nowhere would wait for minutes.
    threading.Timer(float(patience), tell, [b""]).start()
    tell(fetch())
    del netif


main()
