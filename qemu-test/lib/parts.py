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


def take_kernel(name):
    """What --kernel was given, for scripts/."""
    series, flavour = _run("bash", "-c", '. "$0" && take_kernel "$1" && echo "$SSI_KERNEL_SERIES $SSI_KERNEL_FLAVOUR"',
                           TOP / "scripts" / "env.sh", name).split()
    os.environ.update(SSI_KERNEL_SERIES=series, SSI_KERNEL_FLAVOUR=flavour)


def place(lane):
    """The lane's folder in build/."""
    return _run("bash", "-c", '. "$0" && place "$1"', TOP / "scripts" / "env.sh", lane) if lane == "stock" else lane


def _read(where):
    file = TOP / "build" / "vm" / f"{where}.parts"
    try:
        lines = file.read_text().splitlines()
        if file.stat().st_mtime < max(s.stat().st_mtime for s in (TOP / "scripts").iterdir()):
            return None  # the scripts may have changed their minds
    except OSError:
        return None
    parts = dict(line.split("=", 1) for line in lines)
    if parts.get("packages") != os.environ.get("SSI_GUEST_PACKAGES", ""):
        return None
    paths = (v for k, v in parts.items() if k not in ("release", "packages"))
    return parts if all(pathlib.Path(p).exists() for p in paths) else None


def find(lane, with_vng=False, debian=None):
    """The lane's parts as a dict; what is missing is made first, with progress on stderr."""
    where = place(lane)
    parts = _read(where)
    if not parts:
        _run(TOP / "scripts" / "vm-parts", lane)
        parts = _read(where)
    if not parts:
        raise SystemExit(f"vm: scripts/vm-parts {lane} left no usable build/vm/{where}.parts")
    if lane == "stock" and with_vng:
        _run(TOP / "scripts" / "virtme-ng")
    if debian:
        parts["guest"] = _run(TOP / "scripts" / "guest-image", "--debian")
        parts["stage"] = parts["extra"] if debian == "bare" else _run(TOP / "scripts" / "debian-stage", debian)
    parts["layer"] = _run(TOP / "scripts" / "vm-layer", where, parts["release"], parts["modules"])
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
