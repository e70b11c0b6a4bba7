# SPDX-License-Identifier: GPL-2.0-only
"""The wires between machines, in the network namespace that this is called in: a bridge for each kind of link, with a port
for each machine. QEMU has the port's other end, a tap, in its hand; for User Mode Linux it is an interface."""

import os
import pathlib
import subprocess

# The fifth number of its links' MAC addresses, and what this side has there.
KINDS = {
    "lan": (0x00, ["10.9.1.2/16", "fd5a::fffd/64"]),
    "ring": (0x08, []),
    "mgmt": (0x07, ["10.7.0.254/24"]),
}
MAC = "0e:00:00:00:{:02x}:fe"


def lacking():
    """What keeps this machine from having such a network with QEMU: a sentence, or None."""
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as e:
        return f"/dev/net/tun: {e.strerror}: load the module tun, or give this container the device, or say --uml, which needs none"
    return None


def links(kinds, first, number, name):
    """(port, MAC address) of each of a machine's links."""
    return [(f"{kind}-{name}", f"{first:02x}:00:00:00:{KINDS[kind][0]:02x}:{number:02x}") for kind in kinds]


def machine_side(port):
    """The other end of a port that is no tap."""
    return f"{port}m"


def up(ports, taps):
    """Makes bridges and these ports, named KIND-MACHINE."""
    # This side is a switch: it answers for nothing but its own addresses, where they are.
    for file, value in (("ipv4/conf/all/arp_ignore", 1), ("ipv6/conf/default/disable_ipv6", 1)):
        pathlib.Path("/proc/sys/net", file).write_text(f"{value}\n")
    lines = ["link set lo up"]
    for kind, (number, _) in KINDS.items():
        lines.append(f"link add {kind} address {MAC.format(number)} type bridge stp_state 0 mcast_snooping 0")
        lines.append(f"link set {kind} up")
    for port in ports:
        if taps:
            lines.append(f"tuntap add {port} mode tap")
        else:
            lines.append(f"link add {port} type veth peer name {machine_side(port)}")
            lines.append(f"link set {machine_side(port)} arp off up")
        lines.append(f"link set {port} master {port.split('-')[0]} up")
    _ip(lines)
    pathlib.Path("/proc/sys/net/ipv6/conf/lan/disable_ipv6").write_text("0\n")
    _ip(f"addr add {a} dev {kind}" + (" nodad" if ":" in a else "") for kind, (_, own) in KINDS.items() for a in own)


def _ip(lines):
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)
