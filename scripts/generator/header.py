# SPDX-License-Identifier: GPL-2.0-only
"""The header for C: include/uapi/linux/ssi.h."""
import pathlib
import subprocess
import sys
import tempfile

from .elements import BY, SPEC, TOP, upper


def header(kernel):
    """By the kernel's own generator. It takes none but netdev's licence, which the copy says for that."""
    with tempfile.TemporaryDirectory() as there:
        there = pathlib.Path(there)
        spec = there / SPEC
        spec.parent.mkdir(parents=True)
        (there / "MAINTAINERS").touch()
        for schema in (kernel / "Documentation/netlink").glob("*.yaml"):
            (there / "Documentation/netlink" / schema.name).symlink_to(schema)
        text = (TOP / SPEC).read_text()
        spec.write_text(text.replace("GPL-2.0-only", "((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)", 1))
        tool = kernel / "tools/net/ynl/pyynl/ynl_gen_c.py"
        command = [sys.executable, "-B", tool, "--mode", "uapi", "--header", "--spec", spec, "-o", there / "ssi.h"]
        subprocess.run(command, check=True, timeout=60)
        text = (there / "ssi.h").read_text()
    _, _, body = text.partition("To regenerate run: tools/net/ynl/ynl-regen.sh */\n")
    # Ours is the licence of the specification, with the exception for programs: Documentation/design/0024-generated.md.
    first = f"/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */\n/* {BY[0].upper()}{BY[1:]}: do not edit. */\n"
    return first + body


def compiles(text):
    """Whether C takes the header, by itself and twice."""
    command = ["gcc", "-fsyntax-only", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-x", "c", "-"]
    return subprocess.run(command, input=text + text, text=True, check=False).returncode == 0
