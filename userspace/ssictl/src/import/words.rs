// SPDX-License-Identifier: GPL-2.0-only

//! Lines as shells have them: continued by a backslash, with words in quotes.

use std::collections::BTreeMap;

/// The lines of a text, those that go on put together.
pub fn lines(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut begun = String::new();
    for line in text.lines() {
        match line.trim_end().strip_suffix('\\') {
            Some(part) => {
                begun.push_str(part);
                begun.push(' ');
            }
            None => {
                begun.push_str(line);
                all.push(std::mem::take(&mut begun));
            }
        }
    }
    if !begun.is_empty() {
        all.push(begun);
    }
    all
}

/// The words of a line. A quote that is not closed goes to the line's end.
pub fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => all.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    all.extend(word);
    all
}

/// Those words that are `key=value`.
pub fn pairs<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let split = |word: &str| {
        let (key, value) = word.split_once('=')?;
        (!key.is_empty()).then(|| (key.to_owned(), value.to_owned()))
    };
    words.into_iter().filter_map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_go_on() {
        assert_eq!(lines("a \\\n b\nc\n"), ["a   b", "c"]);
        assert_eq!(lines("a\\"), ["a "]);
        assert!(lines("").is_empty());
    }

    #[test]
    fn words_in_quotes() {
        assert_eq!(words("  ip=\"a b\" 'c'd \"\" e"), ["ip=a b", "cd", "", "e"]);
        assert_eq!(words("\"open to the end"), ["open to the end"]);
        assert!(words(" \t").is_empty());
    }

    #[test]
    fn pairs_only() {
        let all = pairs(["ip=1", "op", "=x", "a=b=c"]);
        assert_eq!(all.len(), 2);
        assert_eq!(all.get("a").map(String::as_str), Some("b=c"));
    }
}
