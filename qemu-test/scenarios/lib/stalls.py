#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How long those who read got nothing.

stalls.py read FILE        reads it past the cache: JSON of its MD5 sum, the seconds that took and the longest piece's ms
stalls.py watch DIR N SIZE until N files there have that size: for each its name and the longest time in ms for which it did
                           not grow once it was there, a line each
"""

import hashlib
import json
import os
import sys
import time

PIECE = 1 << 20


def read(path):
    digest, longest, where = hashlib.md5(), 0.0, 0
    file = os.open(path, os.O_RDONLY | os.O_DIRECT)
    begun = last = time.monotonic()
    size = 0
    while data := os.read(file, PIECE):
        now = time.monotonic()
        if now - last > longest:
            longest, where = now - last, size
        last = now
        size += len(data)
        digest.update(data)
    said = {"md5": digest.hexdigest(), "bytes": size, "seconds": round(last - begun, 1)}
    print(json.dumps({**said, "longest": round(longest * 1000), "at": where}))


def watch(folder, count, size):
    grown, longest, sizes = {}, {}, {}
    while sum(s >= size for s in sizes.values()) < count:
        for entry in os.scandir(folder):
            now, is_now = time.monotonic(), entry.stat().st_size
            if is_now != sizes.get(entry.name):
                if entry.name in grown:
                    longest[entry.name] = max(longest.get(entry.name, 0), now - grown[entry.name])
                grown[entry.name], sizes[entry.name] = now, is_now
        time.sleep(0.02)
    for name, stall in sorted(longest.items()):
        print(name, round(stall * 1000))


if sys.argv[1] == "read":
    read(sys.argv[2])
else:
    watch(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
