// SPDX-License-Identifier: GPL-2.0-only

//! Values of attributes as they are shown.

use std::fmt::Write as _;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A text, a name of a value, or bytes in the form that they have in texts.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// The attribute is absent.
    Absent,
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u32> for Shown {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Shown {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Shown {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T: Into<Self>> From<Option<T>> for Shown {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

/// An Ethernet address.
pub(crate) fn mac(bytes: [u8; 6]) -> String {
    logic::mac::Mac(bytes).to_string()
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::new();
    for byte in bytes.as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::Cluster;
    use crate::spec::{Attr, Forward, Hash};

    use super::*;

    #[test]
    fn each_attribute_has_its_form() {
        let cluster = Cluster {
            name: "c".into(),
            mac: [2, 0x5a, 0, 0, 0, 1],
            hash: Hash::Siphash,
            hash_seed: Some([0x0a; 16]),
            forward: Some(Forward::Owner),
            flooded: Some(true),
            key_id: Some(0xab),
            lease_until: Some(1 << 40),
            ..Cluster::default()
        };
        let shown = cluster.shown();
        let text = |text: &str| Shown::Text(text.to_owned());
        for (attr, due) in [
            (Attr::Name, text("c")),
            (Attr::Mac, text("02:5a:00:00:00:01")),
            (Attr::Hash, text("siphash")),
            (Attr::HashSeed, text(&"0a".repeat(16))),
            (Attr::Forward, text("owner")),
            (Attr::Flooded, Shown::Flag(true)),
            (Attr::KeyId, text("000000ab")),
            (Attr::LeaseUntil, Shown::Number(1 << 40)),
            (Attr::Lease, Shown::Absent),
            (Attr::MasterMac, Shown::Absent),
        ] {
            let found = shown.iter().find(|(of, _)| *of == attr);
            assert_eq!(found, Some(&(attr, due)), "{}", attr.name());
        }
    }
}
