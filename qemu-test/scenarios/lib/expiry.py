#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Whether a node serves anything new after its lease: the judge of 49-lease. Runs in the node's network namespace.

    expiry.py DEV VIP VIP6 MAC once CLIENT-CPU NODE-CPU MILLISECONDS
        The lease is given by NODE-CPU, so that this has its timer, and NODE-CPU stands still for so long from shortly before the
        lease's end on. Requests come by CLIENT-CPU all the time.
    expiry.py DEV VIP VIP6 MAC often TIMES SECONDS STOPS
        Leases end so often, in the midst of changes: of hash, number of buckets, number of nodes, master and of what is settled.
        No longer than so many seconds. In so many of them a CPU stands still.
    expiry.py DEV VIP VIP6 MAC longer CLIENT-CPU
        The node is given a longer lease than the judge knows of, who is to notice it.
    expiry.py DEV VIP VIP6 MAC slept CLIENT-CPU
        The machine sleeps in the midst of a lease, and wakes up when it has been over for seconds. The kernel itself wakes it, by
        its test of suspend: all devices and the second processor are off meanwhile, and the clocks that stop in a sleep stop.
    expiry.py DEV VIP VIP6 MAC steered CLIENT-CPU
        The clock that the lease is told by is made to go slower by a tenth. Stamps are by the raw clock, which nobody steers.

