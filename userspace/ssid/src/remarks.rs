// SPDX-License-Identifier: GPL-2.0-only

//! Remarks of this program on itself, which `status` shows: what it may not do and should, and what went wrong.

use crate::log_kind::LogKind;

const OVERRAN: &str = "a thread of ssid ran for a second without a pause, by the kernel's ticks, and lost its precedence; when its \
                       processors are busy this node may be taken for dead: the log has the thread's name, a restart of ssid gives \
                       it back";

/// They.
#[derive(Debug, Default)]
pub struct Remarks {
    /// What it may not do and should; what it lost.
    lacks: Vec<String>,
    /// What the last notification that failed said, if the last one did.
    failed: Option<String>,
    overruns: usize,
}

impl Remarks {
    /// Of a program that was refused this.
    pub fn new(refused: Vec<String>) -> Self {
        Self {
            lacks: refused,
            ..Self::default()
        }
    }

    /// The last notification failed or did not; so many threads have lost their precedence. All remarks, if there is something new.
    pub fn look(&mut self, failed: Option<String>, overruns: usize) -> Option<Vec<String>> {
        let is_new = failed != self.failed || overruns != self.overruns;
        if self.overruns == 0 && overruns > 0 {
            LogKind::Precedence.log(OVERRAN);
            self.lacks.push(OVERRAN.into());
        }
        (self.failed, self.overruns) = (failed, overruns);
        is_new.then(|| self.lacks.iter().chain(&self.failed).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_given_with_all_else() {
        let mut remarks = Remarks::new(vec!["may not".into()]);
        assert_eq!(remarks.look(None, 0), None);
        assert_eq!(
            remarks.look(Some("bad".into()), 0).unwrap(),
            ["may not", "bad"]
        );
        assert_eq!(remarks.look(None, 1).unwrap(), ["may not", OVERRAN]);
        assert_eq!(remarks.look(None, 2).unwrap(), ["may not", OVERRAN]);
        assert_eq!(remarks.look(None, 2), None);
    }
}
