# SPDX-License-Identifier: GPL-2.0-only
"""Elements of the specification, and their texts."""
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SPEC = "Documentation/netlink/specs/ssi.yaml"
BY = f"generated from {SPEC} by scripts/generate"
# Of cluster-get's answer, what is not there always.
ABSENT = ("hash-seed", "prefix4", "prefix6", "forward", "forward-ifindex", "master-mac", "flooded", "key-id", "lease",
          "lease-until", "reason")


def upper(name):
    return name.upper().replace("-", "_")


def lower(name):
    return name.replace("-", "_")


def camel(name):
    return "".join(part.capitalize() for part in name.split("-"))


def doc(element):
    """Its text as one paragraph."""
    return " ".join((element.get("doc") or "").split())


def brief(element):
    """The first paragraph of its text, which says what it is; what is asked of a request comes after it."""
    return " ".join(re.split(r"\n\s*\n", element.get("doc") or "")[0].split())


def phrase(text):
    """A text as it stands in a table: no capital at the beginning, no full stop at the end."""
    text = text.removesuffix(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def attributes(spec, name):
    """The attributes of a set that mean something."""
    return [attr for attr in spec.attr_sets[name].attrs.values() if attr.type != "pad"]


def enums(spec):
    return [one for one in spec.consts.values() if one["type"] in ("enum", "flags")]


def has_values(attr):
    """Whether its value is one of an enumeration's."""
    return "enum" in attr and attr.family.consts[attr["enum"]]["type"] == "enum"


def is_flags(attr):
    """Whether its value is a set of some names."""
    return "enum" in attr and not has_values(attr)


def limits(spec, attr):
    """The least and the greatest number, where both are given."""
    checks = attr.yaml.get("checks", {})
    if attr.type != "u32" or not {"min", "max"} <= checks.keys():
        return None
    return tuple(spec.consts[end]["value"] if end in spec.consts else end for end in (checks["min"], checks["max"]))


def described(attr):
    """An attribute's text, or that of its values."""
    if doc(attr) or not has_values(attr):
        return doc(attr)
    values = attr.family.consts[attr["enum"]]
    return doc(values)
