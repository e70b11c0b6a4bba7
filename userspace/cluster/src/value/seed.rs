// SPDX-License-Identifier: GPL-2.0-only

//! The key of a hash.

use std::fmt;
use std::str::FromStr;

/// 16 bytes as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub [u8; 16]);

impl FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        hex(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| "a seed has 32 hexadecimal digits, the same on every node".to_owned())
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Pairs of hexadecimal digits as bytes.
pub fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<Vec<u8>>>()?;
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some((high << 4) | low),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints() {
        let text = "000102030405060708090a0b0c0d0e0f";
        let seed: Seed = text.parse().unwrap();
        assert_eq!(seed.0, std::array::from_fn(|i| u8::try_from(i).unwrap()));
        assert_eq!(seed.to_string(), text);
    }

    #[test]
    fn refuses() {
        for bad in [
            "",
            "00",
            "0",
            &"0".repeat(31),
            &"0".repeat(34),
            &"é".repeat(16),
            &"xx".repeat(16),
        ] {
            assert!(bad.parse::<Seed>().is_err(), "{bad:?}");
        }
    }
}
