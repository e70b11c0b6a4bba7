#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The longest time between two renewals of a cluster's lease, in milliseconds, while so many programs of the least niceness
keep the processor busy: renewals.py DEV CLUSTER SECONDS PROGRAMS."""

import os
import signal
import sys
import time


def busy():
    pid = os.fork()
    if pid:
        return pid
    os.nice(-20)
    while True:
        pass


def main():
    dev, cluster, seconds, programs = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    # Before all that is looked at; not what it begins.
    os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(50))
    path = f"/sys/class/net/{dev}/ssi-{cluster}/lease_until"
    pids = []
    try:
        pids.extend(busy() for _ in range(programs))
        with open(path) as file:
            begun = renewed = time.monotonic()
            last, longest, count = file.read(), 0, 0
            while (now := time.monotonic()) < begun + seconds:
                file.seek(0)
                until = file.read()
                if until != last:
                    last, longest, renewed, count = until, max(longest, now - renewed), now, count + 1
                time.sleep(0.003)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    if count == 0:
        sys.exit("the lease was not renewed")
    print(round(1000 * max(longest, now - renewed)), count)


main()
