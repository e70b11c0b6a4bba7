# SPDX-License-Identifier: GPL-2.0-only
"""On what it was measured, and what."""

import datetime
import os
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]


def _said(*command):
    return subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def _release(lane):
    parts = (TOP / "build" / "vm" / f"{lane}.parts").read_text()
    return re.search(r"^release=(.*)$", parts, re.M)[1]


def described():
    """A dict of what a reader wants to know beside the figures."""
    qemu = re.search(r"version (\S+)", _said("qemu-system-x86_64", "--version"))
    processor = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "date": datetime.date.today().isoformat(),
        "commit": _said("git", "rev-parse", "--short=12", "HEAD"),
        "changed": bool(_said("git", "status", "--porcelain", "--untracked-files=no", "--", "src", "qemu-test", "userspace")),
        "kernel": _release("stock"),
        "uml-kernel": _release("uml"),
        "qemu": qemu[1] if qemu else "unknown",
        "processor": processor[1] if processor else "unknown",
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
