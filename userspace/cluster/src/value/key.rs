// SPDX-License-Identifier: GPL-2.0-only

//! The key that nodes of a cluster in mode forward share.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, Mac as _};
use logic::announcement::{TAG, Tag};
use logic::key::{self, ID_OF};
use sha2::Sha256;

use crate::value::seed::hex;

/// 32 bytes as 64 hexadecimal digits. It is never shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; key::LEN]);

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        hex(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| {
                "a key has 64 hexadecimal digits, the same on every node; openssl rand -hex 32 makes one"
                    .to_owned()
            })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// The tag of these, one behind the other.
    pub fn tag(&self, covered: &[&[u8]]) -> Tag {
        let whole = self.sum(covered).finalize().into_bytes();
        whole.first_chunk().copied().unwrap_or([0; TAG])
    }

    /// Whether this is their tag, in a time that does not depend on where it differs.
    pub fn is_tag(&self, covered: &[&[u8]], tag: &Tag) -> bool {
        self.sum(covered).verify_truncated_left(tag).is_ok()
    }

    /// Distinguishes keys, and reveals nothing of them.
    pub fn id(&self) -> u32 {
        let tag = self.tag(&[ID_OF]);
        tag.first_chunk()
            .map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    fn sum(&self, covered: &[&[u8]]) -> Hmac<Sha256> {
        // As long as a block at most, so used as it is.
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(self.0) {
            *to = from;
        }
        let mut sum = Hmac::<Sha256>::new(&block.into());
        covered.iter().for_each(|piece| sum.update(piece));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_is_never_shown() {
        let key: Key = "0b".repeat(32).parse().unwrap();
        assert_eq!(key, Key([0x0b; 32]));
        assert_eq!(format!("{key:?}"), "Key(…)");
        for bad in ["", "00", &"0".repeat(63), &"0".repeat(66), &"x".repeat(64)] {
            assert!(bad.parse::<Key>().is_err(), "{bad:?}");
        }
    }

    /// RFC 4231, 4.5 has a key of 25 bytes; Wycheproof and OpenSSL agree on this one:
    /// `printf 'ssi key id' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b0b…`.
    #[test]
    fn is_hmac_sha256() {
        let key = Key([0x0b; 32]);
        assert_eq!(key.id(), KNOWN);
        let tag = key.tag(&[b"ssi ", b"key id"]);
        assert!(key.is_tag(&[ID_OF], &tag));
        for bit in 0..TAG * 8 {
            let mut other = tag;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!key.is_tag(&[ID_OF], &other));
        }
        assert!(!Key([0x0c; 32]).is_tag(&[ID_OF], &tag));
    }

    const KNOWN: u32 = 0x800c_4f75;
}
