# SPDX-License-Identifier: GPL-2.0-only
"""How the cost of a drop grows: one quantity at a time."""

import statistics

import lanes

CURVES = {
    "buckets": "buckets, each packet in another one",
    "clients": "client addresses, each packet from another one",
    "nodes": "nodes",
    "clusters": "clusters on the interface, a packet of the last",
    "clusters-bystander": "clusters on the interface, a frame of none",
    "vips": "cluster addresses, a packet to the last",
}
# More than this is not flat.
BOUND = 0.05


def _points(figures, curve):
    return sorted((int(name.split(":")[1]), of) for name, of in figures.items() if name.split(":")[0] == curve)


def _curve(figures, curve, unit):
    """Of a curve that has rows of the kernel alone on the same packets, the difference to these on top of what the kernel
    takes for a stray frame: making the packets is no part of it."""
    stray = figures["stray:0"]
    base = dict(_points(figures, f"{curve}-base"))
    points = []
    for x, of in _points(figures, curve):
        less = base.get(x) or base.get(0)
        if less:
            of = [f - l + s for f, l, s in zip(of, less, stray)]
        points.append({"x": x, "figure": round(statistics.median(of), 1)})
    first = points[0]["figure"]
    spread = max(abs(point["figure"] - first) for point in points) / first
    return {
        "name": curve, "what": CURVES[curve], "unit": unit, "points": points,
        "spread": round(spread, 3), "flat": spread <= BOUND,
    }


def measured(in_lanes, count, rounds):
    """The part "curves" of the results."""
    result = []
    for lane, unit in (("icount", "instructions"), ("native", "nanoseconds")):
        if lane not in in_lanes:
            continue
        # Of two windows one has fewer of the timer's interrupts: some instructions would be more than a bound's rest.
        how = {"COUNT": count, "WINDOWS": 2} if lane == "icount" else {"ROUNDS": rounds, **lanes.NATIVE}
        figures = lanes.figures(lane, "curves.sh", **how)
        result += [_curve(figures, curve, unit) for curve in CURVES]
    return result
