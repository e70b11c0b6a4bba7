#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""session.py ftp|smb HOST, session.py disk DEVICE PART: one session, which asks something twice a second, or writes into that part of a disk, 4 MiB
each, twenty times. Prints "begun", and when it breaks "broken REASON"; at the end, by SIGTERM, "ended COUNT longest MS": how many answers there were,
and how long one was waited for at most. A disk is read then: "wrong N" blocks are not as they were last written."""

import ftplib
import mmap
import os
import signal
import subprocess
import sys
import time

BLOCK, BLOCKS = 4096, 1024
kind, *where = sys.argv[1:]
over = False


def end(*_):
    global over
    over = True


signal.signal(signal.SIGTERM, end)


class Smb:
    pause = 0.5

    def __init__(self, host):
        command = ["smbclient", "-N", "-E", f"//{host}/share"]
        self.program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.ask()

    def ask(self):
        # A line at a time: it waits for input, and overlooks what it has read already.
        self.program.stdin.write("get marker -\n")
        self.program.stdin.flush()
        for line in self.program.stdout:
            if "the marker" in line:
                return
            if "NT_STATUS" in line:
                raise OSError(line.strip())
        raise OSError("smbclient has ended")

    def end(self):
        pass


class Ftp:
    pause = 0.5

    def __init__(self, host):
        self.control = ftplib.FTP(host, timeout=20)
        self.control.login()

    def ask(self):
        self.control.voidcmd("NOOP")

    def end(self):
        pass


class Disk:
    """Blocks with numbers, past the cache."""

    pause = 0.05

    def __init__(self, device, part):
        self.disk = os.open(device, os.O_RDWR | os.O_DIRECT)
        self.start = int(part) * BLOCKS
        self.block = mmap.mmap(-1, BLOCK)
        self.written = 0
        self.last = {}
        self.ask()

    def ask(self):
        place = (self.start + self.written % BLOCKS) * BLOCK
        number = b"%16d" % self.written
        self.block[:] = number * (BLOCK // len(number))
        os.pwritev(self.disk, [self.block], place)
        self.last[place] = bytes(self.block)
        self.written += 1

    def end(self):
        wrong = 0
        for place, content in self.last.items():
            os.preadv(self.disk, [self.block], place)
            wrong += self.block[:] != content
        print("wrong", wrong, flush=True)


session = {"smb": Smb, "ftp": Ftp, "disk": Disk}[kind](*where)
print("begun", flush=True)
count = longest = 0
while not over:
    asked = time.monotonic()
    try:
        session.ask()
    except (OSError, EOFError, ftplib.Error) as e:
        print("broken", repr(e), flush=True)
        break
    longest = max(longest, time.monotonic() - asked)
    count += 1
    time.sleep(session.pause)
else:
    session.end()
print("ended", count, "longest", round(longest * 1000), flush=True)
