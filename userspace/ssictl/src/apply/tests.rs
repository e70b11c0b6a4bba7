// SPDX-License-Identifier: GPL-2.0-only

//! One node: what it does first and second, what a second run prints, and that what fails leaves no trace.

use std::path::PathBuf;

use ssi_cluster::change::{Next, What};
use ssi_cluster::edit;
use ssi_cluster::fake::Fake;
use ssi_cluster::sample::parse;

use super::*;
use crate::output::Text as _;
use crate::value::Buckets;

/// Three nodes, twelve buckets.
pub const WEB: &str = r#"
name = "web"
vips = ["10.0.0.100/24", "10.0.0.101/24"]
interface = "eth0"
master = "n1"
buckets = 12
mac = "02:5a:c0:00:02:0a"

[[node]]
name = "n1"
rank = 0

[[node]]
name = "n2"
rank = 1

[[node]]
name = "n3"
rank = 2
"#;

/// The command line of `ssictl apply`.
pub fn options(given: &str) -> Apply {
    Apply {
        file: None,
        node: None,
        adopt: given.contains("--adopt"),
        cold: given.contains("--cold"),
        wait: given.contains("--wait"),
        dry_run: given.contains("--dry-run"),
        memory: PathBuf::from("/var/lib/ssi"),
    }
}

/// What a verb makes of a file.
pub fn edited(file: &ClusterFile, what: What) -> ClusterFile {
    edit::edited(file, &Next::of(file, &[what]).unwrap()).unwrap()
}

fn apply(fake: &mut Fake, file: &ClusterFile, node: &str, given: &str) -> Result<String, Failure> {
    fake.steps.clear();
    done(fake, file, node, &options(given)).map(|applied| applied.text())
}

fn owned(fake: &Fake) -> (u64, String) {
    let (cluster, bits) = &fake.state.clusters["web"];
    (
        cluster.generation,
        Buckets::of(bits, cluster.buckets).list(),
    )
}

fn join(node: &str) -> What {
    What::Join(ssi_cluster::change::Join {
        node: node.into(),
        ..Default::default()
    })
}

fn leave(node: &str) -> What {
    What::Leave {
        node: node.into(),
        master: None,
    }
}

#[test]
fn what_ssid_runs_is_not_applied() {
    let file = parse(ssi_cluster::sample::STORE).unwrap();
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    let Err(Failure::Refused(sentence)) = apply(&mut fake, &file, "n1", "") else {
        panic!("applied");
    };
    assert!(sentence.contains("ssid runs this cluster"), "{sentence}");
    assert!(fake.steps.is_empty());
}

#[test]
fn the_first_generation_is_there_at_once() {
    let file = parse(WEB).unwrap();
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    let text = apply(&mut fake, &file, "n2.example.org", "").unwrap();
    assert_eq!(
        text,
        "web on n2: generation 1 of web.toml\n  made       on eth0\n  takes      4 buckets: 1,4,7,10\n"
    );
    assert_eq!(owned(&fake), (1500, "1,4,7,10".into()));
    assert_eq!(
        fake.steps,
        [
            "keep",
            "create web",
            "bind 10.0.0.100",
            "bind 10.0.0.101",
            "replace table web"
        ]
    );
    // A second time there is nothing to do and nothing to print.
    for given in ["", "--adopt", "--cold", "--wait"] {
        assert_eq!(
            apply(&mut fake, &file, "n2", given),
            Ok(String::new()),
            "{given}"
        );
        assert!(fake.steps.is_empty());
    }
}

