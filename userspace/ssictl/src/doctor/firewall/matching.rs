// SPDX-License-Identifier: GPL-2.0-only

//! Whether an expression of a rule applies to a packet.

use std::net::IpAddr;

use serde_json::Value;

use super::packet::{Kind, Packet};

/// As far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Unknown,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    fn of(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

/// What a packet has where an expression looks.
enum Field {
    /// This name or number, written as nft does, in any of these ways.
    Is(Vec<String>),
    /// This number.
    Number(u64),
    /// This address.
    Address(IpAddr),
    /// Nothing: the packet is of another kind.
    Absent,
    Unknown,
}

/// Whether an expression applies; what is no condition always does.
pub fn matches(expression: &Value, packet: &Packet) -> Truth {
    if let Some(condition) = expression.get("match") {
        let field = field(&condition["left"], packet);
        let found = is_in(&field, &condition["right"]);
        return match condition["op"].as_str() {
            // Of a packet without it, too, nothing is equal.
            _ if matches!(field, Field::Absent) => Truth::No,
            Some("==" | "in") => found,
            Some("!=") => found.not(),
            _ => Truth::Unknown,
        };
    }
    // Such as limits and meters, which let some pass.
    let conditions = ["limit", "quota", "ct count", "fib", "set", "map", "meter"];
    let is_condition = conditions.iter().any(|name| expression.get(name).is_some());
    if is_condition {
        Truth::Unknown
    } else {
        Truth::Yes
    }
}

fn field(left: &Value, packet: &Packet) -> Field {
    if let Some(meta) = left.get("meta") {
        return meta_field(meta["key"].as_str().unwrap_or_default(), packet);
    }
    if let Some(ct) = left.get("ct") {
        return match ct["key"].as_str() {
            Some("state") => Field::Is(vec![packet.state.to_owned()]),
            _ => Field::Unknown,
        };
    }
    let Some(payload) = left.get("payload") else {
        return Field::Unknown;
    };
    let protocol = payload["protocol"].as_str().unwrap_or_default();
    let name = payload["field"].as_str().unwrap_or_default();
    let is_ip = matches!(packet.kind, Kind::Tcp | Kind::Udp);
    let l4 = match packet.kind {
        Kind::Tcp => "tcp",
        Kind::Udp => "udp",
        Kind::Arp | Kind::Frame(_) => "",
    };
    let is_v6 = packet
        .destination
        .or(packet.source)
        .map(|address| address.is_ipv6());
    match (protocol, name) {
        ("tcp" | "udp" | "th", "dport" | "sport")
            if protocol == l4 || (protocol == "th" && is_ip) =>
        {
            let port = if name == "dport" {
                packet.dport
            } else {
                packet.sport
            };
            port.map_or(Field::Unknown, |port| Field::Number(port.into()))
        }
        ("tcp" | "udp", _) if protocol == l4 => Field::Unknown,
        (
            "tcp" | "udp" | "sctp" | "dccp" | "udplite" | "icmp" | "icmpv6" | "ah" | "esp" | "th",
            _,
        ) => Field::Absent,
        ("ip" | "ip6", _) if !is_ip => Field::Absent,
        ("ip", _) if is_v6 == Some(true) => Field::Absent,
        ("ip6", _) if is_v6 == Some(false) => Field::Absent,
        ("ip" | "ip6", "saddr") => packet.source.map_or(Field::Unknown, Field::Address),
        ("ip" | "ip6", "daddr") => packet.destination.map_or(Field::Unknown, Field::Address),
        ("ip" | "ip6", "protocol" | "nexthdr") => number_of(packet),
        ("arp", _) if packet.kind != Kind::Arp => Field::Absent,
        ("arp", "saddr ip") => packet.source.map_or(Field::Unknown, Field::Address),
        ("arp", "daddr ip") => packet.destination.map_or(Field::Unknown, Field::Address),
        ("ether", "type") => ethertype(packet),
        _ => Field::Unknown,
    }
}

fn meta_field(key: &str, packet: &Packet) -> Field {
    let device = || Field::Is(vec![packet.device.clone()]);
    match (key, packet.comes) {
        ("iif" | "iifname", true) | ("oif" | "oifname", false) => device(),
        // Nothing has come in at what leaves, and the other way round.
        ("iif" | "iifname", false) | ("oif" | "oifname", true) => Field::Absent,
        ("l4proto", _) => number_of(packet),
        ("protocol", _) => ethertype(packet),
        ("nfproto", _) => match packet.destination.or(packet.source) {
            Some(IpAddr::V4(_)) if packet.kind != Kind::Arp => {
                Field::Is(vec!["ipv4".to_owned(), "2".to_owned()])
            }
            Some(IpAddr::V6(_)) => Field::Is(vec!["ipv6".to_owned(), "10".to_owned()]),
            _ => Field::Unknown,
        },
        _ => Field::Unknown,
    }
}

