// SPDX-License-Identifier: GPL-2.0-only

//! Load without its noise: a moving average of samples, in integers, the same on every machine.

use serde::{Deserialize, Serialize};

use crate::Error;

/// A sample above this counts as this.
const SAMPLE_MAX: u64 = 1 << 48;

/// An exponential moving average of each bucket's load.
///
/// A new sample counts for one part in `2^shift`: after `2^shift` samples of something new, 63 % of
/// the way there is done. A constant load is met exactly in the end.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Smoothed {
    shift: u32,
    /// Averages times `2^shift`, below 2^64; empty before the first sample.
    sums: Vec<u64>,
}

/// As another node has it.
#[derive(Deserialize)]
struct Raw {
    shift: u32,
    sums: Vec<u64>,
}

impl TryFrom<Raw> for Smoothed {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        let most = SAMPLE_MAX.checked_shl(raw.shift).unwrap_or(0);
        if raw.shift > Self::SHIFT_MAX || raw.sums.iter().any(|sum| *sum > most) {
            return Err("averages are greater than any sample");
        }
        Ok(Self {
            shift: raw.shift,
            sums: raw.sums,
        })
    }
}

impl Smoothed {
    /// The greatest `shift`.
    pub const SHIFT_MAX: u32 = 15;

    /// No samples yet. A `shift` above [`Smoothed::SHIFT_MAX`] counts as that; 0 does not smooth.
    pub const fn new(shift: u32) -> Self {
        let shift = if shift > Self::SHIFT_MAX {
            Self::SHIFT_MAX
        } else {
            shift
        };
        Self {
            shift,
            sums: Vec::new(),
        }
    }

    /// Takes a sample of all buckets. The first is the average at once.
    ///
    /// # Errors
    ///
    /// [`Error::Loads`] if there were another number of buckets before; nothing is changed then.
    pub fn add(&mut self, samples: &[u64]) -> Result<(), Error> {
        let samples = samples.iter().map(|sample| (*sample).min(SAMPLE_MAX));
        if self.sums.is_empty() {
            self.sums = samples.map(|sample| sample << self.shift).collect();
            return Ok(());
        }
        if samples.len() != self.sums.len() {
            return Err(Error::Loads {
                loads: samples.len(),
                buckets: self.sums.len(),
            });
        }
        for (sum, sample) in self.sums.iter_mut().zip(samples) {
            *sum = *sum - (*sum >> self.shift) + sample;
        }
        Ok(())
    }

    /// The averages, in the samples' unit; `None` before the first sample.
    pub fn load(&self) -> Option<Vec<u64>> {
        let load = self.sums.iter().map(|sum| sum >> self.shift);
        (!self.sums.is_empty()).then(|| load.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn first_sample_is_the_average_and_a_step_is_met_in_part() {
        let mut smoothed = Smoothed::new(2);
        assert_eq!(smoothed.load(), None);
        smoothed.add(&[100, 0]).unwrap();
        smoothed.add(&[200, 0]).unwrap();
        assert_eq!(smoothed.load(), Some(vec![125, 0]));
        let loads = 1;
        let refused = Err(Error::Loads { loads, buckets: 2 });
        assert_eq!(smoothed.add(&[7]), refused);
        assert_eq!(smoothed.load(), Some(vec![125, 0]));
    }

    proptest! {
        #[test]
        fn a_constant_load_is_met_exactly(shift in 0u32..6, from: u64, to in 0..=SAMPLE_MAX) {
            let mut smoothed = Smoothed::new(shift);
            smoothed.add(&[from]).unwrap();
            for _ in 0..4000 {
                smoothed.add(&[to]).unwrap();
            }
            prop_assert_eq!(smoothed.load(), Some(vec![to]));
        }

        #[test]
        fn averages_lie_between_the_samples(shift: u32, samples in proptest::collection::vec(any::<u64>(), 1..50)) {
            let mut smoothed = Smoothed::new(shift);
            for sample in &samples {
                smoothed.add(&[*sample]).unwrap();
            }
            let bounded = |sample: &u64| (*sample).min(SAMPLE_MAX);
            let average = smoothed.load().unwrap()[0];
            prop_assert!(average >= samples.iter().map(bounded).min().unwrap());
            prop_assert!(average <= samples.iter().map(bounded).max().unwrap());
        }
    }
}
