// SPDX-License-Identifier: GPL-2.0-only

//! The keys of the file, or of one node in it, as typed values; what is no such value is refused at its place.

use std::fmt::Display;
use std::ops::RangeInclusive;

use ssi_netlink::spec::Attr;
use toml_edit::{Item, Table, Value};

use crate::failure::Failure;
use crate::file::source::{At, Source, Span};
use crate::value;

/// The longest value that a sentence repeats.
const SHOWN: usize = 40;
/// How alike two names are that one is proposed for the other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// A table of the file.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    source: &'a Source,
    table: &'a Table,
    /// What the table is, for sentences.
    what: &'static str,
}

impl<'a> Section<'a> {
    /// A table in which only `known` keys may be.
    pub fn new(
        source: &'a Source,
        table: &'a Table,
        what: &'static str,
        known: &[&str],
    ) -> Result<Self, Failure> {
        let unknown = table.iter().find(|(key, _)| !known.contains(key));
        if let Some((key, item)) = unknown {
            let span = match table.key(key).and_then(toml_edit::Key::span) {
                Some(span) => Some(span),
                None => item.span(),
            };
            let hint = match alike(key, known) {
                Some(known) => format!(" (did you mean {known}?)"),
                None => format!("; there are {}", known.join(", ")),
            };
            return Err(source.wrong(&span, format!("{key}: no such key in {what}{hint}")));
        }
        Ok(Self {
            source,
            table,
            what,
        })
    }

    /// Where it begins.
    pub fn span(&self) -> Span {
        self.table.span()
    }

    /// The failure of something at `span`.
    pub fn wrong(&self, span: &Span, sentence: impl Display) -> Failure {
        self.source.wrong(span, sentence)
    }

    /// A key's place, or the table's where the key is missing.
    pub fn place(&self, key: &str) -> Span {
        match self.table.key(key).and_then(toml_edit::Key::span) {
            Some(span) => Some(span),
            None => self.span(),
        }
    }

    /// What has to be there.
    pub fn due<T>(&self, key: &str, example: &str, found: Option<At<T>>) -> Result<At<T>, Failure> {
        found.ok_or_else(|| {
            self.wrong(
                &self.span(),
                format!("{}: give {key}, as {key} = {example}", self.what),
            )
        })
    }

    /// A text.
    pub fn text(&self, key: &str) -> Result<Option<At<&'a str>>, Failure> {
        let Some(value) = self.value(key)? else {
            return Ok(None);
        };
        match value.as_str() {
            Some(text) => Ok(Some(At {
                value: text,
                span: value.span(),
            })),
            None => Err(self.kind(key, value, "a text in quotes")),
        }
    }

    /// A text that means something; the error of `parse` is what would be right.
    pub fn parsed<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<At<T>>, Failure> {
        self.text(key)?
            .map(|text| self.meaning(key, &text, &parse))
            .transpose()
    }

    /// One of a few names.
    pub fn choice<T: std::str::FromStr>(
        &self,
        key: &str,
        names: &[&str],
    ) -> Result<Option<At<T>>, Failure> {
        self.parsed(key, |given| {
            let hint = match alike(given, names) {
                Some(name) => format!(" (did you mean {name}?)"),
                None => String::new(),
            };
            given
                .parse()
                .map_err(|_| format!("use one of {}{hint}", names.join(", ")))
        })
    }

    /// A list of texts that each mean something.
    pub fn list<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<At<Vec<At<T>>>>, Failure> {
        let Some(value) = self.value(key)? else {
            return Ok(None);
        };
        let kind = "a list of texts, as [\"a\", \"b\"]";
        let array = value
            .as_array()
            .ok_or_else(|| self.kind(key, value, kind))?;
        let parse_one = |value: &Value| match value.as_str() {
            Some(text) => {
                let text = At {
                    value: text,
                    span: value.span(),
                };
                self.meaning(key, &text, &parse)
            }
            None => Err(self.kind(key, value, kind)),
        };
        let list = array.iter().map(parse_one).collect::<Result<_, _>>()?;
        Ok(Some(At {
            value: list,
            span: value.span(),
        }))
    }

    /// A whole number.
    pub fn number<T: TryFrom<i64>>(
        &self,
        key: &str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<At<T>>, Failure> {
        let Some(value) = self.value(key)? else {
            return Ok(None);
        };
        let number = value.as_integer().filter(|number| range.contains(number));
        match number.and_then(|number| T::try_from(number).ok()) {
            Some(number) => Ok(Some(At {
                value: number,
                span: value.span(),
            })),
            None => Err(self.kind(
                key,
                value,
                &format!("a number, {} to {}", range.start(), range.end()),
            )),
        }
    }

    /// A number for the kernel's attribute of the same name, as it takes it.
    pub fn attribute(&self, attr: Attr) -> Result<Option<At<u32>>, Failure> {
        let range = attr.range().unwrap_or(0..=u32::MAX);
        let (least, most) = range.into_inner();
        self.number(attr.name(), least.into()..=most.into())
    }

    /// A time that connections stay: seconds, or "forever".
    pub fn drain_time(&self, key: &str) -> Result<Option<At<u32>>, Failure> {
        let Some(value) = self.value(key)? else {
            return Ok(None);
        };
        let number = match value.as_str() {
            Some("forever") => Some(value::FOREVER),
            _ => value.as_integer().and_then(|number| number.try_into().ok()),
        };
        match number {
            Some(number) => Ok(Some(At {
                value: number,
                span: value.span(),
            })),
            None => Err(self.kind(key, value, "a number of seconds, or \"forever\"")),
        }
    }

    /// Yes or no.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, Failure> {
        let Some(value) = self.value(key)? else {
            return Ok(None);
        };
        match value.as_bool() {
            Some(flag) => Ok(Some(flag)),
            None => Err(self.kind(key, value, "true or false")),
        }
    }

    /// Refuses those of `keys` that are there.
    pub fn none_of(&self, keys: &[&str], sentence: &str) -> Result<(), Failure> {
        let there = keys.iter().find(|key| self.table.contains_key(key));
        match there {
            Some(key) => Err(self.wrong(&self.place(key), format!("{key}: {sentence}"))),
            None => Ok(()),
        }
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn value(&self, key: &str) -> Result<Option<&'a Value>, Failure> {
        match self.table.get(key) {
            None | Some(Item::None) => Ok(None),
            Some(Item::Value(value)) => Ok(Some(value)),
            Some(Item::Table(_) | Item::ArrayOfTables(_)) => Err(self.wrong(
                &self.place(key),
                format!("{key}: give a value, as {key} = …, not a section"),
            )),
        }
    }

    fn meaning<T>(
        &self,
        key: &str,
        text: &At<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<At<T>, Failure> {
        let shown = match text.value.chars().count() <= SHOWN {
            true => format!(" {:?}", text.value),
            false => String::new(),
        };
        match parse(text.value) {
            Ok(value) => Ok(At {
                value,
                span: text.span.clone(),
            }),
            Err(right) => Err(self.wrong(&text.span, format!("{key}{shown}: {right}"))),
        }
    }

    fn kind(&self, key: &str, value: &Value, right: &str) -> Failure {
        let shown = value.clone().decorated("", "").to_string();
        let shown = match shown.chars().count() <= SHOWN && !shown.contains('\n') {
            true => format!(" {shown}"),
            false => String::new(),
        };
        self.wrong(&value.span(), format!("{key}{shown}: give {right}"))
    }
}

/// The known name that somebody may have meant.
fn alike<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |known: &&str| strsim::jaro_winkler(given, known);
    known
        .iter()
        .copied()
        .map(|known| (likeness(&known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}
