// SPDX-License-Identifier: GPL-2.0-only

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use ssi_cluster::sample::{STORE, WEB};

use super::*;
use crate::args::{Args, Verb};
use crate::doctor::sample::well;
use crate::doctor::tests::ill as ill_node;

fn doctor(more: &[&str]) -> Result<Doctor, clap::Error> {
    let line = ["ssictl", "doctor"].into_iter();
    match Args::try_parse_from(line.chain(more.iter().copied()))?.verb {
        Some(Verb::Doctor(doctor)) => Ok(doctor),
        _ => panic!("another verb"),
    }
}

/// A folder of files; its own as long as this lives.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("ssictl-everywhere-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = Self::new(name);
        for (file, text) in files {
            fs::write(folder.0.join(file), text).unwrap();
        }
        folder
    }

    /// A program in ssh's place, which is given a host and a command.
    fn in_place_of_ssh(&self, script: &str) -> String {
        let path = self.0.join("ssh");
        fs::write(&path, format!("cd {}\n{script}\n", self.0.display())).unwrap();
        format!("sh {}", path.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Two nodes that found the same and something of their own, and one that could not be asked.
pub fn ill() -> Everywhere {
    let report = |report: Report| read(&serde_json::to_vec(&report).unwrap()).unwrap();
    let mut facts = well();
    facts.clusters[0].peers[0].master = false;
    Everywhere::of(vec![
        ("n1".into(), Ok(report(ill_node()))),
        ("n2".into(), Ok(report(Report::of(&facts)))),
        ("n3".into(), Err("no route to host".into())),
    ])
}

fn shown(of: &Nodes) -> String {
    let others = of
        .others
        .iter()
        .map(|(node, host)| format!("{node}@{host}"));
    let others = others.collect::<Vec<_>>().join(" ");
    let own = of.own.as_deref().unwrap_or("-");
    format!("{} {own} {others}", of.cluster.as_deref().unwrap_or("-"))
}

#[test]
fn which_nodes_and_how_they_are_reached() {
    let folder = Folder::with("nodes", &[("store.toml", STORE)]);
    let of = |machine: &str, more: &[&str]| {
        Nodes::of(&doctor(more).unwrap(), &folder.0, machine).map(|nodes| shown(&nodes))
    };
    // n3 is a witness.
    assert_eq!(of("n1", &["--all"]).unwrap(), "store n1 n2@n2");
    assert_eq!(of("n2.example.org", &["--all"]).unwrap(), "store n2 n1@n1");
    assert_eq!(
        of("desk", &["store", "--all"]).unwrap(),
        "store - n1@n1 n2@n2"
    );
    let as_root = [
        "--all",
        "--host",
        "n2=root@10.0.0.2",
        "--host",
        "n1=10.0.0.1",
    ];
    assert_eq!(
        of("n1", &as_root).unwrap(),
        "store - n1@10.0.0.1 n2@root@10.0.0.2"
    );
    // Nodes that are given need no file.
    assert_eq!(of("n9", &["--on", "n8,n9"]).unwrap(), "- n9 n8@n8");
    assert_eq!(of("n1", &["web", "--on", "n2"]).unwrap(), "web - n2@n2");
    let refused = |more: &[&str], part: &str| match of("n1", more) {
        Err(Failure::Refused(sentence)) => assert!(sentence.contains(part), "{sentence}"),
        other => panic!("{other:?}"),
    };
    refused(
        &["--all", "--host", "n3=x"],
        "--host n3: no such node; there are n1, n2",
    );
    refused(&["web", "--all"], "web.toml");
    fs::write(folder.0.join("web.toml"), WEB).unwrap();
    assert!(matches!(of("n1", &["--all"]), Err(Failure::Usage(_))));
}

#[test]
fn options_that_do_not_go_together() {
    for more in [
        &["--all", "--on", "n1"][..],
        &["--list", "--all"],
        &["--host", "n1=a"],
        &["--ssh", "ssh"],
        &["--on", "-oProxyCommand=x"],
        &["--all", "--host", "n1=-oProxyCommand=x"],
    ] {
        assert!(doctor(more).is_err(), "{more:?}");
    }
    assert!(doctor(&["store", "--no-probe", "--all", "--ssh", "ssh -v"]).is_ok());
}

#[test]
fn each_node_looks_and_what_they_find_is_one_list() {
    let json = serde_json::to_string(&ill_node()).unwrap();
    let folder = Folder::with("run", &[("n2.json", &json), ("store.toml", STORE)]);
    let ssh = folder.in_place_of_ssh("echo \"$1: $2\" >>log; cat $1.json; exit 12");
    let asked = |more: &[&str]| {
        let more = [more, &["--ssh", &ssh]].concat();
        look(&doctor(&more).unwrap(), &folder.0, "n1", |name| {
            assert_eq!(name, Some("store"));
            Ok(Report::of(&well()))
        })
    };
    let found = asked(&["--all"]).unwrap();
    assert_eq!(found.nodes, ["n1", "n2"]);
    assert_eq!(found.status(), 12);
    assert!(found.findings.iter().all(|one| one.nodes == ["n2"]));
    assert!(found.failed.is_empty());
    asked(&["store", "--all", "--no-probe"]).unwrap();
    let log = fs::read_to_string(folder.0.join("log")).unwrap();
    let due = ["doctor -- store", "doctor --no-probe -- store"]
        .map(|end| format!("n2: {PATH}; timeout 60 ssictl -j {end}\n"));
    assert_eq!(log, due.concat());
    // What is run is what this program takes.
    for line in log.lines() {
        let (_, words) = line.split_once("timeout 60 ").unwrap();
        assert!(Args::try_parse_from(words.split(' ')).is_ok(), "{words}");
    }
}

#[test]
fn what_is_the_same_on_several_nodes_is_shown_once() {
    let found = ill();
    let text = found.text();
    assert!(
        text.starts_with("BROKEN no-master: n1, n2: store: no node is master: "),
        "{text}"
    );
    assert!(text.contains("\nRISK next-kernel: n1: after"), "{text}");
    assert!(
        text.ends_with(
            "n1, n2: 2 findings\nnot looked for: firewall-clients, firewall-replies, firewall-resets, firewall-arp, firewall-nodes \
             (n1: nft is not installed)\nNOT ASKED n3: no route to host\n"
        ),
        "{text}"
    );
    assert_eq!(found.status(), 12, "a finding of two nodes is one");
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(
        json["findings"][0]["nodes"],
        serde_json::json!(["n1", "n2"])
    );
    assert_eq!(json["findings"][0]["check"], "no-master");
}

#[test]
fn who_cannot_be_asked_is_named() {
    let healthy = serde_json::to_string(&Report::of(&well())).unwrap();
    let folder = Folder::with("failed", &[("json", &healthy)]);
    let ssh = folder.in_place_of_ssh(
        "case $1 in\nn1) cat json;;\nn2) echo first >&2; echo 'no route to host' >&2; exit 255;;\n\
         n3) echo 'ssictl: doctor: no such verb' >&2; exit 2;;\nn4) exit 124;;\nn5) echo '{}';;\n\
         n6) echo 'store: no such cluster' >&2; exit 1;;\nesac",
    );
    let asked = |nodes: &str| {
        let doctor = doctor(&["--on", nodes, "--ssh", &ssh]).unwrap();
        look(&doctor, Path::new("/nonexistent"), "desk", |_| {
            panic!("it is none of them")
        })
        .unwrap()
    };
    let found = asked("n1,n2,n3,n4,n5,n6");
    let why: Vec<&str> = found.failed.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(
        why[..3],
        [
            "no route to host",
            "ssictl: doctor: no such verb",
            "ssictl doctor did not end within 60 s there"
        ]
    );
    assert!(why[3].contains("of one version"), "{why:?}");
    assert_eq!(why[4], "store: no such cluster");
    assert!(
        found
            .text()
            .starts_with("n1: nothing wrong is found\nNOT ASKED n2: no route to host\n")
    );
    // Nothing is found, and not all was looked at.
    assert_eq!(found.status(), 1);
    assert_eq!(asked("n1").status(), 0);
    assert_eq!(asked("n2").text(), "NOT ASKED n2: no route to host\n");
}
