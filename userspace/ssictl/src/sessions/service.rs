// SPDX-License-Identifier: GPL-2.0-only

//! Names of ports, as `/etc/services` has them.

use std::collections::BTreeMap;
use std::fs;

const FILE: &str = "/etc/services";

/// Names of TCP's ports.
#[derive(Debug, Default)]
pub struct Services(BTreeMap<u16, String>);

impl Services {
    /// This machine's; none where it has no such file.
    pub fn of_this_machine() -> Self {
        Self::of(&fs::read_to_string(FILE).unwrap_or_default())
    }

    /// A file's: a name, a port and a protocol a line, of which the first counts.
    pub fn of(text: &str) -> Self {
        let mut names = BTreeMap::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let (Some(name), Some(port)) = (words.next(), words.next()) else {
                continue;
            };
            let port = port.strip_suffix("/tcp").and_then(|port| port.parse().ok());
            if let Some(port) = port {
                names.entry(port).or_insert_with(|| name.to_owned());
            }
        }
        Self(names)
    }

    /// A port's name, if it has one.
    pub fn name(&self, port: u16) -> Option<&str> {
        self.0.get(&port).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ports() {
        let services = Services::of(
            "# Network services\nnfs\t\t2049/tcp\t\t# Network File System\nnfs\t2049/udp\ndomain 53/udp\n\
             shilp 2049/tcp\nnonsense\nodd 99999/tcp\nhttp 80/tcp www\n",
        );
        assert_eq!(services.name(2049), Some("nfs"));
        assert_eq!(services.name(80), Some("http"));
        assert_eq!(services.name(53), None);
    }
}
