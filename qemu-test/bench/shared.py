# SPDX-License-Identifier: GPL-2.0-only
"""What processors share, what a change of a table costs, what a cluster takes of memory."""

import statistics

import lanes


def _processors(rounds):
    figures = lanes.figures("native-2", "cpus.sh", ROUNDS=rounds, **lanes.NATIVE)
    result = []
    for prefix, who in (("kernel-", "kernel"), ("", "ssi")):
        one = figures[f"{prefix}one"]
        for how in ("one", "apart", "together"):
            of = figures[prefix + how]
            result.append({
                "who": who, "how": how, "nanoseconds": round(statistics.median(of), 1), "least": min(of),
                "ratio": round(statistics.median(f / o for f, o in zip(of, one)), 3),
            })
    return result


def _swap():
    fields = {name.removeprefix("swap-"): float(figure) for name, figure in lanes.run("native-2", "swap.sh")}
    return {name: value if name == "milliseconds" else int(value) for name, value in fields.items()}


def _memory():
    result, cpus = [], None
    for name, figure in lanes.run("native-2", "memory.sh"):
        if name == "cpus":
            cpus = int(figure)
        else:
            result.append({"buckets": int(name.split(":")[1]), "processors": cpus, "bytes": int(figure)})
    return result


def measured(rounds):
    """The parts "processors", "swap" and "memory" of the results."""
    return {"processors": _processors(rounds), "swap": _swap(), "memory": _memory()}
