#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""xdp.py DEVICE: a program of XDP that passes all is attached to the interface until this one ends. No compiler and no library is needed."""

import ctypes
import os
import signal
import socket
import struct
import sys

SYS_BPF, PROG_LOAD, LINK_CREATE = 321, 5, 28
TYPE_XDP, ATTACH_XDP, SKB_MODE = 6, 37, 1 << 1
# r0 = XDP_PASS; exit
PROGRAM = struct.pack("<BBhi", 0xB7, 0, 0, 2) + struct.pack("<BBhi", 0x95, 0, 0, 0)

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    memory = ctypes.create_string_buffer(attributes, len(attributes))
    fd = libc.syscall(SYS_BPF, command, memory, len(attributes))
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd


code, licence = ctypes.create_string_buffer(PROGRAM, len(PROGRAM)), ctypes.create_string_buffer(b"GPL")
program = bpf(PROG_LOAD, struct.pack("<IIQQ", TYPE_XDP, len(PROGRAM) // 8, ctypes.addressof(code), ctypes.addressof(licence)).ljust(48, b"\0"))
link = bpf(LINK_CREATE, struct.pack("<IIII", program, socket.if_nametoindex(sys.argv[1]), ATTACH_XDP, SKB_MODE).ljust(64, b"\0"))
print("ready", flush=True)
signal.pause()
