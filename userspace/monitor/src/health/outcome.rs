// SPDX-License-Identifier: GPL-2.0-only

//! Outcome of one run of a check.

use std::fmt::Display;
use std::io;

/// The result, and the message that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it is as it should be.
    pub good: bool,
    /// In a sentence.
    pub text: String,
}

impl Outcome {
    /// A good one.
    pub fn good(text: impl Display) -> Self {
        Self::of(true, text)
    }

    /// A bad one.
    pub fn bad(text: impl Display) -> Self {
        Self::of(false, text)
    }

    /// One or the other.
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