#[test]
fn a_join_in_two_steps() {
    let one = parse(WEB).unwrap();
    let (mut n1, mut n4) = (Fake::with(&[]), Fake::with(&[]));
    apply(&mut n1, &one, "n1", "").unwrap();
    let two = edited(&one, join("n4"));
    let early = apply(&mut n4, &two, "n4", "--adopt");
    let Err(Failure::Refused(sentence)) = early else {
        panic!("{early:?}");
    };
    assert!(sentence.starts_with("web.toml: --adopt is for when every node has given away"));

    let text = apply(&mut n4, &two, "n4", "").unwrap();
    assert!(text.contains("waits for  3 buckets"), "{text}");
    assert!(
        text.contains("next       ssictl apply --adopt web.toml\n"),
        "{text}"
    );
    assert_eq!(owned(&n4), (2000, "none".into()));
    let text = apply(&mut n1, &two, "n1", "").unwrap();
    assert!(
        text.contains("  nodes      3 -> 4\n  gives      1 bucket:"),
        "{text}"
    );
    assert_eq!(owned(&n1).0, 2500, "n1 waits for nothing");
    assert_eq!(apply(&mut n1, &two, "n1", "--adopt"), Ok(String::new()));

    let text = apply(&mut n4, &two, "n4", "--adopt").unwrap();
    assert!(text.contains("takes      3 buckets"), "{text}");
    assert_eq!(owned(&n4).0, 2500);
    assert_eq!(owned(&n4).1, two.node("n4").unwrap().owns.list());
    assert_eq!(apply(&mut n4, &two, "n4", ""), Ok(String::new()));
}

#[test]
fn a_dry_run_changes_nothing() {
    let one = parse(WEB).unwrap();
    let mut fake = Fake::with(&[]);
    let text = apply(&mut fake, &one, "n1", "--dry-run").unwrap();
    assert!(
        text.starts_with("web on n1: generation 1 of web.toml, not done\n  made       on eth0\n")
    );
    assert!(fake.steps.is_empty());
    apply(&mut fake, &one, "n1", "").unwrap();
    let before = fake.state.clone();
    let two = edited(&one, join("n4"));
    let text = apply(&mut fake, &two, "n1", "--dry-run").unwrap();
    assert!(text.contains("gives      1 bucket:"), "{text}");
    assert!(fake.steps.is_empty());
    assert_eq!(fake.state, before);
}

#[test]
fn who_leaves_ends() {
    let one = parse(WEB).unwrap();
    let two = edited(&one, leave("n3"));
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    let empty = fake.state.clone();
    assert_eq!(
        apply(&mut fake, &two, "n3", ""),
        Ok(String::new()),
        "nothing to leave"
    );
    apply(&mut fake, &one, "n3", "").unwrap();
    let text = apply(&mut fake, &two, "n3", "--wait").unwrap();
    assert!(
        text.contains("  removed    from eth0\n  gives      4 buckets"),
        "{text}"
    );
    assert_eq!(fake.state, empty);
    assert_eq!(apply(&mut fake, &two, "n3", ""), Ok(String::new()));
}

#[test]
fn connections_are_waited_for() {
    let one = parse(WEB).unwrap();
    let two = edited(&one, leave("n3"));
    let mut fake = Fake::with(&[]);
    fake.connections = std::time::Duration::from_secs(40);
    apply(&mut fake, &one, "n3", "").unwrap();
    let text = apply(&mut fake, &two, "n3", "").unwrap();
    assert_eq!(
        text,
        "web on n3: generation 2 of web.toml\n  \
         gives      4 buckets: 2,5,8,11\n  \
         draining   4 buckets: their connections are served to their end, 600 s at most\n  \
         next       ssictl apply --wait web.toml\n             \
         (removes the cluster here when its connections have ended)\n"
    );
    let begun = fake.now;
    let text = apply(&mut fake, &two, "n3", "--wait").unwrap();
    assert_eq!(
        text,
        "web on n3: generation 2 of web.toml\n  removed    from eth0\n"
    );
    assert_eq!((fake.now - begun).as_secs(), 40);

    // Who stays waits likewise, and goes on.
    let drained = edited(&one, What::Drain("n2".into()));
    apply(&mut fake, &one, "n2", "").unwrap();
    let text = apply(&mut fake, &drained, "n2", "--wait").unwrap();
    assert!(text.contains("gives      4 buckets"), "{text}");
    assert!(!text.contains("draining"), "{text}");
    assert_eq!(owned(&fake), (2500, "none".into()));

    // No drain is longer than the kernel lets it be.
    fake.connections = std::time::Duration::from_secs(10_000);
    let back = edited(&drained, join("n2"));
    apply(&mut fake, &back, "n2", "").unwrap();
    apply(&mut fake, &back, "n2", "--adopt").unwrap();
    let drained = edited(&back, What::Drain("n2".into()));
    let failure = apply(&mut fake, &drained, "n2", "--wait").unwrap_err();
    assert!(
        matches!(&failure, Failure::Refused(s) if s.starts_with("web: 4 buckets still drain after 610 s")),
        "{failure:?}"
    );
}

