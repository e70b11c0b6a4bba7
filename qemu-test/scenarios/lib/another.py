#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""another.py [--unloadable] MODULE: makes it another one, by its build ID, as a new release would be. --unloadable: it wants a function
besides that no kernel has, as one does that was built for another kernel of the same name."""

import os
import sys

path = sys.argv[-1]
with open(path, "rb") as file:
    data = bytearray(file.read())
# The note's name size, the ID's size, its type, and its name; then the ID.
note = bytes((4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0)) + b"GNU\0"
at = data.index(note) + len(note)
if data.count(note) != 1:
    sys.exit(f"{path} has {data.count(note)} build IDs")
data[at : at + 20] = os.urandom(20)
if "--unloadable" in sys.argv:
    wanted = b"\0netdev_is_rx_handler_busy\0"
    if wanted not in data:
        sys.exit(f"{path} wants no {wanted[1:-1].decode()}")
    data = data.replace(wanted, b"\0netdev_is_rx_handler_bust\0")
with open(path + ".new", "wb") as file:
    file.write(data)
os.rename(path + ".new", path)
