# SPDX-License-Identifier: GPL-2.0-only
"""The page of sysfs: Documentation/ABI/sysfs-class-net-ssi."""
import re
import sys
import textwrap

from .elements import BY, TOP, attributes, doc, lower
from .shown import BESIDES, described_values, of_attributes, replied

WHAT = "What:\t\t/sys/class/net/<iface>/ssi-<cluster>/"


def entry(name, text):
    """An entry of the page of sysfs."""
    paragraphs = re.split(r"\n\s*\n", text)
    filler = textwrap.TextWrapper(72, "\t\t", "\t\t", tabsize=4, break_on_hyphens=False)
    filled = [filler.fill(" ".join(one.split())) for one in paragraphs]
    return f"{WHAT}{name}\nDate:\t\tNovember 2026\nContact:\tThe ssi developers\nDescription:\n" + "\n\n".join(filled) + "\n"


def sysfs_file(spec, attr):
    """A file of an attribute."""
    given = BESIDES["sysfs"]
    # In cluster-set the generation is a condition.
    tunable = attr.name != "generation" and attr.name in spec.ops["cluster-set"].yaml["do"]["request"]["attributes"]
    text = described_values(spec, attr, '"')
    if attr.type == "u8":
        text = text.removesuffix(".") + '; "1" or "0".'
    access = "Read and write." if tunable else "Read only."
    note = given["notes"].get(attr.name, "").strip()
    return entry(given["names"].get(attr.name, lower(attr.name)), f"{text} {access} {note}")


def page(spec, path):
    """The page of sysfs with its last part made anew: attributes, then counters."""
    given = BESIDES["sysfs"]
    attrs = {attr.name: attr for operation in given["operations"] for attr in replied(spec, operation)}
    of_attributes(attrs.values(), [*given["without"], *given["names"], *given["notes"]])
    entries = [sysfs_file(spec, attr) for attr in attrs.values() if attr.name not in given["without"]]
    entries += [entry(f"statistics/{lower(attr.name)}", doc(attr)) for attr in attributes(spec, "stats")]
    # No comment may stand between entries.
    first = entries[0].splitlines()[0]
    before, found, _ = (TOP / path).read_text().partition(f"{first}\n")
    mark = f"# From {first.rpartition('>/')[2]} on {BY}.\n"
    if not found or mark not in before:
        sys.exit(f"{path}: no line\n{mark}or no entry\n{first}")
    return before + "\n".join(entries)
