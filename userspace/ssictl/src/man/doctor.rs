// SPDX-License-Identifier: GPL-2.0-only

//! `Documentation/doctor.md` as a man page: what a node has where no documents are installed.

use ssi_cli::man::LICENCE;

use crate::man::markdown::body;

const PAGE: &str = include_str!("../../../../Documentation/doctor.md");

/// The man page.
pub fn page() -> String {
    let text = PAGE.split_once("\n# What doctor finds\n");
    let text = text.map_or("", |(_, text)| text);
    format!(
        "{LICENCE}.TH ssi\\-doctor 7\n.SH NAME\nssi\\-doctor \\- what ssictl doctor finds, and what to do\n.SH DESCRIPTION\n\
         {}.SH SEE ALSO\nssictl\\-doctor(8), ssictl\\-json(5), ssid(8)\n",
        body(text, "##")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::checks;

    #[test]
    fn has_every_check_and_no_markdown() {
        let page = page();
        for check in checks::all() {
            let heading = format!("\n.SS {}\n", check.id.replace('-', "\\-"));
            assert!(page.contains(&heading), "{}", check.id);
        }
        for left in ["`", "](", "\n|", "\n#:", "**", "<!"] {
            assert!(!page.contains(left), "{left}");
        }
        assert!(page.contains("\n.SH KERNEL\n"));
    }
}
