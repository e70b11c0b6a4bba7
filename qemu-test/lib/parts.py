# SPDX-License-Identifier: GPL-2.0-only
"""Finds (and has scripts/ make) what a guest boots from."""

import os
import pathlib
import subprocess

from . import cpio

TOP = pathlib.Path(__file__).resolve().parents[2]
GUEST = TOP / "qemu-test" / "guest"


def _run(*argv):
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return done.stdout.strip()


def _read(lane):
    file = TOP / "build" / "vm" / f"{lane}.parts"
    try:
        lines = file.read_text().splitlines()
        if file.stat().st_mtime < max(s.stat().st_mtime for s in (TOP / "scripts").iterdir()):
            return None  # the scripts may have changed their minds
    except OSError:
        return None
    parts = dict(line.split("=", 1) for line in lines)
    # The last part of a release is the kernel's flavour, which may be another one this time.
    if lane == "stock" and parts["release"].split("-", 1)[1] != os.environ.get("SSI_KERNEL_FLAVOUR", "amd64"):
        return None
    if parts.get("packages") != os.environ.get("SSI_GUEST_PACKAGES", ""):
        return None
    paths = (v for k, v in parts.items() if k not in ("release", "packages"))
    return parts if all(pathlib.Path(p).exists() for p in paths) else None


def find(lane, with_vng=False, debian=None):
    """The lane's parts as a dict; what is missing is made first, with progress on stderr."""
    parts = _read(lane)
    if not parts:
        _run(TOP / "scripts" / "vm-parts", lane)
        parts = _read(lane)
    if not parts:
        raise SystemExit(f"vm: scripts/vm-parts {lane} left no usable build/vm/{lane}.parts")
    if lane == "stock" and with_vng:
        _run(TOP / "scripts" / "virtme-ng")
    if debian:
        parts["guest"] = _run(TOP / "scripts" / "guest-image", "--debian")
        parts["stage"] = parts["extra"] if debian == "bare" else _run(TOP / "scripts" / "debian-stage", debian)
    parts["layer"] = _run(TOP / "scripts" / "vm-layer", lane, parts["release"], parts["modules"])
    return parts


def orders(args, lane, marker):
    """What a guest's /ssi/env and /ssi/cmd have: the run's particulars for a shell, and the command."""

    def quoted(text):
        return "'" + str(text or "").replace("'", "'\\''") + "'"

    serial = "yes" if lane != "stock" or args.serial else ""
    env = f"lane={lane}\nmarker={marker}\nshare={quoted(args.share)}\nout={quoted(args.out)}\nserial={serial}\n"
    env += f"debian={getattr(args, 'debian', None) or ''}\nkept={'yes' if getattr(args, 'disk', None) else ''}\n"
    return env.encode(), b"".join(arg.encode("utf-8", "surrogateescape") + b"\0" for arg in args.command)


def initrd(parts, args, lane, marker, path):
    """Writes the RAM disk of one run: the cached part, the checkout's layer, the command."""
    env, cmd = orders(args, lane, marker)
    system = []
    if getattr(args, "debian", None):
        unit = "ssi-test.service"
        system = [
            ("layer/ssi/under-systemd", 0o755, (GUEST / "under-systemd").read_bytes()),
            (f"layer/etc/systemd/system/{unit}", 0o644, (GUEST / unit).read_bytes()),
            # One that has none takes this for its first boot.
            ("layer/etc/machine-id", 0o444, b"5511000000000000000000000000d13a\n"),
        ]
    own = cpio.archive(
        [
            *system,
            ("init", 0o755, (GUEST / "init").read_bytes()),
            *((f"layer/ssi/{name}", 0o755, (GUEST / name).read_bytes()) for name in ("run", "machine", "agent")),
            ("ssi/env", 0o644, env),
            ("layer/ssi/env", 0o644, env),
            ("layer/ssi/cmd", 0o644, cmd),
        ]
    )
    with open(path, "wb") as disk:
        for piece in (parts["initrd"], parts["layer"]):
            data = pathlib.Path(piece).read_bytes()
            disk.write(data + b"\0" * (-len(data) % 512))
        disk.write(own)
