// SPDX-License-Identifier: GPL-2.0-only

//! Outcome of a verb.

/// What every verb ends with; the sentence goes to stderr.
pub type Outcome<T = ()> = Result<T, String>;
