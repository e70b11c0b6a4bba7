// SPDX-License-Identifier: GPL-2.0-only

//! `keepalived.conf` as statements and their blocks.

use crate::import::words::words;

/// So deep blocks may be; keepalived's own have four levels.
const DEPTH_MAX: usize = 16;

/// A statement: a line's words, and what is in braces behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The words.
    pub words: Vec<String>,
    /// The block's statements.
    pub block: Vec<Statement>,
}

impl Statement {
    /// The first word.
    pub fn key(&self) -> &str {
        self.word(0)
    }

    /// That word, or nothing.
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map(String::as_str).unwrap_or_default()
    }

    /// The first statement of this name in the block.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.block.iter().find(|one| one.key() == key)
    }

    /// Its second word.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.get(key)
            .map(|one| one.word(1))
            .filter(|word| !word.is_empty())
    }
}

/// The statements of a text.
pub fn read(text: &str) -> Result<Vec<Statement>, String> {
    let mut open = vec![Statement::default()];
    for (number, line) in text.lines().enumerate() {
        let number = number.saturating_add(1);
        let line = line.split(['#', '!']).next().unwrap_or_default();
        let line = line.replace('{', " { ").replace('}', " } ");
        let mut begun: Vec<String> = Vec::new();
        for word in words(&line) {
            match word.as_str() {
                "{" => {
                    if open.len() > DEPTH_MAX {
                        return Err(format!(
                            "line {number}: blocks are more than {DEPTH_MAX} deep"
                        ));
                    }
                    let words = std::mem::take(&mut begun);
                    let begun = begin(&mut open, words);
                    open.push(begun);
                }
                "}" => {
                    end_of_line(&mut open, &mut begun);
                    let (Some(done), Some(outer)) = (open.pop(), open.last_mut()) else {
                        return Err(format!(
                            "line {number}: a brace closes what none has opened"
                        ));
                    };
                    outer.block.push(done);
                }
                _ => begun.push(word),
            }
        }
        end_of_line(&mut open, &mut begun);
    }
    match (open.pop(), open.is_empty()) {
        (Some(all), true) => Ok(all.block),
        (Some(inner), false) => Err(format!("the block {} has no end", inner.words.join(" "))),
        (None, _) => Ok(Vec::new()),
    }
}

/// A brace may be on the line below its words.
fn begin(open: &mut [Statement], words: Vec<String>) -> Statement {
    let above = open.last_mut().filter(|_| words.is_empty());
    let above = above.and_then(|outer| outer.block.pop());
    above.unwrap_or(Statement {
        words,
        block: Vec::new(),
    })
}

fn end_of_line(open: &mut [Statement], begun: &mut Vec<String>) {
    if let Some(outer) = open.last_mut().filter(|_| !begun.is_empty()) {
        outer.block.push(Statement {
            words: std::mem::take(begun),
            block: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks() {
        let all = read("a b { # c\n d\n e { f g }\n}\nh\n{\n i \"j k\" ! l\n}\n").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].words, ["a", "b"]);
        assert_eq!(all[0].block[0].words, ["d"]);
        assert_eq!(all[0].get("e").unwrap().value("f"), Some("g"));
        assert_eq!(all[1].value("i"), Some("j k"));
    }

    #[test]
    fn braces_that_do_not_match() {
        assert!(read("a {\n").unwrap_err().contains("a has no end"));
        assert!(read("}\n").unwrap_err().contains("line 1"));
        assert!(read(&"a {\n".repeat(100_000)).unwrap_err().contains("deep"));
    }
}
