// SPDX-License-Identifier: GPL-2.0-only

//! Names of the interfaces that this node needs, as they are and as the cluster file has them. ssid goes on with an interface that
//! is renamed, and does not find it when it starts anew.

use crate::agent::needs::{Names, Need};
use crate::agent::{Agent, Settings};
use crate::log_kind::LogKind;

impl Agent {
    /// An interface has this name by now; `None`: it is not there.
    pub(super) fn named(&mut self, need: Need, name: Option<String>) {
        match name {
            Some(name) => self.names.insert(need, name),
            None => self.names.remove(&need),
        };
        if let Some(sentence) = self.misnamed(need) {
            self.notice(LogKind::Need, Some(self.settings.me), sentence);
        }
    }

    /// What the cluster file has other names for, in a sentence each.
    pub(super) fn all_misnamed(&self) -> impl Iterator<Item = String> {
        self.names.keys().filter_map(|need| self.misnamed(*need))
    }

    fn misnamed(&self, need: Need) -> Option<String> {
        let (given, now) = other_name(&self.settings.interfaces, &self.names, need)?;
        Some(format!(
            "the cluster file has {} = \"{given}\", and that is named {now} now: ssid goes on with it, and would not find it at its next \
             start; give the new name in the file",
            key(need)
        ))
    }

    /// Whether a cluster file names the interfaces that the cluster is on.
    ///
    /// # Errors
    ///
    /// A sentence, if not. Where an interface is not there any name will do.
    pub fn takes_names_of(&self, settings: &Settings) -> Result<(), String> {
        let mut needs = self.names.keys().filter(|_| self.present);
        let other = needs.find_map(|need| {
            let (given, now) = other_name(&settings.interfaces, &self.names, *need)?;
            Some((key(*need), given, now))
        });
        match other {
            None => Ok(()),
            Some((key, given, now)) => Err(format!(
                "{key} = \"{given}\": {name} is on {now} here: give that; for another interface, stop ssid, ssictl cluster del {name}, \
                 and start it again",
                name = settings.cluster
            )),
        }
    }
}

/// The name in the file and the one of now, where they differ.
fn other_name<'a>(file: &'a Names, now: &'a Names, need: Need) -> Option<(&'a str, &'a str)> {
    let (given, now) = (file.get(&need)?, now.get(&need)?);
    (given != now).then_some((given, now))
}

fn key(need: Need) -> &'static str {
    match need {
        Need::ForwardInterface => "forward-interface",
        _ => "interface",
    }
}
