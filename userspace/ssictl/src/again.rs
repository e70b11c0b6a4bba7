// SPDX-License-Identifier: GPL-2.0-only

//! `--watch`: what is shown once is shown again and again, until somebody has seen enough.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use ssi_cluster::failure::Failure;

use crate::output::{self, Output};
use crate::value;

/// To the first line of an empty screen.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Whether to show it again.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct Again {
    /// Show it again each so many seconds, 2 if none are given
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "2", value_parser = value::seconds)]
    watch: Option<u16>,
}

impl Again {
    /// Shows it, once or until the reader has gone. What fails later than at first may be well the next time.
    pub fn shown(
        self,
        output: Output,
        mut show: impl FnMut() -> Result<ExitCode, Failure>,
    ) -> Result<ExitCode, Failure> {
        let Some(seconds) = self.watch else {
            return show();
        };
        let clears = !output.json && std::io::stdout().is_terminal();
        for round in 0_u64.. {
            if clears {
                output::write(CLEAR)?;
            }
            match show() {
                Err(Failure::Refused(sentence)) if round > 0 => eprintln!("ssictl: {sentence}"),
                result => drop(result?),
            }
            sleep(Duration::from_secs(seconds.into()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_or_until_the_reader_has_gone() {
        let output = Output {
            json: true,
            ..Output::default()
        };
        let mut rounds = 0;
        let once = Again::default().shown(output, || {
            rounds += 1;
            Ok(ExitCode::SUCCESS)
        });
        assert!(once.is_ok() && rounds == 1);
        let mut show = || {
            rounds += 1;
            match rounds {
                // Not the first time: that is waited for.
                3 => Err(Failure::Refused("it starts anew".into())),
                5 => Err(Failure::ReaderGone),
                _ => Ok(ExitCode::SUCCESS),
            }
        };
        let again = Again { watch: Some(0) };
        let ended = again.shown(output, &mut show);
        assert_eq!(ended.err(), Some(Failure::ReaderGone));
        assert_eq!(rounds, 5);
    }
}
