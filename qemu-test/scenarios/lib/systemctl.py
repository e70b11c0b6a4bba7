#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""systemctl for a node that is a namespace, where no systemd is: does what the packages' own unit files say, with the real programs. It is
put into a node's PATH as "systemctl". Knows start, stop, restart, reload, enable [--now], mask, is-active; of a unit its Exec lines, environment, user,
runtime folders, caches and the services that it requires or wants.

A unit's processes are those that have SSI_UNIT=NAME in their environment, in this network namespace."""

import glob
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import sys
import time

PLACES = ["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"]
STATE = pathlib.Path("/run/units")
# Without systemd's sockets, or of no use in a test.
LEFT_OUT = {"auth-rpcgss-module.service", "rpc-svcgssd.service", "rpc-gssd.service", "rpc-statd-notify.service", "nfs-idmapd.service"}
INSTEAD = {"rpcbind.socket": "rpcbind.service"}
MOUNTS = {"proc-fs-nfsd.mount": ("nfsd", "/proc/fs/nfsd"), "rpc_pipefs.target": ("rpc_pipefs", "/run/rpc_pipefs")}


# Units may want each other.
starting = set()


class Unit:
    def __init__(self, name):
        self.name = name if "." in name.rsplit("@", 1)[-1] else name + ".service"
        stem, at, instance = self.name.partition("@")
        self.instance = instance.rsplit(".", 1)[0]
        names = [self.name] + ([f"{stem}@.service"] if at else [])
        found = (path for place in PLACES for name in names if (path := pathlib.Path(place, name)).exists() or path.is_symlink())
        self.path = next(found, None)
        if self.path is None:
            sys.exit(f"Unit {self.name} not found.")
        self.masked = os.path.realpath(self.path) == "/dev/null"
        self.keys = {}
        for line in "" if self.masked else self.path.read_text().replace("\\\n", " ").split("\n"):
            if (match := re.match(r"(\w+)=(.*)", line)) is not None:
                self.keys.setdefault(match[1], []).append(match[2].strip())

    def all(self, key):
        return " ".join(self.keys.get(key, [])).split()

    def one(self, key, default=""):
        return self.keys.get(key, [default])[-1]

    def words(self, text):
        return text.replace("%i", self.instance).replace("%I", self.instance).replace("%n", self.name).replace("%%", "%")

    def environment(self):
        env = dict(os.environ, SSI_UNIT=self.name)
        for line in self.keys.get("Environment", []):
            env.update(pair.split("=", 1) for pair in shlex.split(self.words(line)))
        for name in self.keys.get("EnvironmentFile", []):
            path = pathlib.Path(self.words(name).removeprefix("-"))
            if path.exists():
                env.update(pair.split("=", 1) for pair in shlex.split(path.read_text(), comments=True) if "=" in pair)
        return env

    def commands(self, key):
        env = self.environment()
        for line in self.keys.get(key, []):
            match = re.match(r"([-@:+!]*)(.*)", self.words(line))
            words = []
            for word in shlex.split(match[2]):
                if word.startswith("$") and word[1:].isidentifier():
                    words += env.get(word[1:], "").split()
                else:
                    words.append(re.sub(r"\$\{(\w+)\}", lambda m: env.get(m[1], ""), word))
            if (user := self.one("User")) and "+" not in match[1]:
                words = ["setpriv", f"--reuid={user}", f"--regid={self.one('Group', user)}", "--init-groups", *words]
            yield "-" in match[1], words, env

    def run(self, key):
        for may_fail, words, env in self.commands(key):
            rc = subprocess.run(words, env=env, stdin=subprocess.DEVNULL).returncode
            if rc and not may_fail:
                return rc
        return 0

    def processes(self):
        here = os.stat("/proc/self/ns/net").st_ino
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                own = os.stat(path.replace("environ", "ns/net")).st_ino == here
                if own and f"SSI_UNIT={self.name}".encode() in pathlib.Path(path).read_bytes().split(b"\0"):
                    yield int(path.split("/")[2])
            except OSError:
                pass

    def is_active(self):
        return any(self.processes()) or (STATE / self.name).exists()

    def start(self):
        if self.masked:
            sys.exit(f"Unit {self.name} is masked.")
        if self.name in starting or self.is_active():
            return 0
        starting.add(self.name)
        # Sockets and mounts are there before services, as with systemd.
        for name in sorted(self.all("Requires") + self.all("Wants"), key=lambda name: name.endswith(".service")):
            name = INSTEAD.get(name, name)
            if name in MOUNTS:
                kind, place = MOUNTS[name]
                os.makedirs(place, exist_ok=True)
                if not os.path.ismount(place):
                    subprocess.run(["mount", "-t", kind, kind, place], check=True)
            elif name.endswith(".service") and name not in LEFT_OUT and any(os.path.exists(f"{p}/{name}") for p in PLACES):
                unit = Unit(name)
                if not unit.masked:
                    unit.start()
        user = self.one("User", "root")
        for place in [f"/run/{name}" for name in self.all("RuntimeDirectory")] + [f"/var/cache/{name}" for name in self.all("CacheDirectory")]:
            os.makedirs(place, exist_ok=True)
            subprocess.run(["chown", user, place], check=True)
        if self.run("ExecCondition"):
            return 0
        if rc := self.run("ExecStartPre"):
            return rc
        if self.one("Type", "simple") in ("oneshot", "forking"):
            rc = self.run("ExecStart")
        else:
            rc = self.run_on()
        if rc == 0 and self.one("RemainAfterExit") == "yes":
            (STATE / self.name).touch()
        return rc

    def run_on(self):
        """The main program goes on; "notify" says when it is ready."""
        waits = self.one("Type", "simple").startswith("notify")
        place = STATE / f"{self.name}.ready"
        place.unlink(missing_ok=True)
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ready.bind(str(place))
        place.chmod(0o666)
        ready.settimeout(60)
        for _, words, env in self.commands("ExecStart"):
            if waits:
                env["NOTIFY_SOCKET"] = str(place)
            with open(STATE / f"{self.name}.log", "ab") as log:
                subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            while waits and b"READY=1" not in ready.recv(65536).split(b"\n"):
                pass
        except TimeoutError:
            print(f"{self.name} is not ready within a minute", file=sys.stderr)
            return 1
        return 0

    def reload(self):
        if self.one("Type") == "notify-reload":
            for pid in self.processes():
                os.kill(pid, signal.SIGHUP)
            return 0
        return self.run("ExecReload")

    def stop(self):
        if not self.is_active():
            return 0
        starting.discard(self.name)
        for path in (path for place in PLACES for path in pathlib.Path(place).glob("*.service")):
            if not path.is_symlink() and re.search(rf"^BindsTo=.*\b{re.escape(self.name)}", path.read_text(), re.M):
                Unit(path.name).stop()
        self.run("ExecStop")
        (STATE / self.name).unlink(missing_ok=True)
        for sign in [signal.SIGTERM] * 50 + [signal.SIGKILL] * 50:
            left = list(self.processes())
            if not left:
                break
            for pid in left:
                try:
                    os.kill(pid, sign)
                except ProcessLookupError:
                    pass
            time.sleep(0.1)
        self.run("ExecStopPost")
        return 0


def main(words):
    STATE.mkdir(exist_ok=True)
    now = "--now" in words
    words = [word for word in words if not word.startswith("-")]
    verb, names = (words[0], words[1:]) if words else ("", [])
    rc = 0
    for name in names:
        if verb == "mask":
            place = pathlib.Path(PLACES[0], name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            place.symlink_to("/dev/null")
            continue
        unit = Unit(name)
        match verb:
            case "start":
                rc |= unit.start()
            case "stop":
                rc |= unit.stop()
            case "restart":
                unit.stop()
                rc |= unit.start()
            case "reload":
                rc |= unit.reload()
            case "enable":
                rc |= unit.start() if now else 0
            case "disable":
                rc |= unit.stop() if now else 0
            case "is-active":
                rc |= 0 if unit.is_active() else 3
            case _:
                sys.exit(f"systemctl {verb}: not here")
    sys.exit(rc)


main(sys.argv[1:])
