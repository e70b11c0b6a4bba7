// SPDX-License-Identifier: GPL-2.0-only

//! Plain text as the language of man pages.

use std::fmt::Write as _;

/// Text in which nothing is a request or an escape.
pub fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

/// What stands below a verb's options: a line that ends with a colon is a heading, indented lines stay as they
/// are, others are prose.
pub fn sections(help: &str) -> String {
    let mut page = String::new();
    let mut verbatim = false;
    for (i, line) in help.lines().enumerate() {
        let heading = line
            .strip_suffix(':')
            .filter(|text| (1..=2).contains(&text.split(' ').count()));
        let indented = line.starts_with(' ');
        if verbatim && !indented {
            page.push_str(".fi\n");
        }
        if i == 0 && heading.is_none() && !indented {
            page.push_str(".SH NOTES\n");
        }
        // Writing to a String cannot fail.
        let _ = match heading {
            Some(text) => writeln!(page, ".SH {}", escaped(&text.to_uppercase())),
            None if line.is_empty() => writeln!(page, ".PP"),
            None if indented && !verbatim => writeln!(page, ".nf\n{}", escaped(line)),
            None => writeln!(page, "{}", escaped(line)),
        };
        verbatim = indented;
    }
    if verbatim {
        page.push_str(".fi\n");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        assert_eq!(escaped(".x \\ --y"), "\\&.x \\e \\-\\-y");
    }

    #[test]
    fn headings_examples_and_prose() {
        assert_eq!(
            sections("Prose.\n\nExamples:\n  a b\n    c\nMore."),
            ".SH NOTES\nProse.\n.PP\n.SH EXAMPLES\n.nf\n  a b\n    c\n.fi\nMore.\n"
        );
    }
}
