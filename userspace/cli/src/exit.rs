// SPDX-License-Identifier: GPL-2.0-only

//! End of a program that did not do what it was asked for: a sentence and an exit status.

use std::process::ExitCode;

use ssi_cluster::failure::Failure;

/// Refused by the kernel or by the system.
const REFUSED: u8 = 1;
/// Used wrongly.
const USAGE: u8 = 2;

/// Prints a failure in a program's name and gives the exit status.
pub fn failure(program: &str, failure: &Failure) -> ExitCode {
    match failure {
        Failure::Refused(sentence) => refused(program, sentence),
        Failure::Usage(sentence) => {
            eprintln!("{program}: {sentence}");
            ExitCode::from(USAGE)
        }
        Failure::ReaderGone => ExitCode::SUCCESS,
    }
}

/// The same where the program itself cannot go on.
pub fn refused(program: &str, sentence: &str) -> ExitCode {
    eprintln!("{program}: {sentence}");
    ExitCode::from(REFUSED)
}