fn number_of(packet: &Packet) -> Field {
    match packet.kind {
        Kind::Tcp => Field::Is(vec!["tcp".to_owned(), "6".to_owned()]),
        Kind::Udp => Field::Is(vec!["udp".to_owned(), "17".to_owned()]),
        Kind::Arp | Kind::Frame(_) => Field::Absent,
    }
}

fn ethertype(packet: &Packet) -> Field {
    let is_v6 = packet
        .destination
        .or(packet.source)
        .map(|address| address.is_ipv6());
    let (name, number) = match (packet.kind, is_v6) {
        (Kind::Arp, _) => ("arp", 0x0806),
        (Kind::Frame(number), _) => ("", number),
        (_, Some(false)) => ("ip", 0x0800),
        (_, Some(true)) => ("ip6", 0x86dd),
        (_, None) => return Field::Unknown,
    };
    Field::Is(vec![
        name.to_owned(),
        number.to_string(),
        format!("{number:#06x}"),
        format!("{number:#x}"),
    ])
}

/// Whether it is among those of the right side: one, or some of a set, a range or a network.
fn is_in(field: &Field, right: &Value) -> Truth {
    let some = |all: &[Value]| {
        all.iter()
            .map(|one| is_in(field, one))
            .fold(Truth::No, Truth::or)
    };
    match right {
        Value::Array(all) => some(all),
        Value::Object(object) => {
            if let Some(set) = object.get("set") {
                return match set {
                    Value::Array(all) => some(all),
                    _ => Truth::Unknown,
                };
            }
            if let Some(elem) = object.get("elem") {
                return is_in(field, elem.get("val").unwrap_or(&Value::Null));
            }
            if let Some(range) = object.get("range").and_then(Value::as_array) {
                return in_range(field, range);
            }
            match (field, object.get("prefix")) {
                (Field::Address(address), Some(prefix)) => in_network(*address, prefix),
                _ => Truth::Unknown,
            }
        }
        Value::Number(number) => match field {
            Field::Number(have) => number
                .as_u64()
                .map_or(Truth::Unknown, |number| Truth::of(number == *have)),
            Field::Is(names) => Truth::of(names.contains(&number.to_string())),
            _ => Truth::Unknown,
        },
        Value::String(text) => named(field, text),
        _ => Truth::Unknown,
    }
}

fn named(field: &Field, text: &str) -> Truth {
    match field {
        // A named set, or a name with a joker.
        _ if text.starts_with('@') => Truth::Unknown,
        Field::Is(names) => match text.strip_suffix('*') {
            Some(start) => Truth::of(names.iter().any(|name| name.starts_with(start))),
            None => Truth::of(names.iter().any(|name| name == text)),
        },
        Field::Address(address) => text
            .parse::<IpAddr>()
            .map_or(Truth::Unknown, |other| Truth::of(other == *address)),
        Field::Number(have) => text
            .parse::<u64>()
            .map_or(Truth::Unknown, |other| Truth::of(other == *have)),
        Field::Absent | Field::Unknown => Truth::Unknown,
    }
}

fn in_range(field: &Field, range: &[Value]) -> Truth {
    let [from, to] = range else {
        return Truth::Unknown;
    };
    match (
        field,
        from.as_u64(),
        to.as_u64(),
        from.as_str(),
        to.as_str(),
    ) {
        (Field::Number(have), Some(from), Some(to), _, _) => Truth::of((from..=to).contains(have)),
        (Field::Address(have), _, _, Some(from), Some(to)) => {
            match (from.parse::<IpAddr>(), to.parse::<IpAddr>()) {
                (Ok(from), Ok(to)) => Truth::of((from..=to).contains(have)),
                _ => Truth::Unknown,
            }
        }
        _ => Truth::Unknown,
    }
}

fn in_network(address: IpAddr, prefix: &Value) -> Truth {
    let network = prefix["addr"]
        .as_str()
        .and_then(|text| text.parse::<IpAddr>().ok());
    let length = prefix["len"]
        .as_u64()
        .and_then(|length| u32::try_from(length).ok());
    match (network, address, length) {
        (Some(IpAddr::V4(network)), IpAddr::V4(address), Some(length)) => {
            let cut = |one: u32| one.checked_shr(32u32.saturating_sub(length)).unwrap_or(0);
            Truth::of(cut(network.to_bits()) == cut(address.to_bits()))
        }
        (Some(IpAddr::V6(network)), IpAddr::V6(address), Some(length)) => {
            let cut = |one: u128| one.checked_shr(128u32.saturating_sub(length)).unwrap_or(0);
            Truth::of(cut(network.to_bits()) == cut(address.to_bits()))
        }
        _ => Truth::Unknown,
    }
}
