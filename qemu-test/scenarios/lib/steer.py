#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Steers this machine's clock, all but the raw one: steer.py TICK, 10000 by default, 9000 a tenth too slow."""

import ctypes
import os
import struct
import sys


def steer(tick):
    """Microseconds that the clocks gain in a hundredth of a second."""
    # struct timex: modes at 0, tick at 88; ADJ_TICK is 0x4000.
    timex = bytearray(208)
    struct.pack_into("=I", timex, 0, 0x4000)
    struct.pack_into("=q", timex, 88, tick)
    if ctypes.CDLL(None, use_errno=True).adjtimex((ctypes.c_char * len(timex)).from_buffer(timex)) < 0:
        sys.exit(f"adjtimex: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    steer(int(sys.argv[1]))
