# SPDX-License-Identifier: GPL-2.0-only
"""The results as text."""

import rows

# How the packets of a group come, in a sentence.
HOW = {
    rows.RECEIVED: "pktgen `netif_receive`, burst 64, on a veth; pktgen keeps its share of the buffer",
    rows.SENT: "pktgen `queue_xmit` through a dummy device",
    rows.OVER_VETH: "pktgen `start_xmit` into the other end of the veth, a new buffer each; making and queuing it is in the figure",
    rows.UNSHARED: "pktgen `netif_receive` with a new buffer each, as a device's are; making it is in the figure",
    rows.BY_SOCKET: "a packet socket sends into the other end of the veth (`ssi-probe blast`); the sending is in the figure",
}

# The bound of a drop's time by a stray frame's.
DROP_BY_STRAY = 0.95


def _number(value, form):
    return "" if value is None else format(value, form)


def _cells(row, unit):
    of = row.get(unit) or {}
    return _number(of.get("figure"), ".0f"), _number(of.get("added"), "+.0f")


def row_table(results):
    """Head and lines; a line is a group's name or a row's cells."""
    yield ["", "instructions", "added", "ns", "added"]
    how = None
    for row in results["rows"]:
        if row["how"] != how:
            how = row["how"]
            yield [how]
        yield [row["what"], *_cells(row, "instructions"), *_cells(row, "nanoseconds")]


def drop_by_stray(results):
    """The ratio of the native lane, and whether it is within its bound."""
    for row in results.get("rows", ()):
        if row["name"] == "rx-handler-drop" and row.get("nanoseconds"):
            ratio = row["nanoseconds"]["ratio"]
            return ratio, ratio <= DROP_BY_STRAY
    return None


def _columns(lines):
    widths = (58, 13, 8, 7, 7)
    for line in lines:
        if len(line) == 1:
            yield f"-- {line[0]}"
        else:
            yield line[0].ljust(widths[0]) + "".join(cell.rjust(w) for cell, w in zip(line[1:], widths[1:]))


def curve_lines(results):
    """A sentence for each curve."""
    for curve in results.get("curves", ()):
        points = ", ".join(f"{p['x']}: {p['figure']:.0f}" for p in curve["points"])
        flat = "flat" if curve["flat"] else "NOT FLAT"
        yield f"{curve['unit']:12} {curve['name']}: {points} ({flat}, {curve['spread'] * 100:.1f} %)"


def shared_lines(results):
    """Sentences for the rest."""
    for of in results.get("processors", ()):
        yield f"{of['who']:7} {of['how']:9} {of['nanoseconds']:.1f} ns, least {of['least']:.1f}; by one processor's {of['ratio']:.3f}"
    if swap := results.get("swap"):
        yield f"table of 65,536 buckets changed {swap['changes']} times: {swap['milliseconds']:.2f} ms each, {swap['sent']:,} packets meanwhile, {swap['lost']} lost"
    for of in results.get("memory", ()):
        yield f"memory of a cluster of {of['buckets']} buckets, {of['processors']} processors: {of['bytes']:,} bytes"


def text(results):
    """All of it."""
    lines = []
    if "rows" in results:
        lines += _columns(row_table(results))
    if found := drop_by_stray(results):
        ratio, good = found
        lines.append(f"native drop / native stray drop: {ratio:.3f} (bound {DROP_BY_STRAY}: {'good' if good else 'MISSED'})")
    lines += curve_lines(results)
    lines += shared_lines(results)
    return "\n".join(lines)
