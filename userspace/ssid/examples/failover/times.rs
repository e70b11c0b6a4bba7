// SPDX-License-Identifier: GPL-2.0-only

//! Failover times in ms, by what they were measured of, and the file that has them.

use std::error::Error;
use std::fmt::Write;

const HEAD: &str = "# SPDX-License-Identifier: GPL-2.0-only\ncase,ms\n";

/// In the order in which they were measured.
#[derive(Default)]
pub struct Cases(Vec<(String, Vec<u64>)>);

impl Cases {
    pub fn add(&mut self, case: &str, ms: u64) {
        match self.0.iter_mut().find(|(name, _)| name == case) {
            Some((_, times)) => times.push(ms),
            None => self.0.push((case.into(), vec![ms])),
        }
    }

    /// Of lines `CASE,MS` behind a head.
    pub fn read(text: &str) -> Result<Cases, Box<dyn Error>> {
        let mut cases = Cases::default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for line in lines.skip(1) {
            let (case, ms) = line.split_once(',').ok_or(format!("\"{line}\"?"))?;
            cases.add(case, ms.parse()?);
        }
        Ok(cases)
    }

    pub fn csv(&self) -> String {
        let mut text = String::from(HEAD);
        for (case, times) in &self.0 {
            for ms in times {
                let _ = writeln!(text, "{case},{ms}");
            }
        }
        text
    }

    /// The times of each, the shortest first.
    pub fn sorted(&self) -> Vec<(&str, Vec<u64>)> {
        let sorted = |times: &Vec<u64>| {
            let mut times = times.clone();
            times.sort_unstable();
            times
        };
        let cases = self.0.iter();
        cases
            .map(|(name, times)| (name.as_str(), sorted(times)))
            .collect()
    }

    /// A line for each.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        for (name, times) in self.sorted() {
            let part = |percent| times[(times.len() - 1) * percent / 100];
            let _ = writeln!(
                text,
                "{name}: {} runs, {} to {} ms, half within {}, nine of ten within {}",
                times.len(),
                part(0),
                part(100),
                part(50),
                part(90)
            );
        }
        text
    }
}
