# SPDX-License-Identifier: GPL-2.0-only
"""Clusters and requests for the tools: userspace/netlink/src/config.rs."""
from .elements import ABSENT, BY, attributes, camel, described, has_values, is_flags, lower


def field(attr):
    return "vips" if attr.name == "vip" else lower(attr.name)


def field_type(attr):
    length = attr.yaml.get("checks", {}).get("exact-len")
    if has_values(attr):
        return camel(attr["enum"])
    if attr.type == "binary":
        return f"[u8; {length}]" if length else "Vec<u8>"
    return {"string": "String", "u8": "bool", "nest": "Vec<IpAddr>"}.get(attr.type, attr.type)


def get(attr):
    """How an attribute is read that may be absent."""
    if has_values(attr):
        return f"a.get_enum(Attr::{camel(attr.name)}.number())?"
    how = {"binary": "array", "u8": "get_u8", "string": "get_text"}.get(attr.type, f"get_{attr.type}")
    text = f"a.{how}(Attr::{camel(attr.name)}.number())?"
    return text + (".map(|flag| flag != 0)" if attr.type == "u8" else "")


def put(attr, value, star=""):
    """How an attribute is written; with a star `value` is a reference."""
    number = f"Attr::{camel(attr.name)}.number()"
    if has_values(attr):
        return f"a.u32({number}, {value}.number());"
    if attr.type == "u8":
        return f"a.u8({number}, u8::from({star}{value}));"
    if attr.type in ("u32", "u64"):
        return f"a.{attr.type}({number}, {star}{value});"
    return f"a.bytes({number}, {'' if star else '&'}{value}{'.bytes()' if attr.name == 'key' else ''});"


def shown(attr):
    """How an attribute is shown."""
    value, absent = f"self.{field(attr)}", attr.name in ABSENT
    if has_values(attr):
        return f"{value}.map({camel(attr['enum'])}::name)" if absent else f"{value}.name()"
    if is_flags(attr):
        return f"differences({value})"
    if attr.display_hint == "hex" and attr.type == "u32":
        return f"{value}.map(|number| hex(number.to_be_bytes()))" if absent else f"hex({value}.to_be_bytes())"
    if attr.type == "binary":
        how = "mac" if attr.display_hint == "mac" else "hex"
        return f"{value}.map({how})" if absent else f"{how}({value})"
    return f"{value}.clone()" if attr.type == "string" else value


