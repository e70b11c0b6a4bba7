// SPDX-License-Identifier: GPL-2.0-only

//! The cluster file as a man page: that part of `Documentation/reference.md`, and an example.

use std::fmt::Write as _;

use ssi_cli::man::LICENCE;
use ssi_cli::man::roff::escaped;

use crate::man::json::plain;

const REFERENCE: &str = include_str!("../../../../Documentation/reference.md");
const EXAMPLE: &str = include_str!("../../../../Documentation/examples/etc/ssi/store.toml");

/// The page of `ssi.toml`.
pub fn page() -> String {
    let mut page = format!(
        "{LICENCE}.TH ssi.toml 5\n.SH NAME\nssi.toml \\- a cluster, as ssictl apply and ssid read it from \
         /etc/ssi/NAME.toml\n.SH DESCRIPTION\n"
    );
    let lines: Vec<&str> = section().lines().collect();
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
                line if line.starts_with("|---") => Ok(()),
                line if line.starts_with('|') && is_head(at.saturating_add(1)) => {
                    writeln!(
                        page,
                        ".SS {}",
                        escaped(&cells(line).first().cloned().unwrap_or_default())
                    )
                }
                line if line.starts_with('|') => row(&mut page, line),
                line if line.starts_with('#') => {
                    writeln!(
                        page,
                        ".SH {}",
                        escaped(&line.trim_start_matches('#').trim().to_uppercase())
                    )
                }
                "" => writeln!(page, ".PP"),
                line => writeln!(page, "{}", escaped(line)),
            },
        };
    }
    page.push_str(".SH EXAMPLE\n.nf\n");
    for line in EXAMPLE.lines() {
        let _ = writeln!(page, "{}", escaped(line));
    }
    page.push_str(".fi\n.SH SEE ALSO\nssictl\\-init(8), ssictl\\-apply(8), ssid(8)\n");
    page
}

/// The same by another name, as the file is called before anybody has named a cluster.
pub fn alias() -> String {
    format!("{LICENCE}.so man5/ssi.toml.5\n")
}

/// That part of the reference.
fn section() -> &'static str {
    let rest = REFERENCE.split_once("\n## The cluster file\n");
    let rest = rest.map_or("", |(_, rest)| rest);
    rest.split("\n## ").next().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use ssi_cluster::file::read::keys;

    #[test]
    fn has_every_key_that_the_parser_knows_and_no_other() {
        let page = page();
        let bold = page.lines().filter_map(|line| line.strip_prefix(".B "));
        let mut told: Vec<String> = bold
            .flat_map(|line| line.split(", "))
            .map(|key| key.replace("\\-", "-"))
            .collect();
        told.sort();
        told.dedup();
        let mut known: Vec<&str> = keys().concat();
        // Those are the sections' own.
        known.retain(|key| !["node", "daemon", "check"].contains(key));
        known.sort_unstable();
        known.dedup();
        assert_eq!(told, known);
    }

    #[test]
    fn has_no_markdown() {
        let page = page();
        for left in ["`", "](", "\n|", "\n#:"] {
            assert!(!page.contains(left), "{left:?}");
        }
        assert!(page.contains("\n.SS in [daemon]") && page.contains("\n.SH EXAMPLE\n"));
    }
}
