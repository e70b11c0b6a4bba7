# SPDX-License-Identifier: GPL-2.0-only
"""The file system that all machines of a cluster have, as a cluster file system would be: the same data under the same file
handles, since it is the same read-only image."""

import pathlib
import random
import subprocess

BLOCK = 8 << 20


def turned(mib):
    """One random block, turned by another number of bytes each time: a part that is repeated or misplaced would show."""
    block = random.Random(1).randbytes(BLOCK)
    for number in range(0, mib << 20, BLOCK):
        turn = number // BLOCK * 32000
        yield block[turn:] + block[:turn]


def image(folder, mib):
    """Makes it: /data of so many MiB (a multiple of 8), and /object of 512 KiB and /small of 16 KiB to download."""
    root, path = pathlib.Path(folder, "data"), pathlib.Path(folder, "data.erofs")
    root.mkdir()
    with open(root / "data", "wb") as data:
        for piece in turned(mib):
            data.write(piece)
    for name, seed, size in (("object", 2, 512 << 10), ("small", 3, 16 << 10)):
        (root / name).write_bytes(random.Random(seed).randbytes(size))
    subprocess.run(["mkfs.erofs", path, root], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    for file in root.iterdir():
        file.unlink()
    root.rmdir()
    return str(path)
