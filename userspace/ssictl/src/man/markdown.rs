// SPDX-License-Identifier: GPL-2.0-only

//! What the documents have of Markdown, in the language of man pages.

use std::fmt::Write as _;

use ssi_cli::man::roff::escaped;

/// Paragraphs, blocks of code, tables and headings. Headings that begin with `section` and a space are the page's sections.
pub fn body(text: &str, section: &str) -> String {
    let mut page = String::new();
    let lines: Vec<&str> = text.lines().collect();
    let mut is_verbatim = false;
    for (at, line) in lines.iter().enumerate() {
        let is_head = |at: usize| lines.get(at).is_some_and(|line| line.starts_with("|---"));
        // Writing to a String cannot fail.
        let _ = match (line.starts_with("```"), is_verbatim) {
            (true, was) => {
                is_verbatim = !was;
                writeln!(page, "{}", if was { ".fi" } else { ".nf" })
            }
            (false, true) => writeln!(page, "{}", escaped(line)),
            (false, false) => match plain(line).as_str() {
                line if line.starts_with("|---") || line.starts_with("<!--") => Ok(()),
                line if line.starts_with('|') && is_head(at.saturating_add(1)) => {
                    let cells = cells(line);
                    let first = cells.first().map_or("", String::as_str);
                    writeln!(page, ".SS {}", escaped(first))
                }
                line if line.starts_with('|') => row(&mut page, line),
                line if line.starts_with('#') => heading(&mut page, line, section),
                "" => writeln!(page, ".PP"),
                line => writeln!(page, "{}", escaped(line)),
            },
        };
    }
    page
}

/// Without Markdown's quotes and emphasis, and links without their targets.
pub fn plain(line: &str) -> String {
    let parts = line.split('`').enumerate();
    // Every second part is quoted: there an asterisk is one.
    let mut text: String = parts
        .map(|(at, part)| match at % 2 {
            0 => part.replace('*', ""),
            _ => part.to_owned(),
        })
        .collect();
    while let Some((before, rest)) = text.split_once("](") {
        let after = rest.split_once(')').map_or("", |(_, after)| after);
        text = before.replacen('[', "", 1) + after;
    }
    text
}

fn heading(page: &mut String, line: &str, section: &str) -> std::fmt::Result {
    let (level, words) = line.split_once(' ').unwrap_or((line, ""));
    match level == section {
        true => writeln!(page, ".SH {}", escaped(&words.to_uppercase())),
        false => writeln!(page, ".SS {}", escaped(words)),
    }
}

fn cells(line: &str) -> Vec<String> {
    let cells = line.trim_matches(['|', ' ']).split(" | ");
    cells
        .map(|cell| {
            cell.trim()
                .trim_matches('|')
                .replace("\\|", "|")
                .trim()
                .to_owned()
        })
        .collect()
}

/// The key, its default where the table has that, and what it is.
fn row(page: &mut String, line: &str) -> std::fmt::Result {
    let cells = cells(line);
    let (key, rest) = cells
        .split_first()
        .map_or(("", &[][..]), |(key, rest)| (key.as_str(), rest));
    let text = match rest {
        [default, what] if default.is_empty() => what.clone(),
        [default, what] => format!("Default {default}. {what}"),
        rest => rest.join(" "),
    };
    writeln!(page, ".TP\n.B {}\n{}", escaped(key), escaped(&text))
}
