# SPDX-License-Identifier: GPL-2.0-only
"""Writes the "newc" archives that a kernel unpacks as its initial RAM disk. Nothing but files and folders."""


def _entry(name, mode, data):
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + name + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def archive(files):
    """files: (path, mode, bytes) each; the folders above them are made."""
    out, made = bytearray(), set()
    for path, mode, data in files:
        parts = path.encode().split(b"/")
        for depth in range(1, len(parts)):
            folder = b"/".join(parts[:depth])
            if folder not in made:
                made.add(folder)
                out += _entry(folder, 0o40755, b"")
        out += _entry(path.encode(), 0o100000 | mode, data)
    out += _entry(b"TRAILER!!!", 0, b"")
    return bytes(out + b"\0" * (-len(out) % 512))
