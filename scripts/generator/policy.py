# SPDX-License-Identifier: GPL-2.0-only
"""The module's policies and operations: src/netlink/policy.rs."""
from .elements import BY, attributes, camel, lower, upper


def requests(spec):
    """Operations that are asked for, each as do or dump, with what may be given."""
    for op in spec.ops.values():
        for mode in ("do", "dump"):
            if mode in op.yaml:
                yield op, mode, op.yaml[mode].get("request", {}).get("attributes", [])


def policy(spec):
    yield f"// SPDX-License-Identifier: GPL-2.0-only\n\n//! Policies and operations, {BY}: do not edit.\n"
    yield "use super::{\n    changing::changing,"
    yield ", ".join(camel(op.name) for op in spec.ops.values()) + ", //\n};"
    yield "use crate::{\n    abstractions::genl::{\n        Kind,\n        Operation,\n        Policy, //\n    },"
    yield "    logic::wire::{\n        cluster,\n        command,\n        vip, //\n    }, //\n};\n"
    kinds = {"u8": "U8", "u32": "U32", "u64": "U64", "string": "String", "binary": "Binary"}
    known = {}

    def static(name, of, names):
        yield f"static {name}: Policy = Policy::new(&["
        for attr in map(spec.attr_sets[of].attrs.get, names):
            nested = attr.yaml.get("nested-attributes")
            kind = f"Nest(&{upper(nested)})" if nested else kinds[attr.type]
            yield f"    ({lower(of)}::{upper(attr.name)}, Kind::{kind}),"
        yield "]);\n"

    yield from static("VIP", "vip", spec.attr_sets["vip"].attrs)
    table = []
    for op, mode, names in requests(spec):
        if tuple(names) not in known:
            known[tuple(names)] = f"{upper(op.name)}_{upper(mode)}"
            yield from static(known[tuple(names)], "cluster", names)
        flags = op.yaml.get("flags", [])
        # Who changes something in a network namespace may be refused besides.
        changes = mode == "do" and "uns-admin-perm" in flags
        entry = f"{'changing' if changes else f'Operation::new_{mode}'}::<{camel(op.name)}>"
        entry += f"(command::{upper(op.name)}, &{known[tuple(names)]})"
        if "uns-admin-perm" in flags and not changes:
            entry += ".for_admins()"
        if "admin-perm" in flags:
            entry += ".for_machine_admins()"
        table.append(f"    {entry},")
    yield "/// In the order of commands; what is done comes before what is listed."
    yield f"pub(super) static OPERATIONS: [Operation; {len(table)}] = ["
    yield from table
    yield "];"
