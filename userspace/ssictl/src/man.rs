// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl man`, hidden: what packaging calls to make the man pages, one for each verb and one for JSON.

mod json;
mod roff;

use std::fs;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::args::Args;
use crate::failure::Failure;

/// First line of each page.
const LICENCE: &str = ".\\\" SPDX-License-Identifier: GPL-2.0-only\n";

/// Writes the pages.
pub fn run(folder: &Path) -> Result<(), Failure> {
    let mut root = Args::command();
    root.build();
    fs::create_dir_all(folder)
        .and_then(|()| pages(folder, &root, "ssictl"))
        .and_then(|()| fs::write(folder.join("ssictl-json.5"), json::page()))
        .map_err(|e| Failure::Refused(format!("writing to {}: {e}", folder.display())))
}

fn pages(folder: &Path, command: &Command, name: &str) -> io::Result<()> {
    fs::write(folder.join(format!("{name}.1")), page(command, name)?)?;
    command
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .try_for_each(|verb| pages(folder, verb, &format!("{name}-{}", verb.get_name())))
}

fn page(command: &Command, name: &str) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone())
        .title(name)
        .section("1")
        .date("")
        .source(format!("ssi {}", env!("CARGO_PKG_VERSION")))
        .manual("ssi");
    let mut page = LICENCE.as_bytes().to_vec();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;

    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    page.extend(format!(".SH SYNOPSIS\n.B {}\n", roff::escaped(usage)).bytes());
    man.render_description_section(&mut page)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut page)?;
    }
    let help = command.get_after_help().map(ToString::to_string);
    page.extend(roff::sections(&help.unwrap_or_default()).bytes());
    page.extend(see_also(command, name).bytes());
    Ok(page)
}

/// The pages below, or the one above.
fn see_also(command: &Command, name: &str) -> String {
    let mut pages: Vec<String> = command
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .map(|verb| format!("{name}-{}(1)", verb.get_name()))
        .collect();
    if let Some((above, _)) = name.rsplit_once('-') {
        pages.push(format!("{above}(1)"));
    }
    pages.push("ssictl-json(5)".to_owned());
    format!(".SH SEE ALSO\n{}\n", roff::escaped(&pages.join(", ")))
}
