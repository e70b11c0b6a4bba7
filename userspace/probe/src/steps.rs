// SPDX-License-Identifier: GPL-2.0-only

//! Changes of a table as steps that nodes take one after the other: those who lose buckets release them, then
//! those who gain take them.
//!
//! Lines `change TEXT`, and of each change `release NODE LIST` and `adopt NODE LIST`: what the node has after
//! that step, `none` if nothing. Of a node that is gone nobody waits for a release: lines `cold NODE LIST COLD`,
//! COLD the buckets that were its.

use crate::outcome::Outcome;
use crate::table::format_list;
use crate::table::parse_list;
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub node: String,
    pub owned: Vec<bool>,
    /// Of these, the ones of a node that is gone.
    pub cold: Option<Vec<bool>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    pub text: String,
    pub release: Vec<Step>,
    pub adopt: Vec<Step>,
}

/// As `ssictl` takes it.
pub fn list(owned: &[bool]) -> String {
    let list = format_list(owned);
    if list.is_empty() { "none".into() } else { list }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "change {}", self.text)?;
        for (verb, steps) in [("release", &self.release), ("adopt", &self.adopt)] {
            for step in steps {
                let (node, owned) = (&step.node, list(&step.owned));
                match &step.cold {
                    None => writeln!(f, "{verb} {node} {owned}")?,
                    Some(cold) => writeln!(f, "cold {node} {owned} {}", list(cold))?,
                }
            }
        }
        Ok(())
    }
}

/// All changes of a file.
pub fn parse(text: &str, buckets: u32) -> Outcome<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    for line in text.lines() {
        let bad = || format!("\"{line}\" is no step");
        let (verb, rest) = line.split_once(' ').ok_or_else(bad)?;
        if verb == "change" {
            changes.push(Change {
                text: rest.into(),
                ..Change::default()
            });
            continue;
        }
        let fields: Vec<&str> = rest.split(' ').collect();
        let bits = |list: &str| parse_list(if list == "none" { "" } else { list }, buckets);
        let change = changes.last_mut().ok_or_else(bad)?;
        let (steps, cold) = match (verb, &fields[..]) {
            ("release", [_, _]) => (&mut change.release, None),
            ("adopt", [_, _]) => (&mut change.adopt, None),
            ("cold", [_, _, cold]) => (&mut change.adopt, Some(bits(cold)?)),
            _ => return Err(bad()),
        };
        steps.push(Step {
            node: fields[0].into(),
            owned: bits(fields[1])?,
            cold,
        });
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_back_as_they_went() {
        let text = "change join=n2\nrelease n0 0-1\nrelease n1 4-5\nadopt n2 2-3\nchange lost=n2\nrelease n1 none\ncold n0 0-3 2-3\n";
        let changes = parse(text, 6).unwrap();
        assert_eq!(changes.len(), 2);
        assert_eq!(
            changes[0].adopt[0].owned,
            [false, false, true, true, false, false]
        );
        let back: String = changes.iter().map(Change::to_string).collect();
        assert_eq!(back, text);
        assert!(parse("release n0 0", 6).is_err());
        assert!(parse("change a\nrelease n0 9", 6).is_err());
    }
}
