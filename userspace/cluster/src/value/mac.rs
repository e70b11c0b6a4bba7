// SPDX-License-Identifier: GPL-2.0-only

//! Ethernet addresses.

use std::fmt;
use std::str::FromStr;

use crate::value::group::Protocol;

/// An Ethernet address as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mac(pub [u8; 6]);

impl FromStr for Mac {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "an Ethernet address has six bytes, as 02:5a:c0:00:02:0a".to_owned();
        let mut bytes = [0; 6];
        let mut parts = text.split([':', '-']);
        for byte in &mut bytes {
            let part = parts.next().ok_or_else(wrong)?;
            // from_str_radix would take a sign.
            if part.len() != 2 || !part.chars().all(|c| c.is_ascii_hexdigit()) {
                return Err(wrong());
            }
            *byte = u8::from_str_radix(part, 16).map_err(|_| wrong())?;
        }
        match parts.next() {
            None => Ok(Self(bytes)),
            Some(_) => Err(wrong()),
        }
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// A cluster's MAC addresses: given, or made of the cluster address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacChoice {
    /// The kernel makes both forms, the same on every node.
    Auto,
    /// The base form as `Auto`; the group form is that of an IP multicast group, which the node joins.
    Group(Protocol),
    /// This one.
    Given(Mac),
}

impl MacChoice {
    /// The bytes for the kernel; none lets it choose.
    pub fn bytes(self) -> Option<[u8; 6]> {
        match self {
            Self::Auto | Self::Group(_) => None,
            Self::Given(mac) => Some(mac.0),
        }
    }
}

impl FromStr for MacChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "igmp" => Ok(Self::Group(Protocol::Igmp)),
            "mld" => Ok(Self::Group(Protocol::Mld)),
            _ => text
                .parse()
                .map(Self::Given)
                .map_err(|e| format!("give auto, igmp, mld or an address: {e}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints() {
        let mac: Mac = "02:5A:c0:00:02:0a".parse().unwrap();
        assert_eq!(mac.0, [2, 0x5a, 0xc0, 0, 2, 10]);
        assert_eq!(mac.to_string(), "02:5a:c0:00:02:0a");
        assert_eq!("02-5a-c0-00-02-0a".parse(), Ok(mac));
    }

    #[test]
    fn refuses() {
        for bad in [
            "",
            "02",
            "02:5a:c0:00:02",
            "02:5a:c0:00:02:0a:0b",
            "2:5a:c0:0:2:a",
            "02:5a:c0:00:02:0g",
            "+2:5a:c0:00:02:0a",
            "025ac000020a",
            "02:5a:c0:00:02:0a:",
        ] {
            assert!(bad.parse::<Mac>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn auto() {
        assert_eq!("auto".parse::<MacChoice>().unwrap().bytes(), None);
        let given = "02:00:00:00:00:01".parse::<MacChoice>().unwrap();
        assert_eq!(given.bytes(), Some([2, 0, 0, 0, 0, 1]));
        for (text, protocol) in [("igmp", Protocol::Igmp), ("mld", Protocol::Mld)] {
            let choice = text.parse::<MacChoice>().unwrap();
            assert_eq!((choice, choice.bytes()), (MacChoice::Group(protocol), None));
        }
        assert!("automatic".parse::<MacChoice>().is_err());
    }
}
