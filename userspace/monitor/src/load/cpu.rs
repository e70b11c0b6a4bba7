// SPDX-License-Identifier: GPL-2.0-only

//! Processor load: the first line of `/proc/stat`.

/// Of the line's ten fields the first eight are parts of the whole; the last two are counted in them already.
const PARTS: usize = 8;
/// The fields in which a processor has nothing to do: idle, and idle while something waits for storage.
const IDLE: std::ops::RangeInclusive<usize> = 3..=4;

/// Time of all processors together since the machine started, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    idle: u64,
    total: u64,
}

impl Cpu {
    /// Reads the file's text; `None` if it has no such line. Time that a hypervisor took away counts as busy.
    pub fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let fields: Vec<u64> = line
            .split_ascii_whitespace()
            .take(PARTS)
            .map(|field| field.parse().ok())
            .collect::<Option<_>>()?;
        let idle = fields.get(IDLE)?;
        Some(Self {
            idle: sum(idle),
            total: sum(&fields),
        })
    }

    /// Percent of the time since `before` in which a processor was busy; 0 if no time went by.
    pub fn busy(&self, before: &Self) -> u32 {
        let total = self.total.saturating_sub(before.total);
        // The time of waiting for storage is known to go back at times.
        let idle = self.idle.saturating_sub(before.idle).min(total);
        percent(total - idle, total)
    }
}

/// What percent `part` is of `whole`, rounded; at most 100, and 0 of nothing.
pub fn percent(part: u64, whole: u64) -> u32 {
    let (part, whole) = (u128::from(part.min(whole)), u128::from(whole));
    (part * 100 + whole / 2)
        .checked_div(whole)
        .and_then(|percent| u32::try_from(percent).ok())
        .unwrap_or(0)
}

fn sum(fields: &[u64]) -> u64 {
    fields.iter().copied().fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cpu(fields: &str) -> Cpu {
        Cpu::parse(&format!("cpu  {fields}\ncpu0 1 2 3 4\nintr 5\n")).unwrap()
    }

    #[test]
    fn busy_is_what_is_not_idle() {
        let before = cpu("100 0 100 1000 50 0 0 0 0 0");
        // 30 user, 10 system, 10 stolen, 40 idle, 10 waiting for storage; guest time is part of user time.
        let now = cpu("130 0 110 1040 60 0 0 10 30 0");
        assert_eq!(now.busy(&before), 50);
        assert_eq!(now.busy(&now), 0);
    }

    #[test]
    fn a_total_that_went_back_is_no_time() {
        assert_eq!(cpu("1 0 0 1 0 0 0 0").busy(&cpu("9 0 0 9 0 0 0 0")), 0);
    }

    #[test]
    fn an_old_kernels_line_is_shorter() {
        assert_eq!(cpu("30 0 0 70 0").busy(&cpu("0 0 0 0 0")), 30);
        assert_eq!(Cpu::parse("cpu  1 2 3"), None);
        assert_eq!(Cpu::parse("cpu0 1 2 3 4 5 6 7 8"), None);
    }

    #[test]
    fn reads_this_machine() {
        let text = std::fs::read_to_string("/proc/stat").unwrap();
        assert!(Cpu::parse(&text).unwrap().total > 0);
    }

    proptest! {
        #[test]
        fn never_above_a_hundred(
            before in proptest::collection::vec(any::<u64>(), 8),
            now in proptest::collection::vec(any::<u64>(), 8),
        ) {
            let line = |fields: &[u64]| fields.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
            prop_assert!(cpu(&line(&now)).busy(&cpu(&line(&before))) <= 100);
        }

        #[test]
        fn any_text_is_read_or_not(text in ".*") {
            let _ = Cpu::parse(&text);
            let _ = Cpu::parse(&format!("cpu {text}"));
        }
    }
}
