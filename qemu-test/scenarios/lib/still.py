#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""still.py PID NAME: stops the thread of that name of a process, and no other, until it is told to end."""

import ctypes
import os
import signal
import sys
from pathlib import Path

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None):
        raise OSError(ctypes.get_errno(), f"ptrace of {thread}")


def main():
    process, name = sys.argv[1:]
    tasks = Path(f"/proc/{process}/task").iterdir()
    thread = next(int(task.name) for task in tasks if (task / "comm").read_text() == f"{name}\n")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    ptrace(PTRACE_SEIZE, thread)
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, WALL)
    print(f"{name} stands still", flush=True)
    signal.sigwait({signal.SIGTERM})
    ptrace(PTRACE_DETACH, thread)


main()
