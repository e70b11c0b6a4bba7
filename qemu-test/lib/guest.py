# SPDX-License-Identifier: GPL-2.0-only
"""One machine of several, which can be switched off and on again. Its share, its kernel's messages and what its command
says are in a folder of its own, which outlives it."""

import argparse
import os
import threading

from . import machine, parts, streams

MARKER = "machine-ends-here"


class Guest:
    """`args`: of the whole run; `links`: (interface, MAC address) each; `out`: the folder to write at /mnt/out;
    `debian`: how it is one that systemd boots."""

    def __init__(self, args, lane, bootfiles, name, command, links, out, mem, nice=0, debian=None):
        self.name, self.lane, self.bootfiles, self.command, self.out = name, lane, bootfiles, command, out
        own = {"links": links, "out": out, "mem": mem, "command": command, "debian": debian, "monitor": True}
        self.folder = os.path.join(args.folder, name)
        if debian:
            # What it writes outlives its power.
            own |= {"disks": [bootfiles["stage"]], "disk": f"{self.folder}/disk"}
        self.args = argparse.Namespace(**{**vars(args), **own})
        self.nice = nice
        self.process = self.status = None
        self.copies = []
        os.makedirs(self.folder)
        os.makedirs(out, exist_ok=True)
        if debian:
            machine.make_disk(self.args.disk)

    def on(self, stdout, stderr, over=lambda: None):
        """Switches it on. Its command's output goes to these descriptors; `over` is called when the command has ended, or the
        machine. The machine ends with the thread that calls this."""
        parts.initrd(self.bootfiles, self.args, self.lane, MARKER, f"{self.folder}/initrd")
        console = f"{self.out}/console.log"
        open(console, "a").close()
        pipes = [os.pipe() for _ in range(3)]
        start = machine.uml if self.args.uml else machine.qemu
        self.process = start(self.args, self.bootfiles, self.folder, console, [w for _, w in pipes])
        os.setpriority(os.PRIO_PGRP, self.process.pid, self.nice)
        for _, w in pipes:
            os.close(w)
        self.copies = [streams.Copy(pipes[i][0], fd, MARKER.encode()) for i, fd in enumerate((stdout, stderr))]
        self.status = streams.Line(pipes[2][0], over)
        for thread in (*self.copies, self.status):
            thread.start()
        process = self.process
        threading.Thread(target=lambda: (process.wait(), over()), daemon=True).start()

    def is_on(self):
        return self.process is not None and self.process.poll() is None

    def pause(self):
        """As its hypervisor would."""
        machine.pause(self.process, self.folder, self.args.uml and self.bootfiles["kernel"])

    def resume(self):
        """It goes on."""
        machine.resume(self.process, self.folder, self.args.uml and self.bootfiles["kernel"])

    def off(self):
        """As if its plug were pulled."""
        if self.process is not None:
            machine.stop(self.process)
        self.process = None
