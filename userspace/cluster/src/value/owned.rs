// SPDX-License-Identifier: GPL-2.0-only

//! Lists of buckets, as people write them and as bitmaps.

use std::fmt;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::str::FromStr;

use logic::owned::{fill_by_rank, is_whole, len, owns};

use crate::value::number::digits;
use crate::value::seed::hex;

/// What a list of buckets is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of buckets.
    pub buckets: u32,
    /// This node's rank.
    pub node: u32,
    /// Number of nodes.
    pub nodes: u32,
}

/// A list of buckets, before it is known how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// Each m with m mod nodes = node.
    ByRank,
    /// No bucket.
    None,
    /// Every bucket.
    All,
    /// These.
    Ranges(Vec<RangeInclusive<u32>>),
    /// The bitmap itself.
    Bitmap(Vec<u8>),
}

impl Owned {
    /// The bitmap of this list.
    pub fn bitmap(&self, shape: Shape) -> Result<Vec<u8>, String> {
        let k = shape.buckets;
        let mut bitmap = vec![0; len(k)];
        match self {
            Self::None => {}
            Self::All => fill_by_rank(&mut bitmap, k, 0, 1),
            Self::ByRank => fill_by_rank(&mut bitmap, k, shape.node, shape.nodes),
            Self::Ranges(ranges) => {
                for range in ranges {
                    if *range.end() >= k {
                        return Err(format!(
                            "buckets run from 0 to {} where there are {k}",
                            k.saturating_sub(1)
                        ));
                    }
                    for m in range.clone() {
                        set(&mut bitmap, m);
                    }
                }
            }
            Self::Bitmap(given) if is_whole(given, k) => bitmap.clone_from(given),
            Self::Bitmap(given) => {
                return Err(format!(
                    "{k} buckets are {} bytes with no bit set past the last bucket, not these {}",
                    bitmap.len(),
                    given.len()
                ));
            }
        }
        Ok(bitmap)
    }
}

fn set(bitmap: &mut [u8], m: u32) {
    let byte = usize::try_from(m / 8).ok().and_then(|i| bitmap.get_mut(i));
    if let Some(byte) = byte {
        *byte |= 1 << (m % 8);
    }
}

impl FromStr for Owned {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "mod" => Ok(Self::ByRank),
            "none" => Ok(Self::None),
            "all" => Ok(Self::All),
            _ => match text.strip_prefix("hex:") {
                Some(digits) => hex(digits)
                    .filter(|bytes| !bytes.is_empty())
                    .map(Self::Bitmap)
                    .ok_or_else(|| "after hex: come pairs of hexadecimal digits".to_owned()),
                None => text
                    .split(',')
                    .map(range)
                    .collect::<Result<_, _>>()
                    .map(Self::Ranges),
            },
        }
    }
}

fn range(text: &str) -> Result<RangeInclusive<u32>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (digits(first), digits(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        (Some::<u32>(first), Some::<u32>(last)) => {
            Err(format!("{text} runs backwards: give {last}-{first}"))
        }
        _ => Err("give buckets as 0-3,7,16-20, or one of mod, none, all, hex:…".to_owned()),
    }
}

impl fmt::Display for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByRank => f.write_str("mod"),
            Self::None => f.write_str("none"),
            Self::All => f.write_str("all"),
            Self::Bitmap(bytes) => {
                f.write_str("hex:")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Ranges(ranges) => {
                for (i, range) in ranges.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{}", range.start())?;
                    if range.start() != range.end() {
                        write!(f, "-{}", range.end())?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// A bitmap as a list of its first `buckets` buckets: `0-3,7`, or `none`.
pub fn list(bitmap: &[u8], buckets: u32) -> String {
    let mut text = String::new();
    let mut m = 0;
    while m < buckets {
        let first = m;
        while m < buckets && owns(bitmap, m) {
            m += 1;
        }
        if m == first {
            m += 1;
            continue;
        }
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = match m - 1 {
            last if last == first => write!(text, "{comma}{first}"),
            last => write!(text, "{comma}{first}-{last}"),
        };
    }
    if text.is_empty() {
        text.push_str("none");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn bitmap(text: &str, buckets: u32) -> Result<Vec<u8>, String> {
        text.parse::<Owned>()?.bitmap(Shape {
            buckets,
            node: 1,
            nodes: 3,
        })
    }

    #[test]
    fn names_of_sets() {
        assert_eq!(bitmap("none", 9).unwrap(), [0, 0]);
        assert_eq!(bitmap("all", 9).unwrap(), [0xff, 0x01]);
        assert_eq!(bitmap("mod", 9).unwrap(), [0b1001_0010, 0]);
        assert_eq!(bitmap("0-3,7,16-20", 21).unwrap(), [0x8f, 0, 0x1f]);
        assert_eq!(bitmap("hex:8f001f", 21).unwrap(), [0x8f, 0, 0x1f]);
        assert_eq!(bitmap("0", 1).unwrap(), [1]);
    }

    #[test]
    fn a_range_that_runs_backwards_is_refused_as_such() {
        let error = "0,7-5".parse::<Owned>().unwrap_err();
        assert_eq!(error, "7-5 runs backwards: give 5-7");
    }

    #[test]
    fn refuses() {
        for bad in [
            "",
            ",",
            "1,",
            "-",
            "1-",
            "-1",
            "3-1",
            "1-2-3",
            "a",
            "0x1",
            "+1",
            "1 ,2",
            "4294967296",
            "hex:",
            "hex:8",
            "hex:zz",
            "Mod",
        ] {
            assert!(bad.parse::<Owned>().is_err(), "{bad:?}");
        }
        for (bad, buckets) in [
            ("0-9", 9),
            ("9", 9),
            ("hex:ff", 9),
            ("hex:ffff", 9),
            ("hex:02", 1),
        ] {
            assert!(bitmap(bad, buckets).is_err(), "{bad:?} of {buckets}");
        }
    }

    proptest! {
        #[test]
        fn a_list_is_its_bitmap(mut bits in vec(any::<u8>(), 1..64), spare in 0u32..8) {
            let buckets = u32::try_from(bits.len()).unwrap() * 8 - spare;
            *bits.last_mut().unwrap() &= 0xff >> spare;
            let text = list(&bits, buckets);
            prop_assert_eq!(bitmap(&text, buckets).unwrap(), bits);
            let parsed: Owned = text.parse().unwrap();
            prop_assert_eq!(parsed.to_string(), text);
        }

        #[test]
        fn any_text(text in ".{0,40}", buckets in 1u32..70_000) {
            let _ = bitmap(&text, buckets);
        }
    }
}
