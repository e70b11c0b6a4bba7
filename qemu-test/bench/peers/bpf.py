#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Assembles a .bpf file, loads it by bpf(2) and pins it: no compiler and no library is needed.

    bpf.py TYPE FILE PIN [NAME=VALUE…]

TYPE is tc or xdp. The language is the one in which the kernel's verifier prints programs; NAME in FILE is VALUE.
"""

import ctypes
import os
import re
import struct
import sys

TYPES = {"tc": 3, "xdp": 6}
BPF_PROG_LOAD, BPF_OBJ_PIN = 5, 6
SYS_BPF = 321

ALU = {"+": 0x00, "-": 0x10, "*": 0x20, "/": 0x30, "|": 0x40, "&": 0x50, "<<": 0x60, ">>": 0x70, "%": 0x90, "^": 0xA0}
JUMPS = {"==": 0x10, ">": 0x20, ">=": 0x30, "!=": 0x50, "<": 0xA0, "<=": 0xB0}
SIZES = {"u8": 0x10, "u16": 0x08, "u32": 0x00, "u64": 0x18}
REGISTER = r"([rw])(\d)"
VALUE = r"(?:([rw])(\d)|(-?\w+))"
MEMORY = r"\*\((u\d+) \*\)\(r(\d) \+ (\w+)\)"


def encode(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("<BBhi", code, src << 4 | dst, off, imm - (1 << 32) if imm >= 1 << 31 else imm)


def operation(opcode, register, value):
    """ALU or jump: the code, and what it works with. A w register is the lower half of an r register."""
    kind, dst = register
    _, src, number = value
    wide = {"alu": 0x07, "jump": 0x05} if kind == "r" else {"alu": 0x04, "jump": 0x06}
    source = (0x08, int(src), 0) if src else (0x00, 0, int(number, 0))
    return lambda what, off=0: encode(opcode | source[0] | wide[what], int(dst), source[1], off, source[2])


def instruction(line, target):
    """target: gives the offset to a label."""

    def like(pattern):
        found = re.fullmatch(pattern, line)
        return found and found.groups()

    if line == "exit":
        return encode(0x95)
    if m := like(r"call (\d+)"):
        return encode(0x85, imm=int(m[0]))
    if m := like(r"goto (\w+)"):
        return encode(0x05, off=target(m[0]))
    if m := like(r"r(\d) = be(16|32|64) r\1"):
        return encode(0xDC, int(m[0]), imm=int(m[1]))
    if m := like(rf"r(\d) = {MEMORY}"):
        return encode(0x61 | SIZES[m[1]], int(m[0]), int(m[2]), int(m[3], 0))
    if m := like(rf"{MEMORY} = r(\d)"):
        return encode(0x63 | SIZES[m[0]], int(m[1]), int(m[3]), int(m[2], 0))
    if m := like(rf"if {REGISTER} (\S+) {VALUE} goto (\w+)"):
        return operation(JUMPS[m[2]], m[:2], m[3:6])("jump", target(m[6]))
    if m := like(rf"{REGISTER} = {VALUE}"):
        return operation(0xB0, m[:2], m[2:])("alu")
    if m := like(rf"{REGISTER} (\S+)= {VALUE}"):
        return operation(ALU[m[2]], m[:2], m[3:])("alu")
    raise ValueError(f"not understood: {line}")


def assemble(text, names):
    labels, lines = {}, []
    for line in text.splitlines():
        line = re.sub(r"\s+", " ", line.split(";")[0]).strip()
        line = re.sub(r"\b[A-Z][A-Z0-9_]*\b", lambda m: names[m[0]], line)
        if line.endswith(":"):
            labels[line[:-1]] = len(lines)
        elif line:
            lines.append(line)
    return b"".join(
        instruction(line, lambda label, at=at: labels[label] - at - 1) for at, line in enumerate(lines)
    )


def bpf(command, attributes, what):
    room = ctypes.create_string_buffer(attributes, len(attributes))
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(SYS_BPF, command, room, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def load(kind, code):
    program = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(1 << 16)

    def address(buffer):
        return ctypes.addressof(buffer)

    attributes = struct.pack(
        "<IIQQIIQ", TYPES[kind], len(code) // 8, address(program), address(licence), 1, len(log), address(log)
    )
    try:
        return bpf(BPF_PROG_LOAD, attributes + bytes(64), "loading")
    except OSError as e:
        sys.exit(f"bpf.py: {e}\n{log.value.decode()}")


def main():
    kind, file, pin, *definitions = sys.argv[1:]
    with open(file, encoding="utf-8") as source:
        code = assemble(source.read(), dict(d.split("=", 1) for d in definitions))
    loaded = load(kind, code)
    path = ctypes.create_string_buffer(pin.encode())
    bpf(BPF_OBJ_PIN, struct.pack("<QII", ctypes.addressof(path), loaded, 0), f"pinning as {pin}")


if __name__ == "__main__":
    main()
