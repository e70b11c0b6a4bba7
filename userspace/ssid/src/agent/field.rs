// SPDX-License-Identifier: GPL-2.0-only

//! Fields of the cluster file that nodes compare, and sentences on how they differ.

use logic::siphash::siphash24;
use serde::{Deserialize, Serialize};
use ssid_api::printable;

/// Two programs come to the same digest of the same fields, whatever their versions.
const KEY: [u8; 16] = *b"ssid: the fields";
/// So many differences make a sentence.
const SHOWN: usize = 4;
/// So much of a name or a value is shown: as long as the addresses of a cluster that has many.
const LENGTH: usize = 400;

/// A field of the file with its value, as text.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    /// Its key in the file.
    pub name: String,
    /// Its value; of a secret a digest.
    pub value: String,
    /// The value means nothing to people.
    pub secret: bool,
}

impl Field {
    /// One that people may see.
    pub fn new(name: &str, value: impl ToString) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_string(),
            secret: false,
        }
    }

    /// One of a secret, of which this is the digest.
    pub fn secret(name: &str, digest: u64) -> Self {
        Self {
            secret: true,
            ..Self::new(name, format!("{digest:016x}"))
        }
    }
}

/// What is the same for the same names and values, and for others another number, in whatever order they are.
pub fn digest(fields: &[Field]) -> u64 {
    let mut sorted: Vec<&Field> = fields.iter().collect();
    sorted.sort_by(|a, b| (&a.name, &a.value).cmp(&(&b.name, &b.value)));
    let mut bytes = Vec::new();
    for text in sorted.iter().flat_map(|field| [&field.name, &field.value]) {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        bytes.extend(length.to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    siphash24(KEY, &bytes)
}

/// How another node's fields differ from this one's, with the place where it is: "buckets is 64 there and 60 here". None
/// where they do not.
pub fn difference(theirs: &[Field], there: &str, mine: &[Field]) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for field in mine {
        let other = theirs.iter().find(|other| other.name == field.name);
        all.extend(sentence(&field.name, other, there, Some(field)));
    }
    for field in theirs {
        if mine.iter().all(|mine| mine.name != field.name) {
            all.extend(sentence(&field.name, Some(field), there, None));
        }
    }
    let rest = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    if rest > 0 {
        all.push(format!("{rest} more differ"));
    }
    (!all.is_empty()).then(|| all.join("; "))
}

fn sentence(
    name: &str,
    theirs: Option<&Field>,
    there: &str,
    mine: Option<&Field>,
) -> Option<String> {
    let name = printable(name, LENGTH);
    let value = |field: Option<&Field>| match field {
        None => "not given".to_owned(),
        Some(field) if field.secret => "given".to_owned(),
        Some(field) => printable(&field.value, LENGTH),
    };
    match (theirs, mine) {
        (Some(theirs), Some(mine)) if theirs.value == mine.value => None,
        (Some(theirs), Some(mine)) if theirs.secret || mine.secret => {
            Some(format!("{name} differs"))
        }
        _ => Some(format!(
            "{name} is {} {there} and {} here",
            value(theirs),
            value(mine)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn here() -> Vec<Field> {
        vec![
            Field::new("buckets", 60),
            Field::new("lease", 1500),
            Field::secret("hash-seed", 7),
        ]
    }

    #[test]
    fn shows_which_differs_and_both_values() {
        let mut there = here();
        assert_eq!(difference(&there, "there", &here()), None);
        there.reverse();
        assert_eq!(difference(&there, "there", &here()), None, "in any order");
        assert_eq!(digest(&there), digest(&here()));
        for (field, sentence) in [
            (Field::new("buckets", 64), "buckets is 64 there and 60 here"),
            (Field::secret("hash-seed", 8), "hash-seed differs"),
            (
                Field::new("mode", "forward"),
                "mode is forward there and not given here",
            ),
        ] {
            let mut there: Vec<Field> = here();
            there.retain(|mine| mine.name != field.name);
            there.push(field);
            let shown = difference(&there, "there", &here());
            assert_eq!(shown.as_deref(), Some(sentence));
            assert_ne!(digest(&there), digest(&here()));
        }
        assert_eq!(
            difference(&here()[1..], "at n2", &here()).as_deref(),
            Some("buckets is not given at n2 and 60 here")
        );
        assert_eq!(
            difference(&here()[2..], "there", &[]).as_deref(),
            Some("hash-seed is given there and not given here")
        );
    }

    #[test]
    fn a_sentence_has_an_end() {
        let many = |value| -> Vec<Field> {
            (0..100)
                .map(|n| Field::new(&format!("f{n}"), value))
                .collect()
        };
        let shown = difference(&many(1), "there", &many(2)).unwrap();
        assert!(shown.ends_with("; 96 more differ"), "{shown}");
    }

    /// Other releases compute the same.
    #[test]
    fn the_digest_stays_as_it_is() {
        assert_eq!(digest(&[]), siphash24(KEY, &[]));
        assert_eq!(digest(&here()), KNOWN);
    }

    const KNOWN: u64 = 1_470_646_857_893_726_881;

    proptest! {
        #[test]
        fn where_a_name_ends_matters(a in "[ab]{0,3}", b in "[ab]{0,3}", c in "[ab]{0,3}", d in "[ab]{0,3}") {
            let is_same = (&a, &b) == (&c, &d);
            let one = [Field::new(&a, &b)];
            let other = [Field::new(&c, &d)];
            prop_assert_eq!(digest(&one) == digest(&other), is_same);
        }
    }
}
