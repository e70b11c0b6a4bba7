// SPDX-License-Identifier: GPL-2.0-only

//! `Documentation/ssictl-json.md` as a man page.

use std::fmt::Write as _;

use ssi_cli::man::LICENCE;
use ssi_cli::man::roff::escaped;

use crate::man::markdown::plain;

const PAGE: &str = include_str!("../../../../Documentation/ssictl-json.md");

/// The man page.
pub fn page() -> String {
    let mut page = format!(
        "{LICENCE}.TH ssictl\\-json 5\n.SH NAME\nssictl\\-json \\- what ssictl \\-j prints\n.SH DESCRIPTION\n"
    );
    for line in PAGE.lines().map(plain) {
        // Writing to a String cannot fail.
        let _ = match line.strip_prefix("## ") {
            Some(verb) => writeln!(page, ".SS ssictl \\-j {}", escaped(verb)),
            None if line.starts_with("| field ") || line.starts_with("|---") => Ok(()),
            None if line.starts_with("# ") || line.starts_with("<!--") => Ok(()),
            None if line.starts_with("| ") => row(&mut page, &line),
            None if line.is_empty() => writeln!(page, ".PP"),
            None => writeln!(page, "{}", escaped(&line)),
        };
    }
    page
}

fn row(page: &mut String, line: &str) -> std::fmt::Result {
    let mut cells = line.trim_matches(['|', ' ']).split(" | ").map(str::trim);
    let mut cell = || escaped(cells.next().unwrap_or_default().trim_matches('|').trim());
    let (field, kind, what) = (cell(), cell(), cell());
    let colon = if what.is_empty() { "" } else { ": " };
    writeln!(page, ".TP\n.B {field}\n{kind}{colon}{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_fields_and_no_markdown() {
        let page = page();
        for field in ["group\\-mac", "stats.rx\\-served", "vip[].prefix", "why"] {
            assert!(page.contains(&format!(".TP\n.B {field}\n")), "{field}");
        }
        for left in ["`", "](", "|", "\n#", "<!"] {
            assert!(!page.contains(left), "{left}");
        }
    }
}
