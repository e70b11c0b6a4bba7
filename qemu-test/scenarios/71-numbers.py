#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""For every integer attribute of every operation in the specification: the ends of its range, and pairs of attributes in
turn, each as a request of its own to a cluster that is there; after what is accepted a change follows. A machine that
panics tells no end. All in one process with messages of its own making: a client's start takes seconds on an emulated
processor, and each of its requests some milliseconds."""

import itertools
import os
import socket
import struct
import sys

import yaml

SPEC = "/usr/share/ynl/specs/ssi.yaml"
NESTED, ACK, DUMP, REQUEST = 1 << 15, 4, 0x300, 1
GENERIC, CONTROL, GETFAMILY = 16, 16, 3
NLMSG_ERROR, NLMSG_DONE = 2, 3
KINDS = {"u8": "=B", "u16": "=H", "u32": "=I", "u64": "=Q", "s8": "=b", "s16": "=h", "s32": "=i", "s64": "=q"}


def attribute(number, value):
    return struct.pack("=HH", 4 + len(value), number) + value + bytes(-len(value) % 4)


class Family:
    """A socket to a generic netlink family."""

    def __init__(self, spec):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
        self.socket.bind((0, 0))
        self.sets = {one["name"]: one["attributes"] for one in spec["attribute-sets"]}
        self.number, self.sent = CONTROL, 0
        _, answer = self.ask(GETFAMILY, attribute(2, spec["name"].encode() + b"\0"), 0)
        self.number = struct.unpack("=H", find(answer, 1))[0]

    def ask(self, command, body, flags):
        """The error (0: none), and the first answer's attributes."""
        self.sent += 1
        head = struct.pack("=IHHII", 20 + len(body), self.number, REQUEST | ACK | flags, self.sent, 0)
        self.socket.send(head + struct.pack("=BBH", command, 1, 0) + body)
        answer = b""
        while True:
            data = self.socket.recv(65536)
            while data:
                length, kind, _, number, _ = struct.unpack_from("=IHHII", data)
                if number == self.sent:
                    if kind in (NLMSG_ERROR, NLMSG_DONE):
                        return -struct.unpack_from("=i", data, 16)[0], answer
                    answer = answer or data[20:length]
                data = data[(length + 3) & ~3 :]


def find(body, wanted):
    while len(body) >= 4:
        length, number = struct.unpack_from("=HH", body)
        if number == wanted:
            return body[4:length]
        body = body[(length + 3) & ~3 :]
    sys.exit(f"no attribute {wanted} in an answer")


class Operations:
    """The operations, and what a request of each may have."""

    def __init__(self, spec):
        self.numbers, self.kinds = {}, {}
        for number, one in enumerate(next(s["attributes"] for s in spec["attribute-sets"] if s["name"] == "cluster"), 1):
            self.numbers[one["name"]], self.kinds[one["name"]] = number, one["type"]
        self.all = []
        for command, one in enumerate(spec["operations"]["list"], 1):
            for how in ("do", "dump"):
                if how in one and one.get("attribute-set") == "cluster":
                    request = one[how].get("request", {}).get("attributes", [])
                    self.all.append((one["name"], command, DUMP if how == "dump" else 0, request))
        self.commands = {name: command for name, command, _, _ in self.all}

    def integers(self, request):
        return [name for name in request if self.kinds[name] in KINDS]

    def body(self, given):
        nested = {name: NESTED if self.kinds[name] == "nest" else 0 for name in given}
        return b"".join(attribute(self.numbers[name] | nested[name], self.bytes(name, value)) for name, value in given.items())

    def bytes(self, name, value):
        if self.kinds[name] in KINDS:
            return struct.pack(KINDS[self.kinds[name]], value)
        if name == "vip":
            return attribute(1, socket.inet_aton(value))
        return value.encode() + b"\0" if isinstance(value, str) else value

    def ends(self, name):
        bits = 8 * struct.calcsize(KINDS[self.kinds[name]])
        most = (1 << (bits - 1 if self.kinds[name].startswith("s") else bits)) - 1
        return [0, 1, most - 1, most]


def bitmap(buckets, bits):
    """Of the first buckets, as long as the number of buckets wants it where that is one that there may be."""
    return bytes([bits]) + bytes(max(0, (min(buckets, 65536) + 7) // 8 - 1))


class Trial:
    """A cluster, and requests that are strange to it."""

    def __init__(self, spec):
        self.operations, self.family = Operations(spec), Family(spec)
        self.requests, self.accepted = 0, 0
        self.name = "numbers"

    def ask(self, operation, given, flags=0):
        self.requests += 1
        number = self.operations.commands[operation]
        error, _ = self.family.ask(number, self.operations.body({"name": self.name} | given), flags)
        self.accepted += error == 0
        return error

    def must(self, operation, given):
        if error := self.ask(operation, given):
            sys.exit(f"{operation} {given}: {os.strerror(error)}")

    def base(self, is_forward):
        common = {"node": 0, "nodes": 2, "function": 1, "buckets": 8, "vip": "10.9.0.100", "owned": b"\xff"}
        where = {"ifindex": socket.if_nametoindex("eth0")}
        if is_forward:
            where |= {"mode": 1, "forward-ifindex": socket.if_nametoindex("eth1")}
        return common | where

    def fresh(self, is_forward):
        self.ask("cluster-del", {})
        self.must("cluster-new", self.base(is_forward))

    def given(self, operation, is_forward):
        """What the operation wants so that one strange number is all that is strange."""
        if operation == "cluster-new":
            return self.base(is_forward)
        if operation == "table-set":
            return {"buckets": 8, "owned": b"\x0f", "generation": 1000}
        if operation == "settle":
            return {"settled": b"\xff"}
        return {}

    def one(self, operation, flags, given, is_forward):
        given = dict(given)
        if "owned" in given and "buckets" in given:
            given["owned"] = bitmap(given["buckets"], 1)
        error = self.ask(operation, given, flags)
        if error or flags or operation.endswith("-get"):
            return
        # What was taken has to bear what comes next.
        self.ask("lease-renew", {"lease": 1000})
        self.ask("table-get", {})
        self.ask("cluster-set", {"hash": 1, "hash-seed": bytes(16)})
        self.fresh(is_forward)

    def operation(self, name, flags, request, is_forward):
        base = self.given(name, is_forward)
        integers = self.operations.integers(request)
        if name == "cluster-new":
            self.ask("cluster-del", {})
        else:
            self.fresh(is_forward)
        for one in integers:
            for value in self.operations.ends(one):
                self.one(name, flags, base | {one: value}, is_forward)
        for one, other in itertools.combinations(integers, 2):
            # In turn: each end of the one meets each of the other over the attributes, not in each pair.
            for turn, value in enumerate(self.operations.ends(one)):
                other_ends = self.operations.ends(other)
                turn += integers.index(one) + integers.index(other)
                self.one(name, flags, base | {one: value, other: other_ends[turn % 4]}, is_forward)
        return len(integers)


with open(SPEC, encoding="ascii") as file:
    trial = Trial(yaml.safe_load(file))
seen = 0
for is_forward in (False, True):
    for name, _, flags, request in trial.operations.all:
        seen += trial.operation(name, flags, request, is_forward)
trial.ask("cluster-del", {})
if seen < 40 or trial.accepted < 100:
    sys.exit(f"only {seen} integers were tried, and {trial.accepted} requests of {trial.requests} taken")
print(f"{trial.requests} requests of {seen} integers of {len(trial.operations.all)} operations, {trial.accepted} of them taken")
