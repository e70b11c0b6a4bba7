#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How long those who read got nothing.

stalls.py read FILE MIB    reads so much of it past the cache: JSON of its MD5 sum, the seconds that took and the longest
                           piece's ms
stalls.py watch DIR …      until it is told to end: of each file there its name and the longest time in ms for which it did not
                           grow, between its first byte and its last, a line each
"""

import hashlib
import itertools
import json
import os
import signal
import sys
import time

PIECE = 1 << 20


def read(path, mib):
    digest, longest, where = hashlib.md5(), 0.0, 0
    file = os.open(path, os.O_RDONLY | os.O_DIRECT)
    begun = last = time.monotonic()
    size = 0
    while size < int(mib) << 20 and (data := os.read(file, PIECE)):
        now = time.monotonic()
        if now - last > longest:
            longest, where = now - last, size
        last = now
        size += len(data)
        digest.update(data)
    said = {"md5": digest.hexdigest(), "bytes": size, "seconds": round(last - begun, 1)}
    print(json.dumps({**said, "longest": round(longest * 1000), "at": where}))


def watch(*folders):
    grown, longest, sizes, told = {}, {}, {}, []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    while not told:
        for entry in itertools.chain(*map(os.scandir, folders)):
            now, size = time.monotonic(), entry.stat().st_size
            if size != sizes.get(entry.name):
                if entry.name in grown:
                    longest[entry.name] = max(longest.get(entry.name, 0), now - grown[entry.name])
                grown[entry.name], sizes[entry.name] = now, size
        time.sleep(0.05)
    for name, stall in sorted(longest.items()):
        print(name, round(stall * 1000))


{"read": read, "watch": watch}[sys.argv[1]](*sys.argv[2:])
