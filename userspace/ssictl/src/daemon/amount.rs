// SPDX-License-Identifier: GPL-2.0-only

//! Amounts and times for people, in few characters.

const UNITS: [&str; 6] = ["k", "M", "G", "T", "P", "E"];

/// A number in four characters at most: `999`, `1.2k`, `12k`, `3.4M`.
pub fn short(number: u64) -> String {
    if number < 1000 {
        return number.to_string();
    }
    // In tenths of the unit, so that 999,960 is not "1000.0k".
    let mut tenths = number / 100;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    while tenths >= 9_995 {
        tenths = tenths.saturating_add(500) / 1000;
        unit = units.next();
    }
    let unit = unit.copied().unwrap_or_default();
    match tenths {
        ..100 => format!("{}.{}{unit}", tenths / 10, tenths % 10),
        _ => format!("{}{unit}", tenths.saturating_add(5) / 10),
    }
}

/// Milliseconds as `850 ms`, `4.2 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`.
pub fn time(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..10 => format!("{seconds}.{} s", milliseconds % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// A part of a whole in per mille, rounded; of nothing it is nothing.
pub fn per_mille(part: u64, whole: u64) -> u64 {
    let part = u128::from(part) * 1000 + u128::from(whole / 2);
    let rounded = part.checked_div(u128::from(whole)).unwrap_or(0);
    u64::try_from(rounded).unwrap_or(u64::MAX)
}

/// How long a bar of at most `longest` is for a part of a whole; what is there at all is seen.
pub fn length(part: u64, whole: u64, longest: u16) -> u16 {
    let length = (u128::from(part) * u128::from(longest) + u128::from(whole / 2))
        .checked_div(u128::from(whole))
        .unwrap_or(0);
    let least = u16::from(part > 0 && whole > 0);
    u16::try_from(length)
        .unwrap_or(longest)
        .min(longest)
        .max(least)
}

/// `1 bucket`, `2 buckets`.
pub fn counted(count: u64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1.0k"),
            (1999, "1.9k"),
            (9_999, "9.9k"),
            (10_000, "10k"),
            (999_449, "999k"),
            (999_500, "1.0M"),
            (1_000_000, "1.0M"),
            (12_345_678, "12M"),
            (u64::MAX, "18E"),
        ] {
            assert_eq!(short(number), text, "{number}");
            assert!(short(number).len() <= 4);
        }
    }

    #[test]
    fn times() {
        for (milliseconds, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (4_250, "4.2 s"),
            (59_999, "59 s"),
            (192_000, "3 min 12 s"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(time(milliseconds), text);
        }
    }

    #[test]
    fn parts() {
        assert_eq!(per_mille(1, 3), 333);
        assert_eq!(per_mille(2, 3), 667);
        assert_eq!(per_mille(5, 0), 0);
        assert_eq!(per_mille(u64::MAX, u64::MAX), 1000);
        assert_eq!(length(0, 9, 10), 0);
        assert_eq!(length(1, 1000, 10), 1);
        assert_eq!(length(1, 2, 10), 5);
        assert_eq!(length(3, 2, 10), 10);
        assert_eq!(length(3, 0, 10), 0);
    }
}
