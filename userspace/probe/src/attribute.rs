// SPDX-License-Identifier: GPL-2.0-only

//! Netlink attributes, read and written by hand.

use crate::outcome::Outcome;
use crate::sys;
use crate::table::parse_list;

const ATTRIBUTES: [&str; 46] = [
    "name",
    "ifindex",
    "mode",
    "mac",
    "group-mac",
    "reply-mac",
    "function",
    "buckets",
    "node",
    "nodes",
    "hash",
    "hash-seed",
    "master",
    "vip",
    "owned",
    "generation",
    "hook",
    "reason",
    "stats",
    "bucket-stats",
    "pad",
    "forward",
    "forward-ifindex",
    "master-mac",
    "flooded",
    "peer",
    "drain-time",
    "lease-expiry",
    "lease",
    "lapsed",
    "cold",
    "settled",
    "draining",
    "adopting",
    "drained",
    "connections",
    "lease-until",
    "netns",
    "key",
    "key-id",
    "differs",
    "client-key",
    "prefix4",
    "prefix6",
    "announce-every",
    "sticking",
];
fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let len = (value.len() + 4) as u16;
    padded([&len.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat())
}

/// First attribute of this kind in a row of them.
pub fn find(mut bytes: &[u8], kind: u16) -> Option<&[u8]> {
    loop {
        let len = usize::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
        let this = u16::from_ne_bytes(bytes.get(2..4)?.try_into().ok()?) & 0x3fff;
        if this == kind {
            return bytes.get(4..len);
        }
        bytes = bytes.get(len.next_multiple_of(4).max(4)..)?;
    }
}

/// Names count from 1, as the YAML specification numbers them; a number stands for itself.
pub fn position(names: &[&str], text: &str) -> Outcome<u16> {
    let known = names
        .iter()
        .position(|n| *n == text)
        .map(|at| at as u16 + 1);
    known
        .or_else(|| text.parse().ok())
        .ok_or_else(|| format!("\"{text}\" is neither name nor number"))
}

fn hex(text: &str) -> Outcome<Vec<u8>> {
    let byte = |at| {
        text.get(at..at + 2)
            .and_then(|t: &str| u8::from_str_radix(t, 16).ok())
    };
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
    bytes.ok_or_else(|| format!("\"{text}\" is no row of hexadecimal bytes"))
}

fn value(kind: &str, text: &str) -> Outcome<Vec<u8>> {
    let number = || {
        text.parse::<u64>()
            .map_err(|e| format!("number \"{text}\": {e}"))
    };
    Ok(match kind {
        "u8" => vec![number()? as u8],
        "u16" => (number()? as u16).to_ne_bytes().to_vec(),
        "u32" => (number()? as u32).to_ne_bytes().to_vec(),
        "u64" => number()?.to_ne_bytes().to_vec(),
        "str" => [text.as_bytes(), &[0]].concat(),
        "hex" => hex(text)?,
        "fill" => vec![0xa5; number()? as usize],
        "dev" => sys::if_index(text)?.to_ne_bytes().to_vec(),
        "vip" => {
            let ip: std::net::IpAddr = text.parse().map_err(|e| format!("\"{text}\": {e}"))?;
            match ip {
                std::net::IpAddr::V4(a) => attribute(1, &a.octets()),
                std::net::IpAddr::V6(a) => attribute(1, &a.octets()),
            }
        }
        "nest" => {
            let (number, bytes) = text.split_once(':').ok_or("nest needs NUMBER:HEX")?;
            let number = number
                .parse()
                .map_err(|e| format!("number \"{number}\": {e}"))?;
            attribute(number, &hex(bytes)?)
        }
        "bits" => {
            let (k, list) = text.split_once(':').ok_or("bits needs K:LIST")?;
            let k = k.parse().map_err(|e| format!("number \"{k}\": {e}"))?;
            bitmap(&parse_list(list, k)?)
        }
        _ => return Err(format!("kind \"{kind}\" is not known")),
    })
}

/// Bits counted from the least of the first byte.
pub fn bitmap(bits: &[bool]) -> Vec<u8> {
    let mut bytes = vec![0u8; bits.len().div_ceil(8)];
    for (m, _) in bits.iter().enumerate().filter(|&(_, &b)| b) {
        bytes[m / 8] |= 1 << (m % 8);
    }
    bytes
}

pub fn parse_attributes<S: AsRef<str>>(all: &[S]) -> Outcome<Vec<u8>> {
    let mut body = Vec::new();
    for text in all.iter().map(AsRef::as_ref) {
        let shape = || format!("\"{text}\" is not NAME=KIND:VALUE");
        let (name, rest) = text.split_once('=').ok_or_else(shape)?;
        let (kind, v) = rest.split_once(':').ok_or_else(shape)?;
        let number = position(&ATTRIBUTES, name)?;
        // NLA_F_NESTED
        let flag = if kind == "vip" || kind == "nest" {
            0x8000
        } else {
            0
        };
        body.extend(attribute(number | flag, &value(kind, v)?));
    }
    Ok(body)
}

/// The name of a number.
pub fn name_of(number: u32) -> &'static str {
    let at = (number as usize).checked_sub(1);
    at.and_then(|at| ATTRIBUTES.get(at)).unwrap_or(&"unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_found_again() {
        let body = parse_attributes(&["name=str:c1", "buckets=u32:9", "3=hex:0a0b"]).unwrap();
        assert_eq!(find(&body, 1), Some(&b"c1\0"[..]));
        assert_eq!(find(&body, 8), Some(&9u32.to_ne_bytes()[..]));
        assert_eq!(find(&body, 3), Some(&[10, 11][..]));
        assert_eq!(find(&body, 4), None);
    }

    #[test]
    fn bits_are_counted_from_the_least() {
        assert_eq!(value("bits", "10:0,2-3,9").unwrap(), [0b1101, 0b10]);
        assert!(value("bits", "8:8").is_err());
    }
}