Requests are pings (both families), SYNs, datagrams to a port that nobody has, and ARP: what the kernel answers by itself. A
request is stamped by CLOCK_BOOTTIME before it is sent, and so came in no earlier; its answer when it is read. One that was sent
later than a lease's end and the bound, and whose answer was there before the next lease was asked for, is one too many. JSON goes to stdout; the status tells whether there was one too many.
"""

import bisect
import json
import multiprocessing
import os
import random
import socket
import struct
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
from steer import steer  # noqa: E402

BOUND = 2_000_000
MS = 1_000_000
POOL = 2048
CLIENT_MAC = bytes.fromhex("0a0000000001")
CLIENT, CLIENT6 = "10.9.1.1", "fd5a::fffe"
IGNORE_OUTGOING = 23


CLOCK = time.CLOCK_MONOTONIC_RAW if "steered" in sys.argv[1:] else time.CLOCK_BOOTTIME


def now():
    return time.clock_gettime_ns(CLOCK)


def total(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while n >> 16:
        n = (n & 0xFFFF) + (n >> 16)
    return ~n & 0xFFFF


class Requests:
    """Frames of each kind, and which one an answer is to."""

    def __init__(self, vip, vip6, mac):
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.vip, self.vip6 = socket.inet_aton(vip), socket.inet_pton(socket.AF_INET6, vip6)
        makers = {"ping": self.ping, "syn": self.syn, "datagram": self.datagram, "ping6": self.ping6, "arp": self.arp}
        self.kinds = list(makers)
        self.frames = {kind: [make(n) for n in range(POOL)] for kind, make in makers.items()}

    def ip4(self, protocol, payload):
        ends = socket.inet_aton(CLIENT) + self.vip
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + ends
        head = head[:10] + struct.pack("!H", total(head)) + head[12:]
        return self.mac + CLIENT_MAC + b"\x08\x00" + head + payload

    def ping(self, n):
        body = struct.pack("!BBHHH", 8, 0, 0, 7, n)
        return self.ip4(1, body[:2] + struct.pack("!H", total(body)) + body[4:])

    def syn(self, n):
        head = struct.pack("!HHIIBBHHH", 20000 + n, 7000, n << 16, 0, 0x50, 2, 64240, 0, 0)
        check = total(socket.inet_aton(CLIENT) + self.vip + struct.pack("!HH", 6, len(head)) + head)
        return self.ip4(6, head[:16] + struct.pack("!H", check) + head[18:])

    def datagram(self, n):
        return self.ip4(17, struct.pack("!HHHH", 20000 + n, 9999, 16, 0) + bytes(8))

    def ping6(self, n):
        body = struct.pack("!BBHHH", 128, 0, 0, 7, n)
        ends = socket.inet_pton(socket.AF_INET6, CLIENT6) + self.vip6
        check = total(ends + struct.pack("!II", len(body), 58) + body)
        body = body[:2] + struct.pack("!H", check) + body[4:]
        return self.mac + CLIENT_MAC + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(body), 58, 64) + ends + body

    def arp(self, n):
        asks = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + CLIENT_MAC + bytes([10, 64, n >> 8, n & 255]) + bytes(6) + self.vip
        return b"\xff" * 6 + CLIENT_MAC + b"\x08\x06" + asks

    def answered(self, frame):
        """Kind and number of the request."""
        kind = frame[12:14]
        if kind == b"\x08\x06" and frame[21] == 2 and frame[28:32] == self.vip and frame[38:40] == b"\x0a\x40":
            return "arp", frame[40] << 8 | frame[41]
        if kind == b"\x86\xdd" and frame[20] == 58 and frame[54] == 129:
            return "ping6", frame[60] << 8 | frame[61]
        if kind != b"\x08\x00" or frame[26:30] != self.vip:
            return None
        if frame[23] == 1 and frame[34] == 0:
            return "ping", frame[40] << 8 | frame[41]
        # What is quoted of a datagram: behind 8 bytes of ICMP and 20 of IP is its source port.
        if frame[23] == 1 and frame[34:36] == b"\3\3":
            return "datagram", (frame[62] << 8 | frame[63]) - 20000
        if frame[23] == 6 and frame[47] & 0x12 == 0x12:
            return "syn", (frame[36] << 8 | frame[37]) - 20000
        return None


def client(dev, requests, cpu, halt, pipe):
    """Sends all kinds in turn until it is told to halt, and tells when those were sent that were answered."""
    os.setns(os.open("/run/netns/cl", os.O_RDONLY), os.CLONE_NEWNET)
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.setsockopt(263, IGNORE_OUTGOING, 1)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    wire.bind((dev, 3))
    sent = {kind: [0] * POOL for kind in requests.kinds}
    answers, n, count = [], 0, 0
    pipe.send("ready")
    lingering = None
    while lingering is None or now() < lingering:
        if lingering is None:
            kinds = requests.kinds if n % 16 == 0 else requests.kinds[:-1]
            for kind in kinds:
                sent[kind][n] = now()
                try:
                    wire.send(requests.frames[kind][n])
                except OSError:  # no room
                    continue
                count += 1
            n = (n + 1) % POOL
            if halt.is_set():
                lingering = now() + 300 * MS
        while True:
            try:
                frame = wire.recv(2000, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            known = requests.answered(frame)
            if known:
                kind, number = known
                answers.append((sent[kind][number % POOL], now(), kind))
    pipe.send((count, answers))


class Kernel:
    """The few requests that this makes, as they are on the wire: ynl takes seconds to start."""

    SET, TABLE_SET, SETTLE = 2, 6, 13
    NAME, BUCKETS, NODE, NODES, HASH, HASH_SEED, MASTER, OWNED, GENERATION, SETTLED, UNTIL = 1, 8, 9, 10, 11, 12, 13, 15, 16, 32, 37

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.socket.setsockopt(270, 11, 1)
        self.family = 16
        answer = self.ask(3, [(2, b"ssi\0")])
        at = 20
        while at < len(answer):
            length, kind = struct.unpack_from("=HH", answer, at)
            if kind == 1:
                self.family = struct.unpack_from("=H", answer, at + 4)[0]
            at += length + 3 & ~3

    def ask(self, command, attributes):
        """The first answer, or the number of an error."""
        body = struct.pack("=BBH", command, 1, 0)
        for number, value in attributes:
            body += struct.pack("=HH", 4 + len(value), number) + value + b"\0" * (-len(value) % 4)
        self.socket.send(struct.pack("=IHHII", 16 + len(body), self.family, 5, 1, 0) + body)
        first = None
        while True:
            answer = self.socket.recv(65536)
            if struct.unpack_from("=H", answer, 4)[0] == 2:
                return first or struct.unpack_from("=i", answer, 16)[0]
            first = first or answer

    def do(self, command, *attributes):
        code = self.ask(command, [(self.NAME, b"c\0"), *attributes])
        return code if isinstance(code, int) else 0

    def number(self, attribute, value):
        return attribute, struct.pack("=I", value)


class Node:
    """The cluster c of this node, with all buckets, and what is done to it."""

    def __init__(self):
        self.kernel, self.k, self.generation = Kernel(), 16, 1_000
        self.changes, self.refused = {}, {}

    def bitmap(self, attribute):
        bits = bytearray(b"\xff" * (self.k // 8))
        if self.k % 8:
            bits.append((1 << self.k % 8) - 1)
        return attribute, bytes(bits)

    def leased(self, until):
        """All buckets until then, in milliseconds."""
        k = self.kernel
        # Changes of the hash make one, too.
        self.generation += 1_000
        return k.do(
            k.TABLE_SET,
            k.number(k.BUCKETS, self.k),
            self.bitmap(k.OWNED),
            (k.GENERATION, struct.pack("=Q", self.generation)),
            (k.UNTIL, struct.pack("=Q", until)),
        )

    def change(self, until):
        """One of the changes that there are. The lease is what it was."""
        k = self.kernel
        what = random.choice(("hash", "buckets", "nodes", "master", "settle"))
        if what == "hash":
            seed = (k.HASH_SEED, random.randbytes(16))
            done = k.do(k.SET, k.number(k.HASH, 1), seed) if random.random() < 0.5 else k.do(k.SET, k.number(k.HASH, 0))
        elif what == "buckets":
            self.k = random.choice((8, 16, 100, 4096))
            done = self.leased(until)
        elif what == "nodes":
            done = k.do(k.SET, k.number(k.NODES, random.randrange(2, 9)), k.number(k.NODE, 0))
        elif what == "master":
            done = k.do(k.SET, (k.MASTER, bytes([random.randrange(2)])))
        else:
            done = k.do(k.SETTLE, self.bitmap(k.SETTLED))
        if now() < until * MS:
            of = self.refused if done else self.changes
            of[what] = of.get(what, 0) + 1


def stop_cpu(cpu, milliseconds):
    with open("/sys/module/stop_cpu/parameters/stop", "w") as file:
        file.write(f"{cpu} {milliseconds}")


def wait_until(moment):
    left = moment - now()
    if left > 0:
        time.sleep(left / 1e9)


def once(node, client_cpu, node_cpu, milliseconds):
    os.sched_setaffinity(0, {node_cpu})
    begun = now()
    until = begun // MS + 1500
    if node.leased(until):
        sys.exit("the lease was refused")
    os.sched_setaffinity(0, {client_cpu})
    wait_until((until - 300) * MS)
    stop_cpu(node_cpu, milliseconds)
    wait_until((until + milliseconds) * MS)
    return [(begun, until * MS)]


def longer(node, _client_cpu):
    begun = now()
    until = begun // MS + 500
    if node.leased(until) or node.leased(until + 60_000):
        sys.exit("a lease was refused")
    wait_until((until + 500) * MS)
    return [(begun, until * MS)]


def steered(node, _client_cpu):
    steer(9000)
    try:
        time.sleep(0.1)
        begun, boot = now(), time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        until = boot // MS + 2000
        if node.leased(until):
            sys.exit("the lease was refused")
        # What is read between the two clocks is at the judge's expense.
        end = now() + until * MS - boot
        wait_until(end + 500 * MS)
    finally:
        steer(10000)
    return [(begun, end)]


def asleep():
    """For how long this machine has slept since its start."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def slept(node, _client_cpu):
    before, begun = asleep(), now()
    until = begun // MS + 3000
    if node.leased(until):
        sys.exit("the lease was refused")
    time.sleep(1)
    Path("/sys/module/suspend/parameters/pm_test_delay").write_text("5")
    Path("/sys/power/pm_test").write_text("core")
    Path("/sys/power/state").write_text("mem")
    if asleep() - before < 2000 * MS or now() < until * MS:
        sys.exit(f"the machine slept for {(asleep() - before) // MS} ms only")
    wait_until(now() + 1000 * MS)
    return [(begun, until * MS)]


