// SPDX-License-Identifier: GPL-2.0-only

//! Tests of files for ssid.

use ssi_netlink::spec::LeaseExpiry;

use super::*;
use crate::failure::Failure;
use crate::file::ClusterFile;
use crate::file::check::{Kind, Then};
use crate::sample::{STORE, WEB, parse};

mod refusals;

/// `STORE` with more in `[daemon]`, and after it.
fn with(daemon: &str, after: &str) -> String {
    let line = if daemon.is_empty() { "" } else { "\n" };
    let text = STORE.replacen("[daemon]", &format!("[daemon]{line}{daemon}"), 1);
    format!("{text}{after}")
}

/// `STORE` with one text instead of another.
fn instead(old: &str, new: &str) -> String {
    assert!(STORE.contains(old), "{old}");
    STORE.replacen(old, new, 1)
}

fn daemon(text: &str) -> Daemon {
    parse(text).unwrap().daemon.unwrap()
}

#[track_caller]
fn refused(text: &str, sentence: &str) {
    match parse(text) {
        Err(Failure::Usage(usage)) => assert_eq!(usage, format!("web.toml:{sentence}"), "{text}"),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn defaults() {
    let daemon = daemon(STORE);
    assert_eq!((daemon.engine, daemon.port), (Engine::Datagram, 9463));
    assert_eq!(daemon.group, "ssi:store");
    assert_eq!(Ok(daemon.timing), Timing::new(600, 50, 10, 60));
    assert_eq!(daemon.patience, Duration::from_millis(200));
    assert_eq!(daemon.settings.lease_expiry, Some(LeaseExpiry::Drop));
    assert_eq!(daemon.limits, Limits::default());
    assert_eq!((daemon.rest.as_secs(), daemon.comeback.as_secs()), (60, 60));
    assert!(daemon.adapt && daemon.metrics.is_none());
    assert!(daemon.quiet_hours.is_empty() && daemon.checks.is_empty());
}

#[test]
fn nodes() {
    let file = parse(STORE).unwrap();
    let of = |node: &crate::file::Node| (node.id, node.weight, node.priority, node.is_witness());
    let nodes: Vec<_> = file.nodes.iter().map(of).collect();
    assert_eq!(
        nodes,
        [
            (1, 100, 100, false),
            (7, 200, 500, false),
            (3, 0, 100, true)
        ]
    );
    assert!(file.nodes.iter().all(|node| node.owns.is_empty()));
    // Whoever joins, the kernel's number of nodes stays.
    assert_eq!(file.kernel_nodes(), 1024);
    let no_interface = STORE.replace("interface = \"eth0\"\n", "");
    let no_interface = no_interface.replace("rank = 0", "rank = 0\ninterface = \"eth0\"");
    let no_interface = no_interface.replace("rank = 1", "rank = 1\ninterface = \"eth0\"");
    let file = parse(&no_interface).unwrap();
    assert_eq!(file.nodes[2].interface, "");
    let way = "mode = \"forward\"\nmac =";
    let ways = STORE.replace("mac =", way);
    let ways = ways.replace("rank = 0", "rank = 0\nvlan = 7");
    let file = parse(&ways.replace("rank = 1", "rank = 1\nvlan = 7")).unwrap();
    assert_eq!(file.nodes[2].forward_interface, None);
}

#[test]
fn all_keys() {
    let text = with(
        "group = \"shop\"\nlease = 6000\nbeat = 100\nslack = 20\ndrift = 10\npatience = 900\nlease-expiry = \"drain\"\n\
         max-moving = 8\nlevel-begin = 150\nlevel-stop = 120\nrest = 5\nquiet-load = 100\n\
         quiet-hours = [\"22:00-06:00\", \"12:00-13:00\"]\nadapt = false\ncomeback = 0\nmetrics = \"[::1]:9463\"",
        "",
    );
    let daemon = daemon(&text);
    assert_eq!(daemon.group, "shop");
    assert_eq!(Ok(daemon.timing), Timing::new(6000, 20, 10, 100));
    assert_eq!(daemon.patience, Duration::from_millis(900));
    assert_eq!(daemon.settings.lease_expiry, Some(LeaseExpiry::Drain));
    let limits = Limits {
        max_moving: 8,
        act: 150,
        stop: 120,
        quiet: 100,
    };
    assert_eq!(daemon.limits, limits);
    assert_eq!((daemon.rest.as_secs(), daemon.comeback.as_secs()), (5, 0));
    let hours: Vec<String> = daemon.quiet_hours.iter().map(ToString::to_string).collect();
    assert_eq!(hours, ["22:00-06:00", "12:00-13:00"]);
    assert!(!daemon.adapt);
    assert_eq!(daemon.metrics, Some("[::1]:9463".parse().unwrap()));
}

#[test]
fn what_is_notified() {
    assert_eq!(daemon(STORE).notify, None);
    for given in ["ssi-nfs@", "ssi-nfs@.service"] {
        let text = with(&format!("notify = \"{given}\""), "");
        let unit = Notify::Unit("ssi-nfs@.service".into());
        assert_eq!(daemon(&text).notify, Some(unit));
    }
    let text = with("notify-command = [\"/usr/bin/logger\", \"moved\"]", "");
    let command = ["/usr/bin/logger", "moved"].map(str::to_owned);
    assert_eq!(daemon(&text).notify, Some(Notify::Command(command.into())));
    let unit = "give a template unit of systemd, as ssi-nfs@";
    for bad in [
        "ssi-nfs",
        "ssi-nfs.service",
        "@",
        "a@b.service",
        "a@@",
        "-a@",
        "a b@",
        "a@.timer",
    ] {
        let sentence = format!("9:10: notify \"{bad}\": {unit}");
        refused(&with(&format!("notify = \"{bad}\""), ""), &sentence);
    }
    for (text, sentence) in [
        (
            "notify-command = [\"logger\"]",
            "9:1: notify-command: give a program's whole path and its arguments, as [\"/usr/bin/test\", \"-e\", \"/run/ready\"]",
        ),
        (
            "notify = \"a@\"\nnotify-command = [\"/bin/true\"]",
            "10:1: notify-command: not together with notify; give one of them",
        ),
    ] {
        refused(&with(text, ""), sentence);
    }
}

#[test]
fn alone() {
    let two = STORE.find("[[node]]\nname = \"n2\"").unwrap();
    let text = STORE[..two].replacen("[daemon]", "[daemon]\nengine = \"alone\"", 1);
    assert_eq!(daemon(&text).engine, Engine::Alone);
}

#[test]
fn checks() {
    let text = with(
        "",
        "[[check]]\nname = \"port\"\ntcp = \"[::1]:80\"\n\
         [[check]]\nname = \"page\"\nhttp = \"http://web.example:8080/health?x=1\"\ninterval = 500\nnodes = [\"n2\"]\n\
         [[check]]\nname = \"disk\"\ncommand = [\"/usr/bin/test\", \"-e\", \"/srv\"]\ninterval = 10000\ntimeout = 9000\n\
         rise = 1\nfall = 1\nthen = \"drop\"\n\
         [[check]]\nname = \"nginx\"\nunit = \"nginx@a-b.service\"\n",
    );
    let daemon = daemon(&text);
    let [port, page, disk, nginx] = daemon.checks.as_slice() else {
        panic!("four checks");
    };
    assert_eq!(
        *port,
        Check {
            name: "port".into(),
            kind: Kind::Tcp("[::1]:80".parse().unwrap()),
            interval: Duration::from_secs(2),
            timeout: Duration::from_secs(1),
            rise: 2,
            fall: 3,
            then: Then::Drain,
            nodes: None,
        }
    );
    assert_eq!(
        page.kind,
        Kind::Http("http://web.example:8080/health?x=1".into())
    );
    assert_eq!(
        (page.timeout, page.interval),
        (page.interval, Duration::from_millis(500))
    );
    let command = ["/usr/bin/test", "-e", "/srv"].map(str::to_owned);
    assert_eq!(disk.kind, Kind::Command(command.into()));
    assert_eq!((disk.rise, disk.fall, disk.then), (1, 1, Then::Drop));
    assert_eq!(nginx.kind, Kind::Unit("nginx@a-b.service".into()));
    let of = |node: &str| -> Vec<String> {
        daemon
            .checks_of(node)
            .map(|check| check.name.clone())
            .collect()
    };
    assert_eq!(of("n1"), ["port", "disk", "nginx"]);
    assert_eq!(of("n2"), ["port", "page", "disk", "nginx"]);
}

#[test]
fn http_addresses() {
    let file = |url: &str| {
        let check = format!("[[check]]\nname = \"page\"\nhttp = \"{url}\"\n");
        parse(&with("", &check))
    };
    for good in [
        "http://127.0.0.1",
        "http://[::1]:80/a",
        "http://web/",
        "http://10.0.0.1:8080/?q",
    ] {
        assert!(file(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "127.0.0.1",
        "/health",
        "ftp://web/",
        "http://",
        "http:///x",
        "http://web:0/",
        "http://web:99999/",
        "http://web:/",
        "http://me@web/",
        "http://we b/",
        "https://web/",
    ] {
        assert!(file(bad).is_err(), "{bad}");
    }
}

#[test]
fn by_hand_or_by_daemon() {
    let (by_hand, by_daemon) = (parse(WEB).unwrap(), parse(STORE).unwrap());
    assert_eq!(by_hand.by_hand("apply"), Ok(()));
    assert!(by_daemon.daemon().is_ok());
    let refusal = |failure: Failure| match failure {
        Failure::Refused(sentence) => sentence,
        other => panic!("{other:?}"),
    };
    let sentence = refusal(by_daemon.by_hand("apply").unwrap_err());
    assert!(
        sentence.contains("ssictl apply does not: start ssid"),
        "{sentence}"
    );
    let sentence = refusal(by_hand.daemon().unwrap_err());
    assert!(sentence.contains("no section [daemon]"), "{sentence}");
}

#[test]
fn whatever_is_cut_out_is_a_file_or_one_sentence() {
    let whole = with(
        "lease = 6000\nquiet-hours = [\"22:00-06:00\"]",
        "[[check]]\nname = \"page\"\nhttp = \"http://web/\"\nnodes = [\"n2\"]\n",
    );
    for from in 0..whole.len() {
        for to in [from + 1, from + 7, from + 40] {
            let text = format!("{}{}", &whole[..from], whole.get(to..).unwrap_or_default());
            match ClusterFile::parse("web.toml", text.clone().into_bytes()) {
                Err(Failure::Usage(sentence)) => assert_eq!(sentence.lines().count(), 1, "{text}"),
                Err(other) => panic!("{other:?}: {text}"),
                Ok(file) => assert!(file.daemon.is_none_or(|daemon| daemon.checks.len() <= 1)),
            }
        }
    }
}

#[test]
fn the_engine_over_corosync_has_timing_of_its_own() {
    let daemon = daemon(&with("engine = \"corosync\"", ""));
    assert_eq!(daemon.engine, Engine::Corosync);
    assert_eq!(daemon.timing, Timing::default());
    assert_eq!(daemon.patience, Duration::from_millis(500));
}

#[test]
fn the_engine_over_datagrams_takes_a_key() {
    let text = STORE.replacen("[daemon]", "key-file = \"/etc/ssi/key\"\n[daemon]", 1);
    assert!(parse(&text).is_ok());
}

#[test]
fn the_engine_over_datagrams_is_for_32_nodes() {
    let more = |count: u32| {
        let nodes =
            (3..count).map(|rank| format!("[[node]]\nname = \"m{rank}\"\nrank = {}\n", rank + 10));
        with("engine = \"datagram\"", &nodes.collect::<String>())
    };
    assert!(parse(&more(32)).is_ok());
    let by_default = more(33).replacen("engine = \"datagram\"\n", "", 1);
    refused(
        &by_default,
        "8:1: engine \"datagram\": it is for 32 nodes at most, and there are 33; give \"corosync\"",
    );
    refused(
        &more(33),
        "9:10: engine \"datagram\": it is for 32 nodes at most, and there are 33; give \"corosync\"",
    );
}

#[test]
fn clients_stick_where_the_file_has_it() {
    assert_eq!(daemon(STORE).stick, None);
    let sticky = daemon(&with("stick = \"client\"", ""));
    assert_eq!(sticky.stick.map(Stick::name), Some("client"));
}

#[test]
fn one_of_two_goes_on_alone_where_the_file_has_it() {
    let two = STORE.find("[[node]]\nname = \"n3\"").unwrap();
    let text = |more: &str| STORE[..two].replacen("[daemon]", &format!("[daemon]\n{more}"), 1);
    assert_eq!(daemon(&text("")).two_node, None);
    let fenced = daemon(&text("two-node = \"fenced\""));
    assert_eq!(fenced.two_node, Some(TwoNode::Fenced));
    for (text, sentence) in [
        (
            with("two-node = \"fenced\"", ""),
            "9:12: two-node: it is for two nodes that vote, and there are 3",
        ),
        (
            text("engine = \"corosync\"\ntwo-node = \"fenced\""),
            "10:12: two-node: goes with engine = \"datagram\"",
        ),
        (
            text("two-node = \"fenced\"")
                .replacen(
                    "rank = 0",
                    "rank = 0\naddresses = [\"10.0.0.1\"]\nvotes = 2",
                    1,
                )
                .replacen("rank = 1", "rank = 1\naddresses = [\"10.0.0.2\"]", 1),
            "9:12: two-node: one of the two has a majority of votes alone, and needs no confirmation, so the other could not go by one: \
             give both as many votes",
        ),
        (
            text("two-node = \"fence\""),
            "9:12: two-node \"fence\": use one of fenced (did you mean fenced?)",
        ),
    ] {
        refused(&text, sentence);
    }
}