#[test]
fn a_node_that_starts_anew_goes_on_with_what_it_had() {
    let one = parse(WEB).unwrap();
    let mut fake = Fake::with(&[]);
    apply(&mut fake, &one, "n1", "").unwrap();
    let two = edited(&one, leave("n3"));
    apply(&mut fake, &two, "n1", "").unwrap();
    let waiting = owned(&fake);
    fake.state.clusters.clear();
    apply(&mut fake, &two, "n1", "").unwrap();
    assert_eq!(owned(&fake), waiting, "it takes no more than before");
    apply(&mut fake, &two, "n1", "--adopt").unwrap();
    let all = owned(&fake);
    fake.state.clusters.clear();
    apply(&mut fake, &two, "n1", "").unwrap();
    assert_eq!(owned(&fake), all, "it takes no less");
    // Without a memory it waits for all, unless nothing ever moved.
    fake.state.clusters.clear();
    fake.state.files.clear();
    apply(&mut fake, &two, "n1", "").unwrap();
    assert_eq!(owned(&fake), (2000, "none".into()));
    apply(&mut fake, &two, "n1", "--adopt").unwrap();
    assert_eq!(owned(&fake), all);
}

#[test]
fn what_the_dead_had_is_taken_at_once() {
    let one = parse(WEB).unwrap();
    let mut fake = Fake::with(&[]);
    apply(&mut fake, &one, "n1", "").unwrap();
    let dead = What::Dead {
        node: "n3".into(),
        master: None,
    };
    let two = edited(&one, dead);
    let text = apply(&mut fake, &two, "n1", "").unwrap();
    assert!(text.contains("waits for  2 buckets"), "{text}");
    let cold = two.node("n1").unwrap().cold.bits().to_vec();
    for given in ["--cold", "--adopt"] {
        let mut fake = fake.clone();
        let text = apply(&mut fake, &two, "n1", given).unwrap();
        assert!(text.contains("takes      2 buckets"), "{text}");
        assert_eq!(owned(&fake).0, 2500);
        assert_eq!(fake.cold, Some(cold.clone()));
    }
    // What the living had is adopted, unless the administrator knows better.
    let three = edited(&one, leave("n3"));
    apply(&mut fake, &three, "n1", "").unwrap();
    for (given, is_cold) in [("--adopt", false), ("--adopt --cold", true)] {
        let mut fake = fake.clone();
        apply(&mut fake, &three, "n1", given).unwrap();
        assert_eq!(fake.cold.is_some(), is_cold, "{given}");
    }
}

#[test]
fn attributes_follow_the_file() {
    let one = parse(WEB).unwrap();
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    apply(&mut fake, &one, "n2", "").unwrap();
    let text_of_two = WEB
        .replace(
            "master = \"n1\"",
            "master = \"n2\"\nreply-mac = \"node\"\ndrain-time = 5",
        )
        .replace("10.0.0.101", "10.0.0.102");
    let two = parse(&text_of_two).unwrap();
    let text = apply(&mut fake, &two, "n2", "").unwrap();
    assert_eq!(
        text,
        "web on n2: generation 1 of web.toml\n  \
         reply-mac  cluster -> node\n  \
         drain-time 600 -> 5\n  \
         master     no -> yes\n  \
         vips       10.0.0.100 10.0.0.101 -> 10.0.0.100 10.0.0.102\n"
    );
    assert_eq!(
        fake.addresses(),
        ["10.0.0.1/24", "10.0.0.100/24", "10.0.0.102/24"]
    );
    assert_eq!(apply(&mut fake, &two, "n2", ""), Ok(String::new()));
    let forever =
        parse(&text_of_two.replace("drain-time = 5", "drain-time = \"forever\"")).unwrap();
    let text = apply(&mut fake, &forever, "n2", "").unwrap();
    assert!(text.contains("  drain-time 5 -> forever\n"), "{text}");
    // An address that somebody took away is put back.
    fake.state.addresses.remove(1);
    let text = apply(&mut fake, &forever, "n2", "").unwrap();
    assert!(
        text.contains("vips       not on eth0: 10.0.0.100 -> on eth0"),
        "{text}"
    );
    assert_eq!(fake.addresses().len(), 3);
}

