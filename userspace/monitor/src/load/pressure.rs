// SPDX-License-Identifier: GPL-2.0-only

//! Pressure stall information: the files of `/proc/pressure`.

use std::time::Duration;

/// How long tasks waited for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Percent of the last 10 s in which some task waited, rounded.
    pub average: u32,
    /// Time in which some task waited, since the machine started.
    pub total: Duration,
}

impl Pressure {
    /// Reads a file's text, in which the line `some` is wanted; `None` if it has no such line.
    pub fn parse(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
        let field = |name: &str| {
            line.split_ascii_whitespace()
                .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
        };
        Some(Self {
            average: rounded(field("avg10")?)?,
            total: Duration::from_micros(field("total")?.parse().ok()?),
        })
    }
}

/// A percentage with two digits after the point, such as `12.34`.
fn rounded(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole: u32 = whole.parse().ok()?;
    let up = fraction.starts_with(|digit| ('5'..='9').contains(&digit));
    Some(whole.saturating_add(u32::from(up)).min(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn some_of_the_last_ten_seconds() {
        let text = "some avg10=20.50 avg60=9.79 avg300=4.97 total=38620711\n\
                    full avg10=99.00 avg60=0.00 avg300=0.00 total=1\n";
        let read = Pressure::parse(text).unwrap();
        assert_eq!(read.average, 21);
        assert_eq!(read.total, Duration::from_micros(38_620_711));
    }

    #[test]
    fn what_is_missing_is_none() {
        for text in [
            "",
            "full avg10=1.00 total=2",
            "some avg10=1.00",
            "some avg10=x total=1",
        ] {
            assert_eq!(Pressure::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn rounds_to_the_nearest(hundredths in 0u32..=10_000) {
            let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
            prop_assert_eq!(rounded(&text), Some((hundredths + 50) / 100));
        }

        #[test]
        fn any_text_is_read_or_not(text in ".*") {
            let _ = Pressure::parse(&text);
            let _ = Pressure::parse(&format!("some avg10={text} total={text}"));
        }
    }
}
