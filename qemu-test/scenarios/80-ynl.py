#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Drives the ssi family with the kernel source's own client, in one process (each start of it takes seconds on an
emulated processor), and compares what it sees with what ssictl sees. 80-ynl.py drive|refuse|events"""

import json
import socket
import subprocess
import sys
import time

sys.path.insert(0, "/usr/local/lib/ynl/pyynl")
from lib import NlError, YnlFamily  # noqa: E402

VIP = "10.9.0.100"


def ssictl(*words):
    return json.loads(subprocess.run(["ssictl", "-j", *words], stdout=subprocess.PIPE, check=True).stdout)


def expect(what, wanted, got):
    if wanted != got:
        sys.exit(f"{what}: expected {wanted}, got {got}")


def same_view(ssi):
    """The same fields with the same values, but for what only one of them shows or how it shows it."""

    def plain(cluster, address):
        hidden = ("hash-seed", "ifname", "link", "reason", "redirects")
        left = {k: v for k, v in cluster.items() if k not in hidden and v is not None}
        flags = {name: bool(cluster.get(name)) for name in ("master", "lapsed")}
        return left | flags | {"vip": [address(v) for v in cluster["vip"]], "differs": sorted(cluster["differs"])}

    theirs = [plain(c, lambda v: str(v["address"])) for c in ssi.dump("cluster-get", {})]
    ours = [plain(c, lambda v: v["address"]) for c in ssictl("cluster", "show")]
    expect("ssictl's view", theirs, ours)


def new(ssi):
    ssi.do(
        "cluster-new",
        {
            "name": "y",
            "ifindex": socket.if_nametoindex("eth0"),
            "node": 0,
            "nodes": 3,
            "function": "bitmap",
            "buckets": 16,
            "owned": "ff00",
            "master": 1,
            "vip": [{"address": VIP}],
        },
    )


def lease(ssi):
    """It ends when it was told to, whoever tells and whoever asks."""

    def told():
        return [ssi.do(op, {"name": "y"})["lease-until"] for op in ("cluster-get", "table-get")]

    until = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) + 600_000
    ssi.do("table-set", {"name": "y", "buckets": 12, "owned": "0f00", "generation": 901, "lease-until": until})
    expect("lease-until", [until] * 2, told())
    ssi.do("lease-renew", {"name": "y", "lease-until": until + 1000})
    ssi.do("lease-renew", {"name": "y", "lease-until": until})
    expect("lease-until, renewed", [until + 1000] * 2, told())
    expect("lease-until, by ssictl", until + 1000, ssictl("cluster", "show")[0]["lease-until"])


def drive(ssi):
    new(ssi)
    same_view(ssi)
    ssi.do("cluster-set", {"name": "y", "nodes": 4, "reply-mac": "node"})
    same_view(ssi)
    expect("reply-mac", "node", ssi.do("cluster-get", {"name": "y"})["reply-mac"])
    ssi.do("table-set", {"name": "y", "buckets": 12, "owned": "0f00", "generation": 900})
    same_view(ssi)
    expect("owned", "0-3", ssictl("table", "show", "y")["owned"])
    table = ssi.do("table-get", {"name": "y"})
    expect("table", (12, "0f00", 900), (table["buckets"], table["owned"].hex(), table["generation"]))
    stats = ssi.do("stats-get", {"name": "y"})["stats"]
    shown = ssictl("stats", "y")[0]["stats"]
    # The former name of a counter, which only ssictl knows.
    expect("rx-keepalive", stats["rx-flood-probe"], shown.pop("rx-keepalive"))
    expect("counters", shown, stats)
    expect("clusters with counters", 1, len(ssi.dump("stats-get", {})))
    expect("clusters with buckets", True, isinstance(ssi.dump("bucket-stats-get", {"name": "y"}), list))
    lease(ssi)
    ssi.do("cluster-del", {"name": "y"})
    expect("clusters left", [], ssi.dump("cluster-get", {}))
    print(f"new, set, get, table-set, table-get, lease-renew, del; dumps and {len(stats)} counters agree with ssictl")


def refuse(ssi):
    try:
        ssi.do("cluster-del", {"name": "nobody"})
    except NlError as error:
        expect("sentence", "no cluster of this name in this network namespace", error.nl_msg.extack.get("msg"))
        expect("attribute at fault", ".name", error.nl_msg.extack.get("bad-attr"))
        print("its refusal has the sentence, and says that it is the name")
    else:
        sys.exit("removed what is not there")


def events(ssi):
    # A socket of its own: one that has sent something cannot subscribe any more.
    listener = family()
    listener.ntf_subscribe("events")
    new(ssi)
    ssi.do("cluster-set", {"name": "y", "nodes": 4})
    ssi.do("cluster-del", {"name": "y"})
    told = [ntf["name"] for ntf in listener.poll_ntf(duration=1)]
    expect("events", ["cluster-new-ntf", "cluster-set-ntf", "cluster-del-ntf"], told)
    print("3 events heard")


def family():
    return YnlFamily("/usr/share/ynl/specs/ssi.yaml", schema="/usr/share/ynl/genetlink.yaml")


ssi = family()
for verb in sys.argv[1:]:
    {"drive": drive, "refuse": refuse, "events": events}[verb](ssi)
