# SPDX-License-Identifier: GPL-2.0-only
"""Runs scripts of guest/ in the two machines and reads the figures they print.

icount: the stock kernel in QEMU, a nanosecond is an instruction, the same from run to run.
native: User Mode Linux, real nanoseconds. The host is noisy: a row's figure is the least of ten short windows, since noise
only adds, and rounds of all rows take turns.
"""

import pathlib
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
# Packets of a window: some milliseconds, a part of what a busy host lets a process run at a time.
NATIVE = {"COUNT": 20000, "WINDOWS": 10}
LANES = {
    "icount": ["--icount", "--append", "mitigations=off", "--timeout", "3000"],
    "native": ["--uml", "--single", "--timeout", "3000"],
    "native-2": ["--uml", "--cpus", "2", "--timeout", "1200"],
}


def say(text):
    """Progress, for whoever waits."""
    print(f"[{time.monotonic() - BEGAN:4.0f} s] {text}", file=sys.stderr, flush=True)


BEGAN = time.monotonic()


def run(lane, script, **environment):
    """Yields the fields of each line that the script prints."""
    say(f"{script}, {lane}")
    command = [HERE.parent / "vm", *LANES[lane], "--share", HERE, "--", "env"]
    command += [f"{name}={value}" for name, value in environment.items()] + [f"/mnt/share/guest/{script}"]
    machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    threading.Thread(target=lambda: [say("  " + line.rstrip()) for line in machine.stderr], daemon=True).start()
    for line in machine.stdout:
        yield line.split()
    if machine.wait():
        sys.exit(f"bench: {script} ended with status {machine.returncode} in {lane}; its words are above.")


def figures(lane, script, **environment):
    """Every row's figures, one a round."""
    rows = {}
    for name, figure in run(lane, script, **environment):
        rows.setdefault(name, []).append(float(figure))
    return rows