def config(spec):
    by_name = spec.attr_sets["cluster"].attrs
    shown_attrs = spec.ops["cluster-get"].yaml["do"]["reply"]["attributes"]
    shown_attrs = [by_name[name] for name in shown_attrs]
    new, tunable = (spec.ops[op].yaml["do"]["request"]["attributes"] for op in ("cluster-new", "cluster-set"))
    given = [attr for attr in by_name.values() if attr.name in (*new, *tunable) and attr.name not in ("name", "vip")]
    # What a request has of a cluster that there is; its generation is a condition there.
    same = [attr for attr in given if attr in shown_attrs and attr.name != "generation"]
    yield f"// SPDX-License-Identifier: GPL-2.0-only\n\n//! A cluster, and requests about one, {BY}: do not edit.\n"
    yield "use std::net::IpAddr;\n\nuse netlink_packet_core::DecodeError;\nuse serde_json::Value;\n"
    yield "use crate::attribute::{Attributes, due, is_set};\nuse crate::secret::Secret;\nuse crate::shown::{differences, hex, mac};"
    used = sorted({camel(attr["enum"]) for attr in [*shown_attrs, *given] if has_values(attr)} | {"Attr"})
    yield f"use crate::spec::{{{', '.join(used)}}};\nuse crate::vips::{{self, push}};\n"
    yield "/// One cluster's configuration.\n#[derive(Clone, Debug, Default, PartialEq, Eq)]\npub struct Cluster {"
    for attr in shown_attrs:
        kind = field_type(attr)
        yield f"    /// {described(attr) or f'The attribute `{attr.name}`.'}"
        yield f"    pub {field(attr)}: {f'Option<{kind}>' if attr.name in ABSENT else kind},"
    yield "}\n\nimpl TryFrom<&Attributes> for Cluster {\n    type Error = DecodeError;\n"
    yield "    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {\n        Ok(Self {"
    for attr in shown_attrs:
        if attr.name == "vip":
            text = "vips::read(a)?"
        elif attr.name in ABSENT:
            text = get(attr)
        elif attr.name == "lapsed":
            text = "is_set(a, Attr::Lapsed)?"
        else:
            text = f"due({get(attr)}, Attr::{camel(attr.name)})?"
        yield f"            {field(attr)}: {text},"
    yield "        })\n    }\n}\n\nimpl From<&Cluster> for Attributes {\n    fn from(cluster: &Cluster) -> Self {"
    yield "        let mut a = Self::default();"
    for attr in shown_attrs:
        value = f"cluster.{field(attr)}"
        if attr.name == "vip":
            yield f"        push(&mut a, &{value});"
        elif attr.type == "string":
            yield f"        a.text(Attr::{camel(attr.name)}.number(), &{value});"
        elif attr.name in ABSENT:
            yield f"        if let Some(value) = &{value} {{\n            {put(attr, 'value', '*')}\n        }}"
        else:
            yield f"        {put(attr, value)}"
    yield "        a\n    }\n}\n"
    yield "/// The attributes of a request to make or to change a cluster. What is `None` is left out: the kernel takes its"
    yield "/// default for a new cluster, and leaves an old one as it is."
    yield "#[derive(Clone, Debug, Default, PartialEq, Eq)]\npub struct Request {"
    yield "    /// The cluster's name.\n    pub name: String,"
    yield "    /// All cluster addresses; empty leaves them as they are.\n    pub vips: Vec<IpAddr>,"
    for attr in given:
        kind = "Secret" if attr.name == "key" else field_type(attr)
        yield f"    /// {described(attr) or f'The attribute `{attr.name}`.'}\n    pub {field(attr)}: Option<{kind}>,"
    yield "}\n\nimpl Request {\n    /// What there is of a cluster, the addresses too.\n    pub fn of(cluster: &Cluster) -> Self {"
    yield "        Self {\n            name: cluster.name.clone(),\n            vips: cluster.vips.clone(),"
    for attr in same:
        value = f"cluster.{field(attr)}"
        yield f"            {field(attr)}: {value if attr.name in ABSENT else f'Some({value})'},"
    yield "            ..Self::default()\n        }\n    }\n"
    yield "    /// This request without what is so of the cluster already, addresses apart."
    yield "    pub fn differing(&self, cluster: &Cluster) -> Self {\n        let old = Self::of(cluster);\n        Self {"
    for attr in same:
        yield f"            {field(attr)}: self.{field(attr)}.filter(|new| Some(*new) != old.{field(attr)}),"
    yield "            ..self.clone()\n        }\n    }\n"
    yield "    /// A number, or the name of a value, where it is given."
    yield "    pub fn value(&self, attr: Attr) -> Option<String> {\n        Some(match attr {"
    for attr in given:
        if attr.type in ("u32", "u64"):
            yield f"            Attr::{camel(attr.name)} => self.{field(attr)}?.to_string(),"
    yield "            _ => return None,\n        })\n    }\n}\n"
    yield "impl Cluster {\n    /// What there is of it, as it is shown; but its addresses, and why there is an event."
    yield "    pub fn shown(&self) -> Vec<(Attr, Value)> {\n        vec!["
    for attr in shown_attrs:
        if attr.name not in ("vip", "reason"):
            yield f"            (Attr::{camel(attr.name)}, {shown(attr)}.into()),"
    yield "        ]\n    }\n"
    yield "    /// Changes the cluster as a request asks for, as far as the request has the values."
    yield "    pub fn take(&mut self, request: &Request) {"
    yield "        if !request.vips.is_empty() {\n            self.vips.clone_from(&request.vips);\n        }"
    for attr in [attr for attr in same if attr.name in tunable]:
        yield f"        if let Some(new) = request.{field(attr)} {{"
        yield f"            self.{field(attr)} = {'Some(new)' if attr.name in ABSENT else 'new'};\n        }}"
    yield "    }\n}\n\nimpl From<&Request> for Attributes {\n    fn from(request: &Request) -> Self {"
    yield "        let mut a = Self::default();\n        a.text(Attr::Name.number(), &request.name);"
    for attr in given:
        yield f"        if let Some(value) = &request.{field(attr)} {{\n            {put(attr, 'value', '*')}\n        }}"
    yield "        push(&mut a, &request.vips);\n        a\n    }\n}"