#[test]
fn what_cannot_change_is_refused() {
    let one = parse(WEB).unwrap();
    let mut fake = Fake::with(&[]);
    apply(&mut fake, &one, "n1", "").unwrap();
    let mut leased = fake.clone();
    leased.state.clusters.get_mut("web").unwrap().0.lease = Some(1000);
    assert_eq!(
        apply(&mut leased, &one, "n1", "").unwrap_err(),
        Failure::Refused(
            "web.toml: web has a lease here, so something else runs it; end that, then ssictl cluster del web".into()
        )
    );
    let everywhere = "that would move clients in the middle of their work: ssictl cluster del web on every node first";
    for (old, new, sentence) in [
        (
            "buckets = 12",
            "buckets = 24",
            format!("buckets: web has 12 here, and the file has 24; {everywhere}"),
        ),
        (
            "buckets = 12",
            "buckets = 12\nhash = \"siphash\"\nhash-seed = \"00112233445566778899aabbccddeeff\"",
            format!("hash: web has none here, and the file has siphash; {everywhere}"),
        ),
        (
            "buckets = 12",
            "buckets = 12\nkey = \"prefix\"",
            format!("key: web has source here, and the file has prefix:24,64; {everywhere}"),
        ),
        (
            "buckets = 12",
            "buckets = 12\nmode = \"forward\"\nvlan = 7",
            format!("mode: web has multicast here, and the file has forward; {everywhere}"),
        ),
        (
            "buckets = 12",
            "buckets = 12\nhook = \"ingress\"",
            "hook: web has rx-handler here, and the file has ingress; to change that, ssictl cluster del web and apply again".into(),
        ),
        (
            "mac = \"02:5a:c0:00:02:0a\"",
            "",
            "mac: web has 02:5a:c0:00:02:0a here, and the file makes it 02:5a:0a:00:00:64; write mac = \"02:5a:c0:00:02:0a\" into the file, or nodes that join would have another".into(),
        ),
        (
            "interface = \"eth0\"",
            "interface = \"eth9\"",
            "interface: web is on eth0 here, and the file has eth9, which is not there: was it renamed? Give eth0 in the file then".into(),
        ),
        (
            "10.0.0.100/24",
            "10.0.0.100/32",
            "vips 10.0.0.100/32: eth0 has it as 10.0.0.100/24; give that length, or remove it there first".into(),
        ),
    ] {
        let file = parse(&WEB.replace(old, new)).unwrap();
        let before = fake.state.clone();
        let failure = apply(&mut fake, &file, "n1", "").unwrap_err();
        assert_eq!(failure, Failure::Refused(format!("web.toml: {sentence}")));
        assert_eq!(fake.state, before);
        assert!(fake.steps.is_empty());
    }
}

#[test]
fn files_that_are_not_the_newest_are_refused() {
    let one = parse(WEB).unwrap();
    let mut fake = Fake::with(&[]);
    let two = edited(&one, leave("n3"));
    apply(&mut fake, &two, "n1", "").unwrap();
    let failure = apply(&mut fake, &one, "n1", "").unwrap_err();
    assert_eq!(
        failure,
        Failure::Refused(
            "web.toml: generation 1 is older than 2, which n1 has: copy the newest file here"
                .into()
        )
    );
    apply(&mut fake, &two, "n1", "--adopt").unwrap();
    let other = edited(&one, leave("n2"));
    let Err(Failure::Refused(sentence)) = apply(&mut fake, &other, "n1", "") else {
        panic!("two files of a generation");
    };
    assert!(
        sentence.contains("that was another file, or a table set by hand"),
        "{sentence}"
    );
}

#[test]
fn a_machine_that_is_no_node() {
    let file = parse(WEB).unwrap();
    let mut fake = Fake::with(&[]);
    let failure = apply(&mut fake, &file, "n9", "").unwrap_err();
    assert_eq!(
        failure,
        Failure::Refused(
            "web.toml: this machine is n9, and the nodes are n1, n2, n3: give --node NAME; on a node that is no \
             longer one of them: ssictl cluster del web"
                .into()
        )
    );
}

