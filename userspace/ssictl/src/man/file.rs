// SPDX-License-Identifier: GPL-2.0-only

//! The cluster file as a man page: that part of `Documentation/reference.md`, and an example.

use std::fmt::Write as _;

use ssi_cli::man::LICENCE;
use ssi_cli::man::roff::escaped;

use crate::man::markdown::body;

const REFERENCE: &str = include_str!("../../../../Documentation/reference.md");
const EXAMPLE: &str = include_str!("../../../../Documentation/examples/etc/ssi/store.toml");

/// The page of `ssi.toml`.
pub fn page() -> String {
    let mut page = format!(
        "{LICENCE}.TH ssi.toml 5\n.SH NAME\nssi.toml \\- a cluster, as ssictl apply and ssid read it from \
         /etc/ssi/NAME.toml\n.SH DESCRIPTION\n"
    );
    page.push_str(&body(section(), "###"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use ssi_cluster::file::read::keys;

    #[test]
    fn has_every_key_that_the_parser_knows_and_no_other() {
        let page = page();
        let bold = page.lines().filter_map(|line| line.strip_prefix(".B "));
        let mut described: Vec<String> = bold
            .flat_map(|line| line.split(", "))
            .map(|key| key.replace("\\-", "-"))
            .collect();
        described.sort();
        described.dedup();
        let mut known: Vec<&str> = keys().concat();
        // Those are the sections' own.
        known.retain(|key| !["node", "daemon", "check"].contains(key));
        known.sort_unstable();
        known.dedup();
        assert_eq!(described, known);
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
