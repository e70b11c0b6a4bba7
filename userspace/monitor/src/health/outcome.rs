// SPDX-License-Identifier: GPL-2.0-only

//! Outcome of one run of a check.

use std::fmt::Display;
use std::io;

/// The result, and the message that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub good: bool,
    pub text: String,
}

impl Outcome {
    pub fn good(text: impl Display) -> Self {
        Self::of(true, text)
    }

    pub fn bad(text: impl Display) -> Self {
        Self::of(false, text)
    }

    pub fn of(good: bool, text: impl Display) -> Self {
        Self {
            good,
            text: text.to_string(),
        }
    }
}

/// An error of the system without its number, which means nothing to a person.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