/// Lets each step of a command fail in turn; all is as before, then.
fn fails_without_a_trace(start: &Fake, file: &ClusterFile, node: &str, given: &str) {
    let mut whole = start.clone();
    apply(&mut whole, file, node, given).unwrap();
    let steps = whole.steps.len();
    assert!(steps > 0);
    for fails in 0..steps {
        let mut fake = start.clone();
        fake.fails = Some(fails);
        let result = apply(&mut fake, file, node, given);
        assert!(
            matches!(result, Err(Failure::Refused(_))),
            "step {fails}: {:?}",
            whole.steps
        );
        let tried = fake.steps.join(", ");
        assert_eq!(fake.addresses(), start.addresses(), "{tried}");
        assert_eq!(fake.clusters(), start.clusters(), "{tried}");
        assert_eq!(fake.state.links, start.state.links, "{tried}");
        assert_eq!(fake.state.files, start.state.files, "{tried}");
    }
}

#[test]
fn what_fails_leaves_no_trace() {
    let one = parse(WEB).unwrap();
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    fails_without_a_trace(&fake, &one, "n2", "");
    apply(&mut fake, &one, "n2", "").unwrap();
    let two = edited(&one, join("n4"));
    let text = two
        .source
        .text
        .replace("master = \"n1\"", "master = \"n2\"\nreply-mac = \"node\"")
        .replace("10.0.0.101", "10.0.0.102");
    let two = parse(&text).unwrap();
    fails_without_a_trace(&fake, &two, "n2", "");
    apply(&mut fake, &two, "n2", "").unwrap();
    let three = edited(&two, leave("n3"));
    apply(&mut fake, &three, "n2", "").unwrap();
    fails_without_a_trace(&fake, &three, "n2", "--adopt");

    let forward = WEB.replace("buckets = 12", "buckets = 12\nmode = \"forward\"\nvlan = 7");
    let forward = parse(&forward).unwrap();
    fails_without_a_trace(&Fake::with(&[]), &forward, "n1", "");
}

#[test]
fn mode_forward_keeps_its_interface() {
    let forward = "buckets = 12\nmode = \"forward\"\nvlan = 7";
    let text = WEB.replace("buckets = 12", forward);
    let mut fake = Fake::with(&[]);
    let file = parse(&text).unwrap();
    apply(&mut fake, &file, "n1", "").unwrap();
    assert_eq!(fake.state.links[0].name, "eth0.7");
    assert_eq!(apply(&mut fake, &file, "n1", ""), Ok(String::new()));
    let owner = text.replace("vlan = 7", "vlan = 7\nforward = \"owner\"");
    let shown = apply(&mut fake, &parse(&owner).unwrap(), "n1", "").unwrap();
    assert!(shown.contains("  forward    all -> owner\n"), "{shown}");
    let other = text.replace("vlan = 7", "forward-interface = \"eth1\"");
    let failure = apply(&mut fake, &parse(&other).unwrap(), "n1", "").unwrap_err();
    assert!(
        matches!(&failure, Failure::Refused(s) if s.starts_with("web.toml: forward-interface: web has ")),
        "{failure:?}"
    );
}

#[test]
fn a_file_is_checked_without_the_module() {
    let file = parse(WEB).unwrap();
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    fake.no_module = true;
    let text = apply(&mut fake, &file, "n2.example.org", "--dry-run").unwrap();
    assert!(
        text.starts_with("web on n2: generation 1 of web.toml, not done\n  checked    the file is right, for 3 nodes"),
        "{text}"
    );
    assert!(
        text.contains("  takes      4 buckets: 1,4,7,10\n"),
        "{text}"
    );
    // On an administrator's machine, which is none of the nodes.
    let text = apply(&mut fake, &file, "desk", "--dry-run").unwrap();
    assert!(
        text.starts_with("web: generation 1 of web.toml, not done\n"),
        "{text}"
    );
    assert!(!text.contains("takes"), "{text}");
    assert!(fake.steps.is_empty());
}
