// SPDX-License-Identifier: GPL-2.0-only

//! Text or JSON from one value.

use std::fmt::Write as _;
use std::io::Write as _;

use serde::Serialize;

use ssi_cluster::failure::Failure;

/// How to show things.
#[derive(Clone, Copy, Default)]
pub struct Output {
    /// JSON rather than text.
    pub json: bool,
    /// Whether colours are understood.
    pub colours: bool,
}

/// What can be shown as text; empty text shows nothing.
pub trait Text {
    /// The lines, each with its end.
    fn text(&self) -> String;

    /// What a line is, where a person is to see that at once.
    fn mood(&self, _line: &str) -> Mood {
        Mood::Plain
    }
}

/// What a line says, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Nothing that needs to be seen first.
    Plain,
    /// All is well.
    Well,
    /// Something is wrong.
    Wrong,
}

impl Mood {
    /// The line in the terminal's own green or red.
    fn paint(self, line: &str) -> String {
        let colour = match self {
            Self::Plain => return line.to_owned(),
            Self::Well => 32,
            Self::Wrong => 31,
        };
        let text = line.trim_end_matches('\n');
        let end = line.get(text.len()..).unwrap_or_default();
        format!("\u{1b}[{colour}m{text}\u{1b}[0m{end}")
    }
}

/// Whether colours go to the standard output: to a terminal that has them, unless <https://no-color.org> is set.
pub fn colours(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    is_terminal && !refused && variable("TERM").is_none_or(|term| term != "dumb")
}

impl Output {
    /// Shows a value, whole.
    pub fn show<T: Text + Serialize>(self, value: &T) -> Result<(), Failure> {
        let mut text = if self.json {
            json(serde_json::to_string_pretty(value))?
        } else {
            self.painted(value)
        };
        if self.json {
            text.push('\n');
        }
        write(&text)
    }

    fn painted<T: Text>(self, value: &T) -> String {
        let text = value.text();
        match self.colours {
            false => text,
            true => {
                let lines = text.split_inclusive('\n');
                lines.map(|line| value.mood(line).paint(line)).collect()
            }
        }
    }

    /// Shows a value in one line.
    pub fn line<T: Text + Serialize>(self, value: &T) -> Result<(), Failure> {
        let text = if self.json {
            json(serde_json::to_string(value))? + "\n"
        } else {
            value.text()
        };
        write(&text)
    }
}

fn json(text: serde_json::Result<String>) -> Result<String, Failure> {
    text.map_err(|e| Failure::Refused(format!("writing JSON: {e}")))
}

/// Writes text at once, so that a reader never meets half of it.
pub fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// An aligned table: columns of numbers to the right, others to the left.
pub struct Columns {
    heads: Vec<Head>,
    rows: Vec<Vec<String>>,
}

/// A column's head.
pub enum Head {
    /// Of text.
    Left(String),
    /// Of numbers.
    Right(String),
}

impl Columns {
    /// A table without rows.
    pub fn new(heads: Vec<Head>) -> Self {
        Self {
            heads,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl Text for Columns {
    fn text(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let names: Vec<String> = self
            .heads
            .iter()
            .map(|(Head::Left(name) | Head::Right(name))| name.clone())
            .collect();
        let lines = || std::iter::once(&names).chain(&self.rows);
        let widths: Vec<usize> = (0..names.len())
            .map(|i| {
                lines()
                    .filter_map(|cells| cells.get(i))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for cells in lines() {
            let mut line = String::new();
            for ((cell, head), width) in cells.iter().zip(&self.heads).zip(&widths) {
                // Writing to a String cannot fail.
                let _ = match head {
                    Head::Left(_) => write!(line, "{cell:width$}  "),
                    Head::Right(_) => write!(line, "{cell:>width$}  "),
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Painted;

    impl Text for Painted {
        fn text(&self) -> String {
            "a\nbad\n".into()
        }

        fn mood(&self, line: &str) -> Mood {
            match line.starts_with("bad") {
                true => Mood::Wrong,
                false => Mood::Plain,
            }
        }
    }

    #[test]
    fn colours_where_a_terminal_has_them() {
        let of = |colours| Output {
            json: false,
            colours,
        };
        assert_eq!(of(true).painted(&Painted), "a\n\u{1b}[31mbad\u{1b}[0m\n");
        assert_eq!(of(false).painted(&Painted), "a\nbad\n");
        let with = |name: &'static str, value: &'static str| {
            colours(true, move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert!(with("TERM", "xterm") && with("NO_COLOR", ""));
        assert!(!with("TERM", "dumb") && !with("NO_COLOR", "1"));
        assert!(!colours(false, |_| None));
    }

    #[test]
    fn aligns() {
        let mut columns = Columns::new(vec![
            Head::Left("NAME".into()),
            Head::Right("N".into()),
            Head::Left("X".into()),
        ]);
        assert_eq!(columns.text(), "");
        columns.row(vec!["a".into(), "100".into(), "x".into()]);
        columns.row(vec!["longer".into(), "1".into(), "".into()]);
        assert_eq!(
            columns.text(),
            "NAME      N  X\na       100  x\nlonger    1\n"
        );
    }
}
