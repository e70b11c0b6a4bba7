#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""contender.py FILE: wants the lock of the whole file that another has, again and again. A line for each change: "asks", "refused" when that was its
first answer, "got" when it got the lock, which it gives back. At the end, by SIGTERM, "ended GOT REFUSED". A server in its grace period lets it
wait for an answer."""

import fcntl
import os
import signal
import sys
import time

over = False


def end(*_):
    global over
    over = True


signal.signal(signal.SIGTERM, end)
print("asks", flush=True)
fd = os.open(sys.argv[1], os.O_RDWR)
got = refused = 0
begun = time.monotonic()
while not over:
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(fd, fcntl.LOCK_UN)
        got += 1
        if got == 1:
            print(f"got {time.monotonic() - begun:.1f}", flush=True)
    except OSError as e:
        refused += 1
        if refused == 1:
            print(f"refused {time.monotonic() - begun:.1f} errno {e.errno}", flush=True)
    time.sleep(0.2)
os.close(fd)
print("ended", got, refused, flush=True)
