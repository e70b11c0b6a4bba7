# SPDX-License-Identifier: GPL-2.0-only
"""Which of the distribution's kernels a Debian guest boots: at first an earlier one, and after each reboot the newest that is installed on its disk, as a boot
loader's menu has it. scripts/ make the boot parts of the kernel that SSI_KERNEL_SERIES and SSI_KERNEL_FLAVOUR name."""

import os
import re
import subprocess

RELEASE = re.compile(r"(\d+\.\d+)\.[^-/\s]*-((?:\w+-)?amd64)")
MODULES = "/upper/usr/lib/modules"


def first():
    """The one that is upgraded from."""
    os.environ["SSI_KERNEL_SERIES"] = os.environ.get("SSI_KERNEL_FROM", "7.2")


def _names(disk, folder):
    said = subprocess.run(["debugfs", "-R", f"ls -p {folder}", disk], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return [line.split("/")[5] for line in said.stdout.splitlines() if line.count("/") > 5]


def newest(disk):
    """Names the newest that packages have put onto this disk, for scripts/; false if there is none."""
    found = [match for name in _names(disk, MODULES) if (match := RELEASE.fullmatch(name))]
    found = [match for match in found if "vmlinuz" in _names(disk, f"{MODULES}/{match[0]}")]
    if not found:
        return False
    best = max(found, key=lambda match: [int(n) for n in re.findall(r"\d+", match[0])])
    os.environ["SSI_KERNEL_SERIES"], os.environ["SSI_KERNEL_FLAVOUR"] = best[1], best[2]
    return True
