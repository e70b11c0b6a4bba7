# SPDX-License-Identifier: GPL-2.0-only
"""Numbers and names, which the module and the tools have: src/logic/wire.rs."""
from .elements import BY, attributes, camel, described, doc, enums, has_values, limits, lower, phrase, quoted, upper

# Rust's names of attribute sets.
SETS = {"cluster": "Attr", "vip": "VipAttr", "stats": "Counter", "bucket-stats": "BucketAttr", "peer": "PeerAttr"}


def numbers(module, about, kind, elements):
    yield f"/// {about}"
    yield "#[allow(missing_docs)]"
    yield f"pub mod {module} {{"
    for name, number in elements:
        yield f"pub const {upper(name)}: {kind} = {number};"
    yield "}\n"


def numbered(name, about, kind, elements):
    yield "numbered! {"
    yield f"    /// {about}"
    yield f"    {name}: {kind} {{"
    for member, number, text in elements:
        yield f"        {camel(member)} = {number} {quoted(member)} {quoted(text)},"
    yield "    }"
    yield "}\n"


def rule(spec, attr):
    """What a value has to be, for whoever gave another one."""
    checks = attr.yaml.get("checks", {})
    if has_values(attr):
        *first, last = [f"{entry.name} ({entry.value})" for entry in spec.consts[attr["enum"]].entries.values()]
        return f"{attr.name} is {', '.join(first)} or {last}"
    if "exact-len" in checks:
        return f"{attr.name} has {checks['exact-len']} bytes"
    if limits(spec, attr):
        return f"{attr.name} is {' to '.join(map(str, limits(spec, attr)))}"
    return None


def wire(spec):
    yield f"// SPDX-License-Identifier: GPL-2.0-only\n\n//! Numbers and names, {BY}: do not edit.\n"
    yield "use core::{\n    ffi::CStr,\n    ops::RangeInclusive, //\n};\n"
    yield "use super::numbered::{\n    numbered,\n    Unknown, //\n};\n"
    yield f"/// The family's name.\npub const FAMILY: &CStr = c{quoted(spec.name)};"
    yield f"/// The family's version.\npub const VERSION: u8 = {spec.get('version', 1)};"
    for group in spec.mcast_groups.values():
        yield f"/// A multicast group's name.\npub const {upper(group.name)}: &CStr = c{quoted(group.name)};"
    yield ""
    for const in spec.consts.values():
        if const["type"] == "const":
            kind = "u32" if const["name"] == "buckets-max" else "usize"
            yield f"/// {doc(const)}\npub const {upper(const['name'])}: {kind} = {const['value']};"
    yield ""
    operations = [op for op in spec.msgs.values()]
    yield from numbers("command", "Commands.", "u8", [(op.name, op.value) for op in operations])
    for name, attrs in spec.attr_sets.items():
        elements = [(attr.name, attr.value) for attr in attrs.attrs.values()]
        yield from numbers(lower(name), f"Attributes of the set `{name}`.", "u16", elements)
    reasons = spec.consts["reason"].entries.values()
    yield from numbers("reason", "Values of `reason`.", "u32", [(one.name, one.value) for one in reasons])
    elements = [(op.name, op.value, doc(op)) for op in operations]
    yield from numbered("Op", "What a message is about.", "u8", elements)
    for name, rust in SETS.items():
        about = phrase if name == "stats" else str
        elements = [(attr.name, attr.value, about(described(attr))) for attr in attributes(spec, name)]
        about = doc(spec.attr_sets[name]) or f"Attributes of the set `{name}`."
        yield from numbered(rust, about, "u16", elements)
    for enum in enums(spec):
        elements = [(entry.name, entry.value, doc(entry)) for entry in enum.entries.values()]
        yield from numbered(camel(enum.name), doc(enum), "u32", elements)
    highest = max(attr.value for attrs in spec.attr_sets.values() for attr in attrs.attrs.values())
    yield f"/// The highest number of an attribute, in any set.\npub const ATTR_MAX: usize = {highest};\n"
    yield "/// Names of the files in which sysfs shows the counters."
    files = "".join(f"c{quoted(lower(attr.name))}," for attr in attributes(spec, "stats"))
    yield f"pub const COUNTER_FILES: [&CStr; Counter::ALL.len()] = [{files}];\n"
    numbers32 = [attr for attr in attributes(spec, "cluster") if attr.type == "u32"]
    tunable = spec.ops["cluster-set"].yaml["do"]["request"]["attributes"]
    tunable = [attr.name for attr in numbers32 if attr.name in tunable]
    yield "/// Attributes of 32 bits that cluster-set changes, and their files in sysfs."
    files = "".join(f"(Attr::{camel(name)}, c{quoted(lower(name))})," for name in tunable)
    yield f"pub const TUNABLE: [(Attr, &CStr); {len(tunable)}] = [{files}];\n"
    yield "impl Attr {\n    /// What its value has to be, for whoever gave another one; not of all."
    yield "    pub const fn rule(self) -> Option<&'static CStr> {\n        Some(match self {"
    for attr in attributes(spec, "cluster"):
        if rule(spec, attr):
            yield f"            Self::{camel(attr.name)} => c{quoted(rule(spec, attr))},"
    yield "            _ => return None,\n        })\n    }\n"
    yield "    /// The numbers that it takes, where the specification has both ends."
    yield "    pub const fn range(self) -> Option<RangeInclusive<u32>> {\n        Some(match self {"
    for attr in numbers32:
        if limits(spec, attr):
            yield f"            Self::{camel(attr.name)} => {'..='.join(map(str, limits(spec, attr)))},"
    yield "            _ => return None,\n        })\n    }\n"
    yield "    /// The names of its values, from 0 on, where they have names."
    yield "    pub const fn names(self) -> Option<&'static [&'static str]> {\n        Some(match self {"
    for attr in numbers32:
        if has_values(attr):
            yield f"            Self::{camel(attr.name)} => {camel(attr['enum'])}::NAMES,"
    yield "            _ => return None,\n        })\n    }\n}"
