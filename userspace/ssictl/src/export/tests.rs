// SPDX-License-Identifier: GPL-2.0-only

//! What is exported of a kernel, and that documents name what there is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::Parser as _;
use ssi_cluster::fake::{Fake, sample};
use ssi_netlink::spec::{Counter, Difference, Function};

use super::*;
use crate::args::{Args, Verb};

fn fake() -> Fake {
    let mut fake = Fake::default();
    let mut cluster = sample(Function::Modulo);
    cluster.master = true;
    cluster.differs = logic::agreement::Differences::NONE
        .with(Difference::Nodes)
        .0;
    fake.state
        .clusters
        .insert("store".into(), (cluster, vec![0b010]));
    fake
}

fn export(line: &str) -> Result<Export, String> {
    let words = ["ssictl", "export"]
        .into_iter()
        .chain(line.split_whitespace());
    match Args::try_parse_from(words) {
        Ok(args) => match args.verb {
            Some(Verb::Export(export)) => Ok(export),
            _ => panic!("{line}"),
        },
        Err(e) => Err(e.to_string()),
    }
}

#[test]
fn a_cluster_as_metrics() {
    let text = text(&mut fake(), Some("store")).unwrap();
    let label = r#"cluster="store",interface="eth0""#;
    for line in [
        format!("ssi_kernel_buckets{{{label}}} 3"),
        format!("ssi_kernel_buckets_owned{{{label}}} 1"),
        format!("ssi_kernel_buckets_draining{{{label}}} 0"),
        format!("ssi_kernel_master{{{label}}} 1"),
        format!("ssi_kernel_lapsed{{{label}}} 0"),
        format!(r#"ssi_kernel_differs{{{label},what="nodes"}} 1"#),
        "# TYPE ssi_kernel_packets_total counter".to_owned(),
    ] {
        assert!(text.lines().any(|one| one == line), "{line}: {text}");
    }
    for counter in Counter::ALL {
        let name = counter.name();
        let sample = format!(r#"ssi_kernel_packets_total{{{label},counter="{name}"}} "#);
        assert!(text.contains(&sample), "{name}");
    }
}

#[test]
fn none_is_none_and_an_unknown_one_is_refused() {
    let text_of = |name| text(&mut Fake::default(), name);
    let none = text_of(None).unwrap();
    assert!(!none.contains("{cluster="), "{none}");
    let Err(Failure::Refused(sentence)) = text_of(Some("nfs")) else {
        panic!("a cluster that there is not");
    };
    assert!(sentence.contains("nfs"), "{sentence}");
}

#[test]
fn to_a_file_whole() {
    let mut fake = fake();
    let path = "/var/lib/prometheus/node-exporter/ssi.prom";
    run(&mut fake, &export(&format!("--file {path}")).unwrap()).unwrap();
    let kept = fake.recall(Path::new(path)).unwrap().unwrap();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(lines(&kept), lines(&text(&mut fake, None).unwrap()));
    let refused = export("--every 15s").map(drop).unwrap_err();
    assert!(refused.contains("--file"), "{refused}");
    assert_eq!(
        export(&format!("--file {path} --every 15s")).unwrap().every,
        Some(Duration::from_secs(15))
    );
}

/// The names in a text that begin with `ssi_kernel_`.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("ssi_kernel_"))
        .map(|word| word.strip_suffix("_total").unwrap_or(word))
        .collect()
}

/// The reference has all names; rules and boards have no others.
#[test]
fn documents_name_what_there_is() {
    let exported = text(&mut fake(), None).unwrap();
    let exported = names(&exported);
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file| fs::read_to_string(top.join("Documentation").join(file)).unwrap();
    assert_eq!(names(&read("reference.md")), exported);
    for file in ["examples/prometheus/ssi.rules.yml", "grafana/ssi.json"] {
        let text = read(file);
        let named = names(&text);
        assert!(!named.is_empty(), "{file}");
        assert!(named.is_subset(&exported), "{file}: {named:?}");
    }
}
