// SPDX-License-Identifier: GPL-2.0-only

//! Numbers.

use std::str::FromStr;

use logic::generation::GENERATION_MAX;
use ssi_netlink::spec::Attr;

/// An hour, as the kernel has it.
const LEASE_MAX: u32 = 3_600_000;

/// A number for an attribute of the kernel's, as it takes it.
pub fn number(attr: Attr) -> impl Fn(&str) -> Result<u32, String> + Clone {
    move |text| {
        let range = attr.range().unwrap_or(0..=u32::MAX);
        digits(text)
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("{attr} is {} to {}", range.start(), range.end()))
    }
}

/// A [`drain_time`] without end, as the kernel has it.
pub const FOREVER: u32 = u32::MAX;

/// Seconds that connections of a bucket that moves stay at most.
pub fn drain_time(text: &str) -> Result<u32, String> {
    match text {
        "forever" => Ok(FOREVER),
        text => digits(text).ok_or_else(|| "drain-time is seconds, or forever".to_owned()),
    }
}

/// A node's rank.
pub fn rank(text: &str) -> Result<u32, String> {
    digits(text).ok_or_else(|| "ranks are numbers and run from 0".to_owned())
}

/// A VLAN's number.
pub fn vlan(text: &str) -> Result<u16, String> {
    match digits(text) {
        Some(id @ 1..=4094) => Ok(id),
        _ => Err("VLANs have numbers from 1 to 4094".to_owned()),
    }
}

/// How long to wait.
pub fn seconds(text: &str) -> Result<u16, String> {
    match digits(text) {
        Some(seconds @ 1..=600) => Ok(seconds),
        _ => Err("give 1 to 600 seconds".to_owned()),
    }
}

/// How long a node may serve, in milliseconds.
pub fn lease(text: &str) -> Result<u32, String> {
    match digits(text) {
        Some(milliseconds @ 1..=LEASE_MAX) => Ok(milliseconds),
        _ => Err(format!("a lease has 1 to {LEASE_MAX} milliseconds")),
    }
}

/// The same, or none.
pub fn lease_or_none(text: &str) -> Result<u32, String> {
    match text {
        "none" => Ok(0),
        text => lease(text),
    }
}

/// Length of a prefix of an address of `BITS` bits.
pub fn prefix<const BITS: u8>(text: &str) -> Result<u8, String> {
    digits(text)
        .filter(|length| *length <= BITS)
        .ok_or_else(|| format!("a prefix has 0 to {BITS} bits"))
}

/// A bucket table's generation.
pub fn generation(text: &str) -> Result<u64, String> {
    let number: u64 =
        digits(text).ok_or_else(|| "generations are numbers; see ssictl table show".to_owned())?;
    if number > GENERATION_MAX {
        return Err(format!("a generation is at most {GENERATION_MAX} (2^62)"));
    }
    Ok(number)
}

/// Digits only: the standard library would take a sign.
pub fn digits<T: FromStr>(text: &str) -> Option<T> {
    let all = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        let buckets = number(Attr::Buckets);
        assert_eq!((buckets("1"), buckets("65536")), (Ok(1), Ok(65_536)));
        let wrong = buckets("65537").unwrap_err();
        assert_eq!(
            Some(wrong.as_str()),
            Attr::Buckets.rule().and_then(|rule| rule.to_str().ok())
        );
        for (text, seconds) in [("0", 0), ("600", 600), ("forever", FOREVER)] {
            assert_eq!(drain_time(text), Ok(seconds));
        }
        assert!(drain_time("never").is_err() && drain_time("4294967296").is_err());
        assert_eq!(rank("0"), Ok(0));
        assert_eq!((vlan("1"), vlan("4094")), (Ok(1), Ok(4094)));
        assert!(vlan("0").is_err() && vlan("4095").is_err() && vlan("-1").is_err());
        assert_eq!((lease("1"), lease("3600000")), (Ok(1), Ok(3_600_000)));
        assert!(lease("0").is_err() && lease("3600001").is_err());
        assert_eq!((lease_or_none("none"), lease_or_none("5")), (Ok(0), Ok(5)));
        assert!(lease_or_none("0").is_err());
        assert_eq!(generation("4611686018427387904"), Ok(GENERATION_MAX));
        assert!(generation("4611686018427387905").is_err());
        for bad in [
            "",
            "0",
            "65537",
            "-1",
            "+1",
            "1.0",
            "0x1",
            "one",
            " 1",
            "99999999999",
        ] {
            assert!(buckets(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "-1", "+1", "4294967296", "x"] {
            assert!(rank(bad).is_err(), "{bad:?}");
        }
        assert!(generation("18446744073709551616").is_err());
    }
}
