// SPDX-License-Identifier: GPL-2.0-only

//! Tests of what the verbs write and print.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser as _;
use ssi_cluster::fake::Fake;
use ssid_api::{Answer, Ask};

use super::*;
use crate::apply::tests::WEB;
use crate::args::{self, Args};
use crate::daemon::fake::Daemon;
use crate::output::Text as _;

/// Runs a verb on a file with this text; what was printed, and the text afterwards.
fn verb(text: &str, line: &str) -> (Result<String, Failure>, String) {
    // Two tests may give the same line at the same time.
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("ssictl-edit-{}-{call}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("web.toml");
    fs::write(&path, text).unwrap();
    let shown = path.to_str().unwrap();
    let arguments = ["ssictl"]
        .into_iter()
        .chain(line.split_whitespace())
        .chain(["--file", shown]);
    let old = ClusterFile::read(&path).unwrap();
    let planned = match Args::try_parse_from(arguments).unwrap().verb.unwrap() {
        args::Verb::Join(join) => changed(&path, &old, &join),
        args::Verb::Leave(leave) => changed(&path, &old, &leave),
        args::Verb::Drain(drain) => changed(&path, &old, &drain),
        args::Verb::Weight(weight) => changed(&path, &old, &weight),
        _ => panic!("another verb"),
    };
    let printed = planned.map(|planned| planned.text().replace(shown, "web.toml"));
    let after = fs::read_to_string(&path).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    (printed, after)
}

/// The lines after the one about the file that is written.
fn next(printed: &str) -> Vec<&str> {
    printed
        .lines()
        .skip_while(|line| *line != "web.toml is written; next:")
        .skip(1)
        .collect()
}

const COPY: &str = "  1. copy web.toml to n1, n2, n3";
const APPLY: &str = "  2. on each of them: ssictl apply web.toml";
const ADOPT: &str = "  3. when all have: on each of them: ssictl apply --adopt web.toml";

#[test]
fn each_prints_what_comes_next() {
    let (printed, joined) = verb(WEB, "join n4");
    assert_eq!(
        next(&printed.unwrap()),
        ["  1. copy web.toml to n1, n2, n3, n4", APPLY, ADOPT]
    );
    assert!(
        joined.contains("generation = 2\n") && joined.contains("name = \"n4\"\nrank = 3\nowns = ")
    );
    let (printed, drained) = verb(WEB, "drain n2");
    assert_eq!(next(&printed.unwrap()), [COPY, APPLY, ADOPT]);
    assert!(drained.contains("state = \"draining\"\nowns = \"none\"\n"));
    let (printed, weighed) = verb(WEB, "weight n2 200");
    assert_eq!(next(&printed.unwrap()), [COPY, APPLY, ADOPT]);
    assert!(weighed.contains("weight = 200\n"));
    let (printed, left) = verb(WEB, "leave n3");
    let wait = "  4. on n3: ssictl apply --wait web.toml, which removes the cluster there when its connections have ended";
    assert_eq!(next(&printed.unwrap()), [COPY, APPLY, ADOPT, wait]);
    let (printed, gone) = verb(&left, "leave n3");
    assert_eq!(
        next(&printed.unwrap()),
        [
            "  1. on n3, if it has the cluster still: ssictl cluster del web",
            "  2. copy web.toml to n1, n2",
            "  3. on each of them: ssictl apply web.toml"
        ]
    );
    assert!(!gone.contains("n3") && gone.contains("generation = 3\n"));
    let (printed, dead) = verb(WEB, "leave n3 --dead");
    assert_eq!(
        next(&printed.unwrap()),
        [
            "  1. copy web.toml to n1, n2",
            "  2. on each of them: ssictl apply --cold web.toml"
        ]
    );
    assert!(!dead.contains("n3") && dead.contains("cold = "));
}

#[test]
fn a_dry_run_writes_nothing() {
    let (printed, after) = verb(WEB, "join n4 --dry-run");
    let printed = printed.unwrap();
    assert!(
        printed.starts_with("web: generation 1 -> 2, 3 of 12 buckets move\n"),
        "{printed}"
    );
    assert!(printed.ends_with("nothing was written\n"), "{printed}");
    assert_eq!(after, WEB);
}

#[test]
fn a_refusal_writes_nothing() {
    for (line, sentence) in [
        (
            "leave n1",
            "n1 is the master, which answers ARP: give another by --master NODE",
        ),
        ("join n2", "n2 is serving already"),
        (
            "weight n9 5",
            "n9: no such node in the file; there are n1, n2, n3",
        ),
    ] {
        let (printed, after) = verb(WEB, line);
        assert_eq!(printed, Err(Failure::Refused(sentence.into())));
        assert_eq!(after, WEB);
    }
}

const BY_SSID: &str = r#"
name = "web"
vips = ["192.0.2.10/32"]
interface = "eth0"
[daemon]
[[node]]
name = "n1"
rank = 0
[[node]]
name = "n2"
rank = 1
weight = 50
[[node]]
name = "n3"
rank = 2
"#;

/// Has a verb's order given; what was printed, and what the daemon was asked.
fn given(line: &str) -> (Result<String, Failure>, Vec<Ask>) {
    let file = ClusterFile::parse("web.toml", BY_SSID.into()).unwrap();
    let daemon = Daemon::answering(|_| vec![Answer::Done]);
    let folder = daemon.folder();
    let arguments = ["ssictl"].into_iter().chain(line.split_whitespace());
    let done = match Args::try_parse_from(arguments).unwrap().verb.unwrap() {
        args::Verb::Join(join) => ordered(&mut Fake::default(), &file, folder, &join),
        args::Verb::Leave(leave) => ordered(&mut Fake::default(), &file, folder, &leave),
        args::Verb::Drain(drain) => ordered(&mut Fake::default(), &file, folder, &drain),
        args::Verb::Weight(weight) => ordered(&mut Fake::default(), &file, folder, &weight),
        _ => panic!("another verb"),
    };
    (done.map(|ordered| ordered.text()), daemon.asked())
}

#[test]
fn where_ssid_runs_the_cluster_it_gets_the_order() {
    for (line, wish) in [
        ("drain n2", Wish::Drain(None)),
        ("drain n2 --deadline never", Wish::Drain(None)),
        ("drain n2 --deadline 30m", Wish::Drain(Some(1800))),
        ("leave n2 --deadline 0s", Wish::Leave(Some(0))),
        ("join n2", Wish::Serve),
        ("leave n2", Wish::Leave(None)),
        ("weight n2 30", Wish::Weight(Some(30))),
        ("weight n2 default", Wish::Weight(None)),
    ] {
        let (printed, asked) = given(line);
        assert!(
            printed.unwrap().starts_with("web: n2 is asked to "),
            "{line}"
        );
        let node = "n2".into();
        assert_eq!(asked, [Ask::Order(Order { node, wish })], "{line}");
    }
}

#[test]
fn what_ssid_decides_is_not_asked_for() {
    for (line, start) in [
        ("leave n2 --dead", "--dead: not where ssid runs the cluster"),
        ("leave n2 --master n1", "--master: not where ssid runs"),
        ("join n2 --weight 7", "--weight: not where ssid runs"),
        ("join n2 --hook ingress", "--hook: not where ssid runs"),
        (
            "join n9",
            "n9: no such node in web.toml; there are n1, n2, n3",
        ),
    ] {
        let (printed, asked) = given(line);
        let (Failure::Refused(sentence) | Failure::Usage(sentence)) = printed.unwrap_err() else {
            panic!("{line}");
        };
        assert!(sentence.starts_with(start), "{sentence}");
        assert_eq!(asked, [], "{line}");
    }
}

#[test]
fn a_deadline_is_none_that_nobody_waits_for() {
    let ended = BY_SSID.replacen("name =", "drain-time = 600\nname =", 1);
    let file = ClusterFile::parse("web.toml", ended.into()).unwrap();
    for (line, is_taken) in [
        ("drain n2 --deadline 10m", true),
        ("drain n2 --deadline 601s", false),
        ("drain n2 --deadline never", false),
    ] {
        let daemon = Daemon::answering(|_| vec![Answer::Done]);
        let arguments = ["ssictl"].into_iter().chain(line.split_whitespace());
        let Some(args::Verb::Drain(drain)) = Args::try_parse_from(arguments).unwrap().verb else {
            panic!("another verb");
        };
        let done = ordered(&mut Fake::default(), &file, daemon.folder(), &drain);
        assert_eq!(done.is_ok(), is_taken, "{line}");
        assert_eq!(daemon.asked().len(), usize::from(is_taken), "{line}");
    }
    let (printed, after) = verb(WEB, "drain n2 --deadline 10m");
    assert!(matches!(printed, Err(Failure::Usage(_))), "{printed:?}");
    assert_eq!(after, WEB);
    for bad in ["31d", "10", "-1s", "soon"] {
        let arguments = ["ssictl", "drain", "n2", "--deadline", bad];
        assert!(Args::try_parse_from(arguments).is_err(), "{bad}");
    }
}

#[test]
fn a_static_cluster_is_not_waited_for_here() {
    let (printed, after) = verb(WEB, "drain n2 --wait");
    let Err(Failure::Usage(sentence)) = printed else {
        panic!("{printed:?}");
    };
    assert!(
        sentence.starts_with("--wait: web is a static cluster"),
        "{sentence}"
    );
    assert_eq!(after, WEB);
}

#[test]
fn the_weight_of_a_static_cluster_s_file_may_be_the_usual_one() {
    let (_, weighed) = verb(WEB, "weight n2 200");
    let (printed, usual) = verb(&weighed, "weight n2 default");
    assert!(
        printed.is_ok() && usual.contains("weight = 100\n"),
        "{usual}"
    );
}
