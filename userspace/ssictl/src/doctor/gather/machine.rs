// SPDX-License-Identifier: GPL-2.0-only

//! The machine: its kernels, its module, its clock, its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ssi_cluster::file::{ClusterFile, place};
use ssi_cluster::system;

use crate::doctor::facts::{Daemon, Machine};

const MODULE: &str = "/sys/module/ssi_filter";
const CLOCK: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
const COROSYNC: &str = "/etc/corosync/corosync.conf";

/// Looks.
pub fn look() -> Machine {
    let release = text("/proc/sys/kernel/osrelease").unwrap_or_default();
    Machine {
        name: system::host(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        module: Path::new(MODULE)
            .exists()
            .then(|| text(&format!("{MODULE}/version")).unwrap_or_default()),
        kernels: kernels(Path::new("/"), &release),
        clock_source: text(CLOCK),
        own_clock: has_own_clock(),
        conntrack: number("nf_conntrack_count").zip(number("nf_conntrack_max")),
        corosync: fs::read_to_string(COROSYNC).ok(),
        daemons: daemons(Path::new(place::FOLDER)),
        release,
    }
}

fn text(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned())
}

fn number(name: &str) -> Option<u64> {
    text(&format!("/proc/sys/net/netfilter/{name}"))?
        .parse()
        .ok()
}

fn has_own_clock() -> bool {
    let of = |process: &str| fs::read_link(format!("/proc/{process}/ns/time")).ok();
    // Who may not look at process 1 knows nothing.
    of("1")
        .zip(of("self"))
        .is_some_and(|(first, own)| first != own)
}

/// Kernels that could be booted, and the one that runs, by rising version, and whether each has the module.
fn kernels(root: &Path, release: &str) -> Vec<(String, bool)> {
    let modules = root.join("lib/modules");
    let entries = fs::read_dir(&modules).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let can_boot =
        |name: &String| name == release || root.join(format!("boot/vmlinuz-{name}")).exists();
    let mut names: Vec<String> = names.filter(can_boot).collect();
    names.sort_by_key(|name| numbers(name));
    let has = |name: &String| {
        let list = fs::read_to_string(modules.join(name).join("modules.dep"));
        list.is_ok_and(|list| list.contains("/ssi_filter.ko"))
    };
    names
        .into_iter()
        .map(|name| (name.clone(), has(&name)))
        .collect()
}

/// The numbers of a version.
fn numbers(name: &str) -> Vec<u64> {
    let parts = name.split(|c: char| !c.is_ascii_digit());
    parts.filter_map(|part| part.parse().ok()).collect()
}

/// Clusters that have a file with a section `[daemon]`. What is wrong with a file ssid says.
fn daemons(folder: &Path) -> BTreeMap<String, Daemon> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let files = paths.filter_map(|path| ClusterFile::read(&path).ok());
    files
        .filter_map(|file| {
            let daemon = file.daemon.as_ref()?;
            let of_it = Daemon {
                engine: daemon.engine.name().to_owned(),
                port: daemon.port,
            };
            Some((file.name.clone(), of_it))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_that_could_be_booted() {
        let root = std::env::temp_dir().join(format!("ssictl-doctor-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("boot")).unwrap();
        for (name, list, boots) in [
            ("7.10.1-amd64", "extra/ssi_filter.ko.xz: \n", true),
            ("7.9.2-amd64", "kernel/a.ko:\n", true),
            ("7.11.0-amd64", "", false),
            ("7.2.0-run", "updates/ssi_filter.ko:\n", false),
        ] {
            let modules = root.join("lib/modules").join(name);
            fs::create_dir_all(&modules).unwrap();
            fs::write(modules.join("modules.dep"), list).unwrap();
            if boots {
                fs::write(root.join(format!("boot/vmlinuz-{name}")), "").unwrap();
            }
        }
        let found = kernels(&root, "7.2.0-run");
        let due = [
            ("7.2.0-run", true),
            ("7.9.2-amd64", false),
            ("7.10.1-amd64", true),
        ];
        assert_eq!(found, due.map(|(name, has)| (name.to_owned(), has)));
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(kernels(&root, ""), []);
    }

    #[test]
    fn clusters_that_daemons_run() {
        let folder =
            std::env::temp_dir().join(format!("ssictl-doctor-files-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.toml"), ssi_cluster::sample::WEB).unwrap();
        fs::write(folder.join("b.toml"), ssi_cluster::sample::STORE).unwrap();
        fs::write(folder.join("c.toml"), "nonsense").unwrap();
        let found = daemons(&folder);
        let run = [ssi_cluster::sample::WEB, ssi_cluster::sample::STORE]
            .map(|text| text.contains("[daemon]"));
        assert_eq!(found.len(), run.iter().filter(|is_so| **is_so).count());
        fs::remove_dir_all(&folder).unwrap();
    }
}