def often(node, times, seconds, stops):
    leases, last = [], now() + seconds * 1000 * MS
    cpus = os.cpu_count()
    while len(leases) < times and now() < last:
        begun = now()
        until = begun // MS + random.randrange(8, 40)
        if node.leased(until):
            continue
        leases.append((begun, until * MS))
        if len(leases) % (times // stops + 1) == 0 if stops else False:
            stop_cpu(random.randrange(cpus), 200)
        while now() < until * MS + BOUND:
            node.change(until)
        wait_until(now() + 20 * MS)
    return leases


def judged(leases, count, answers):
    """How many requests were answered that were sent within no lease, and what else tells how good the judge is."""
    late, worst, served, ends = {}, 0, set(), [until + BOUND for _, until in leases]
    for sent, read, kind in answers:
        if read < leases[0][0]:
            continue
        at = bisect.bisect_left(ends, sent)
        # Leases before `at` had ended by then; the one at `at` had not, and may not have begun.
        if at == len(leases) or read < leases[at][0]:
            late[kind] = late.get(kind, 0) + 1
            worst = max(worst, sent - leases[at - 1][1] if at else 0)
        else:
            served.add(at)
    closest = min((leases[-1][1] - sent for sent, _, _ in answers if sent < leases[-1][1]), default=None)
    return {
        "requests": count,
        "answers": len(answers),
        "leases": len(leases),
        "served": len(served),
        "late": sum(late.values()),
        "kinds": sorted({kind for _, _, kind in answers}),
        "late_kinds": late,
        "latest_ms": worst / MS,
        "last_before_end_ms": closest / MS if closest is not None else None,
    }


def main():
    dev, vip, vip6, mac, verb, *rest = sys.argv[1:]
    numbers = [int(word) for word in rest]
    requests = Requests(vip, vip6, mac)
    halt, (ours, theirs) = multiprocessing.Event(), multiprocessing.Pipe()
    cpu = None if verb == "often" else numbers[0]
    process = multiprocessing.Process(target=client, args=(dev, requests, cpu, halt, theirs))
    process.start()
    # Then its end is ours as well.
    theirs.close()
    ours.recv()
    node = Node()
    leases = {"once": once, "longer": longer, "often": often, "slept": slept, "steered": steered}[verb](node, *numbers)
    halt.set()
    verdict = judged(leases, *ours.recv())
    process.join()
    json.dump(verdict | {"changes": node.changes, "refused": node.refused}, sys.stdout)
    print()
    sys.exit(verdict["late"] != 0)


main()
