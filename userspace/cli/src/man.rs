// SPDX-License-Identifier: GPL-2.0-only

//! Man pages of commands, made of their help: there is one text for both.

pub mod roff;

use std::path::Path;
use std::{fs, io};

use clap::Command;
use clap_mangen::Man;

/// First line of each page.
pub const LICENCE: &str = ".\\\" SPDX-License-Identifier: GPL-2.0-only\n";

/// Writes a command's page of this name, in a section of the manual, with the pages to see besides, into a folder.
///
/// # Errors
///
/// Those of the file.
pub fn write(
    folder: &Path,
    command: &Command,
    name: &str,
    section: &str,
    also: &[String],
) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let page = page(command, name, section, also)?;
    fs::write(folder.join(format!("{name}.{section}")), page)
}

fn page(command: &Command, name: &str, section: &str, also: &[String]) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone())
        .title(name)
        .section(section)
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
    let also = roff::escaped(&also.join(", "));
    page.extend(format!(".SH SEE ALSO\n{also}\n").bytes());
    Ok(page)
}
