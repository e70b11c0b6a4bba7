#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""blocks.py FILE NAME: prints the code block of a page that is marked so, as a reader would copy it. The mark is the line before it:

    <!-- block: NAME -->          a test runs it, or takes it for a file
    <!-- not run: REASON -->      no test does, for this reason
"""

import re
import sys
import textwrap

FENCE = re.compile(r"^( *)```(\w*)$")
MARK = re.compile(r"^ *<!-- (block|not run): (.+) -->$")


def blocks(text):
    """Line, kind of mark ("block", "not run", or nothing) and its words, content, of each code block."""
    found, lines, before = [], text.split("\n"), ""
    at = 0
    while at < len(lines):
        if FENCE.match(lines[at]):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == "```"), len(lines))
            kind, words = MARK.match(before).groups() if MARK.match(before) else ("", "")
            found.append((at + 1, kind, words, textwrap.dedent("\n".join(lines[at + 1 : end])) + "\n"))
            at = end
        before = lines[at]
        at += 1
    return found


def main(path, name):
    with open(path, encoding="utf-8") as file:
        texts = [content for _, kind, words, content in blocks(file.read()) if (kind, words) == ("block", name)]
    if len(texts) != 1:
        sys.exit(f"{path} has {len(texts)} blocks named {name}")
    print(texts[0], end="")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
