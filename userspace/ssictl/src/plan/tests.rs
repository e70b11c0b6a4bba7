// SPDX-License-Identifier: GPL-2.0-only

//! Tests of what `plan` shows.

use ssi_cluster::sample::parse;

use super::*;
use crate::apply::tests::WEB;
use crate::output::Text as _;

fn plan(options: &[&str]) -> Result<Planned, Failure> {
    use clap::Parser as _;
    let arguments = ["ssictl", "plan", "web.toml"].iter().chain(options);
    let crate::args::Args {
        verb: Some(crate::args::Verb::Plan(plan)),
        ..
    } = crate::args::Args::try_parse_from(arguments).unwrap()
    else {
        panic!("another verb");
    };
    planned(&parse(WEB).unwrap(), &plan)
}

#[test]
fn a_join() {
    let text = plan(&["--join", "n4"]).unwrap().text();
    assert_eq!(
        text,
        "\
web: generation 1 -> 2, 3 of 12 buckets move
NODE  RANK  STATE    WEIGHT  BEFORE  AFTER   SHARE  (# kept, + gets, - gives)
n1       0  serving     100       4      3  25.0 %  #######################-------
n2       1  serving     100       4      3  25.0 %  #######################-------
n3       2  serving     100       4      3  25.0 %  #######################-------
n4       3  serving     100       0      3  25.0 %  +++++++++++++++++++++++
n1 -> n4: 1 bucket: 9
n2 -> n4: 1 bucket: 10
n3 -> n4: 1 bucket: 11
clients that change node  25.0 %
  by plain modulo         75.0 %
  by xt_cluster           50.0 %
"
    );
}

#[test]
fn several_at_once() {
    // Who comes may have the rank of who died, and is another node for all that.
    let whats = ["--dead", "n3", "--join", "n4:200", "--weight", "n1=50"];
    let text = plan(&whats).unwrap().text();
    assert_eq!(
        text,
        "\
web: generation 1 -> 2, 6 of 12 buckets move
NODE  RANK  STATE    WEIGHT  BEFORE  AFTER   SHARE  (# kept, + gets, - gives)
n1       0  serving      50       4      2  16.7 %  ##########----------
n2       1  serving     100       4      4  33.3 %  ####################
n4       2  serving     200       0      6  50.0 %  ++++++++++++++++++++++++++++++
n3       2  gone        100       4      0   0.0 %  --------------------
n1 -> n4: 2 buckets: 3,9
n3 -> n4: 4 buckets, whose connections are lost: 2,5,8,11
clients that change node  50.0 %
  by plain modulo         33.3 %
  by xt_cluster           33.3 %
"
    );
}

#[test]
fn nothing() {
    let text = plan(&[]).unwrap().text();
    assert!(
        text.starts_with("web: generation 1, nothing of 12 buckets moves\nNODE"),
        "{text}"
    );
    assert!(!text.contains("clients"), "{text}");
}

#[test]
fn weights_are_nothing_that_others_have() {
    let text = plan(&["--weight", "n1=200"]).unwrap().text();
    assert!(
        text.contains("change node  16.7 %\n  by plain modulo         has no weights\n"),
        "{text}"
    );
}

#[test]
fn values_that_are_none() {
    type Parse = fn(&str) -> Result<What, String>;
    let table: [(Parse, &str); 10] = [
        (join, "n1:0"),
        (join, "n1:x"),
        (join, ""),
        (join, ":1"),
        (weigh, "n1"),
        (weigh, "n1=10001"),
        (weigh, "=1"),
        (leave, "n 1"),
        (dead, "-"),
        (drain, "a/b"),
    ];
    for (parse, bad) in table {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_ssid_runs_is_planned_by_it() {
    let plan = Plan {
        file: None,
        join: Vec::new(),
        leave: Vec::new(),
        drain: Vec::new(),
        weight: Vec::new(),
        dead: Vec::new(),
        verbose: false,
    };
    match planned(&parse(ssi_cluster::sample::STORE).unwrap(), &plan) {
        Err(Failure::Refused(sentence)) => {
            assert!(sentence.contains("ssid runs this cluster"), "{sentence}");
        }
        _ => panic!("planned"),
    }
}

#[test]
fn long_lists_are_for_who_asks() {
    let big = WEB.replace("buckets = 12", "buckets = 600");
    let file = parse(&big).unwrap();
    let next = Next::of(&file, &[What::Drain("n2".into())]).unwrap();
    let of = |lists| Planned::new(&file, &next).listing(lists).text();
    assert!(
        of(false).contains("n2 -> n1: 100 buckets\n"),
        "{}",
        of(false)
    );
    assert!(
        of(true).contains("n2 -> n1: 100 buckets:\n    1,"),
        "{}",
        of(true)
    );
}
