#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""locker.py FILE sync|late: takes a lock of the whole file, and writes a number into it ten times a second. "sync" has each on disk before it
goes on, "late" leaves that to the kernel, as most programs do, until it closes the file. A line for each change: "locked", "errno N" of a write or of
the close, "good" when writes go well again; at the end, by SIGTERM, "closed GOOD BAD": how many writes did."""

import fcntl
import os
import signal
import sys
import time

path, how = sys.argv[1:]
over = False


def end(*_):
    global over
    over = True


signal.signal(signal.SIGTERM, end)
fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("locked", flush=True)
good = bad = 0
was = 0
while not over:
    try:
        os.pwrite(fd, b"%12d\n" % (good + bad), 0)
        if how == "sync":
            os.fsync(fd)
        now = 0
        good += 1
    except OSError as e:
        now = e.errno
        bad += 1
    if now != was:
        print(f"errno {now}" if now else "good", flush=True)
    was = now
    time.sleep(0.1)
try:
    os.fsync(fd)
    os.close(fd)
except OSError as e:
    print("errno", e.errno, flush=True)
    bad += 1
print("closed", good, bad, flush=True)
