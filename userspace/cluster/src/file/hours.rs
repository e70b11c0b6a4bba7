// SPDX-License-Identifier: GPL-2.0-only

//! Times of the day, as `22:00-06:00`.

use std::fmt;

use crate::value::digits;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// From one time of the day to another, every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The first minute of the day.
    from: u16,
    /// The first minute that is no part of it; not after `from` where midnight is between them.
    to: u16,
}

impl Hours {
    /// Whether a minute of the day, from 0, is a part of it.
    pub fn has(&self, minute: u16) -> bool {
        match self.from < self.to {
            true => (self.from..self.to).contains(&minute),
            false => minute >= self.from || minute < self.to,
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        let (from, to) = ((from / 60, from % 60), (to / 60, to % 60));
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.0, from.1, to.0, to.1)
    }
}

/// Reads `HH:MM-HH:MM`.
pub fn parse(text: &str) -> Result<Hours, String> {
    let right = || "give times of the day, as 22:00-06:00".to_owned();
    let (from, to) = text.split_once('-').ok_or_else(right)?;
    let from = minute(from).filter(|from| *from < DAY).ok_or_else(right)?;
    let to = minute(to).ok_or_else(right)?;
    match from == to {
        true => Err("it ends when it begins; give 00:00-24:00 for the whole day".to_owned()),
        false => Ok(Hours { from, to }),
    }
}

/// The minute of a day that `HH:MM` is, up to 24:00.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |text: &str| digits::<u16>(text).filter(|_| text.len() == 2);
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let minute = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && minute <= DAY).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn around_midnight_and_not() {
        for (text, inside, outside) in [
            ("22:00-06:00", [1320, 1439, 0, 359], [360, 1319]),
            ("06:00-22:00", [360, 361, 720, 1319], [359, 1320]),
            ("23:00-24:00", [1380, 1381, 1400, 1439], [0, 1379]),
        ] {
            let hours = parse(text).unwrap();
            assert_eq!(hours.to_string(), text);
            assert!(inside.iter().all(|minute| hours.has(*minute)), "{text}");
            assert!(!outside.iter().any(|minute| hours.has(*minute)), "{text}");
        }
        let always = parse("00:00-24:00").unwrap();
        assert!((0..1440).all(|minute| always.has(minute)));
    }

    #[test]
    fn no_times() {
        for bad in [
            "",
            "22:00",
            "22-06",
            "24:00-06:00",
            "22:60-06:00",
            "2:00-6:00",
            "22:00-24:01",
            "10:00-10:00",
            "+1:00-02:00",
            "22:00-06:00-07:00",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
