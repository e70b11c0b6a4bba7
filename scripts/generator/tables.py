# SPDX-License-Identifier: GPL-2.0-only
"""Tables in documents."""
import sys

from .elements import ABSENT, BY, TOP, attributes, doc, has_values, is_flags, phrase
from .shown import BESIDES, described_values, of_attributes, replied


def row(cells):
    return f"| {' | '.join(cells)} |"


def kept(text):
    """Rows of a table by their first cell."""
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows}


def counters(spec, old):
    """What each counter counts; when it rises is written by hand, and kept."""
    rows = kept(old)
    yield row(["counter", "what it counts", "when it rises"])
    yield "|---|---|---|"
    for attr in attributes(spec, "stats"):
        advice = rows.get(f"`{attr.name}`", ["", ""])[-1]
        yield row([f"`{attr.name}`", phrase(doc(attr)), advice])


def json_type(attr):
    if attr.type == "nest":
        return "array"
    if is_flags(attr):
        return "array of text"
    if has_values(attr) or attr.type in ("string", "binary") or attr.display_hint == "hex":
        return "text"
    if attr.type == "u8":
        return "boolean"
    return "number"


def fields(prefix, of):
    def table(spec, _old):
        for attr in attributes(spec, of):
            yield row([f"`{prefix}{attr.name}`", json_type(attr), phrase(doc(attr))])
    return table


def shown_json(spec, attr, notes, may_lack):
    """A row of an attribute: what it is, its values, its form."""
    text = phrase(described_values(spec, attr, "`"))
    note = notes.get(attr.name)
    text += f"; {note}" if note else ""
    return row([f"`{attr.name}`", json_type(attr) + (" or null" if may_lack else ""), text])


def reply(name):
    """A table of an operation's reply, or of an event, with what ssictl has besides."""
    def table(spec, _old):
        given = BESIDES["json"][name]
        own = {field["after"]: [] for field in given.get("own", [])}
        for one in given.get("own", []):
            own[one["after"]].append(row([f"`{one['field']}`", one["type"], one["what"]]))
        yield row(["field", "type", "what"])
        yield "|---|---|---|"
        # An event has all that it is said to have.
        absent = () if "event" in spec.msgs[given["operation"]].yaml else ABSENT
        attrs = replied(spec, given["operation"])
        of_attributes(attrs, [*own, *given.get("without", []), *given.get("notes", {})])
        for attr in attrs:
            if attr.name not in given.get("without", []):
                yield shown_json(spec, attr, given.get("notes", {}), attr.name in absent)
            yield from own.get(attr.name, [])
    return table


TABLES = {
    "Documentation/reference.md": {"counters": counters},
    "Documentation/ssictl-json.md": {
        **{name: reply(name) for name in BESIDES["json"]},
        "counters": fields("stats.", "stats"),
        "counters of buckets": fields("bucket-stats[].", "bucket-stats"),
        "peers": fields("peers[].", "peer"),
    },
}


def tables(spec, path):
    """A document with its tables made anew, each between two lines that say so."""
    text = (TOP / path).read_text()
    for name, table in TABLES[path].items():
        begin, end = f"<!-- {name}: {BY} -->\n", "<!-- end of what is generated -->\n"
        before, found, rest = text.partition(begin)
        old, closed, after = rest.partition(end)
        if not (found and closed):
            sys.exit(f"{path}: no lines\n{begin}{end}")
        text = before + begin + "\n".join(table(spec, old)) + "\n" + end + after
    return text
