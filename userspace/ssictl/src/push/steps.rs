// SPDX-License-Identifier: GPL-2.0-only

//! The steps, each a command for a node's shell: looked first, copied, checked, and then put in force.

use std::path::PathBuf;

use crate::init;
use crate::push::folder::Folder;
use crate::shell::PATH;

/// A step.
pub struct Step {
    /// What it is called.
    pub title: String,
    /// For `sh`, on every node. What is wrong is its last line on standard error.
    pub command: String,
    /// What it reads.
    pub input: Option<PathBuf>,
}

impl Step {
    fn new(title: impl Into<String>, command: &str) -> Self {
        Self {
            title: title.into(),
            command: format!("{PATH}; {command}"),
            input: None,
        }
    }

    /// All, in their order.
    pub fn all(folder: &Folder) -> Vec<Self> {
        let name = &folder.file.name;
        let mut steps = vec![look(folder)];
        // A key that is there is another cluster's, or this one's that runs.
        let keys = folder.files.iter().filter(|(place, _)| is_key(place));
        steps.extend(keys.map(|(place, path)| compare(place, path)));
        steps.extend(folder.files.iter().map(|(place, path)| copy(place, path)));
        match folder.file.daemon {
            Some(_) => daemon(&mut steps, folder),
            None => by_hand(&mut steps, name),
        }
        steps
    }
}

fn is_key(place: &str) -> bool {
    init::mode(place) == 0o400
}

/// Whether the node can be what the files say.
fn look(folder: &Folder) -> Step {
    let is_daemon = folder.file.daemon.is_some();
    let name = &folder.file.name;
    let mut command = "test \"$(id -u)\" = 0 || { echo 'give a host as which one is root, as by --host NODE=root@NODE' >&2; exit 1; }; \
                       for p in ssictl"
        .to_owned();
    if is_daemon {
        command.push_str(" ssid");
    }
    if folder.has_corosync() {
        command.push_str(" corosync");
    }
    command.push_str(
        "; do command -v $p >/dev/null || { echo \"$p is not installed there\" >&2; exit 1; }; done",
    );
    if folder.has_corosync() {
        // What Debian's package begins with is nobody's cluster.
        command.push_str(&format!(
            "; c=$(sed -n 's/^[[:space:]]*cluster_name:[[:space:]]*//p' /etc/corosync/corosync.conf 2>/dev/null); \
             case $c in ''|debian|{name}) ;; *) echo \"its Corosync is of cluster $c: take etc/corosync out of the folder, and let \
             ssid use that\" >&2; exit 1;; esac"
        ));
    }
    Step::new("look", &command)
}

fn compare(place: &str, path: &std::path::Path) -> Step {
    let command = format!(
        "test ! -e /{place} || cmp -s - /{place} || {{ echo 'there is another key in /{place}: take it away on all nodes, with what runs \
         by it stopped, or put it into the folder' >&2; exit 1; }}"
    );
    Step {
        input: Some(path.to_owned()),
        ..Step::new(format!("compare {place}"), &command)
    }
}

/// A file is whole or as it was.
fn copy(place: &str, path: &std::path::Path) -> Step {
    let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mode = init::mode(place);
    let command = format!(
        "set -e; mkdir -p /{folder}; umask 077; cat > /{place}.ssi-new; chmod {mode:o} /{place}.ssi-new; mv -f /{place}.ssi-new /{place}"
    );
    Step {
        input: Some(path.to_owned()),
        ..Step::new(format!("copy {place}"), &command)
    }
}

/// ssid runs the cluster: first the engine everywhere, then the daemons.
fn daemon(steps: &mut Vec<Step>, folder: &Folder) {
    let name = &folder.file.name;
    let has_corosync = folder.has_corosync();
    let corosync = if has_corosync {
        "corosync -t >/dev/null && "
    } else {
        ""
    };
    steps.push(Step::new(
        "check",
        &format!("{corosync}ssid --check {name} >/dev/null"),
    ));
    if has_corosync {
        steps.push(Step::new(
            "start corosync",
            &format!(
                "systemctl enable corosync >/dev/null 2>&1; if systemctl is-active -q corosync && corosync-cmapctl -g \
                 totem.cluster_name 2>/dev/null | grep -q ' = {name}$'; then corosync-cfgtool -R >/dev/null; else systemctl restart \
                 corosync; fi"
            ),
        ));
    }
    steps.push(Step::new(
        "start ssid",
        "systemctl enable ssid >/dev/null 2>&1; if systemctl is-active -q ssid; then systemctl reload ssid; else systemctl restart \
         ssid; fi",
    ));
}

/// A static cluster: nobody takes a bucket before all have given theirs away.
fn by_hand(steps: &mut Vec<Step>, name: &str) {
    steps.push(Step::new(
        "check",
        &format!("ssictl apply --dry-run {name} >/dev/null"),
    ));
    steps.push(Step::new(
        "apply",
        &format!("modprobe ssi_filter && ssictl apply {name}"),
    ));
    steps.push(Step::new("adopt", &format!("ssictl apply --adopt {name}")));
    steps.push(Step::new(
        "start at boot",
        &format!("systemctl enable --now ssi@{name} ssi-watch@{name}"),
    ));
}
