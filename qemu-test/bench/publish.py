# SPDX-License-Identifier: GPL-2.0-only
"""Writes Documentation/bench: the results, what they say, and plots."""

import json
import subprocess

import machine
import report

FOLDER = machine.TOP / "Documentation" / "bench"
CRATE = machine.TOP / "userspace" / "probe"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"


def _table(head, lines):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for line in lines:
        yield "| " + " | ".join(str(cell) for cell in line) + " |"


def _rows(results):
    head, *lines = report.row_table(results)
    group = []
    for line in [*lines, None]:
        if line is None or len(line) == 1:
            if group:
                yield from ["", f"**{how.capitalize()}**: {report.HOW[how]}.", "", *_table(head, group)]
            group, how = [], line and line[0]
        else:
            group.append(line)


def _curves(results):
    for unit in ("instructions", "nanoseconds"):
        curves = [curve for curve in results["curves"] if curve["unit"] == unit]
        lines = []
        for curve in curves:
            points = ", ".join(f"{point['x']:,}: {point['figure']:.0f}" for point in curve["points"])
            lines.append([curve["what"], points, f"{curve['spread'] * 100:.1f} %", "yes" if curve["flat"] else "**no**"])
        if lines:
            yield from ["", *_table([unit, "points", "farthest from the first", "flat"], lines)]


def _machine(results):
    of = results["machine"]
    changed = " with changes" if of["changed"] else ""
    yield f"Commit {of['commit']}{changed}, {of['date']}. Linux {of['kernel']} in QEMU {of['qemu']}; User Mode Linux"
    yield f"{of['uml-kernel']} of the same source, on {of['processor']}, {of['processors']} processors, load {of['load']:.1f}."


def page(results):
    """What stands between the marks."""
    lines = list(_machine(results))
    ratio, good = report.drop_by_stray(results) or (None, None)
    if ratio is not None:
        lines += ["", f"Another node's frame in User Mode Linux takes {ratio:.3f} of a stray frame's time (bound {report.DROP_BY_STRAY}: "
                  f"{'reached' if good else 'missed'})."]
    lines += _rows(results)
    lines += _curves(results)
    lines += ["", *(f"- {line}" for line in report.shared_lines(results))]
    return "\n".join(lines)


def write(results):
    FOLDER.mkdir(exist_ok=True)
    data = FOLDER / "results.json"
    data.write_text(json.dumps(results, indent=1) + "\n")
    readme = FOLDER / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n{page(results)}\n{END}{after}")
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--example", "bench", "--", data, FOLDER]
    subprocess.run([machine.TOP / "scripts" / "in-toolbox", "--", *command], cwd=CRATE, check=True)
