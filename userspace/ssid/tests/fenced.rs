// SPDX-License-Identifier: GPL-2.0-only

//! The alert agent `ssi-fenced`: what of Pacemaker's alerts is confirmed, and as whom. `qemu-test/scenarios/84-fenced.sh` has the
//! alerts of a Pacemaker that fences; those here are copies of them.

#![allow(clippy::unwrap_used)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BY: &str = "by n0 for pacemaker-controld.301@n0";

/// A machine with one cluster and programs that note what they are run for.
struct Machine {
    folder: PathBuf,
    _daemon: UnixListener,
}

impl Machine {
    /// On which whoever runs the agent has this number.
    fn new(name: &str, user: u32) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fenced-{name}"));
        let _ = fs::remove_dir_all(&folder);
        for part in ["bin", "run"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        let machine = Self {
            _daemon: UnixListener::bind(folder.join("run/store.sock")).unwrap(),
            folder,
        };
        machine.program("id", &format!("echo {user}"));
        machine.program("sleep", "");
        machine.program("logger", "echo logger \"$@\" >>\"$LOGGED\"");
        machine.program("sudo", "echo sudo \"$1\" >>\"$NOTES\"; shift; exec \"$@\"");
        machine.program("ssictl", "echo ssictl \"$@\" >>\"$NOTES\"");
        machine
    }

    fn program(&self, name: &str, body: &str) {
        let path = self.folder.join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    fn alert(&self, words: &[(&str, &str)]) -> Output {
        let agent = Path::new(env!("CARGO_MANIFEST_DIR")).join("pacemaker/ssi-fenced");
        let path = format!("{}:/usr/bin:/bin", self.folder.join("bin").display());
        let mut command = Command::new("sh");
        command
            .arg(agent)
            .env_clear()
            .env("PATH", path)
            .env("SSI_RUN", self.folder.join("run"))
            .env("NOTES", self.folder.join("notes"))
            .env("LOGGED", self.folder.join("logged"));
        for (name, value) in words {
            command.env(format!("CRM_alert_{name}"), value);
        }
        command.output().unwrap()
    }

    /// What was run since it was asked last.
    fn notes(&self) -> String {
        let path = self.folder.join("notes");
        let notes = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        notes.replace(&format!("{}/bin/", self.folder.display()), "")
    }

    /// Whether an alert is confirmed: of a fencing of n1, with these words in the place of the usual ones.
    fn confirms(&self, other: &[(&str, &str)]) -> bool {
        let usual = format!("Operation reboot of n1 {BY}: OK (ref=0f3c)");
        let mut words = vec![
            ("kind", "fencing"),
            ("version", "3.0.0"),
            ("node", "n1"),
            ("task", "st_notify_fence"),
            ("desc", &usual),
            ("rc", "0"),
        ];
        words.retain(|(name, _)| other.iter().all(|(others, _)| others != name));
        words.extend(other);
        let output = self.alert(&words);
        let notes = self.notes();
        match notes.as_str() {
            "" => false,
            "ssictl confirm-dead --yes n1 store\n" => {
                assert!(output.status.success());
                true
            }
            _ => panic!("{notes}"),
        }
    }
}

#[test]
fn fencing_that_has_succeeded_is_confirmed_and_nothing_else() {
    let machine = Machine::new("alerts", 0);
    assert!(machine.confirms(&[]));
    let of = |action: &str, node: &str| format!("Operation {action} of {node} {BY}: OK (ref=0f3c)");
    assert!(machine.confirms(&[("desc", &of("off", "n1"))]));
    // A person gave it to Pacemaker: stonith_admin --confirm.
    assert!(machine.confirms(&[(
        "desc",
        "Operation off of n1 by a human for stonith_admin.9@n0: OK (ref=0f3c)"
    )]));
    for other in [
        // It has power again.
        ("desc", of("on", "n1").as_str()),
        // Of another node than the one that it names.
        ("desc", &of("reboot", "n11")),
        ("desc", &of("reboot", "n")),
        ("desc", "A fencing device (power-n1) was added"),
        ("rc", "-61"),
        ("rc", ""),
        ("kind", "node"),
        ("task", "monitor"),
        ("node", ""),
    ] {
        assert!(!machine.confirms(&[other]), "{other:?}");
    }
    let failed = format!("Operation reboot of n1 {BY}: Error (ref=0f3c)");
    assert!(!machine.confirms(&[("rc", "-61"), ("desc", &failed)]));
}

#[test]
fn a_name_that_is_none_is_refused() {
    let machine = Machine::new("names", 0);
    for name in ["-y", "n1 store", "*"] {
        let text = format!("Operation off of {name} {BY}: OK (ref=0f3c)");
        let output = machine.alert(&[
            ("kind", "fencing"),
            ("task", "st_notify_fence"),
            ("node", name),
            ("desc", &text),
            ("rc", "0"),
        ]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_eq!(machine.notes(), "", "{name}");
    }
}

#[test]
fn who_is_not_root_asks_sudo_and_a_refusal_is_tried_again() {
    let machine = Machine::new("sudo", 107);
    let text = format!("Operation reboot of n1 {BY}: OK (ref=0f3c)");
    let words = [
        ("kind", "fencing"),
        ("task", "st_notify_fence"),
        ("node", "n1"),
        ("desc", text.as_str()),
        ("rc", "0"),
    ];
    let once = "sudo -n\nssictl confirm-dead --yes n1 store\n";
    assert!(machine.alert(&words).status.success());
    assert_eq!(machine.notes(), once);
    machine.program(
        "ssictl",
        "echo ssictl \"$@\" >>\"$NOTES\"; echo it is heard; exit 1",
    );
    let output = machine.alert(&words);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(machine.notes(), once.repeat(5));
    assert_eq!(output.stdout, b"ssi-fenced: it is heard\n");
    let logged = fs::read_to_string(machine.folder.join("logged")).unwrap();
    assert!(logged.ends_with("logger -t ssi-fenced -- it is heard\n"));
}
