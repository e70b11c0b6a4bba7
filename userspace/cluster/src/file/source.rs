// SPDX-License-Identifier: GPL-2.0-only

//! A file's text, and where in it something is wrong.

use std::fmt::Display;
use std::ops::Range;

use crate::failure::Failure;

/// Bytes of the text, where it is known which.
pub type Span = Option<Range<usize>>;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// It.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path, as messages name it.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The failure that something at `span` is: `FILE:LINE:COLUMN: SENTENCE`.
    pub fn wrong(&self, span: &Span, sentence: impl Display) -> Failure {
        let (line, column) = self.place(span.as_ref().map_or(0, |span| span.start));
        Failure::Usage(format!("{}:{line}:{column}: {sentence}", self.path))
    }

    /// Line and column of a byte, from 1; columns are characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let at = (0..=at.min(self.text.len()))
            .rev()
            .find(|i| self.text.is_char_boundary(*i))
            .unwrap_or(0);
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let last = before.rsplit('\n').next().unwrap_or_default();
        (line, last.chars().count() + 1)
    }
}

/// Refuses the second of two equal values.
pub fn distinct<T: PartialEq>(
    source: &Source,
    values: &[At<T>],
    sentence: impl Fn(&T) -> String,
) -> Result<(), Failure> {
    for (i, at) in values.iter().enumerate() {
        let before = values.get(..i).unwrap_or_default();
        if before.iter().any(|other| other.value == at.value) {
            return Err(source.wrong(&at.span, sentence(&at.value)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let source = Source {
            path: "x".into(),
            text: "ab\né=1\n".into(),
        };
        for (at, place) in [
            (0, (1, 1)),
            (2, (1, 3)),
            (3, (2, 1)),
            (4, (2, 1)),
            (5, (2, 2)),
            (8, (3, 1)),
            (99, (3, 1)),
        ] {
            assert_eq!(source.place(at), place, "{at}");
        }
        assert_eq!(
            source.wrong(&Some(5..6), "no"),
            Failure::Usage("x:2:2: no".into())
        );
    }
}
