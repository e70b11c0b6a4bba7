// SPDX-License-Identifier: GPL-2.0-only

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::*;
use crate::args::{Args, Verb};
use crate::output::Text as _;

/// A folder as `init` writes it.
fn begun(name: &str, more: &[&str]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ssictl-push-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let into = folder.join("files").display().to_string();
    let line = [
        "store",
        "--vip",
        "192.0.2.10/32",
        "--interface",
        "eth0",
        "--into",
        &into,
    ];
    let nodes = [
        "--node",
        "n1=10.0.0.1",
        "--node",
        "n2=10.0.0.2",
        "--node",
        "n3=10.0.0.3",
    ];
    let line = ["ssictl", "init"]
        .iter()
        .chain(&line)
        .chain(&nodes)
        .chain(more);
    let Some(Verb::Init(init)) = Args::try_parse_from(line).unwrap().verb else {
        panic!("another verb");
    };
    crate::init::write(&init).unwrap();
    folder
}

fn push(folder: &Path, more: &[&str]) -> Push {
    let files = folder.join("files").display().to_string();
    let line = ["ssictl", "push", &files]
        .into_iter()
        .chain(more.iter().copied());
    match Args::try_parse_from(line).unwrap().verb {
        Some(Verb::Push(push)) => push,
        _ => panic!("another verb"),
    }
}

fn titles(folder: &Path) -> Vec<String> {
    let steps = Step::all(&Folder::read(&folder.join("files")).unwrap());
    steps.into_iter().map(|step| step.title).collect()
}

#[test]
fn nothing_is_copied_before_all_were_looked_at_nor_started_before_all_have_it() {
    let folder = begun("order", &[]);
    assert_eq!(
        titles(&folder),
        [
            "look",
            "compare etc/corosync/authkey",
            "copy etc/corosync/authkey",
            "copy etc/corosync/corosync.conf",
            "copy etc/ssi/store.toml",
            "check",
            "start corosync",
            "start ssid"
        ]
    );
    fs::remove_dir_all(&folder).unwrap();
    let folder = begun("static", &["--static"]);
    assert_eq!(
        titles(&folder),
        [
            "look",
            "copy etc/ssi/store.toml",
            "check",
            "apply",
            "adopt",
            "start at boot"
        ]
    );
    // An editor's leavings stay here.
    fs::write(folder.join("files/etc/ssi/.store.toml.swp"), "").unwrap();
    fs::write(folder.join("files/etc/ssi/store.toml~"), "").unwrap();
    assert_eq!(titles(&folder).len(), 6);
    fs::write(folder.join("files/etc/ssi/web.toml"), "").unwrap();
    assert!(matches!(
        Folder::read(&folder.join("files")),
        Err(Failure::Usage(_))
    ));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn every_command_is_one_that_a_shell_reads() {
    for (name, more) in [
        ("words", &[][..]),
        ("words-static", &["--static"]),
        ("words-own", &["--no-corosync"]),
    ] {
        let folder = begun(name, more);
        for step in Step::all(&Folder::read(&folder.join("files")).unwrap()) {
            let read = std::process::Command::new("sh")
                .args(["-n", "-c", &step.command])
                .status();
            assert!(read.unwrap().success(), "{}", step.command);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn which_nodes_and_how_they_are_reached() {
    let folder = begun("nodes", &[]);
    let read = Folder::read(&folder.join("files")).unwrap();
    let of = |more: &[&str]| {
        nodes(&read, &push(&folder, more)).map(|nodes| {
            nodes
                .into_iter()
                .map(|(node, host)| format!("{node}@{host}"))
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    assert_eq!(of(&[]).unwrap(), "n1@n1 n2@n2 n3@n3");
    let some = ["--node", "n2.example.org", "--host", "n2=root@10.0.0.2"];
    assert_eq!(of(&some).unwrap(), "n2@root@10.0.0.2");
    assert!(matches!(of(&["--node", "n4"]), Err(Failure::Refused(_))));
    let option = ["ssictl", "push", "x", "--host", "n1=-oProxyCommand=x"];
    assert!(Args::try_parse_from(option).is_err());
    let steps = Step::all(&read);
    let shown = Steps::new(&read, &nodes(&read, &push(&folder, &[])).unwrap(), &steps);
    assert!(shown.text().contains("8. start ssid\n"), "{}", shown.text());
    crate::json_tests::shows(&shown, "push FOLDER --dry-run");
    fs::remove_dir_all(&folder).unwrap();
}

/// A program in ssh's place, which runs the command below a folder for each host; there `/etc` is the host's.
fn in_place_of_ssh(folder: &Path, script: &str) -> String {
    let path = folder.join("ssh");
    fs::write(
        &path,
        format!(
            "#!/bin/sh\nroot={}/$1\nmkdir -p $root\n{script}\n",
            folder.display()
        ),
    )
    .unwrap();
    // Not by itself: another test's child may have it open for writing at that moment.
    format!("sh {}", path.display())
}

#[test]
fn a_step_is_done_on_all_nodes_and_its_failure_is_a_sentence_a_node() {
    let folder = begun("run", &[]);
    // Files are copied below the folder; nothing else is run.
    let below =
        "case $2 in *'cat > '*) eval \"$(printf %s \"$2\" | sed \"s| /etc| $root/etc|g\")\";; esac";
    let ssh = in_place_of_ssh(&folder, below);
    let push_all = push(&folder, &["--ssh", &ssh]);
    let output = Output {
        json: true,
        ..Output::default()
    };
    assert_eq!(run(output, &push_all), Ok(()));
    for node in ["n1", "n2", "n3"] {
        for place in ["etc/corosync/authkey", "etc/ssi/store.toml"] {
            let (sent, got) = (
                folder.join("files").join(place),
                folder.join(node).join(place),
            );
            assert_eq!(fs::read(&sent).unwrap(), fs::read(&got).unwrap());
            let mode = fs::metadata(&got).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, crate::init::mode(place));
        }
    }
    let broken = "echo \"$1: $2\" >> ".to_owned()
        + &folder.join("log").display().to_string()
        + "; [ $1 != n2 ] || { echo first >&2; echo 'ssid is not installed there' >&2; exit 1; }";
    let ssh = in_place_of_ssh(&folder, &broken);
    let Err(Failure::Refused(sentence)) = run(output, &push(&folder, &["--ssh", &ssh])) else {
        panic!("done");
    };
    assert_eq!(
        sentence,
        "look failed; what comes after it was done nowhere:\n  n2: ssid is not installed there"
    );
    assert_eq!(
        fs::read_to_string(folder.join("log"))
            .unwrap()
            .lines()
            .count(),
        3
    );
    let gone = push(&folder, &["--ssh", "/nonexistent/ssh -q"]);
    let Err(Failure::Refused(sentence)) = run(output, &gone) else {
        panic!("done");
    };
    assert!(
        sentence.contains("n3: /nonexistent/ssh: No such file"),
        "{sentence}"
    );
    let step = &Step::all(&Folder::read(&folder.join("files")).unwrap())[0];
    let results = [
        ("n1".to_owned(), Ok(())),
        ("n2".to_owned(), Err("no".to_owned())),
    ];
    crate::json_tests::shows(&Line::of(step, &results), "push FOLDER");
    fs::remove_dir_all(&folder).unwrap();
}
