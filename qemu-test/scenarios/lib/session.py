#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""session.py ftp|smb HOST: one session, which asks something twice a second. Prints "begun", and when it breaks "broken REASON"; at the end, by
SIGTERM, "ended COUNT": how many answers there were."""

import ftplib
import signal
import subprocess
import sys
import time

kind, host = sys.argv[1:]
over = False


def end(*_):
    global over
    over = True


signal.signal(signal.SIGTERM, end)


class Smb:
    def __init__(self):
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


class Ftp:
    def __init__(self):
        self.control = ftplib.FTP(host, timeout=20)
        self.control.login()

    def ask(self):
        self.control.voidcmd("NOOP")


session = {"smb": Smb, "ftp": Ftp}[kind]()
print("begun", flush=True)
count = 0
while not over:
    try:
        session.ask()
    except (OSError, EOFError, ftplib.Error) as e:
        print("broken", repr(e), flush=True)
        break
    count += 1
    time.sleep(0.5)
print("ended", count, flush=True)
