// SPDX-License-Identifier: GPL-2.0-only

//! What ssid's log lines are of: the id by which a line is found and counted, whose sentence may change.

use std::fmt;

use tracing::{Level, error, info, warn};

macro_rules! kinds {
    ($($kind:ident $name:literal $level:ident $is_event:literal,)*) => {
        /// Which kind of thing happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "Documentation/reference.md describes each")]
        pub enum LogKind {
            $($kind,)*
        }

        impl LogKind {
            /// All of them, in the order of the page that describes them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The name, which stays.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// How much it matters.
            pub const fn level(self) -> Level {
                match self {
                    $(Self::$kind => Level::$level,)*
                }
            }

            /// Whether `ssictl events` shows it, too.
            pub const fn is_event(self) -> bool {
                match self {
                    $(Self::$kind => $is_event,)*
                }
            }
        }
    };
}

kinds! {
    Agreement "agreement" INFO true,
    Broken "broken" INFO true,
    Check "check" INFO true,
    Config "config" INFO true,
    Dead "dead" INFO true,
    Drained "drained" INFO true,
    HeldOut "held-out" WARN true,
    Lapsed "lapsed" WARN true,
    LeftOut "left-out" WARN true,
    Master "master" INFO true,
    Need "need" WARN true,
    NoQuorum "no-quorum" WARN true,
    NoView "no-view" WARN true,
    Quorum "quorum" INFO true,
    Stick "stick" INFO true,
    Strange "strange" WARN true,
    View "view" INFO true,
    Wish "wish" INFO true,
    Runs "runs" INFO false,
    Ends "ends" INFO false,
    Remark "remark" WARN false,
    Precedence "precedence" WARN false,
    FileRefused "file-refused" ERROR false,
    NotKept "not-kept" ERROR false,
    Mended "mended" WARN false,
    NotMended "not-mended" WARN false,
    NotWatched "not-watched" WARN false,
    NoThread "no-thread" ERROR false,
    Reset "reset" INFO false,
    NotReset "not-reset" WARN false,
    NotSticking "not-sticking" WARN false,
    Notified "notified" INFO false,
    NotNotified "not-notified" WARN false,
    NotLogged "not-logged" WARN false,
}

impl LogKind {
    /// A line about no node in particular.
    pub fn log(self, text: impl fmt::Display) {
        self.log_about("-", text);
    }

    /// A line about a node.
    pub fn log_about(self, node: &str, text: impl fmt::Display) {
        let kind = self.name();
        // A line's level is its call's, once for all.
        match self.level() {
            Level::ERROR => error!(kind, node, "{text}"),
            Level::WARN => warn!(kind, node, "{text}"),
            _ => info!(kind, node, "{text}"),
        }
    }
}

impl fmt::Display for LogKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::LogKind;

    const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");

    fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => sources(&path, into),
                false => into.push(path),
            }
        }
    }

    #[test]
    fn the_page_has_all_kinds_and_their_levels() {
        let page = fs::read_to_string(Path::new(TOP).join("Documentation/reference.md")).unwrap();
        let (_, section) = page.split_once("### Kinds of log lines\n").unwrap();
        let rows = section.lines().skip_while(|line| !line.starts_with("|---"));
        let rows = rows.skip(1).take_while(|line| line.starts_with('|'));
        let rows: Vec<String> = rows
            .map(|row| {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                format!("{} {} {}", cells[1], cells[2], cells[3])
            })
            .collect();
        let known: Vec<String> = LogKind::ALL
            .iter()
            .map(|kind| {
                let event = if kind.is_event() { "yes" } else { "" };
                let level = kind.level().as_str().to_lowercase();
                format!("`{kind}` {level} {event}")
            })
            .collect();
        assert_eq!(rows, known);
    }

    #[test]
    fn the_events_of_ssictl_are_those_kinds() {
        let page = Path::new(TOP).join("Documentation/ssictl-json.md");
        let page = fs::read_to_string(page).unwrap();
        let (_, section) = page.split_once("## `events [NAME]`").unwrap();
        let row = section.lines().find(|line| line.starts_with("| `kind` |"));
        let cell = row.unwrap().split('|').nth(3).unwrap();
        let mut listed: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        listed.sort_unstable();
        let events = LogKind::ALL.iter().filter(|kind| kind.is_event());
        let mut events: Vec<&str> = events.map(|kind| kind.name()).collect();
        events.sort_unstable();
        assert_eq!(listed, events);
    }

    /// Whoever logs says of which kind it is.
    #[test]
    fn no_line_is_without_a_kind() {
        let mut all = Vec::new();
        for folder in ["userspace/ssid/src", "userspace/group-comm/src"] {
            sources(&Path::new(TOP).join(folder), &mut all);
        }
        let macros = ["info!(", "warn!(", "error!("];
        for path in all
            .iter()
            .filter(|path| !path.ends_with("ssid/src/log_kind.rs"))
        {
            let text = fs::read_to_string(path).unwrap();
            let found = macros.iter().find(|name| text.contains(*name));
            assert_eq!(found, None, "{}", path.display());
        }
        assert!(all.len() > 30);
    }
}
