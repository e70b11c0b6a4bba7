#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pressure.py SECONDS PROGRAMS MIB FOLDER: leaves a machine no processor, memory or disk for so long. Programs of niceness -20: one
allocates until no more than so many MiB are available, gives some back and goes on, two write files in the folder and have them on the
disk, and when memory is full, so many compute. Says what was done."""

import os
import signal
import sys
import time
from pathlib import Path

CHUNK = 4 << 20
BLOCK = os.urandom(1 << 20)


def available():
    """Memory that a program could have, without what others have in use, in bytes."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))


def computes():
    while True:
        pass


def allocates(count, least):
    had, full = [], 0
    while True:
        if available() > least + CHUNK:
            # Written to, so that it is there.
            had.append(bytearray(b"x") * CHUNK)
        else:
            full += 1
            count.write_text(str(full))
            del had[len(had) * 3 // 4 :]


def writes(count, path):
    rounds = 0
    while True:
        with open(path, "wb") as file:
            for _ in range(8):
                file.write(BLOCK)
            file.flush()
            os.fsync(file.fileno())
        rounds += 1
        count.write_text(str(rounds))


def begin(work, *args):
    pid = os.fork()
    if not pid:
        os.nice(-20)
        # Where it is too much after all it is not a daemon that goes.
        Path("/proc/self/oom_score_adj").write_text("1000")
        work(*args)
    return pid


def main():
    seconds, programs, least, folder = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) << 20, Path(sys.argv[4])
    counts = [Path(f"/run/pressure.{n}") for n in range(3)]
    files = [folder / f"pressure.{n}" for n in range(2)]
    for count in counts:
        count.write_text("0")
    # Before them all, so that it ends in time.
    os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(50))
    pids = [begin(allocates, counts[0], least)]
    pids.extend(begin(writes, count, path) for count, path in zip(counts[1:], files))
    filled = time.monotonic() + 60
    while counts[0].read_text() in ("", "0") and time.monotonic() < filled:
        time.sleep(0.05)
    pids.extend(begin(computes) for _ in range(programs))
    least_seen, end = available(), time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)
        least_seen = min(least_seen, available())
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    full, *written = [int(count.read_text() or 0) for count in counts]
    for path in (*counts, *files):
        path.unlink(missing_ok=True)
    if not full or not sum(written):
        sys.exit(f"memory was full {full} times and {sum(written)} files were written: this is no pressure")
    print(f"{programs} programs computed for {seconds:g} s, memory was full {full} times with {least_seen >> 20} MiB left, and {8 * sum(written)} MiB were written")


main()
