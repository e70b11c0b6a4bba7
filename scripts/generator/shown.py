# SPDX-License-Identifier: GPL-2.0-only
"""What is shown of attributes, in documents: by the specification, and by shown.toml."""
import sys
import tomllib

from .elements import TOP, brief, doc, has_values, is_flags, limits, phrase

# What is shown besides the specification, or otherwise.
BESIDES = tomllib.loads((TOP / "scripts/generator/shown.toml").read_text())


def replied(spec, operation):
    """The attributes of an operation's reply, or of an event."""
    modes = spec.msgs[operation].yaml
    names = (modes.get("event") or (modes.get("do") or modes["dump"])["reply"])["attributes"]
    return [spec.attr_sets["cluster"].attrs[name] for name in names]


def of_attributes(attrs, names):
    """Fails where shown.toml is about what is not shown there."""
    unknown = set(names) - {attr.name for attr in attrs}
    if unknown:
        sys.exit(f"scripts/generator/shown.toml: no {', '.join(sorted(unknown))} among {', '.join(attr.name for attr in attrs)}")


def form(attr, quote):
    """How a value is written that is neither a number nor one of a few words."""
    if attr.display_hint == "hex" or attr.type == "binary" and attr.display_hint is None:
        length = 4 if attr.type == "u32" else attr.yaml.get("checks", {}).get("exact-len")
        return f"{2 * length} hexadecimal digits" if length else f"as {quote}0-3,7{quote}, or {quote}none{quote}"
    return None


def described_values(spec, attr, quote):
    """What an attribute is, with its values or their form."""
    if has_values(attr):
        values = spec.consts[attr["enum"]]
        meanings = {one.name: f" ({phrase(brief(one))})" if doc(one) else "" for one in values.entries.values()}
        *first, last = [f"{quote}{name}{quote}{meaning}" for name, meaning in meanings.items()]
        return f"{brief(values).removesuffix('.')}: {', '.join(first)} or {last}."
    text = brief(attr)
    if is_flags(attr):
        names = ", ".join(f"{quote}{name}{quote}" for name in spec.consts[attr["enum"]].entries)
        return f"{text.removesuffix('.')}: any of {names}."
    if limits(spec, attr):
        text = f"{text.removesuffix('.')}, {' to '.join(map(str, limits(spec, attr)))}."
    if form(attr, quote):
        text = f"{text.removesuffix('.')}; {form(attr, quote)}."
    return text
