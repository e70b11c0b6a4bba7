// SPDX-License-Identifier: GPL-2.0-only

//! Usage errors: one sentence from clap's error, with the option, the value, and what would be right.

use std::error::Error as _;
use std::io::Write as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Error, Parser as _};

use ssi_cluster::failure::Failure;

use crate::args::Args;
use crate::value::NoSecret;

/// Help is printed; everything else becomes a usage failure.
pub fn answer(error: &Error) -> Result<(), Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let mut stdout = std::io::stdout().lock();
            write!(stdout, "{}", error.render())?;
            Ok(stdout.flush()?)
        }
        _ if is_unread(error) => Err(Failure::Refused(sentence(error))),
        _ => Err(Failure::Usage(sentence(error))),
    }
}

/// Whether a file is the cause that could not be read here, as any other file.
fn is_unread(error: &Error) -> bool {
    let source = error.source();
    let why = source.and_then(|source| source.downcast_ref::<NoSecret>());
    matches!(why, Some(NoSecret::Unread(_)))
}

/// What `--help` behind these words shows.
pub fn help(words: &[String]) -> Result<(), Failure> {
    let words = words.iter().map(String::as_str);
    let line = ["ssictl"].into_iter().chain(words).chain(["--help"]);
    match Args::try_parse_from(line) {
        Err(e) => answer(&e),
        // Words that end in "--", say: they are no command's.
        Ok(_) => answer(&Args::command().error(ErrorKind::InvalidSubcommand, "")),
    }
}

fn sentence(error: &Error) -> String {
    let context = |kind| error.get(kind).map(shown).filter(|text| !text.is_empty());
    let argument = context(ContextKind::InvalidArg).unwrap_or_else(|| "the command".to_owned());
    let option = bare(&argument);
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let valid = context(ContextKind::ValidValue);
    let similar = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ]
    .into_iter()
    .find_map(context)
    .map(|text| format!(" (did you mean {text}?)"))
    .unwrap_or_default();

    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => {
            format!(
                "{option}: give {}",
                valid.unwrap_or_else(|| readable(&argument))
            )
        }
        ErrorKind::InvalidValue => format!(
            "{option} {value}: {}",
            match valid {
                Some(valid) => format!("use one of {valid}"),
                None => "no such value".to_owned(),
            }
        ),
        ErrorKind::ValueValidation => match error.source() {
            Some(source) => format!("{option} {value}: {source}"),
            None => format!("{option} {value}: no such value"),
        },
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("{option}: no such option here{similar}; see --help")
        }
        ErrorKind::UnknownArgument => format!("{argument}: one argument too many; see --help"),
        ErrorKind::InvalidSubcommand => {
            let verb = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("{verb}: no such verb{similar}; see --help")
        }
        ErrorKind::MissingRequiredArgument => {
            // The verb's object comes first, as in the usage line.
            let (options, objects): (Vec<&str>, Vec<&str>) =
                argument.split(", ").partition(|name| name.starts_with('-'));
            let all = [objects, options].concat().join(", ");
            format!("give {all}; see --help")
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "give a verb too; see --help".to_owned()
        }
        ErrorKind::ArgumentConflict => match context(ContextKind::PriorArg) {
            Some(prior) if bare(&prior) != option => {
                format!("{option}: not together with {}", bare(&prior))
            }
            _ => format!("{option}: give it once"),
        },
        ErrorKind::TooManyValues => format!("{option} {value}: it takes no value"),
        ErrorKind::InvalidUtf8 => "the command has bytes that are no text".to_owned(),
        // The first line, without clap's own "error:".
        _ => error
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned(),
    }
}

/// `--vip <ADDR/LEN>` as `--vip`; `<NAME>` and `[NAME]` as `NAME`. What is inside stays: `CLIENT[:PORT]`.
fn bare(argument: &str) -> &str {
    let text = argument.split(' ').next().unwrap_or(argument);
    let text = text.trim_end_matches('.');
    let inside = |first, last| text.strip_prefix(first)?.strip_suffix(last);
    inside('<', '>')
        .or_else(|| inside('[', ']'))
        .unwrap_or(text)
}

/// `--vip <ADDR/LEN>...` as `--vip ADDR/LEN`.
fn readable(argument: &str) -> String {
    argument.replace(['<', '>'], "").replace("...", "")
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts
            .iter()
            .map(|text| readable(text))
            .collect::<Vec<_>>()
            .join(", "),
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    const KNOWN: &[&str] = &[
        "cluster",
        "add",
        "set",
        "del",
        "show",
        "table",
        "stats",
        "explain",
        "monitor",
        "status",
        "drain",
        "weight",
        "default",
        "--wait",
        "--timeout",
        "web",
        "--dev",
        "--vip",
        "--rank",
        "--node",
        "--nodes",
        "--function",
        "--buckets",
        "--owned",
        "--hash",
        "--hash-seed",
        "--hash-seed-file",
        "--mac",
        "--reply-mac",
        "--hook",
        "--master",
        "--generation",
        "-j",
        "--json",
        "--",
        "3",
        "-1",
        "eth0",
        "192.0.2.10/32",
        "bitmap",
        "hex:ff",
        "--help",
    ];

    /// Arguments that lead deep into the parser, and any text.
    fn argument() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => select(KNOWN).prop_map(str::to_owned),
            1 => ".{0,12}",
        ]
    }

    proptest! {
        #[test]
        fn any_arguments_end_in_one_sentence(arguments in vec(argument(), 0..12)) {
            let arguments = std::iter::once("ssictl".to_owned()).chain(arguments);
            if let Err(error) = Args::try_parse_from(arguments) {
                if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                    let sentence = sentence(&error);
                    prop_assert!(!sentence.is_empty());
                    prop_assert!(!sentence.contains("error:"), "{}", sentence);
                }
            }
        }
    }
}
