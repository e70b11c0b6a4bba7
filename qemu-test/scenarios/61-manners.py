# SPDX-License-Identifier: GPL-2.0-only
"""Looks at what the module tells by netlink sockets of its own. 61-manners.py VERB, in the namespace at stake."""

import ctypes
import os
import socket
import struct
import subprocess
import sys

GENERIC, CONTROLLER = 16, 16
CLUSTER_DEL_NTF = 11
PKTINFO, ADD_MEMBERSHIP, SOL_NETLINK = 3, 1, 270
CLONE_NEWNET = 0x40000000


def attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        found.setdefault(kind & 0x3fff, []).append(data[4:length])
        data = data[(length + 3) & ~3:]
    return found


def lookup():
    """The family's number, and that of its group."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC) as sock:
        name = b"ssi\0"
        attribute = struct.pack("HH", 4 + len(name), 2) + name
        body = struct.pack("BBH", 3, 1, 0) + attribute
        sock.send(struct.pack("IHHII", 16 + len(body), CONTROLLER, 1, 1, 0) + body)
        reply = attributes(sock.recv(65536)[20:])
        groups = attributes(reply[7][0])
        ids = [attributes(group[0]) for group in groups.values()]
        return struct.unpack("H", reply[1][0])[0], {group[1][0].rstrip(b"\0"): struct.unpack("I", group[2][0])[0] for group in ids}


def listener():
    family, groups = lookup()
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
    sock.bind((0, 0))
    sock.setsockopt(SOL_NETLINK, PKTINFO, 1)
    sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, groups[b"events"])
    sock.settimeout(20)
    return sock, family, groups[b"events"]


def ssictl(*words):
    subprocess.run(["ssictl", *words], check=True)


def group():
    """Each event says which group it is of."""
    sock, family, number = listener()
    ssictl("cluster", "add", "g", "--dev", "eth0", "--vip", "10.9.0.100/32", "--rank", "0", "--nodes", "3")
    ssictl("cluster", "set", "g", "--nodes", "4")
    ssictl("cluster", "del", "g")
    for _ in range(3):
        data, ancillary, _, address = sock.recvmsg(65536, 64)
        told = [struct.unpack("I", value[:4])[0] for level, kind, value in ancillary if (level, kind) == (SOL_NETLINK, PKTINFO)]
        if struct.unpack_from("H", data, 4)[0] != family:
            sys.exit("a message of another family")
        if address != (0, 1 << number - 1 & 0xffffffff) or told != [number]:
            sys.exit(f"the event is of group {told}, mask {address[1]:#x}; the group is {number}")
    print(f"3 events of group {number}, by address and by ancillary data")


def after():
    """When an event says that a cluster is gone it is: nothing of it is to be seen, also by who takes no lock."""
    times = 8
    sock, family, _ = listener()
    for _ in range(times):
        ssictl("cluster", "add", "g", "--dev", "eth0", "--vip", "10.9.0.100/32", "--rank", "0", "--nodes", "3")
        with subprocess.Popen(["ssictl", "cluster", "del", "g"]) as asking:
            while True:
                data = sock.recv(65536)
                if struct.unpack_from("H", data, 4)[0] == family and data[16] == CLUSTER_DEL_NTF:
                    break
            if os.path.exists("/sys/class/net/eth0/ssi-g"):
                sys.exit("the event came before the cluster was gone")
            if asking.wait():
                sys.exit("not removed")
    print(f"of {times} clusters nothing was left when their end was told")


def hide():
    """Makes a namespace with a cluster that only a socket of this process holds, and waits for its input to end."""
    with open("/proc/self/ns/net", "rb") as home:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET):
            sys.exit("no namespace")
        number = os.stat("/proc/self/ns/net").st_ino
        for words in ("ip link add d0 type dummy", "ip link set d0 up",
                      "ssictl cluster add hidden --dev d0 --vip 192.0.2.10/32 --rank 0 --nodes 1"):
            subprocess.run(words.split(), check=True)
        kept = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
        if libc.setns(home.fileno(), CLONE_NEWNET):
            sys.exit("no way back")
    print(number, flush=True)
    sys.stdin.read()
    kept.close()


{"group": group, "after": after, "hide": hide}[sys.argv[1]]()
