# SPDX-License-Identifier: GPL-2.0-only
"""What the client asks of the host that the machines run on: to cut a machine's power, to switch it on again, to have it stand still
and go on, and to fire SYNs at the cluster and see at the switch who answers.

Asked as a machine is asked (qemu-test/guest/agent): a line is the command, and the rest of the connection its input."""

import os
import shlex
import signal
import socket
import subprocess
import time

from . import network
from .parts import TOP

# Where ssi-probe finds the switch: it looks among the namespaces that have a name, and this is the one it is in.
SWITCH = "../../proc/self/ns/net"
PROBE = 'mkdir -p /run/netns && exec "$0" "$@"'


class Refusal(Exception):
    """A sentence for who asked."""


class Host:
    def __init__(self, guests, folder):
        self.guests = {g.name: g for g in guests}
        self.folder = folder
        self.storm = None
        self.socket = socket.create_server((network.KINDS["mgmt"][1][0].split("/")[0], 9), backlog=16)
        self.socket.settimeout(0.2)

    def serve_one(self):
        """Does what somebody asks, if one does within a moment."""
        try:
            connection, _ = self.socket.accept()
        except TimeoutError:
            return
        with connection:
            connection.settimeout(60)
            try:
                self.answer(connection)
            except OSError:
                pass  # who asked is gone

    def answer(self, connection):
        asked = b""
        while data := connection.recv(1 << 16):
            asked += data
        line, _, more = asked.partition(b"\n")
        try:
            said, status = self.do(shlex.split(line.decode()), more), 0
        except (Refusal, OSError, subprocess.SubprocessError) as e:
            said, status = f"{e}", 1
        connection.sendall(f"{said}\nstatus {status}\n".encode())

    def do(self, words, more):
        match words:
            case ["cut", name]:
                self.mark(f"{name} loses power")
                self.guest(name).off()
            case ["boot", name]:
                self.mark(f"{name} is switched on")
                guest = self.guest(name)
                if guest.is_on():
                    raise Refusal(f"{name} is on")
                switch_on(guest)
            case ["pause", name]:
                self.running(name).pause()
                # What is sent later is sent to one that stands still.
                self.mark(f"{name} stands still")
            case ["resume", name]:
                self.mark(f"{name} goes on")
                self.running(name).resume()
            case ["mark", *text]:
                self.mark(" ".join(text))
            case ["storm", *options]:
                return self.storm_up(options, more)
            case ["storm-over"]:
                return self.storm_over()
            case _:
                raise Refusal(f"the host does not know {words}")
        return ""

    def guest(self, name):
        if name not in self.guests:
            raise Refusal(f"there is no machine {name}")
        return self.guests[name]

    def running(self, name):
        guest = self.guest(name)
        if not guest.is_on():
            raise Refusal(f"{name} is off")
        return guest

    def mark(self, text):
        with open(f"{self.folder}/marks", "a") as marks:
            marks.write(f"{time.time_ns() // 1000} {text}\n")

    def storm_up(self, options, table):
        if self.storm is not None:
            raise Refusal("there is a storm already")
        for name, content in (("table", table), ("marks", b"")):
            with open(f"{self.folder}/{name}", "wb") as file:
                file.write(content)
        nodes = [word for name in self.guests for word in ("--node", f"lan-{name}={name}")]
        probe = ["ssi-probe", "storm", "--dev", "lan", "--from", network.MAC.format(0), "--syns", "1", "--switch", SWITCH]
        probe += [*nodes, *options]
        probe += ["--table", f"{self.folder}/table", "--marks", f"{self.folder}/marks", "--out", f"{self.folder}/storm.json"]
        probe[0] = str(TOP / "build" / "tools" / "ssi-probe")
        argv = [TOP / "scripts" / "in-toolbox", "--host", "--", "sh", "-c", PROBE, *probe, "--detach"]
        with open(f"{self.folder}/storm.err", "w+") as errors:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=60)
            if done.returncode:
                errors.seek(0)
                raise Refusal(f"ssi-probe storm: {errors.read().strip()}")
        self.storm = int(done.stdout)
        return ""

    def storm_over(self):
        if self.storm is None:
            raise Refusal("there is no storm")
        # Its parent has ended, so it is ours now: we are the first process here.
        os.kill(self.storm, signal.SIGTERM)
        os.waitpid(self.storm, 0)
        self.storm = None
        with open(f"{self.folder}/storm.json") as verdict:
            return verdict.read()


def switch_on(guest, over=lambda: None):
    """A node: what its command says is kept."""
    out = [os.open(f"{guest.out}/{name}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) for name in ("stdout", "errors")]
    guest.on(*out, over)
