// SPDX-License-Identifier: GPL-2.0-only

//! Bytes of attributes as they are shown.

use std::fmt::Write as _;

use logic::agreement::Differences;

use crate::spec::Difference;

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

/// The names of differences.
pub(crate) fn differences(bits: u32) -> Vec<&'static str> {
    Differences(bits).iter().map(Difference::name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Cluster;
    use crate::spec::{Attr, Forward, Hash};

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
            differs: 0b1001,
            ..Cluster::default()
        };
        let shown = cluster.shown();
        for (attr, due) in [
            (Attr::Name, json!("c")),
            (Attr::Mac, json!("02:5a:00:00:00:01")),
            (Attr::Hash, json!("siphash")),
            (Attr::HashSeed, json!("0a".repeat(16))),
            (Attr::Forward, json!("owner")),
            (Attr::Flooded, json!(true)),
            (Attr::KeyId, json!("000000ab")),
            (Attr::LeaseUntil, json!(1u64 << 40)),
            (Attr::Lease, Value::Null),
            (Attr::Differs, json!(["mode", "buckets"])),
            (Attr::MasterMac, Value::Null),
        ] {
            let found = shown.iter().find(|(of, _)| *of == attr);
            assert_eq!(found, Some(&(attr, due)), "{}", attr.name());
        }
    }
}
