// SPDX-License-Identifier: GPL-2.0-only

//! Text of others, as it may be shown: a terminal obeys some characters, and a log's reader believes that a line is one.

/// What of a text may be shown, and at most so many characters of it. In place of each that is not to be seen there is a space: of
/// control characters, ends of lines, and what changes the direction in which a line is read or has no width.
#[must_use]
pub fn printable(text: &str, longest: usize) -> String {
    let mut shown: String = text.chars().take(longest).map(shown).collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

/// The same in place, where most texts are as they should be already.
pub fn make_printable(text: &mut String, longest: usize) {
    let is_fine = text.chars().all(|c| shown(c) == c) && text.chars().nth(longest).is_none();
    if !is_fine {
        *text = printable(text, longest);
    }
}

fn shown(c: char) -> char {
    match c {
        // Without width, directions, ends of lines and of paragraphs, tags.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_told_nothing() {
        for (text, is) in [
            ("", ""),
            ("grün ✓ 日本", "grün ✓ 日本"),
            ("\x1b]0;title\x07", " ]0;title "),
            ("\x1b[2Jgone", " [2Jgone"),
            // As one byte of a terminal of eight bits, and as UTF-8.
            ("\u{9b}31mred", " 31mred"),
            ("two\nlines\r\n", "two lines  "),
            ("\u{2028}\u{85}", "  "),
            ("nur\u{202e}gnp.exe", "nur gnp.exe"),
            ("a\u{200b}b\u{feff}", "a b "),
            ("\x00\x7f\x08\t", "    "),
        ] {
            assert_eq!(printable(text, 100), is);
            let mut own = text.to_owned();
            make_printable(&mut own, 100);
            assert_eq!(own, is);
        }
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(printable("12345", 5), "12345");
        assert_eq!(printable("123456", 5), "12345…");
        let mut long = "ü".repeat(1_000_000);
        make_printable(&mut long, 3);
        assert_eq!(long, "üüü…");
    }
}
