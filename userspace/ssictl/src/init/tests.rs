// SPDX-License-Identifier: GPL-2.0-only

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use clap::Parser as _;
use ssi_cluster::file::daemon::{Engine, TwoNode};

use super::*;
use crate::args::{Args, Verb};
use crate::output::Text as _;

const THREE: &str = "store --vip 192.0.2.10/32 --interface eth0 --node n1=10.0.0.1,10.1.0.1 --node n2=10.0.0.2,10.1.0.2 \
                     --node n3=10.0.0.3,10.1.0.3";

fn given(line: &str) -> Init {
    let arguments = ["ssictl", "init"]
        .into_iter()
        .chain(line.split_whitespace());
    match Args::try_parse_from(arguments).unwrap().verb {
        Some(Verb::Init(init)) => init,
        _ => panic!("another verb"),
    }
}

fn plan(line: &str) -> Result<Plan, Failure> {
    Plan::of(&given(line))
}

fn text<'a>(plan: &'a Plan, place: &str) -> &'a str {
    let file = plan.files.iter().find(|file| file.place == place);
    file.unwrap().text.as_deref().unwrap()
}

fn places(plan: &Plan) -> Vec<&str> {
    plan.files.iter().map(|file| file.place.as_str()).collect()
}

#[track_caller]
fn refuses(line: &str, part: &str) {
    match plan(line) {
        Err(Failure::Usage(sentence)) => assert!(sentence.contains(part), "{sentence}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn three_nodes_by_corosync() {
    let plan = plan(THREE).unwrap();
    assert_eq!(
        places(&plan),
        [
            "etc/ssi/store.toml",
            "etc/corosync/corosync.conf",
            "etc/corosync/authkey"
        ]
    );
    assert_eq!(plan.file.names(), "n1, n2, n3");
    assert_eq!(plan.file.daemon().unwrap().engine, Engine::Datagram);
    let conf = text(&plan, "etc/corosync/corosync.conf");
    assert!(
        conf.contains(
            "  node {\n    name: n2\n    nodeid: 2\n    ring0_addr: 10.0.0.2\n    ring1_addr: 10.1.0.2\n  }\n"
        ),
        "{conf}"
    );
    assert_eq!(conf.matches('{').count(), conf.matches('}').count());
}

#[test]
fn other_forms() {
    let witness = plan(&THREE.replace("--node n3", "--witness n3")).unwrap();
    assert!(witness.file.nodes[2].is_witness());
    let own = plan(&format!("{THREE} --no-corosync")).unwrap();
    assert_eq!(places(&own), ["etc/ssi/store.toml", "etc/ssi/store.key"]);
    assert_eq!(own.file.nodes[1].addresses.len(), 2);
    assert_eq!(own.file.key_file.as_deref(), Some("/etc/ssi/store.key"));
    let fixed = "web --static --vip 192.0.2.20/32 --interface eth0 --node n1 --node n2";
    let fixed = plan(fixed).unwrap();
    assert_eq!(places(&fixed), ["etc/ssi/web.toml"]);
    assert_eq!(
        (fixed.file.master.as_str(), fixed.file.daemon.is_none()),
        ("n1", true)
    );
    let forward = plan(&format!("{THREE} --vlan 100 --check 127.0.0.1:80")).unwrap();
    assert!(forward.file.forward.is_some() && places(&forward).contains(&"etc/ssi/store.key"));
    assert_eq!(forward.file.daemon().unwrap().checks.len(), 1);
    let two = "store --vip 192.0.2.10/32 --interface eth0 --node n1=10.0.0.1 --node n2=10.0.0.2";
    let fenced = plan(&format!("{two} --fenced")).unwrap();
    assert_eq!(
        fenced.file.daemon().unwrap().two_node,
        Some(TwoNode::Fenced)
    );
    refuses(two, "no majority");
    let alone = plan("store --vip 192.0.2.10/32 --interface eth0 --node n1=10.0.0.1").unwrap();
    assert_eq!(alone.file.daemon().unwrap().engine, Engine::Alone);
    assert_eq!(places(&alone), ["etc/ssi/store.toml"]);
}

#[test]
fn what_is_missing_or_does_not_go_together() {
    refuses(
        "",
        "give NAME, --vip ADDR/LEN, --interface D, --node NAME=ADDR",
    );
    refuses(&format!("{THREE} --fenced"), "exactly two");
    refuses(
        &format!("{THREE} --node n4"),
        "--node n4: give its address too",
    );
    refuses(
        &format!("{THREE} --node n4=10.0.0.4"),
        "it has 1 addresses and others have 2",
    );
    // The file's own rules.
    refuses(
        &format!("{THREE} --node n1=10.0.0.4,10.1.0.4"),
        "two nodes have it",
    );
    let bad = ["ssictl", "init", "--node", "n1=10.0.0"];
    assert!(Args::try_parse_from(bad).is_err());
}

#[test]
fn questions_are_asked_for_what_is_missing_and_until_they_are_answered() {
    let answers = "\n192.0.2.10\n192.0.2.10/32\nbond0\nn1=10.0.0.1\nn2=10.0.0.2\nn3\n\n";
    let mut asked = Vec::new();
    let init = ask::complete(&Init::default(), &mut answers.as_bytes(), &mut asked).unwrap();
    assert_eq!(init.name.as_deref(), Some("store"));
    assert_eq!(init.interface.as_deref(), Some("bond0"));
    let nodes: Vec<&str> = init.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(nodes, ["n1", "n2", "n3"]);
    let asked = String::from_utf8(asked).unwrap();
    assert!(asked.contains("The cluster's name [store]: "), "{asked}");
    assert!(
        asked.contains("give the length of the prefix too"),
        "{asked}"
    );
    // What is given is not asked for.
    let mut asked = Vec::new();
    let whole = ask::complete(&given(THREE), &mut "".as_bytes(), &mut asked).unwrap();
    assert!(asked.is_empty() && whole.nodes.len() == 3);
    let ended = ask::complete(&Init::default(), &mut "\n".as_bytes(), &mut Vec::new());
    assert!(
        matches!(ended, Err(Failure::Usage(sentence)) if sentence.contains("nothing was written"))
    );
}

#[test]
fn files_are_written_whole_and_keys_once() {
    let folder = std::env::temp_dir().join(format!("ssictl-init-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let line = format!("{THREE} --vlan 7 --into {}", folder.display());
    let plan = plan(&line).unwrap();
    assert_eq!(write::all(&plan, false).unwrap().len(), 4);
    let read = |place: &str| fs::read(folder.join(place)).unwrap();
    let mode = |place: &str| {
        let about = fs::metadata(folder.join(place)).unwrap();
        about.permissions().mode() & 0o777
    };
    let (authkey, key) = (read("etc/corosync/authkey"), read("etc/ssi/store.key"));
    assert_eq!((authkey.len(), key.len()), (256, 65));
    assert!(authkey.iter().any(|byte| *byte != 0));
    assert_eq!(mode("etc/corosync/authkey"), 0o400);
    assert_eq!(mode("etc/ssi/store.key"), 0o400);
    assert_eq!(mode("etc/ssi/store.toml"), 0o644);
    // The key is one that every tool reads.
    let path = folder.join("etc/ssi/store.key").display().to_string();
    let secret = path.parse::<ssi_cluster::value::Secret<ssi_cluster::value::Key>>();
    assert!(secret.is_ok());

    fs::write(folder.join("etc/ssi/store.toml"), "changed").unwrap();
    let Err(Failure::Refused(sentence)) = write::all(&plan, false) else {
        panic!("replaced");
    };
    assert!(sentence.contains("--force"), "{sentence}");
    assert_eq!(read("etc/ssi/store.toml"), b"changed");
    let again = write::all(&plan, true).unwrap();
    assert_eq!(again.iter().filter(|file| file.kept).count(), 2);
    assert_eq!(read("etc/corosync/authkey"), authkey);
    assert_ne!(read("etc/ssi/store.toml"), b"changed");

    let shown = view::Begun::new(&plan, &again, vec!["checked".into()]);
    let text = shown.text();
    assert!(
        text.contains(&format!("1. here: ssictl push {}", folder.display())),
        "{text}"
    );
    assert!(text.contains("on n1: ssictl status store"), "{text}");
    crate::json_tests::shows(&shown, "init [NAME]");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_keeps_nothing() {
    let folder: PathBuf = std::env::temp_dir().join(format!("ssictl-bad-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    fs::create_dir(folder.join("etc")).unwrap();
    fs::write(folder.join("etc/corosync"), "in the way").unwrap();
    let plan = plan(&format!("{THREE} --into {}", folder.display())).unwrap();
    assert!(matches!(write::all(&plan, false), Err(Failure::Refused(_))));
    assert!(!folder.join("etc/ssi/store.toml").exists());
    fs::remove_dir_all(&folder).unwrap();
}
