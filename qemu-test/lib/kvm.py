# SPDX-License-Identifier: GPL-2.0-only
"""Whether KVM serves here. That /dev/kvm opens says nothing: on some hosts a virtual machine is made and its guest
dies or hangs. So a bounded boot is tried, once for each boot of this host, and its outcome kept."""

import os
import pathlib
import subprocess

LIMIT = 20


def choose(vm):
    """"kvm" or "tcg"."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    cache = os.environ.get("SSI_CACHE")
    if not cache:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", "/root"), ".cache")
        cache = os.path.join(home, "ssi")
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    kept = pathlib.Path(cache, f"kvm-{boot}")
    if not kept.exists():
        probe = [vm, "--accel", "kvm", "--cpus", "1", "--timeout", str(LIMIT), "--console", "/dev/null", "--", "true"]
        good = subprocess.run(probe, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for old in kept.parent.glob("kvm-*"):
            old.unlink(missing_ok=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("kvm" if good.returncode == 0 else "tcg")
    return kept.read_text()
