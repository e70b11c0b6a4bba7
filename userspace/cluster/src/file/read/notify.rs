// SPDX-License-Identifier: GPL-2.0-only

//! Reading what is run when buckets or the master come or go.

use crate::failure::Failure;
use crate::file::daemon::Notify;
use crate::file::read::check;
use crate::file::read::section::Section;

/// Reads `notify` or `notify-command`.
pub fn read(section: &Section<'_>) -> Result<Option<Notify>, Failure> {
    let unit = section.parsed("notify", template)?;
    let command = check::arguments(section, "notify-command")?;
    match (unit, command) {
        (Some(_), Some(_)) => Err(section.wrong(
            &section.place("notify-command"),
            "notify-command: not together with notify; give one of them",
        )),
        (Some(unit), None) => Ok(Some(Notify::Unit(unit.value))),
        (None, command) => Ok(command.map(Notify::Command)),
    }
}

/// `ssi-nfs@` or `ssi-nfs@.service`, as systemd's name of it.
fn template(text: &str) -> Result<String, String> {
    let right = || "give a template unit of systemd, as ssi-nfs@".to_owned();
    let whole = match text.ends_with('@') {
        true => format!("{text}.service"),
        false => text.to_owned(),
    };
    let unit = check::unit(&whole).map_err(|_| right())?;
    match unit.strip_suffix("@.service") {
        Some(name) if !name.is_empty() && !name.contains('@') => Ok(unit),
        _ => Err(right()),
    }
}
